// A second verifier of bundles, in another language and from docs/bundle-format.md alone. It is here
// so that the page stays enough to write one, and so that a fault in ours shows: tests hold the two
// against each other. Nothing but Node itself is needed.
//
//     node verify.mjs BUNDLE --policy FILE [--since CHECKPOINT]
//     node verify.mjs --jobs     {"folder", "policy", "since"} a line in, what was found a line out
//
// Exits with 0 only if all of it holds. RFC 3161 answers it leaves alone, as the page lets it.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { verifyBundle } from "./bundle.mjs";
import { Findings } from "./fault.mjs";
import { Policy } from "./policy.mjs";

/** Verify one bundle. */
async function judged({ folder, policy, since }) {
  const refused = new Findings();
  const trusted = refused.trying({ path: "--policy" }, () => new Policy(readFileSync(policy)));
  return trusted ? verifyBundle(folder, trusted, since && readFileSync(since)) : refused;
}

function said({ ledger, entry, path, what }) {
  return [ledger, entry && `entry ${entry}`, path, what].filter((part) => part).join(": ");
}

/** Verify one bundle after the other, as they are named on standard input. */
async function jobs() {
  for await (const line of createInterface({ input: process.stdin })) {
    const { all, notes } = await judged(JSON.parse(line));
    console.log(JSON.stringify({ found: all, told: notes }));
  }
  return 0;
}

async function one({ folder, policy, since }) {
  if (!folder || !policy) {
    console.error("usage: node verify.mjs BUNDLE --policy FILE [--since CHECKPOINT]");
    return 2;
  }
  const { all, notes } = await judged({ folder, policy, since });
  for (const each of notes) console.log(said(each));
  for (const each of all) console.error(said(each));
  if (!all.length) console.log("all of it holds");
  return all.length ? 1 : 0;
}

/** The words of the command line: one that begins with -- takes the next. */
function read([word, ...rest]) {
  if (word === undefined) return {};
  if (word.startsWith("--")) return { ...read(rest.slice(1)), [word.slice(2)]: rest[0] };
  return { ...read(rest), folder: word };
}

const words = process.argv.slice(2);
process.exitCode = words[0] === "--jobs" ? await jobs() : await one(read(words));
