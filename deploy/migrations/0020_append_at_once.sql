-- Appends a group in one call where the journal still stands as the writer left it, which is so
-- whenever nobody else has written in between; otherwise returns false and has done nothing. `untold`
-- are the streams that the writer has not seen lately, with the versions that it takes them to have.
-- The moment is reckoned by the writer and held to this server's clock; where it leads by a little, it
-- is waited for.
CREATE FUNCTION journal_append_at_once(
    before bigint, untold json, entries json, states bytea[], ledgers json, commands json,
    last bigint, moment timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM head
    WHERE position = before AND at <= moment
      AND moment BETWEEN clock_timestamp() - interval '0.1 s'
                     AND clock_timestamp() + interval '0.005 s'
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF untold IS NOT NULL AND EXISTS (
        SELECT FROM json_to_recordset(untold) AS s(stream uuid, version integer)
        WHERE (SELECT max(j.version) FROM journal j WHERE j.stream = s.stream) IS DISTINCT FROM s.version
    ) THEN
        RETURN false;
    END IF;
    IF moment > clock_timestamp() THEN
        PERFORM pg_sleep(extract(epoch FROM moment - clock_timestamp()));
    END IF;
    PERFORM journal_append(entries, states, ledgers, commands, last, moment);
    RETURN true;
END $$;
