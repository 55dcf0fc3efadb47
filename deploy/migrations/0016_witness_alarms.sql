-- Where a witness has seen another history of a ledger than the one that is signed here: nothing
-- is signed until it has cosigned, is no longer asked, or a person has begun anew. `seen` is of how
-- many entries it told, 0 where it told none.
CREATE TABLE witness_alarm (
    ledger    uuid        NOT NULL,
    era       integer     NOT NULL,
    witness   text        NOT NULL,
    code      text        NOT NULL,
    seen      bigint      NOT NULL,
    raised_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ledger, era, witness)
);
