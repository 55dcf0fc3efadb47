"""How the steps of a case are decided: each kind has one rule, and says in which stages it holds.

The table of rules is the state machine of events.md, BC4. A rule refuses, or returns the facts
with the standing that the case has after them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from domain.case_facts import CaseStep, Stage
from domain.case_history import CaseHistory
from domain.entry import Entry

BEFORE_EVALUATION: tuple[Stage, ...] = ("accepted", "assessed", "planned", "intervening")
"""Without contact for seven days, a case in these stages is raised (AL-01)."""
OPEN: tuple[Stage, ...] = (*BEFORE_EVALUATION, "evaluated")
"""A person has one open case of a type at a station."""
AFTER_CLOSING: tuple[Stage, ...] = ("closed", "following_up")

Decide = Callable[["CaseHistory", "Entry", Any], CaseStep]
Decided = TypeVar("Decided", bound=Callable[..., CaseStep])


class Rule(NamedTuple):
    """In which stages a step may be taken, whether also while the case rests, and how."""

    stages: frozenset[Stage]
    while_suspended: bool
    decide: Decide


RULES: dict[type[CaseStep], Rule] = {}


def rule(
    kind: type[CaseStep], *stages: Stage, while_suspended: bool = False
) -> Callable[[Decided], Decided]:
    """Register the rule of a kind of step."""

    def register(decide: Decided) -> Decided:
        RULES[kind] = Rule(frozenset(stages), while_suspended, decide)
        return decide

    return register
