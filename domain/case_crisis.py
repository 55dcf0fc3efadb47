"""Crisis in a case: suicide, violence, abuse, neglect; acted on within 24 hours (AL-22).

A crisis may be flagged at any time, also while the case rests or after it was closed, and a
case does not close over one. Reports that the law demands stand beside it (AL-23).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from msgspec.structs import replace

from domain.bounds import Reference
from domain.case_facts import CaseStep
from domain.case_rules import AFTER_CLOSING, OPEN, rule
from domain.event import fact
from domain.identity import Id
from domain.private import CaseworkWords
from domain.refusals import Conflict, NotFound, refusal

if TYPE_CHECKING:
    from domain.case import Case
    from domain.entry import Entry

ACT_WITHIN = timedelta(hours=24)

CRISIS_OPEN = refusal("case.crisis_open", Conflict)
NO_SUCH_CRISIS = refusal("case.no_such_crisis", NotFound)
CRISIS_CLEARED = refusal("case.crisis_cleared", Conflict)


@fact()
class CrisisFlagged(CaseStep, frozen=True, kw_only=True, tag="case.CrisisFlagged@1"):
    """危机: its event's id names the crisis. `act_by` is 24 hours on, filled in by the rule."""

    type: Literal["suicide", "violence", "abuse", "neglect", "other"]
    signs: CaseworkWords | None = None
    act_by: datetime | None = None


@fact()
class CrisisActionTaken(CaseStep, frozen=True, kw_only=True, tag="case.CrisisActionTaken@1"):
    """What was done about a crisis."""

    described: ClassVar = ("action",)
    crisis: Id
    action: str
    note: CaseworkWords | None = None


@fact()
class CrisisCleared(CaseStep, frozen=True, kw_only=True, tag="case.CrisisCleared@1"):
    """The danger has passed."""

    crisis: Id
    note: CaseworkWords | None = None


@fact()
class MandatoryReportMade(CaseStep, frozen=True, kw_only=True, tag="case.MandatoryReportMade@1"):
    """强制报告 to an authority; made at the time at which the event occurred."""

    authority: str
    crisis: Id | None = None
    reference: Reference | None = None
    note: CaseworkWords | None = None


@rule(CrisisFlagged, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def flag(case: Case, entry: Entry, facts: CrisisFlagged) -> CaseStep:
    """Say from when on somebody must have acted."""
    act_by = entry.occurred.start + ACT_WITHIN
    return case.standing_after(replace(facts, act_by=act_by), in_crisis=True)


@rule(CrisisActionTaken, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def act(case: Case, _entry: Entry, facts: CrisisActionTaken) -> CaseStep:
    """Refuse action on a crisis that is not there or has passed."""
    check_crisis(case, facts.crisis)
    return case.standing_after(facts)


@rule(CrisisCleared, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def clear(case: Case, _entry: Entry, facts: CrisisCleared) -> CaseStep:
    """The case is in crisis while any is uncleared."""
    check_crisis(case, facts.crisis)
    others = [id for id, flagged in case.crises.items() if flagged and id != facts.crisis]
    return case.standing_after(facts, in_crisis=bool(others))


@rule(MandatoryReportMade, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def report(case: Case, _entry: Entry, facts: MandatoryReportMade) -> CaseStep:
    """A report may come after the crisis, and without one."""
    if facts.crisis is not None and facts.crisis not in case.crises:
        raise NO_SUCH_CRISIS("crisis")
    return case.standing_after(facts)


def check_crisis(case: Case, crisis: Id) -> None:
    """Refuse a crisis that the case does not have, or that has been cleared."""
    if crisis not in case.crises:
        raise NO_SUCH_CRISIS("crisis")
    if not case.crises[crisis]:
        raise CRISIS_CLEARED("crisis")
