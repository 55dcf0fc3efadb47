-- An evaluator's token opens one ledger, for one evaluation, until a moment.
ALTER TABLE access_token ADD COLUMN ledger uuid, ADD COLUMN evaluation uuid;

-- Beside operator and stations a principal may be held to one ledger.
CREATE FUNCTION in_scope(operator uuid, station uuid, ledger uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT in_scope(operator, station)
       AND (coalesce(current_setting('shilu.ledger', true), '') = ''
            OR ledger = nullif(current_setting('shilu.ledger', true), '')::uuid)
$$;

DO $$ DECLARE bound record; BEGIN
    FOR bound IN SELECT schemaname, tablename FROM pg_policies WHERE policyname = 'scope' LOOP
        EXECUTE format('ALTER POLICY scope ON %I.%I USING (in_scope(operator, station, ledger))',
                       bound.schemaname, bound.tablename);
    END LOOP;
END $$;
