-- What the API and the workers are: a role that owns nothing. It writes events and changes none, and
-- of the views' tables it sees none: questions are asked as shilu_reader, within the asker's scope. So
-- a filter that was forgotten finds nothing, and a statement gone wrong leaves the journal as it is.
DO $$ BEGIN
    CREATE ROLE shilu_app NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
GRANT shilu_app TO CURRENT_USER;

GRANT SELECT, INSERT ON journal, command TO shilu_app;
GRANT SELECT, UPDATE ON head TO shilu_app;
GRANT SELECT, INSERT, UPDATE ON ledger TO shilu_app;
CREATE POLICY whole ON journal TO shilu_app USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON person_key TO shilu_app;
GRANT SELECT, INSERT, UPDATE ON access_token TO shilu_app;
GRANT SELECT ON view_state, view_parked TO shilu_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON task, bookmark, due TO shilu_app;
CREATE POLICY whole ON task TO shilu_app USING (true) WITH CHECK (true);

-- What is signed, only the signer writes.
GRANT SELECT ON checkpoint, checkpoint_day, checkpoint_timestamp, tile, signing, signing_decision,
    witness_alarm TO shilu_app;
