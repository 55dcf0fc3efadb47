"""All contradictions of a project on a day, in one certain order."""

from __future__ import annotations

from datetime import date
from itertools import chain

from domain.identity import Id
from projections.contradictions.coverage import orphans, out_of_scope
from projections.contradictions.known import Known, known
from projections.contradictions.participants import participants
from projections.contradictions.tables import tables
from projections.contradictions.work import work
from projections.engine.ask import Answers
from projections.finding import Finding, in_order

RULES = (participants, tables, orphans, out_of_scope, work)


def contradictions(
    answers: Answers, project: Id, day: date, since: date | None = None
) -> list[Finding]:
    """Return what a project's report and records say against each other up to a day."""
    return found(known(answers, project, day, since))


def found(known: Known) -> list[Finding]:
    """Return all that the rules find in what is known."""
    return in_order(chain.from_iterable(rule(known) for rule in RULES))
