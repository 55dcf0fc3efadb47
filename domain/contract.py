"""What a contract says, put down by commands: its terms, goals, indicators, targets, amendments.

A whole contract can be adopted in one transaction from a sheet (`ContractSheet`), which is data
that a person can read beside the paper.
"""

from __future__ import annotations

import re
from datetime import date

import msgspec

from domain.claim import claim
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope, check_why
from domain.identity import Id, new_id
from domain.indicators import (
    TARGET_WITHOUT_AMENDMENT,
    TARGET_WITHOUT_EVIDENCE,
    Definition,
    GoalDefined,
    IndicatorDefined,
    IndicatorRetired,
    IndicatorStatusDeclared,
    IndicatorTargetSet,
    Target,
    TargetPeriod,
    indicator_id,
)
from domain.project import (
    AMENDMENT_EMPTY,
    AMENDMENT_UNKNOWN,
    BAD_KEY,
    ENDED,
    ENDS_BEFORE_START,
    KEY_TAKEN,
    NO_MIDTERM,
    NOT_SUSPENDED,
    OF_ONE_STATION,
    RESUMED_BEFORE,
    SUSPENDED,
    ContractAmended,
    Project,
    ProjectContracted,
    ProjectEnded,
    ProjectResumed,
    ProjectSuspended,
)
from domain.project_work import check_adjusting
from domain.references import check_evidence

KEY = re.compile(r"[a-z][a-z0-9-]{1,39}")


