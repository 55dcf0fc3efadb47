"""How folds run: in memory, into PostgreSQL, following the journal, rebuilding beside the old."""
