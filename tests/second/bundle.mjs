// The whole of a bundle, in the order of docs/bundle-format.md. Nothing here knows Python: this is
// written from that page, so that the page is enough to write it.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { countPositions, firstAltered, readEntries } from "./entries.mjs";
import { Fault, Findings } from "./fault.mjs";
import { compare, readManifest, walk } from "./files.mjs";
import { readJson } from "./json.mjs";
import { readHead, readNote } from "./note.mjs";
import { utf8 } from "./texts.mjs";
import { Tree } from "./tree.mjs";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Verify a bundle; `since` are the bytes of a checkpoint that was kept from earlier, if any. */
export async function verifyBundle(folder, policy, since) {
  const findings = new Findings();
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    findings.add("is no folder", { path: folder });
    return findings;
  }
  const there = findings.trying({}, () => walk(folder));
  if (there) await new Bundle(folder, there, policy, findings).verify(since);
  return findings;
}

class Bundle {
  constructor(folder, { files, folders }, policy, findings) {
    this.folder = folder;
    this.files = files;
    this.policy = policy;
    this.findings = findings;
    this.ledgers = folders.filter((path) => /^ledgers\/[^/]+$/.test(path)).map((path) => path.slice(8));
  }

  async verify(since) {
    const manifest = this.read("MANIFEST", readManifest);
    if (manifest) await compare(this.folder, this.files, manifest.files, this.findings);
    this.read("bundle.json", (bytes) => this.description(bytes));
    const kept = since && this.findings.trying({ path: "--since" }, () => this.signedHead(since));
    const wanted = this.attachments(manifest?.files ?? new Map());
    const origins = new Set();
    for (const ledger of this.ledgers) {
      const origin = await this.ledger(ledger, manifest?.keys ?? [], kept, wanted);
      origins.add(origin);
    }
    for (const hash of wanted)
      this.findings.add("is named by no record", { path: `attachments/${hash}` });
    if (kept && !origins.has(kept.origin))
      this.findings.add(`is of a ledger that is not here: ${kept.origin}`, { path: "--since" });
  }

  /** Read a file that must be there. */
  read(path, reading) {
    return this.findings.trying({ path }, () => {
      if (!this.files.includes(path)) throw new Fault("is not there");
      return reading(readFileSync(join(this.folder, path)));
    });
  }

  /** bundle.json: only its format and the names of the ledgers are to be judged. */
  description(bytes) {
    const described = readJson(utf8(bytes));
    if (!(described instanceof Map) || described.get("format") !== "shilu.bundle/v1")
      throw new Fault("is not of this format");
    const ledgers = described.get("ledgers");
    if (!Array.isArray(ledgers)) throw new Fault("names no ledgers");
    const named = ledgers.map((each) => (each instanceof Map ? each.get("ledger") : undefined));
    if (new Set(named).size !== named.length) throw new Fault("names a ledger twice");
    if (!named.length) throw new Fault("names no ledgers");
    if (JSON.stringify([...named].sort()) !== JSON.stringify([...this.ledgers].sort()))
      throw new Fault("names other ledgers than those that are here");
  }

  /** The hashes of the attachments that are listed, by which they must be named. */
  attachments(listed) {
    const hashes = new Set();
    for (const [path, { hash }] of listed)
      if (path === `attachments/${hash}`) hashes.add(hash);
      else if (path.startsWith("attachments/"))
        this.findings.add("is not named by its hash", { path });
    return hashes;
  }

  /** A head that a log that it is of has signed, and enough witnesses with it. */
  signedHead(bytes) {
    const note = readNote(bytes);
    const head = readHead(note);
    const signers = this.policy.signers(note);
    if (!this.policy.counts(signers, head.origin))
      throw new Fault("is not signed by a log of the policy");
    if (!this.policy.quorum(signers)) throw new Fault("is not cosigned by enough witnesses");
    return head;
  }

