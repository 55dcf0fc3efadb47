-- What a timestamp authority has confirmed to have seen of a ledger, and when (RFC 3161).

-- `note` is what was stamped, byte for byte: witnesses may add lines to the kept one later.
CREATE TABLE checkpoint_timestamp (
    ledger   uuid        NOT NULL,
    era      integer     NOT NULL,
    size     bigint      NOT NULL,
    note     bytea       NOT NULL,
    token    bytea       NOT NULL,
    taken_at timestamptz NOT NULL,
    PRIMARY KEY (ledger, era, size)
);
