-- The statements of vault.py, each under its name.

-- name: find_key
SELECT wrapped FROM person_key WHERE person = %(person)s AND purpose = %(purpose)s;

-- name: find_person
SELECT purpose, operator, wrapped FROM person_key WHERE person = %(person)s;

-- name: find_erased
SELECT DISTINCT person FROM person_key WHERE person = ANY(%(persons)s) AND wrapped IS NULL;

-- name: lock_person
-- Making a key and burying its person must not pass each other: neither would see the other's row.
-- Under READ COMMITTED, the default, what is read after the lock is what was committed before it.
SELECT pg_advisory_xact_lock(hashtextextended('person_key ' || %(person)s::text, 0));

-- name: keep_key
INSERT INTO person_key (person, purpose, operator, wrapped)
VALUES (%(person)s, %(purpose)s, %(operator)s, %(wrapped)s)
ON CONFLICT DO NOTHING;

-- name: destroy_keys
UPDATE person_key
SET wrapped = NULL, destroyed_at = %(at)s, requested_by_event = %(event_id)s
WHERE person = %(person)s AND wrapped IS NOT NULL;

-- name: bury_person
INSERT INTO person_key (person, purpose, operator, destroyed_at, requested_by_event)
VALUES (%(person)s, '', %(operator)s, %(at)s, %(event_id)s)
ON CONFLICT DO NOTHING;
