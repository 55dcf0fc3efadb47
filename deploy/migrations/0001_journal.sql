-- The journal: one total order without gaps, in ledgers sealed as RFC 6962 trees.

CREATE TABLE head (
    one      boolean     PRIMARY KEY DEFAULT true CHECK (one),
    position bigint      NOT NULL,
    at       timestamptz NOT NULL
);
INSERT INTO head (position, at) VALUES (0, 'epoch');

CREATE TABLE ledger (
    ledger        uuid        PRIMARY KEY,
    operator      uuid        NOT NULL,
    station       uuid,
    demonstration boolean     NOT NULL,
    size          bigint      NOT NULL,
    edge          bytea       NOT NULL,
    at            timestamptz NOT NULL
);

CREATE TABLE journal (
    position bigint      NOT NULL PRIMARY KEY,
    ledger   uuid        NOT NULL,
    number   bigint      NOT NULL,
    at       timestamptz NOT NULL,
    operator uuid        NOT NULL,
    station  uuid,
    event    uuid        NOT NULL,
    stream   uuid        NOT NULL,
    version  integer     NOT NULL,
    topic    text        NOT NULL,
    state    bytea       NOT NULL
);
CREATE UNIQUE INDEX journal_stream ON journal (stream, version);
CREATE UNIQUE INDEX journal_ledger ON journal (ledger, number);
CREATE UNIQUE INDEX journal_event ON journal (event);

-- Command ids make every command repeatable: the same key with the same content is answered with
-- what it wrote the first time.
CREATE TABLE command (
    operator    uuid   NOT NULL,
    command     text   NOT NULL,
    fingerprint bytea  NOT NULL,
    first       bigint NOT NULL,
    last        bigint NOT NULL,
    PRIMARY KEY (operator, command)
);

-- Takes the head's lock, which is held until commit, and only then looks: each statement of a
-- volatile function sees what was committed before it began. Both functions take and give JSON,
-- since one text is much cheaper to send than a dozen arrays. Every look-up is a correlated
-- subquery, which can only be an index probe: no plan may ever read the journal through.
CREATE FUNCTION journal_open(asked json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    h head;
BEGIN
    SELECT * INTO h FROM head FOR UPDATE;
    RETURN json_build_object(
        'position', h.position,
        'at', h.at AT TIME ZONE 'UTC',
        'now', clock_timestamp() AT TIME ZONE 'UTC',
        'versions', (
            SELECT json_agg((SELECT max(j.version) FROM journal j WHERE j.stream = s.id::uuid) ORDER BY s.n)
            FROM json_array_elements_text(asked->'streams') WITH ORDINALITY s(id, n)),
        'ledgers', (
            SELECT json_agg((
                SELECT json_build_object(
                    'ledger', l.ledger, 'operator', l.operator, 'demonstration', l.demonstration,
                    'size', l.size, 'edge', encode(l.edge, 'base64'), 'at', l.at AT TIME ZONE 'UTC')
                FROM ledger l WHERE l.ledger = s.id::uuid))
            FROM json_array_elements_text(asked->'ledgers') s(id)),
        'events', (
            SELECT json_agg((SELECT j.event FROM journal j WHERE j.event = s.id::uuid))
            FROM json_array_elements_text(asked->'events') s(id)),
        'commands', (
            SELECT json_agg((
                SELECT json_build_object(
                    'operator', c.operator, 'command', c.command,
                    'fingerprint', encode(c.fingerprint, 'base64'), 'first', c.first, 'last', c.last)
                FROM command c WHERE c.operator = s.operator AND c.command = s.command))
            FROM json_to_recordset(asked->'commands') AS s(operator uuid, command text)));
END $$;

-- Appends a whole group: events, the right edges of the trees they are leaves of, command ids,
-- the head, and one notification.
CREATE FUNCTION journal_append(page json) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journal
    SELECT r.position, r.ledger, r.number, r.at, r.operator, r.station, r.event, r.stream, r.version,
           r.topic, convert_to(r.state, 'UTF8')
    FROM json_to_recordset(page->'rows') AS r(
        position bigint, ledger uuid, number bigint, at timestamptz, operator uuid, station uuid,
        event uuid, stream uuid, version integer, topic text, state text);
    INSERT INTO ledger
    SELECT r.ledger, r.operator, r.station, r.demonstration, r.size, decode(r.edge, 'base64'), r.at
    FROM json_to_recordset(page->'ledgers') AS r(
        ledger uuid, operator uuid, station uuid, demonstration boolean, size bigint, edge text,
        at timestamptz)
    ON CONFLICT (ledger) DO UPDATE SET size = excluded.size, edge = excluded.edge, at = excluded.at;
    INSERT INTO command
    SELECT r.operator, r.command, decode(r.fingerprint, 'base64'), r.first, r.last
    FROM json_to_recordset(page->'commands') AS r(
        operator uuid, command text, fingerprint text, first bigint, last bigint);
    UPDATE head SET position = (page->>'position')::bigint, at = (page->>'at')::timestamptz;
    PERFORM pg_notify('journal', page->>'position');
END $$;
