-- By how many witnesses a signed head was seen; their lines stand in its note (C2SP tlog-witness).
ALTER TABLE checkpoint ADD COLUMN cosignatures smallint NOT NULL DEFAULT 0;

-- Receipts are made from heads that witnesses have seen, where there are any.
CREATE INDEX checkpoint_witnessed ON checkpoint (ledger, era, size) WHERE cosignatures > 0;
