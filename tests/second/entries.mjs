// The records of one ledger, a line at a time: a ledger may be larger than memory.

import { createReadStream } from "node:fs";

import { Fault } from "./fault.mjs";
import { number } from "./texts.mjs";
import { leafHash, Tree } from "./tree.mjs";

const LONGEST = 65_535;
const HEAD = /^\{"at":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)","event":\{/; // any digits
const HEAD_LENGTH = '{"at":"2018-10-26T01:00:00.000000Z","event":{'.length;
const NAMED = Buffer.from('"sha256":"');
const LINE_BREAK = 0x0a;

/** The lines of a file without their line breaks; a last one without its own is a Fault. */
async function* lines(place) {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(place, { highWaterMark: 1 << 18 })) {
    rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    let from = 0;
    for (let to; (to = rest.indexOf(LINE_BREAK, from)) >= 0; from = to + 1)
      yield rest.subarray(from, to);
    rest = rest.subarray(from);
    if (rest.length > LONGEST) throw new Fault("has a line that is too long");
  }
  if (rest.length) throw new Fault("has a last line without a line break");
}

/**
 * Read all records: their tree's root at each of these sizes and at the end, and how many they are.
 * `wanted` are hashes of attachments; those that a record names are taken out of it.
 */
export async function readEntries(place, ledger, sizes, wanted, findings) {
  const tree = new Tree();
  const roots = new Map();
  const remember = () => sizes.has(tree.size) && roots.set(tree.size, tree.root());
  let before = "";
  remember();
  try {
    for await (const line of lines(place)) {
      const entry = tree.size + 1;
      const at = line.length <= LONGEST && moment(line);
      if (!at) findings.add("is no record", { ledger, entry });
      else if (at < before) findings.add("is earlier than the one before", { ledger, entry });
      else before = at;
      takeNamed(line, wanted);
      tree.add(leafHash(line));
      remember();
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    findings.add(error.message, { ledger, entry: tree.size + 1 });
  }
  return { roots, root: tree.root(), count: tree.size };
}

/** The first record, from 1, whose hash is not the one in these joined hashes; or one too few. */
export async function firstAltered(place, leaves) {
  let entry = 1;
  try {
    for await (const line of lines(place)) {
      if (!leafHash(line).equals(leaves.subarray((entry - 1) * 32, entry * 32))) break;
      entry += 1;
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error; // it is the entry at which no more can be read
  }
  return entry;
}

/** The time at which a line says that it was written down, if it begins as a record does. */
function moment(line) {
  return HEAD.exec(line.toString("latin1", 0, HEAD_LENGTH))?.[1];
}

function takeNamed(line, wanted) {
  if (!wanted.size) return;
  for (let at = line.indexOf(NAMED); at >= 0; at = line.indexOf(NAMED, at + 1)) {
    const from = at + NAMED.length;
    if (line[from + 64] === 0x22) wanted.delete(line.toString("latin1", from, from + 64));
  }
}

/** How many records `positions` has a position for, after seeing that they only rise. */
export async function countPositions(place) {
  let count = 0n;
  let next = 0n; // the position after the line before
  for await (const line of lines(place)) {
    const parts = line.toString("latin1").split(" ");
    if (parts.length !== 2) throw new Fault("has a line that is not two numbers");
    const [first, many] = parts.map(number);
    if (first < 1n || many < 1n || first <= next) throw new Fault("has positions out of order");
    next = first + many;
    count += many;
  }
  return count;
}
