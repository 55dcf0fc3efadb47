"""Indicators are data, not code: a measure, a filter, targets with their dates and sources.

An indicator takes deliveries by its filter; what it took is written into each delivery when it is
recorded (glossary, counting rule 13). Indicators are never deleted, only retired, and a target is
never overwritten: another one is set, and says by which amendment of the contract.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Literal

import msgspec

from domain.catalogue import activity_kinds
from domain.counting import UNITS, Allocation, Counted, Measure
from domain.event import Facts, fact
from domain.identity import Id, derived_id
from domain.refusals import Conflict, NotFound, refusal

TargetPeriod = Literal["month", "midterm", "project"]
Status = Literal["done", "not_done", "ongoing"]
"""已完成, 未完成, 持续进行."""
Column = Literal[
    "count", "times", "person_times", "people", "households", "organisations", "minutes"
]  # fmt: skip

UNNAMED_GROUPS: frozenset[str] = frozenset(
    {"cases", "groups", "organisations", "reports", "leaders"}
)
"""Measures of things that list no attendance: population groups cannot filter them."""

ONE_FOR_EACH: dict[str, frozenset[str]] = {
    "cases": frozenset({"case_opened", "case_closed"}),
    "groups": frozenset({"group_opened", "group_closed", "group_unfinished"}),
    "organisations": frozenset({"organisation_formed"}),
    "reports": frozenset({"needs_report", "activity_report"}),
    "leaders": frozenset({"community_leader"}),
}
"""Measure → the kinds of service of which each is one of it (counting rule 4): 14 meetings of an
organisation are not 14 organisations (figures.md, I0-08). 个 of activities are the catalogue's."""

GOAL_TWICE = refusal("indicator.goal_twice", Conflict)
GOAL_UNKNOWN = refusal("indicator.goal_unknown")
CODE_TWICE = refusal("indicator.code_twice", Conflict)
UNKNOWN = refusal("indicator.unknown", NotFound)
RETIRED = refusal("indicator.retired", Conflict)
NO_UNIT = refusal("indicator.no_unit")
UNIT_NOT_OF_MEASURE = refusal("indicator.unit_not_of_measure")
UNIT_MISMATCH = refusal("indicator.unit_mismatch")
KIND_NOT_OF_MEASURE = refusal("indicator.kind_not_of_measure")
GROUPS_NOT_KNOWN = refusal("indicator.groups_not_known")
TARGET_FORM = refusal("indicator.target_form")
TARGET_IMPOSSIBLE = refusal("indicator.target_impossible")
TARGET_OUT_OF_SCOPE = refusal("indicator.target_out_of_scope")
TARGET_WITHOUT_AMENDMENT = refusal("indicator.target_without_amendment", Conflict)
TARGET_WITHOUT_EVIDENCE = refusal("indicator.target_without_evidence")
NOT_QUALITATIVE = refusal("indicator.not_qualitative")
STATUS_WITHOUT_EVIDENCE = refusal("indicator.status_without_evidence")
COLUMN_NOT_OF_TABLE = refusal("indicator.column_not_of_table")
PLACE_TAKEN = refusal("indicator.place_taken", Conflict)


class Placement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a report prints an indicator: table, line and column (facts.md, S0 section 3.3).

    Table A has the one column `count`; one cell prints one indicator. `counterpart` is the line of
    the other table that reports the same thing in the same measure; where both are printed, they
    must agree.
    """

    table: Literal["A", "B"]
    line: str
    column: Column
    item: str | None = None
    planned_name: str | None = None
    actual_name: str | None = None
    service_type: str | None = None
    counterpart: str | None = None


class Definition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an indicator measures, and which deliveries it takes.

    `kinds` empty takes nothing by itself; an empty `audiences` or `variants` takes any. `groups`
    and `roles` say whom among those present it counts; roles empty are the beneficiaries.
    `in_scope` False is tracked though no goal names it (项目目标未涉及). Within one `exclusive_set`
    a delivery counts once, to the indicator defined first. The figure of a `qualitative` one is a
    status that somebody declares.
    """

    code: str
    name: str
    measure: Measure
    unit: str | None = None
    kinds: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    goal: str | None = None
    in_scope: bool = True
    exclusive_set: str | None = None
    qualitative: bool = False
    placement: Placement | None = None

    def takes(self, facts: Counted) -> bool:
        """Say whether a delivery passes the filter."""
        return (
            facts.kind in self.kinds
            and (not self.audiences or facts.audience in self.audiences)
            and (not self.variants or facts.variant in self.variants)
        )


