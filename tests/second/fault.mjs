// One way to say what does not hold, so that every module says it alike: which ledger, which entry,
// what. A Fault is thrown where nothing more can be read, and reported where the reading goes on.

export class Fault extends Error {}

/** Collects what does not hold in one bundle. */
export class Findings {
  constructor() {
    this.all = [];
    this.notes = [];
  }

  /** Something does not hold. `entry` counts from 1, as the lines of entries.ndjson do. */
  add(what, { ledger, entry, path } = {}) {
    this.all.push({ ledger, entry, path, what });
  }

  /** Something that a reader must be told, and that is no fault. */
  tell(what, { ledger } = {}) {
    this.notes.push({ ledger, what });
  }

  /** Do something; a Fault thrown on the way is a finding, and undefined is returned. */
  trying(where, act) {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.add(error.message, where);
      return undefined;
    }
  }
}
