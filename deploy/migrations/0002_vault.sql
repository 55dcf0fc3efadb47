-- Person keys, each wrapped by the master key that lives outside the database. Destroying a key
-- leaves its row behind as a tombstone: a field under it reads as erased, while a field whose key
-- was never here is an error.
CREATE TABLE person_key (
    person             uuid        NOT NULL,
    -- What the key is for. The empty purpose holds no key: it is the tombstone of the whole person,
    -- after which no key of any purpose may be made.
    purpose            text        NOT NULL,
    operator           uuid        NOT NULL,
    wrapped            bytea       NULL,
    destroyed_at       timestamptz NULL,
    requested_by_event uuid        NULL,
    PRIMARY KEY (person, purpose),
    CONSTRAINT person_key_is_kept_or_destroyed
        CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL)),
    CONSTRAINT person_key_destroyed_on_request
        CHECK ((destroyed_at IS NULL) = (requested_by_event IS NULL)),
    CONSTRAINT person_key_of_a_purpose
        CHECK (purpose <> '' OR wrapped IS NULL)
);
