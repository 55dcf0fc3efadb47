"""The demonstration: a project of the field's own documents (S0), recorded as it happened.

Everything is written through the same commands that the API uses, under a simulated clock, for an
operator that is marked as a demonstration for ever. Persons are invented; dates, goals,
indicators, targets and counts are the document's. Each command has an id of its own, so that
running it again records nothing twice.
"""