  /** A head from `checkpoints/` or `timestamps/`; undefined if it does not count. */
  earlierHead(bytes) {
    const note = readNote(bytes);
    const head = readHead(note);
    return this.policy.counts(this.policy.signers(note), head.origin) ? head : undefined;
  }

  /** Verify one ledger; return its origin. */
  async ledger(ledger, keys, kept, wanted) {
    const { findings, policy } = this;
    const place = `ledgers/${ledger}`;
    if (!UUID.test(ledger)) findings.add("is no ledger's name", { ledger });
    const head = this.read(`${place}/checkpoint`, (bytes) => this.signedHead(bytes));
    if (head) {
      this.origin(ledger, head.origin);
      if (!policy.vouched(keys, head.origin))
        findings.add("MANIFEST is not signed by this ledger's log", { ledger });
    }
    const earlier = this.earlierHeads(place);
    if (kept && kept.origin === head?.origin) earlier.push({ path: "--since", head: kept });
    await this.records(ledger, head, earlier, wanted);
    return head?.origin;
  }

  origin(ledger, origin) {
    const found = /.\/([^/]+?)(?:\/([1-9][0-9]{0,17}))?$/.exec(origin);
    if (found?.[1] !== ledger) this.findings.add("has a checkpoint of another ledger", { ledger });
    else if (found[2]) this.findings.tell(`began anew, number ${found[2]}`, { ledger });
  }

  earlierHeads(place) {
    const found = [];
    for (const path of this.files.filter((each) => each.startsWith(`${place}/`))) {
      const [kind, name, deeper] = path.slice(place.length + 1).split("/");
      const stamped = kind === "timestamps" && !name?.endsWith(".tsr");
      if (!name || deeper !== undefined || !(stamped || kind === "checkpoints")) continue;
      const head = this.read(path, (bytes) => this.earlierHead(bytes));
      if (head) found.push({ path, head });
    }
    return found;
  }

  /** Hold the heads to the records, and the positions to their number. */
  async records(ledger, head, earlier, wanted) {
    const { findings } = this;
    const place = `ledgers/${ledger}/entries.ndjson`;
    if (!this.files.includes(place)) {
      findings.add("is not there", { path: place });
      return;
    }
    const sizes = new Set(earlier.map((each) => Number(each.head.size)));
    const read = await readEntries(join(this.folder, place), ledger, sizes, wanted, findings);
    await this.positions(ledger, read.count);
    if (!head) return;
    if (head.size !== BigInt(read.count))
      findings.add(`has ${read.count} records, and ${head.size} were signed`, { ledger });
    if (!head.root.equals(read.root)) await this.altered(ledger, head, place);
    for (const { path, head: old } of earlier) {
      if (old.origin !== head.origin) findings.add("is of another origin", { ledger, path });
      else if (old.size > head.size) findings.add("is of more records", { ledger, path });
      else if (!read.roots.get(Number(old.size))?.equals(old.root))
        findings.add("is not what these records continue", { ledger, path });
    }
  }

  /** Say which record was altered, where `leaves` leads to the signed root. */
  async altered(ledger, head, place) {
    const path = `ledgers/${ledger}/leaves`;
    const leaves = this.files.includes(path) ? readFileSync(join(this.folder, path)) : Buffer.alloc(0);
    const tree = new Tree();
    for (let at = 0; at + 32 <= leaves.length; at += 32) tree.add(leaves.subarray(at, at + 32));
    const known = leaves.length % 32 === 0 && tree.root().equals(head.root);
    const entry = known ? await firstAltered(join(this.folder, place), leaves) : undefined;
    this.findings.add("is not what was signed", { ledger, entry });
  }

  async positions(ledger, count) {
    const path = `ledgers/${ledger}/positions`;
    try {
      if (!this.files.includes(path)) throw new Fault("is not there");
      if ((await countPositions(join(this.folder, path))) !== BigInt(count))
        throw new Fault("has not as many positions as there are records");
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.findings.add(error.message, { ledger, path });
    }
  }
}
