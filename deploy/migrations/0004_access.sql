-- Access tokens: only their hashes are kept.
CREATE TABLE access_token (
    hash       bytea       PRIMARY KEY,
    label      text        NOT NULL,
    actor      uuid        NOT NULL,
    role       text        NOT NULL,
    operator   uuid,
    stations   uuid[]      NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    made_at    timestamptz NOT NULL DEFAULT now()
);
