"""By which thresholds an operator's pages judge: those that its alerts go by."""

from __future__ import annotations

from datetime import datetime

from api.pages.reader import Reader
from domain.alert_rule import DEFAULTS, RuleChanged, rule_id
from domain.identity import Id
from projections.engine.fold import read
from projections.pace import Thresholds

BEHIND = "AL-15"
NO_CONTACT = "AL-01"


def in_force(reader: Reader, operator: Id, rule: str, at: datetime | None = None) -> dict[str, int]:
    """Return an operator's thresholds of a rule, as known at a time."""
    held = DEFAULTS[rule]
    for row in reader.asked.parts.journal.read_stream(rule_id(operator, rule)):
        facts = read(row).facts
        if isinstance(facts, RuleChanged) and (at is None or row.at <= at):
            held = facts.thresholds
    return {one.name: one.value for one in held}


def of_pace(reader: Reader, operator: Id, at: datetime | None = None) -> Thresholds:
    """Return below which percent of what is expected an indicator is behind."""
    held = in_force(reader, operator, BEHIND, at)
    return Thresholds(yellow=held["yellow_percent"], red=held["red_percent"])


def of_contact(reader: Reader, operator: Id, at: datetime | None = None) -> int:
    """Return how many days a case may go without contact."""
    return in_force(reader, operator, NO_CONTACT, at)["days"]
