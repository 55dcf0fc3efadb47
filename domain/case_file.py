"""The keeping of a case: number, agreement, who has it, rest, follow-up and the archive.

Rejecting an enquiry belongs here too; opening and closing are in `domain.case_commands`, since
they look beyond the case itself.
"""

from __future__ import annotations

from msgspec.structs import replace

from domain.case_crisis import CRISIS_OPEN
from domain.case_facts import (
    CaseArchived,
    CaseCollateralContactMade,
    CaseInterventionStarted,
    CaseNumberAssigned,
    CaseReassigned,
    CaseRejected,
    CaseResumed,
    CaseStep,
    CaseSuspended,
    FollowUpDone,
    ServiceAgreementSigned,
)
from domain.case_history import CaseHistory
from domain.case_rules import AFTER_CLOSING, OPEN, rule
from domain.entry import Entry
from domain.refusals import Conflict, refusal

REASON_MISSING = refusal("case.reason_missing")
NUMBERED_ALREADY = refusal("case.numbered_already", Conflict)
SAME_WORKER = refusal("case.same_worker")
NOT_SUSPENDED = refusal("case.not_suspended", Conflict)
RESUMED_TOO_EARLY = refusal("case.resumed_before_suspension")
UNTIL_PAST = refusal("case.until_past")
BEFORE_CLOSING = refusal("case.before_closing")
RETENTION_PAST = refusal("case.retention_past")


@rule(CaseRejected, "received")
def reject(case: CaseHistory, _entry: Entry, facts: CaseRejected) -> CaseStep:
    """An enquiry that does not become a case says why."""
    check_said(facts.reason)
    return case.standing_after(facts, stage="rejected")


@rule(CaseNumberAssigned, *OPEN, *AFTER_CLOSING, while_suspended=True)
def assign_number(case: CaseHistory, _entry: Entry, facts: CaseNumberAssigned) -> CaseStep:
    """A file is numbered once."""
    if case.stands.number is not None:
        raise NUMBERED_ALREADY("number")
    return case.standing_after(facts, number=facts.number)


@rule(ServiceAgreementSigned, *OPEN)
def sign_agreement(case: CaseHistory, _entry: Entry, facts: ServiceAgreementSigned) -> CaseStep:
    """An agreement may be signed, and signed anew, while the case is open."""
    return case.standing_after(facts)


@rule(CaseInterventionStarted, "planned")
def start_intervention(
    case: CaseHistory, _entry: Entry, facts: CaseInterventionStarted
) -> CaseStep:
    """The work of the plan begins."""
    return case.standing_after(facts, stage="intervening")


@rule(CaseCollateralContactMade, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def contact_others(case: CaseHistory, _entry: Entry, facts: CaseCollateralContactMade) -> CaseStep:
    """Others may be asked at any time, also where the client cannot be found."""
    return case.standing_after(facts)


@rule(CaseReassigned, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def reassign(case: CaseHistory, _entry: Entry, facts: CaseReassigned) -> CaseStep:
    """Hand the case to another worker, with the reason."""
    check_said(facts.reason)
    if facts.worker == case.stands.worker:
        raise SAME_WORKER("worker")
    return case.standing_after(replace(facts, previous=case.stands.worker), worker=facts.worker)


@rule(CaseSuspended, *OPEN)
def suspend(case: CaseHistory, entry: Entry, facts: CaseSuspended) -> CaseStep:
    """Let the case rest, with the reason and perhaps until when."""
    check_said(facts.reason)
    if facts.until is not None and facts.until < entry.day:
        raise UNTIL_PAST("until")
    return case.standing_after(facts, suspended=True)


@rule(CaseResumed, *OPEN, while_suspended=True)
def resume(case: CaseHistory, entry: Entry, facts: CaseResumed) -> CaseStep:
    """Go on with a case that rests; not before it began to."""
    if not case.stands.suspended:
        raise NOT_SUSPENDED()
    if entry.day < case.rests[-1].begin:
        raise RESUMED_TOO_EARLY("occurred.start")
    return case.standing_after(facts, suspended=False)


@rule(FollowUpDone, *AFTER_CLOSING)
def follow_up(case: CaseHistory, entry: Entry, facts: FollowUpDone) -> CaseStep:
    """Number the follow-up; it may not lie before the closing."""
    check_after_closing(case, entry)
    numbered = replace(facts, number=case.follow_ups + 1)
    return case.standing_after(numbered, stage="following_up")


@rule(CaseArchived, *AFTER_CLOSING)
def archive(case: CaseHistory, entry: Entry, facts: CaseArchived) -> CaseStep:
    """Put the file away until the end of its retention; not while somebody is in danger."""
    if case.stands.in_crisis:
        raise CRISIS_OPEN()
    check_after_closing(case, entry)
    if facts.retention_until <= entry.day:
        raise RETENTION_PAST("retention_until")
    return case.standing_after(facts, stage="archived")


def check_after_closing(case: CaseHistory, entry: Entry) -> None:
    """Refuse what follows a closing and is dated before it."""
    if case.closed_on is not None and entry.day < case.closed_on:
        raise BEFORE_CLOSING("occurred.start")


def check_said(reason: str) -> None:
    """Refuse an empty reason."""
    if not reason.strip():
        raise REASON_MISSING("reason")
