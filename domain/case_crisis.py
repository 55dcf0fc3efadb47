"""Crisis in a case: suicide, violence, abuse, neglect; acted on within 24 hours (AL-22).

A crisis may be flagged at any time, also while the case rests or after it was closed, and a
case does not close over one. Reports that the law demands stand beside it (AL-23).
"""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from domain.case_crisis_facts import (
    CrisisActionTaken,
    CrisisCleared,
    CrisisFlagged,
    MandatoryReportMade,
)
from domain.case_facts import CaseStep
from domain.case_history import CaseHistory
from domain.case_rules import AFTER_CLOSING, OPEN, rule
from domain.entry import Entry
from domain.identity import Id
from domain.refusals import Conflict, NotFound, refusal

ACT_WITHIN = timedelta(hours=24)

CRISIS_OPEN = refusal("case.crisis_open", Conflict)
NO_SUCH_CRISIS = refusal("case.no_such_crisis", NotFound)
CRISIS_CLEARED = refusal("case.crisis_cleared", Conflict)


@rule(CrisisFlagged, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def flag(case: CaseHistory, entry: Entry, facts: CrisisFlagged) -> CaseStep:
    """Say from when on somebody must have acted."""
    act_by = entry.occurred.start + ACT_WITHIN
    return case.standing_after(replace(facts, act_by=act_by), in_crisis=True)


@rule(CrisisActionTaken, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def act(case: CaseHistory, _entry: Entry, facts: CrisisActionTaken) -> CaseStep:
    """Refuse action on a crisis that is not there or has passed."""
    check_crisis(case, facts.crisis)
    return case.standing_after(facts)


@rule(CrisisCleared, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def clear(case: CaseHistory, _entry: Entry, facts: CrisisCleared) -> CaseStep:
    """The case is in crisis while any is uncleared."""
    check_crisis(case, facts.crisis)
    others = [id for id, flagged in case.crises.items() if flagged and id != facts.crisis]
    return case.standing_after(facts, in_crisis=bool(others))


@rule(MandatoryReportMade, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def report(case: CaseHistory, _entry: Entry, facts: MandatoryReportMade) -> CaseStep:
    """A report may come after the crisis, and without one."""
    if facts.crisis is not None and facts.crisis not in case.crises:
        raise NO_SUCH_CRISIS("crisis")
    return case.standing_after(facts)


def check_crisis(case: CaseHistory, crisis: Id) -> None:
    """Refuse a crisis that the case does not have, or that has been cleared."""
    if crisis not in case.crises:
        raise NO_SUCH_CRISIS("crisis")
    if not case.crises[crisis]:
        raise CRISIS_CLEARED("crisis")
