-- As the function of migration 23, which stays for processes of the version before, but that it answers
-- with the database's clock, and with nothing where it did nothing. A process so knows that clock as
-- closely as one way there allows, and its moments lead by so little that they need hardly be waited
-- for. The function of migration 20 goes: nobody calls it any more.
DROP FUNCTION journal_append_at_once(bigint, json, json, bytea[], json, json, bigint, timestamptz);
DO $do$ BEGIN EXECUTE format($make$
CREATE FUNCTION %1$I.journal_append_as_left(
    before bigint, before_at timestamptz, untold json, entries json, states bytea[], ledgers json,
    commands json, last bigint, moment timestamptz
) RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    clock CONSTANT timestamptz := clock_timestamp();
BEGIN
    PERFORM FROM %1$I.head WHERE position = before AND at = before_at FOR UPDATE;
    IF NOT FOUND OR moment < before_at
        OR moment NOT BETWEEN clock_timestamp() - interval '0.1 s'
                          AND clock_timestamp() + interval '0.005 s' THEN
        RETURN NULL;
    END IF;
    IF untold IS NOT NULL AND EXISTS (
        SELECT FROM json_to_recordset(untold) AS s(stream uuid, version integer)
        WHERE (SELECT max(j.version) FROM %1$I.journal j WHERE j.stream = s.stream) IS DISTINCT FROM s.version
    ) THEN
        RETURN NULL;
    END IF;
    WHILE clock_timestamp() < moment LOOP
        -- It leads by a part of a millisecond, and pg_sleep would sleep a whole one.
    END LOOP;
    PERFORM %1$I.journal_append(entries, states, ledgers, commands, last, moment);
    RETURN clock;
END $$;
$make$, current_schema()); END $do$;
DO $$
DECLARE
    it CONSTANT text := 'FUNCTION journal_append_as_left'
        '(bigint, timestamptz, json, json, bytea[], json, json, bigint, timestamptz)';
BEGIN
    EXECUTE format('REVOKE EXECUTE ON %s FROM PUBLIC', it);
    EXECUTE format('GRANT EXECUTE ON %s TO shilu_app', it);
END $$;
