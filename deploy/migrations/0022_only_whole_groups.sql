-- The API and the workers add to the journal by whole groups and in no other way: what a group must
-- be is held here, and the rows that say where the journal stands are out of their reach.
DO $do$ BEGIN EXECUTE format($make$
CREATE OR REPLACE FUNCTION %1$I.journal_append(
    entries json, states bytea[], ledgers json, commands json, last bigint, moment timestamptz
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    grown bigint;
BEGIN
    UPDATE %1$I.head SET position = journal_append.last, at = moment
    WHERE position = journal_append.last - cardinality(states) AND at <= moment;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a group follows on what the journal has come to' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO %1$I.journal
    SELECT r.position, r.ledger, r.number, r.at, r.operator, r.station, r.event, r.stream, r.version,
           r.topic, states[r.position - last + cardinality(states)]
    FROM json_to_recordset(entries) AS r(
        position bigint, ledger uuid, number bigint, at timestamptz, operator uuid, station uuid,
        event uuid, stream uuid, version integer, topic text);
    INSERT INTO %1$I.ledger AS l
    SELECT r.ledger, r.operator, r.station, r.demonstration, r.size, decode(r.edge, 'base64'), r.at
    FROM json_to_recordset(ledgers) AS r(
        ledger uuid, operator uuid, station uuid, demonstration boolean, size bigint, edge text,
        at timestamptz)
    ON CONFLICT (ledger) DO UPDATE SET size = excluded.size, edge = excluded.edge, at = excluded.at
    WHERE l.size < excluded.size;
    GET DIAGNOSTICS grown = ROW_COUNT;
    IF grown < json_array_length(ledgers) THEN
        RAISE EXCEPTION 'a ledger only grows' USING ERRCODE = 'check_violation';
    END IF;
    IF commands IS NOT NULL THEN
        INSERT INTO %1$I.command
        SELECT r.operator, r.command, decode(r.fingerprint, 'base64'), r.first, r.last
        FROM json_to_recordset(commands) AS r(
            operator uuid, command text, fingerprint text, first bigint, last bigint);
    END IF;
    PERFORM pg_notify('journal', journal_append.last::text);
END $$;
$make$, current_schema()); END $do$;

-- They run as the owner does, who alone may write these tables; so nobody else may call them, and
-- the names in them mean this schema's tables whatever a caller has made for the session. The one that
-- each group calls names the schema itself: to set a search path twice took a lone writer a tenth of a
-- millisecond.
DO $$
DECLARE
    one regprocedure;
BEGIN
    FOREACH one IN ARRAY ARRAY[
        'journal_open(json)',
        'journal_append(json, bytea[], json, json, bigint, timestamptz)',
        'journal_append_at_once(bigint, json, json, bytea[], json, json, bigint, timestamptz)'
    ]::regprocedure[] LOOP
        IF one <> 'journal_append(json, bytea[], json, json, bigint, timestamptz)'::regprocedure THEN
            EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp',
                           one, current_schema());
        END IF;
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO shilu_app', one);
    END LOOP;
END $$;
REVOKE INSERT ON journal, command FROM shilu_app;
REVOKE UPDATE ON head FROM shilu_app;
REVOKE INSERT, UPDATE ON ledger FROM shilu_app;
