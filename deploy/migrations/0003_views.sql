-- What the views' engine keeps of itself; the views' own tables come from their definitions.
CREATE TABLE view_state (
    view       text   PRIMARY KEY,
    definition text   NOT NULL,
    position   bigint NOT NULL
);

CREATE TABLE view_parked (
    view      text        NOT NULL,
    stream    uuid        NOT NULL,
    position  bigint      NOT NULL,
    error     text        NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (view, stream)
);

-- Questions are asked as a role that owns nothing. `shilu.operator` and `shilu.stations` are set
-- for each transaction from the principal; a forgotten filter then leaks nothing.
DO $$ BEGIN
    CREATE ROLE shilu_reader NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
GRANT shilu_reader TO CURRENT_USER;

CREATE FUNCTION in_scope(operator uuid, station uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE current_setting('shilu.operator', true)
        WHEN '*' THEN true
        ELSE operator = nullif(current_setting('shilu.operator', true), '')::uuid
             AND (coalesce(current_setting('shilu.stations', true), '') = '' OR station IS NULL
                  OR station = ANY (string_to_array(current_setting('shilu.stations', true), ',')::uuid[]))
    END
$$;

ALTER TABLE journal ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON journal FOR SELECT TO shilu_reader USING (in_scope(operator, station));
GRANT SELECT ON journal TO shilu_reader;
GRANT SELECT ON view_state, view_parked TO shilu_reader;
