"""All contradictions of a project on a day, in one certain order."""

from __future__ import annotations

from itertools import chain

from projections.contradictions.coverage import orphans, out_of_scope
from projections.contradictions.known import Known
from projections.contradictions.participants import participants
from projections.contradictions.tables import tables
from projections.contradictions.work import work
from projections.finding import Finding, in_order

RULES = (participants, tables, orphans, out_of_scope, work)


def found(known: Known) -> list[Finding]:
    """Return all that the rules find in what is known."""
    return in_order(chain.from_iterable(rule(known) for rule in RULES))
