// C2SP signed-note, tlog-checkpoint and tlog-cosignature: what everything signed in a bundle is.

import { createPublicKey, verify } from "node:crypto";

import { Fault } from "./fault.mjs";
import { base64, number, sha256, utf8 } from "./texts.mjs";

export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;

const CONTROL = /[\x00-\x09\x0b-\x1f]/;
const NAME = /^[^\p{White_Space}+]+$/u;

/** A verifier key, `name+id+base64`: reads one, and tells whether it made a signature. */
export class VerifierKey {
  constructor(text) {
    const first = text.indexOf("+");
    const second = text.indexOf("+", first + 1);
    if (first < 0 || second < 0) throw new Fault("has a key that is no verifier key");
    this.text = text;
    this.name = text.slice(0, first);
    this.id = text.slice(first + 1, second);
    const material = base64(text.slice(second + 1));
    this.type = material[0];
    this.raw = material.subarray(1).toString("hex");
    if (!NAME.test(this.name)) throw new Fault("has a key without a proper name");
    if (this.type !== ED25519 && this.type !== COSIGNATURE)
      throw new Fault(`has a key of another type: ${this.name}`);
    if (material.length !== 33) throw new Fault(`has a key of another length: ${this.name}`);
    if (sha256(`${this.name}\n`, material).subarray(0, 4).toString("hex") !== this.id)
      throw new Fault(`has a key whose id is not its own: ${this.name}`);
    const x = material.subarray(1).toString("base64url");
    this.key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  }

  made({ name, id }) {
    return this.name === name && this.id === id;
  }

  /** Whether a signature over this text verifies, in the way of the key's type. */
  verifies(text, signature) {
    if (this.type === ED25519)
      return signature.length === 64 && verify(null, Buffer.from(text), this.key, signature);
    if (signature.length !== 72) return false;
    const time = signature.readBigUInt64BE(0);
    if (time >= 1n << 63n) return false;
    const message = Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
    return verify(null, message, this.key, signature.subarray(8));
  }
}

/** Take a signed note apart: its text, and its signatures in order. None is verified yet. */
export function readNote(bytes) {
  const whole = utf8(bytes);
  if (CONTROL.test(whole)) throw new Fault("has a control character");
  const blank = whole.lastIndexOf("\n\n");
  if (blank < 0 || !whole.endsWith("\n")) throw new Fault("is no signed note");
  const lines = whole.slice(blank + 2, -1).split("\n");
  return { text: whole.slice(0, blank + 1), signatures: lines.map(readSignature) };
}

function readSignature(line) {
  const parts = line.split(" ");
  if (parts.length !== 3 || parts[0] !== "—" || !NAME.test(parts[1]))
    throw new Fault("has a line that is no signature");
  const bytes = base64(parts[2]);
  if (bytes.length < 5) throw new Fault("has a signature without anything in it");
  const id = bytes.subarray(0, 4).toString("hex");
  return { name: parts[1], id, signature: bytes.subarray(4) };
}

/** Read a note's text as a checkpoint without extension lines. */
export function readHead(note) {
  const [origin, size, root, end, ...more] = note.text.split("\n");
  if (end !== "" || more.length || !origin) throw new Fault("is no checkpoint of three lines");
  const hash = base64(root);
  if (hash.length !== 32) throw new Fault("has a root that is no SHA-256");
  return { origin, size: number(size), root: hash };
}
