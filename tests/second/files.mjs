// What lies in the folder, and whether it is what MANIFEST lists. Nothing is opened before every
// place has been looked at: a link could lead anywhere.

import { createHash } from "node:crypto";
import { createReadStream, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { Fault } from "./fault.mjs";
import { readNote, ED25519, VerifierKey } from "./note.mjs";
import { number } from "./texts.mjs";

const PATH = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const HASH = /^[0-9a-f]{64}$/;

/** The paths of all files and folders below a folder. Names are taken as bytes: any may lie there. */
export function walk(folder, below = "", found = { files: [], folders: [] }) {
  const here = Buffer.from(join(folder, "/") + below, "latin1");
  for (const name of readdirSync(here, { encoding: "buffer" })) {
    const path = below + name.toString("latin1");
    const status = lstatSync(Buffer.concat([here, name]));
    if (status.isDirectory()) {
      found.folders.push(path);
      walk(folder, `${path}/`, found);
    } else if (status.isFile()) found.files.push(path);
    else throw new Fault(`is no regular file: ${path}`);
  }
  return found;
}

/** Read MANIFEST: its keys, all of which have signed, and the files that it lists. */
export function readManifest(bytes) {
  const note = readNote(bytes);
  const lines = note.text.split("\n");
  if (lines.shift() !== "shilu.bundle/v1" || lines.pop() !== "")
    throw new Fault("is not of this format");
  const keys = [];
  while (lines.length && lines[0].startsWith("key ")) keys.push(readKey(lines.shift().slice(4)));
  const files = new Map();
  let before = "";
  for (const line of lines) {
    const [path, listed] = readListed(line);
    if (path <= before) throw new Fault(`lists out of order or twice: ${path}`);
    files.set(path, listed);
    before = path;
  }
  signedBy(note, keys);
  return { keys, files };
}

function readKey(text) {
  const key = new VerifierKey(text);
  if (key.type !== ED25519) throw new Fault(`has a key of another type: ${key.name}`);
  return key;
}

function readListed(line) {
  const [kind, hash, size, path, ...more] = line.split(" ");
  if (kind !== "file" || path === undefined || more.length || !HASH.test(hash) || !PATH.test(path))
    throw new Fault(`has a line that it must not have: ${line}`);
  return [path, { hash, size: number(size) }];
}

/** There is one signature for each key line, in their order, and no other. */
function signedBy(note, keys) {
  const { text, signatures } = note;
  if (signatures.length !== keys.length || !keys.every((key, at) => key.made(signatures[at])))
    throw new Fault("is not signed once by each of its keys, in their order");
  keys.forEach((key, at) => {
    if (!key.verifies(text, signatures[at].signature))
      throw new Fault(`has a signature that does not verify: ${key.name}`);
  });
}

/** Hold what lies there to what is listed. */
export async function compare(folder, files, listed, findings) {
  const there = new Set(files);
  for (const path of files)
    if (path !== "MANIFEST" && !listed.has(path)) findings.add("is not listed", { path });
  for (const [path, { hash, size }] of listed) {
    if (!there.has(path)) findings.add("is listed and not there", { path });
    else if (!(await holds(join(folder, path), hash, size)))
      findings.add("is not the file that is listed", { path });
  }
}

async function holds(place, hash, size) {
  if (BigInt(lstatSync(place).size) !== size) return false;
  const digest = createHash("sha256");
  for await (const chunk of createReadStream(place)) digest.update(chunk);
  return digest.digest("hex") === hash;
}
