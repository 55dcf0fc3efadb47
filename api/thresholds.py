"""By which thresholds cases and indicators are judged: those that their operator's alerts go by."""

from __future__ import annotations

from collections.abc import Iterable

from api.questions import Question
from domain.alert_rule import DEFAULTS, RuleChanged, rule_id
from domain.identity import Id
from domain.journal.past import is_known
from projections.engine.fold import read
from projections.engine.view import Row
from projections.pace import Thresholds

BEHIND = "AL-15"
NO_CONTACT = "AL-01"


def in_force(asked: Question, operator: Id, rule: str) -> dict[str, int]:
    """Return an operator's thresholds of a rule, as known at the moment that is asked about."""
    held, moment = DEFAULTS[rule], asked.moment
    for row in asked.parts.journal.read_stream(rule_id(operator, rule)):
        facts = read(row).facts
        if isinstance(facts, RuleChanged) and (moment is None or is_known(row, moment)):
            held = facts.thresholds
    return {one.name: one.value for one in held}


def of_pace(asked: Question, operator: Id) -> Thresholds:
    """Return below which percent of what is expected an indicator is behind."""
    held = in_force(asked, operator, BEHIND)
    return Thresholds(yellow=held["yellow_percent"], red=held["red_percent"])


def of_contact(asked: Question, cases: Iterable[Row]) -> dict[Id, int]:
    """Return how many days each operator of these cases lets one go without contact."""
    operators = dict.fromkeys(case["operator"] for case in cases)
    return {each: in_force(asked, each, NO_CONTACT)["days"] for each in operators}
