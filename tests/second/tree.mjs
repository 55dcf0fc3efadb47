// RFC 6962, section 2.1, while the leaves stream by: only the roots of whole subtrees are kept.

import { sha256 } from "./texts.mjs";

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

export const leafHash = (line) => sha256(LEAF, line);

export class Tree {
  #peaks = []; // roots of perfect subtrees, the largest first
  size = 0;

  add(leaf) {
    let node = leaf;
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2)
      node = sha256(NODE, this.#peaks.pop(), node);
    this.#peaks.push(node);
    this.size += 1;
  }

  root() {
    if (this.size === 0) return sha256("");
    return this.#peaks.reduceRight((right, left) => sha256(NODE, left, right));
  }
}