class SheetTarget(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A target as the contract first states it."""

    per: TargetPeriod
    target: Target
    source: str
    effective_from: date | None = None


class SheetIndicator(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An indicator with its targets."""

    definition: Definition
    targets: tuple[SheetTarget, ...] = ()


class ContractSheet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A whole contract: terms, goals and indicators in the order in which they are defined."""

    contract: ProjectContracted
    goals: tuple[GoalDefined, ...] = ()
    indicators: tuple[SheetIndicator, ...] = ()


def adopt_contract(
    desk: Desk, entry: Entry, scope: Scope, sheet: ContractSheet, *, id: Id | None = None
) -> Receipt:
    """Contract a project with all its goals, indicators and first targets, in one transaction.

    It has a ledger of its own, under its own id. Whoever is held to stations sees it by the scope,
    not by its area: so one that several share is of no single station (`project.of_one_station`).
    """
    check_terms(sheet.contract)
    if scope.station is not None and {*sheet.contract.stations} - {scope.station}:
        raise OF_ONE_STATION("stations")
    made = id or new_id()
    project = Project.start(
        entry, msgspec.structs.replace(scope, project=made), sheet.contract, id=made
    )
    for goal in sheet.goals:
        _define_goal(project, entry, goal)
    for line in sheet.indicators:
        _adopt(project, entry, line)
    operator = Scope(operator=scope.operator, demonstration=scope.demonstration)
    key = (scope.operator, sheet.contract.key)
    held = claim(desk, entry, operator, "project_key", key, made, KEY_TAKEN("key"))
    return desk.save(entry, project, held)


def check_terms(facts: ProjectContracted) -> None:
    """Refuse a contract that ends before it starts, or a key that is no slug."""
    if not KEY.fullmatch(facts.key):
        raise BAD_KEY("key")
    if facts.last < facts.first:
        raise ENDS_BEFORE_START("end")
    if facts.midterm is not None and not facts.first <= facts.midterm <= facts.last:
        raise ENDS_BEFORE_START("midterm")


def _adopt(project: Project, entry: Entry, line: SheetIndicator) -> None:
    indicator = _define(project, entry, line.definition)
    for stated in line.targets:
        facts = IndicatorTargetSet(
            indicator=indicator,
            per=stated.per,
            target=stated.target,
            effective_from=stated.effective_from or project.contract.first,
            source=stated.source,
        )
        _set_target(project, entry, facts)


def define_goal(desk: Desk, entry: Entry, project: Id, facts: GoalDefined) -> Receipt:
    """Define a goal."""
    found = desk.load(Project, project, "project")
    _define_goal(found, entry, facts)
    return desk.save(entry, found)


def _define_goal(project: Project, entry: Entry, facts: GoalDefined) -> None:
    project.indicators.check_goal(facts.code)
    project.change(entry, facts)


def define_indicator(desk: Desk, entry: Entry, project: Id, made: Definition) -> Receipt:
    """Define an indicator; its id is `indicator_id(project, code)`."""
    found = desk.load(Project, project, "project")
    _define(found, entry, made)
    return desk.save(entry, found)


def _define(project: Project, entry: Entry, made: Definition) -> Id:
    project.indicators.check_definition(made)
    indicator = indicator_id(project.id, made.code)
    project.change(entry, IndicatorDefined(indicator=indicator, definition=made))
    return indicator


def set_target(desk: Desk, entry: Entry, project: Id, facts: IndicatorTargetSet) -> Receipt:
    """Set an indicator's target.

    Once the project has started, a target that was set is changed only by naming an amendment,
    or, where it was typed wrongly, with evidence. One that holds in a closed period needs approval.
    """
    found = desk.load(Project, project, "project")
    if facts.correction:
        check_evidence(desk, entry)
    found.periods.check_open_from(facts.effective_from, entry.approved_by)
    if found.periods.closed_from(facts.effective_from):
        check_adjusting(desk, entry, found.scope, found.stations)
    _set_target(found, entry, facts)
    return desk.save(entry, found)


def _set_target(project: Project, entry: Entry, facts: IndicatorTargetSet) -> None:
    project.indicators.check_target(facts.indicator, facts.target)
    if facts.per == "midterm" and project.contract.midterm is None:
        raise NO_MIDTERM("per")
    if facts.amendment is not None and facts.amendment not in project.amendments:
        raise AMENDMENT_UNKNOWN("amendment")
    if facts.correction and not entry.evidence:
        raise TARGET_WITHOUT_EVIDENCE("evidence")
    changes = (facts.indicator, facts.per) in project.indicators.targets
    allowed = facts.amendment is not None or facts.correction
    if changes and project.started(entry) and not allowed:
        raise TARGET_WITHOUT_AMENDMENT("amendment")
    project.change(entry, facts)


def retire_indicator(desk: Desk, entry: Entry, project: Id, indicator: Id, reason: str) -> Receipt:
    """Retire an indicator: there is no way to delete one."""
    found = desk.load(Project, project, "project")
    found.indicators.living(indicator)
    check_why(reason)
    found.change(entry, IndicatorRetired(indicator=indicator, reason=reason))
    return desk.save(entry, found)


def declare_status(
    desk: Desk, entry: Entry, project: Id, facts: IndicatorStatusDeclared
) -> Receipt:
    """Declare the status of a qualitative indicator, with its evidence.

    On a day of a closed period it needs approval.
    """
    found = desk.load(Project, project, "project")
    found.periods.check_open(entry.day, entry.approved_by)
    if found.closed_on(entry.day):
        check_adjusting(desk, entry, found.scope, found.stations)
    found.indicators.check_status(facts, entry.evidence)
    found.record(entry, facts)
    return desk.save(entry, found)


def amend_contract(desk: Desk, entry: Entry, project: Id, facts: ContractAmended) -> Receipt:
    """Amend the contract; the receipt's first event is what changed targets name.

    Indicators that the goals name already stay as they are: no amendment brings them in again.
    """
    found = desk.load(Project, project, "project")
    if not facts.clause.strip() or not facts.document.strip():
        raise AMENDMENT_EMPTY("clause" if not facts.clause.strip() else "document")
    if facts.end is not None and facts.end < found.contract.first:
        raise ENDS_BEFORE_START("end")
    known = [found.indicators.living(indicator, "in_scope") for indicator in facts.in_scope]
    pairs = zip(facts.in_scope, known, strict=True)
    brought = tuple(indicator for indicator, made in pairs if not made.in_scope)
    found.change(entry, msgspec.structs.replace(facts, in_scope=brought))
    return desk.save(entry, found)


def suspend_project(desk: Desk, entry: Entry, project: Id, reason: str) -> Receipt:
    """Suspend a project from the day of the entry on."""
    found = desk.load(Project, project, "project")
    if found.suspended:
        raise SUSPENDED("project")
    found.change(entry, ProjectSuspended(reason=reason))
    return desk.save(entry, found)


def resume_project(desk: Desk, entry: Entry, project: Id) -> Receipt:
    """Resume a suspended project from the day of the entry on, which its suspension began by."""
    found = desk.load(Project, project, "project")
    if not found.suspended:
        raise NOT_SUSPENDED("project")
    began, _ = found.suspensions[-1]
    if entry.day < began:
        raise RESUMED_BEFORE("occurred.start", day=began.isoformat())
    found.change(entry, ProjectResumed())
    return desk.save(entry, found)


def end_project(desk: Desk, entry: Entry, project: Id, reason: str) -> Receipt:
    """End a project; periods and claims can still be dealt with."""
    found = desk.load(Project, project, "project")
    if found.ended is not None:
        raise ENDED("project", day=found.ended.isoformat())
    found.change(entry, ProjectEnded(reason=reason))
    return desk.save(entry, found)
