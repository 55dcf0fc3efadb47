-- On a fresh database 0010 comes after 0006 and bound tasks to operator and stations alone.
ALTER POLICY scope ON task USING (in_scope(operator, station, ledger));
