// C2SP tlog-policy: whom the reader trusts. It never comes from the bundle.

import { Fault } from "./fault.mjs";
import { COSIGNATURE, ED25519, VerifierKey } from "./note.mjs";
import { utf8 } from "./texts.mjs";

const OTHER_BYTES = /[^\t\n\x20-\x7e\x80-\xff]/;

/** The logs and witnesses of a policy, and its quorum. */
export class Policy {
  constructor(bytes) {
    this.logs = [];
    this.witnesses = [];
    this.members = new Map(); // name of a witness or a group -> how to ask whether it witnessed
    this.taken = new Set(); // names that are in a group already
    this.quorum = undefined;
    // Names are opaque octets. What an editor puts there on its own is passed over.
    const text = bytes.toString("latin1").replace(/^\xef\xbb\xbf/, "").replaceAll("\r\n", "\n");
    if (OTHER_BYTES.test(text)) throw new Fault("has a control character");
    for (const line of text.split("\n")) this.#read(line);
    if (!this.quorum) throw new Fault("has no quorum");
  }

  #read(line) {
    const [kind, ...items] = line.split(/[ \t]+/).filter((item) => item);
    if (kind === undefined || kind.startsWith("#")) return;
    if (kind === "log" && (items.length === 1 || items.length === 2))
      this.logs.push(this.#key(items[0], ED25519));
    else if (kind === "witness" && (items.length === 2 || items.length === 3)) this.#witness(items);
    else if (kind === "group" && items.length >= 3) this.#group(items);
    else if (kind === "quorum" && items.length === 1) this.#quorum(items[0]);
    else throw new Fault(`has a line that it must not have: ${kind}`);
  }

  #key(octets, type) {
    const key = new VerifierKey(utf8(Buffer.from(octets, "latin1")));
    if (key.type !== type) throw new Fault(`has a key of a type not meant for this: ${key.name}`);
    for (const other of [...this.logs, ...this.witnesses])
      if (other.raw === key.raw) throw new Fault(`names one public key twice: ${key.name}`);
    return key;
  }

  #define(name, witnessed) {
    if (name === "none" || this.members.has(name)) throw new Fault(`defines twice: ${name}`);
    this.members.set(name, witnessed);
  }

  #witness([name, vkey]) {
    const key = this.#key(vkey, COSIGNATURE);
    this.witnesses.push(key);
    this.#define(name, (signers) => signers.has(key));
  }

  #group([name, threshold, ...names]) {
    const least = { all: names.length, any: 1 }[threshold] ?? threshold;
    if (!/^[1-9][0-9]*$/.test(`${least}`) || Number(least) > names.length)
      throw new Fault(`has a group that can never witness: ${name}`);
    const asked = names.map((member) => {
      if (!this.members.has(member)) throw new Fault(`has an unknown member: ${member}`);
      if (this.taken.has(member)) throw new Fault(`has a member twice: ${member}`);
      this.taken.add(member);
      return this.members.get(member);
    });
    this.#define(name, (signers) => asked.filter((ask) => ask(signers)).length >= Number(least));
  }

  #quorum(name) {
    if (this.quorum) throw new Fault("has two quorums");
    this.quorum = name === "none" ? () => true : this.members.get(name);
    if (!this.quorum) throw new Fault(`has an unknown quorum: ${name}`);
  }

  /** The keys of this policy that signed a note; one that did so wrongly spoils the whole note. */
  signers(note) {
    const signed = new Set();
    for (const each of note.signatures)
      for (const key of [...this.logs, ...this.witnesses]) {
        if (!key.made(each)) continue;
        if (!key.verifies(note.text, each.signature))
          throw new Fault(`has a signature that does not verify: ${key.name}`);
        signed.add(key);
      }
    return signed;
  }

  /** Whether a log that this origin is of is among these keys. */
  counts(signers, origin) {
    return this.logs.some((log) => signers.has(log) && isOf(log, origin));
  }

  /** Whether a bundle whose MANIFEST these keys signed is vouched for by the log of this origin. */
  vouched(keys, origin) {
    return this.logs.some(
      (log) => isOf(log, origin) && keys.some((key) => key.raw === log.raw && key.name === log.name),
    );
  }
}

/** A log's name is the origin, or the origin up to one of its slashes. */
function isOf(log, origin) {
  return origin === log.name || origin.startsWith(`${log.name}/`);
}
