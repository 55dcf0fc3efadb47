-- The same scope as before, told so that PostgreSQL guesses better how many rows lie within it.
-- It took the comparisons for ones that hardly any row passes, so that it read and sorted all of
-- an operator's rows where the first page of an index was asked for. Of a CASE it supposes that
-- half the rows pass. An id is compared as text, which is cheaper than reading the setting as an
-- id for each row; ids are kept and set in one form only.
CREATE OR REPLACE FUNCTION in_scope(operator uuid, station uuid, ledger uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN CASE current_setting('shilu.operator', true)
                 WHEN '*' THEN true
                 WHEN operator::text THEN
                     coalesce(current_setting('shilu.stations', true), '') = '' OR station IS NULL
                     OR station = ANY (string_to_array(current_setting('shilu.stations', true), ',')::uuid[])
             END
         AND coalesce(current_setting('shilu.ledger', true), '') IN ('', ledger::text)
        THEN true
        ELSE false
    END
$$;
