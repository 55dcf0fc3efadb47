"""Which cases are open in somebody's name, or at a station: what must be handed over first."""

from __future__ import annotations

from domain.case_rules import OPEN
from domain.identity import Id
from projections.contact_rule import CASE
from projections.engine.ask import Answers


def open_cases_of(answers: Answers, worker: Id) -> tuple[Id, ...]:
    """Return the open cases of which somebody is the primary worker (AL-28)."""
    rows = answers.rows(CASE, where={"worker": worker, "stage": OPEN})
    return tuple(row["case_id"] for row in rows)


def open_cases_at(answers: Answers, station: Id) -> tuple[Id, ...]:
    """Return the open cases of a station."""
    rows = answers.rows(CASE, where={"station": station, "stage": OPEN})
    return tuple(row["case_id"] for row in rows)
