// RFC 8259, with every name once in its object: JSON.parse takes the last of two, others the first.
// It reads; JSON.parse still says what a string or a number is.

import { Fault } from "./fault.mjs";

const DEEPEST = 900;
const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

/** The value of a JSON text. */
export function readJson(text) {
  return new Reader(text).whole();
}

class Reader {
  #text;
  #at = 0;
  #depth = 0;

  constructor(text) {
    this.#text = text;
  }

  whole() {
    const value = this.#value();
    if (this.#at !== this.#text.length) throw this.#fault();
    return value;
  }

  #fault() {
    return new Fault(`is not JSON at character ${this.#at}`);
  }

  #take(pattern) {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (!found) throw this.#fault();
    this.#at = pattern.lastIndex;
    return found[0];
  }

  #next(character) {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #value() {
    this.#take(SPACE);
    if ((this.#depth += 1) > DEEPEST) throw this.#fault();
    const value = this.#next("{") ? this.#object() : this.#next("[") ? this.#array() : this.#scalar();
    this.#depth -= 1;
    this.#take(SPACE);
    return value;
  }

  #scalar() {
    return JSON.parse(this.#take(this.#text[this.#at] === '"' ? STRING : SCALAR));
  }

  #object() {
    const members = new Map();
    this.#take(SPACE);
    if (this.#next("}")) return members;
    do {
      this.#take(SPACE);
      const name = JSON.parse(this.#take(STRING));
      if (members.has(name)) throw new Fault(`has a name twice in one object: ${name}`);
      this.#take(SPACE);
      if (!this.#next(":")) throw this.#fault();
      members.set(name, this.#value());
    } while (this.#next(","));
    if (!this.#next("}")) throw this.#fault();
    return members;
  }

  #array() {
    const items = [];
    this.#take(SPACE);
    if (this.#next("]")) return items;
    do items.push(this.#value());
    while (this.#next(","));
    if (!this.#next("]")) throw this.#fault();
    return items;
  }
}
