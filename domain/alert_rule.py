"""The thresholds of alerts, as an operator sets them, in versions; an alert keeps the one it used.

What nobody has set is version 0: the thresholds of rules-and-reports.md, as they stand here.
"""

from __future__ import annotations

from domain.aggregate import Aggregate
from domain.alert import Threshold
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id, derived_id
from domain.refusals import NotFound, refusal

DEFAULTS: dict[str, tuple[Threshold, ...]] = {
    "AL-01": (Threshold(name="days", value=7),),
    "AL-15": (
        Threshold(name="yellow_percent", value=80),
        Threshold(name="red_percent", value=60),
    ),
}

UNKNOWN_RULE = refusal("alert_rule.unknown")
OTHER_THRESHOLDS = refusal("alert_rule.other_thresholds")
THRESHOLD_IMPOSSIBLE = refusal("alert_rule.threshold_impossible")
NOTHING_CHANGED = refusal("alert_rule.nothing_changed")


@fact()
class RuleChanged(Facts, frozen=True, kw_only=True, tag="alert_rule.RuleChanged@1"):
    """From now on the operator's alerts of this rule go by these thresholds."""

    rule: str
    version: int
    thresholds: tuple[Threshold, ...]
    reason: str


class AlertRule(Aggregate):
    """One rule of one operator."""

    kind = "alert_rule"

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.changed: RuleChanged | None = None

    def evolve(self, event: AnyEvent) -> None:
        """Keep the thresholds in force."""
        match event.facts:
            case RuleChanged():
                self.changed = event.facts

    def change(
        self, entry: Entry, rule: str, thresholds: tuple[Threshold, ...], reason: str
    ) -> None:
        """Set other thresholds, all of the rule's and none besides."""
        now = DEFAULTS[rule] if self.changed is None else self.changed.thresholds
        if {one.name for one in thresholds} != {one.name for one in now}:
            raise OTHER_THRESHOLDS("thresholds")
        if any(one.value < 1 for one in thresholds):
            raise THRESHOLD_IMPOSSIBLE("thresholds")
        if set(thresholds) == set(now):
            raise NOTHING_CHANGED("thresholds")
        version = 1 if self.changed is None else self.changed.version + 1
        facts = RuleChanged(rule=rule, version=version, thresholds=thresholds, reason=reason)
        self.record(entry, facts)


def rule_id(operator: Id, rule: str) -> Id:
    """Return the stream of an operator's rule."""
    return derived_id("alert_rule", operator, rule)


def change_rule(
    desk: Desk,
    entry: Entry,
    scope: Scope,
    rule: str,
    thresholds: tuple[Threshold, ...],
    reason: str,
) -> Receipt:
    """Set an operator's thresholds. Refused: unknown rules and names, numbers below 1."""
    if rule not in DEFAULTS:
        raise UNKNOWN_RULE("rule")
    found = _find(desk, scope.operator, rule)
    changed = found or AlertRule(
        rule_id(scope.operator, rule),
        Scope(operator=scope.operator, demonstration=scope.demonstration),
    )
    changed.change(entry, rule, thresholds, reason)
    return desk.save(entry, changed)


def in_force(desk: Desk, operator: Id, rule: str) -> tuple[int, tuple[Threshold, ...]]:
    """Return version and thresholds by which an operator's alerts of a rule go."""
    found = _find(desk, operator, rule)
    if found is None or found.changed is None:
        return 0, DEFAULTS[rule]
    return found.changed.version, found.changed.thresholds


def _find(desk: Desk, operator: Id, rule: str) -> AlertRule | None:
    try:
        return desk.load(AlertRule, rule_id(operator, rule))
    except NotFound:
        return None
