-- As in migration 20, but that the head is known by its moment as well as by its position, and that
-- the group's moment is held to the clock only when the head's lock is had. A journal that was put
-- back may stand at the same position with other events; and whoever has waited for the lock comes
-- with a moment that is long over. What a moment leads by is waited for awake: the sleep had taken half
-- of a lone writer's time. The function of migration 20 stays, for processes of the version
-- before, which go on until they are replaced.
DO $do$ BEGIN EXECUTE format($make$
CREATE FUNCTION %1$I.journal_append_at_once(
    before bigint, before_at timestamptz, untold json, entries json, states bytea[], ledgers json,
    commands json, last bigint, moment timestamptz
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM FROM %1$I.head WHERE position = before AND at = before_at FOR UPDATE;
    IF NOT FOUND OR moment < before_at
        OR moment NOT BETWEEN clock_timestamp() - interval '0.1 s'
                          AND clock_timestamp() + interval '0.005 s' THEN
        RETURN false;
    END IF;
    IF untold IS NOT NULL AND EXISTS (
        SELECT FROM json_to_recordset(untold) AS s(stream uuid, version integer)
        WHERE (SELECT max(j.version) FROM %1$I.journal j WHERE j.stream = s.stream) IS DISTINCT FROM s.version
    ) THEN
        RETURN false;
    END IF;
    WHILE clock_timestamp() < moment LOOP
        -- It leads by a part of a millisecond, and pg_sleep would sleep a whole one.
    END LOOP;
    PERFORM %1$I.journal_append(entries, states, ledgers, commands, last, moment);
    RETURN true;
END $$;
$make$, current_schema()); END $do$;
DO $$
DECLARE
    it CONSTANT text := 'FUNCTION journal_append_at_once'
        '(bigint, timestamptz, json, json, bytea[], json, json, bigint, timestamptz)';
BEGIN
    EXECUTE format('REVOKE EXECUTE ON %s FROM PUBLIC', it);
    EXECUTE format('GRANT EXECUTE ON %s TO shilu_app', it);
END $$;
