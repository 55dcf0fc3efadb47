-- Signed tree heads of ledgers, and what proofs are made from.

-- A ledger has one era; a person who accepts that a restore lost events begins another, under
-- another origin, since what was signed once is never contradicted.
CREATE TABLE checkpoint (
    ledger    uuid        NOT NULL,
    era       integer     NOT NULL,
    size      bigint      NOT NULL,
    root      bytea       NOT NULL,
    note      bytea       NOT NULL,
    signed_at timestamptz NOT NULL,
    PRIMARY KEY (ledger, era, size)
);

-- What stood signed on a civil day; bundles carry these.
CREATE TABLE checkpoint_day (
    ledger uuid    NOT NULL,
    day    date    NOT NULL,
    era    integer NOT NULL,
    size   bigint  NOT NULL,
    PRIMARY KEY (ledger, day)
);

-- 256 hashes of one level of a ledger's tree, once all of them are there (as in C2SP tlog-tiles):
-- any proof is a few of these rows instead of the whole ledger.
CREATE TABLE tile (
    ledger uuid     NOT NULL,
    level  smallint NOT NULL,
    number bigint   NOT NULL,
    hashes bytea    NOT NULL,
    PRIMARY KEY (ledger, level, number)
);

-- Whether signing stands still until a person decides, and what was decided before.
CREATE TABLE signing (
    one       boolean     PRIMARY KEY DEFAULT true CHECK (one),
    halted_at timestamptz,
    code      text,
    ledger    uuid
);
INSERT INTO signing DEFAULT VALUES;

CREATE TABLE signing_decision (
    ledger     uuid        NOT NULL,
    era        integer     NOT NULL,
    lost_from  bigint      NOT NULL,
    lost_to    bigint      NOT NULL,
    reason     text        NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (ledger, era)
);
