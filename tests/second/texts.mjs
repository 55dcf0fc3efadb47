// The encodings that the page fixes for all files: strict UTF-8, base64 in its one canonical form,
// decimal numbers of 18 digits at most, SHA-256. Node's own decoders are lenient; these are not.

import { createHash } from "node:crypto";

import { Fault } from "./fault.mjs";

const NUMBER = /^(0|[1-9][0-9]{0,17})$/;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const sha256 = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The text of these bytes; a byte order mark stays what it is, a character. */
export function utf8(bytes) {
  try {
    return strict.decode(bytes);
  } catch {
    throw new Fault("is not UTF-8");
  }
}

/** The bytes of base64 text. What Node skips or forgives shows when it is written again. */
export function base64(text) {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw new Fault("has base64 that is not canonical");
  return bytes;
}

/** A number as the page writes it. 18 digits do not fit a double, hence BigInt. */
export function number(text) {
  if (!NUMBER.test(text)) throw new Fault("has something else where a number belongs");
  return BigInt(text);
}