class Target(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much: a number, a range, or words. Never two of them."""

    value: int | None = None
    low: int | None = None
    high: int | None = None
    text: str | None = None
    unit: str | None = None

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers it states: one, two of a range, or none."""
        return tuple(part for part in (self.value, self.low, self.high) if part is not None)


@fact()
class GoalDefined(Facts, frozen=True, kw_only=True, tag="project.GoalDefined@1"):
    """目标: a statement of intended change, under its number in the contract."""

    code: str
    title: str


@fact()
class IndicatorDefined(Facts, frozen=True, kw_only=True, tag="project.IndicatorDefined@1"):
    """指标: a measurable commitment, or something tracked that no goal names."""

    indicator: Id
    definition: Definition


@fact()
class IndicatorTargetSet(Facts, frozen=True, kw_only=True, tag="project.IndicatorTargetSet@1"):
    """计划数: how much by when, from which day it holds, and the clause that says so.

    `amendment` is the event of the amended contract that changed it. `correction` says that an
    earlier target was typed wrongly; the evidence stands in the envelope.
    """

    indicator: Id
    per: TargetPeriod
    target: Target
    effective_from: date
    source: str
    amendment: Id | None = None
    correction: bool = False


@fact()
class IndicatorRetired(Facts, frozen=True, kw_only=True, tag="project.IndicatorRetired@1"):
    """It takes no further deliveries; what it took stays."""

    indicator: Id
    reason: str


@fact()
class IndicatorStatusDeclared(
    Facts, frozen=True, kw_only=True, tag="project.IndicatorStatusDeclared@1"
):
    """The figure of a qualitative indicator: a status with its evidence, as it is to be printed."""

    indicator: Id
    status: Status
    text: str
    evidence: tuple[Id, ...] = ()


def indicator_id(project: Id, code: str) -> Id:
    """Return the id of a project's indicator; codes are never used twice, so neither are ids."""
    return derived_id("indicator", project, code)


def check_unit(definition: Definition, unit: str | None, field: str) -> None:
    """Refuse a figure without unit, of another measure, or in a second unit (counting rule 4)."""
    if not unit:
        raise NO_UNIT(field)
    if unit not in UNITS[definition.measure]:
        raise UNIT_NOT_OF_MEASURE(field, unit=unit, measure=definition.measure)
    if unit != definition.unit:
        raise UNIT_MISMATCH(field, unit=unit, expected=definition.unit or "")


def check_form(target: Target) -> None:
    """Refuse a target that is not exactly one of a number, a range and words."""
    forms = [
        target.value is not None,
        target.low is not None and target.high is not None,
        bool(target.text),
    ]
    halves = (target.low is None) != (target.high is None)
    if sum(forms) != 1 or halves:
        raise TARGET_FORM("target")
    if any(number < 0 for number in target.numbers) or (target.low or 0) > (target.high or 0):
        raise TARGET_IMPOSSIBLE("target")


def check_kinds_of(measure: Measure, kinds: Collection[str], field: str) -> None:
    """Refuse to count as things of which there is one for each what is not one of them."""
    known = frozenset(activity_kinds()) if measure == "activities" else ONE_FOR_EACH.get(measure)
    if known is not None and not known.issuperset(kinds):
        raise KIND_NOT_OF_MEASURE(field, measure=measure, kinds=", ".join(sorted(known)))


class Indicators:
    """The goals and indicators of one project, as they stand."""

    def __init__(self) -> None:
        self.goals: dict[str, str] = {}
        self.defined: dict[Id, Definition] = {}
        self.targets: dict[tuple[Id, TargetPeriod], Target] = {}
        self.retired: set[Id] = set()

    def apply(self, facts: Facts) -> None:
        """Take what was decided into the register."""
        match facts:
            case GoalDefined():
                self.goals[facts.code] = facts.title
            case IndicatorDefined():
                self.defined[facts.indicator] = facts.definition
            case IndicatorTargetSet():
                self.targets[facts.indicator, facts.per] = facts.target
            case IndicatorRetired():
                self.retired.add(facts.indicator)

    def bring_in_scope(self, indicators: tuple[Id, ...]) -> None:
        """Take indicators among the contract's goals, as an amendment says."""
        for indicator in indicators:
            changed = msgspec.structs.replace(self.defined[indicator], in_scope=True)
            self.defined[indicator] = changed

    def known(self, indicator: Id, field: str = "indicator") -> Definition:
        """Return the definition of an indicator, also of a retired one."""
        if indicator not in self.defined:
            raise UNKNOWN(field)
        return self.defined[indicator]

    def living(self, indicator: Id, field: str = "indicator") -> Definition:
        """Return the definition of one that is not retired."""
        if indicator in self.retired:
            raise RETIRED(field)
        return self.known(indicator, field)

    def check_goal(self, code: str) -> None:
        """Refuse a second goal under the same number."""
        if code in self.goals:
            raise GOAL_TWICE("code", named=code)

    def check_definition(self, made: Definition) -> None:
        """Refuse a code used before, an unknown goal, and a unit that is not the measure's."""
        if any(made.code == known.code for known in self.defined.values()):
            raise CODE_TWICE("code", named=made.code)
        if made.goal is not None and made.goal not in self.goals:
            raise GOAL_UNKNOWN("goal", named=made.goal)
        if made.unit or not made.qualitative:
            check_unit(made, made.unit, "unit")
        check_kinds_of(made.measure, made.kinds, "kinds")
        if made.groups and made.measure in UNNAMED_GROUPS:
            raise GROUPS_NOT_KNOWN("groups")
        if made.placement is not None:
            self.check_placement(made.placement)

    def check_placement(self, place: Placement) -> None:
        """Refuse a column that the table does not print, and a cell that prints another indicator.

        A retired one keeps what it came to, and makes room for the one that follows it.
        """
        if place.table == "A" and place.column != "count":
            raise COLUMN_NOT_OF_TABLE("placement.column", column=place.column)
        for indicator, known in self.defined.items():
            held = known.placement
            if held is None or indicator in self.retired:
                continue
            if (held.table, held.line, held.column) == (place.table, place.line, place.column):
                raise PLACE_TAKEN("placement", line=place.line, named=known.code)

    def check_target(self, indicator: Id, target: Target) -> None:
        """Refuse an impossible target, one in another unit, one of what no goal names."""
        definition = self.living(indicator)
        check_form(target)
        if target.numbers:
            check_unit(definition, target.unit, "target.unit")
        if not definition.in_scope:
            raise TARGET_OUT_OF_SCOPE("indicator")

    def check_status(self, facts: IndicatorStatusDeclared, evidence: tuple[Id, ...]) -> None:
        """Refuse a declared figure where one is counted, and a success without evidence."""
        if not self.living(facts.indicator).qualitative:
            raise NOT_QUALITATIVE("indicator")
        if facts.status == "done" and not (facts.evidence or evidence):
            raise STATUS_WITHOUT_EVIDENCE("evidence")

    def allocate(self, facts: Counted) -> tuple[Allocation, ...]:
        """Return what takes a delivery by its filter: within an exclusive set, the first."""
        if not facts.counts:
            return ()
        taken: set[str] = set()
        allocations = []
        for indicator, definition in self.defined.items():
            if indicator in self.retired or not definition.takes(facts):
                continue
            if definition.exclusive_set in taken:
                continue
            if definition.exclusive_set is not None:
                taken.add(definition.exclusive_set)
            allocations.append(self.allocation(indicator))
        return tuple(allocations)

    def leaves(self, indicator: Id, before: Counted, after: Counted) -> bool:
        """Say whether a corrected delivery leaves an indicator that was retired since it was made.

        Such a one takes nothing any more, and keeps what passes its filter still.
        """
        known = self.defined[indicator]
        return indicator in self.retired and known.takes(before) and not known.takes(after)

    def allocation(self, indicator: Id) -> Allocation:
        """Return how a delivery counts to an indicator."""
        definition = self.defined[indicator]
        return Allocation(
            indicator=indicator,
            measure=definition.measure,
            roles=definition.roles,
            groups=definition.groups,
            in_scope=definition.in_scope,
        )

    def uncounted(
        self, found: tuple[Allocation, ...], held: tuple[Allocation, ...]
    ) -> tuple[Allocation, ...]:
        """Leave out of what was found the indicators held, and others of their exclusive sets."""
        has = {each.indicator for each in held}
        return tuple(
            each
            for each in found
            if each.indicator not in has and self.rival(each.indicator, held) is None
        )

    def rival(self, indicator: Id, allocations: tuple[Allocation, ...]) -> Id | None:
        """Return the indicator of the same exclusive set that has the delivery already."""
        wanted = self.defined[indicator].exclusive_set
        for held in allocations:
            known = self.defined.get(held.indicator)
            if wanted and known and known.exclusive_set == wanted and held.indicator != indicator:
                return held.indicator
        return None
