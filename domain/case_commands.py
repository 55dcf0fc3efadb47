"""The commands of casework: enquiry, opening, any step, session, closing, reopening.

Each loads what the rules must know, lets the case decide, and saves once.
"""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from domain.attending import attend
from domain.case import WRONG_STAGE, Case, check_evaluated, check_evaluation_day, check_worker
from domain.case_claim import on_day, settle_claim, warn_of_others
from domain.case_counted import counted_once
from domain.case_crisis import CRISIS_OPEN
from domain.case_facts import (
    CaseArchived,
    CaseClosed,
    CaseEnquiryReceived,
    CaseInterventionStarted,
    CaseOpened,
    CaseReopened,
    CaseSessionHeld,
    CaseStanding,
    CaseStep,
    CaseSupervised,
    Stage,
)
from domain.case_file import check_after_closing, check_said
from domain.case_rules import AFTER_CLOSING, OPEN
from domain.desk import Desk, Receipt
from domain.door import with_door
from domain.entry import Entry, Scope, check_possible
from domain.identity import Id, new_id
from domain.neighbours import Participant
from domain.policy import CaseFilePolicy, in_force
from domain.project_work import allocated
from domain.references import check_colleague, check_named, has_policy
from domain.refusals import Conflict, refusal

NO_CLIENT = refusal("case.no_client")
APPROVAL_MISSING = refusal("case.approval_missing")
OWN_APPROVAL = refusal("case.own_approval")
ARCHIVED = refusal("case.archived", Conflict)
OTHER_CLIENT = refusal("case.other_client")

CLOSURE_APPROVAL = "case_closure_approval"
"""A station that has adopted the policy of this name closes cases with an approval only."""


def receive_enquiry(
    desk: Desk, entry: Entry, scope: Scope, facts: CaseEnquiryReceived, *, id: Id | None = None
) -> Receipt:
    """Record that somebody asked, or was found; the person need not be registered yet."""
    check_possible(entry.occurred, entry.now)
    check_colleague(desk, entry, scope.operator, facts.standing.worker, "worker")
    standing = _served(desk, entry, _fresh(facts.standing, "received"))
    case = Case.start(entry, scope, replace(facts, standing=standing), id=id)
    return desk.save(entry, case)


def open_case(
    desk: Desk,
    entry: Entry,
    scope: Scope,
    facts: CaseOpened,
    *,
    id: Id | None = None,
    enquiry: Id | None = None,
) -> Receipt:
    """Open a case, new or from an enquiry; `facts.standing` says for whom, what, and whose.

    Refused: nobody to serve, a person who had died or moved away, a case of the same type at the
    station that is open, or was that day, work outside the project's dates.
    """
    check_colleague(desk, entry, scope.operator, facts.standing.worker, "worker")
    case = Case(id or new_id(), scope) if enquiry is None else desk.load(Case, enquiry, "enquiry")
    standing = replace(_fresh(facts.standing, "accepted"), opened=entry.day)
    if enquiry is not None:
        standing = _as_asked(case, standing)
    standing = _served(desk, entry, standing)
    if standing.client is None and standing.household is None:
        raise NO_CLIENT("client")
    audience = facts.audience or standing.audience
    standing = replace(standing, audience=audience)
    facts = replace(facts, kind="case_opened", audience=audience, standing=standing)
    case.record(entry, allocated(desk, entry, case.scope, facts))
    return desk.save(entry, case, *settle_claim(desk, entry, case, on_day(entry.day)))


def take_step(desk: Desk, entry: Entry, case: Id, facts: CaseStep) -> Receipt:
    """Take any step that has a rule in `domain.case_rules.RULES`."""
    taken = desk.load(Case, case, "case")
    check_named(desk, entry, taken.scope.operator, facts)
    if isinstance(facts, CaseSupervised):
        check_colleague(desk, entry, taken.scope.operator, facts.supervisor, "supervisor")
    taken.take(entry, facts)
    return desk.save(entry, taken)


def archive_case(
    desk: Desk, entry: Entry, case: Id, box: str, retention_until: date | None = None
) -> Receipt:
    """Put the file of a closed case away until a day; by the operator's policy where none is said.

    Ten years after the closing, where the operator has set no other period.
    """
    found = desk.load(Case, case, "case")
    if retention_until is None:
        policy = in_force(desk, found.scope.operator, CaseFilePolicy, entry.day)
        retention_until = _years_after(found.closed_on or entry.day, policy.years)
    return take_step(desk, entry, case, CaseArchived(box=box, retention_until=retention_until))


def _years_after(day: date, years: int) -> date:
    """Return the same day so many years on; of a 29 February, 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def hold_session(desk: Desk, entry: Entry, case: Id, facts: CaseSessionHeld) -> Receipt:
    """Record a session; the first one under the plan starts the intervention.

    Refused: before the opening or after the closing (the day itself is allowed), more than eight
    hours, in the future, nobody met, while the case rested.
    """
    held = desk.load(Case, case, "case")
    standing = held.stands
    if standing.stage == "archived":
        raise WRONG_STAGE(stage=standing.stage)
    check_named(desk, entry, held.scope.operator, facts)
    facts = replace(
        facts,
        kind="case_session",
        audience=facts.audience or standing.audience,
        workers=facts.workers or (standing.worker,),
        household=facts.household or standing.household,
        attendance=attend(desk, entry, facts.attendance),
    )
    held.check_session(facts, entry.occurred)
    facts = with_door(desk, held.scope.operator, facts)
    made = held.record(entry, allocated(desk, entry, held.scope, facts))
    _start_intervention(held, entry, made.id)
    return desk.save(entry, held)


def close_case(desk: Desk, entry: Entry, case: Id, facts: CaseClosed) -> Receipt:
    """Close a case and count it.

    Refused: no evaluation, unless the client left, died, moved, was lost or was referred, with
    the reason; an open crisis; an evaluation or a session after that day; no approval by a
    supervisor where the station's policy asks for one (the approver is in the entry).
    """
    closing = desk.load(Case, case, "case")
    closing.check_stage(frozenset(OPEN))
    check_possible(entry.occurred, entry.now)
    evaluated = closing.stands.stage == "evaluated"
    _check_closure(closing, facts, evaluated=evaluated)
    closing.check_closing_day(closing.open_spans[-1], entry.day)
    _check_approval(desk, entry, closing)
    facts = replace(
        facts,
        kind="case_closed",
        audience=closing.stands.audience,
        variant="evaluated" if evaluated else "not_evaluated",
        standing=replace(
            closing.stands,
            stage="closed",
            closed=entry.day,
            closure=facts.closure,
            suspended=False,
        ),
    )
    check_evaluation_day(facts, closing.evaluated_on, entry.day)
    counts = counted_once(desk, closing, allocated(desk, entry, closing.scope, facts))
    made = closing.record(entry, counts)
    warn_of_others(desk, entry, closing, made.id)
    return desk.save(entry, closing, *settle_claim(desk, entry, closing))


def reopen_case(desk: Desk, entry: Entry, case: Id, facts: CaseReopened) -> Receipt:
    """Work on a closed case again; its evaluation is to be made anew.

    Refused: an archived case, a reason that says nothing, another case of the same type that is
    open, or was that day, a worker who has left.
    """
    reopened = desk.load(Case, case, "case")
    if reopened.stands.stage == "archived":
        raise ARCHIVED()
    reopened.check_stage(frozenset(AFTER_CLOSING))
    check_possible(entry.occurred, entry.now)
    check_said(facts.reason)
    check_after_closing(reopened, entry)
    check_worker(desk, entry, reopened)
    stage: Stage = "accepted"
    if reopened.assessed_on is not None:
        stage = "intervening" if reopened.plan_version else "assessed"
    reopened.record(entry, reopened.standing_after(facts, stage=stage, closed=None, closure=None))
    return desk.save(entry, reopened, *settle_claim(desk, entry, reopened, on_day(entry.day)))


def _fresh(given: CaseStanding, stage: Stage) -> CaseStanding:
    """Take from a given standing what a person may say at the start, and nothing else."""
    return CaseStanding(
        stage=stage,
        case_type=given.case_type,
        worker=given.worker,
        level=given.level,
        client=given.client,
        household=given.household,
        audience=given.audience,
    )


def _as_asked(case: Case, standing: CaseStanding) -> CaseStanding:
    """Hold a case to the enquiry it comes from."""
    case.check_stage(frozenset({"received"}))
    asked = case.stands
    if asked.client not in (None, standing.client):
        raise OTHER_CLIENT("client")
    return replace(standing, in_crisis=asked.in_crisis, referred=asked.referred)


def _served(desk: Desk, entry: Entry, standing: CaseStanding) -> CaseStanding:
    """Check that client and household are there and can be served, and put in the household."""
    if standing.household is not None:
        desk.load_any("household", standing.household, "household")
    if standing.client is None:
        return standing
    person: Participant = desk.load_any("person", standing.client, "client")
    person.check_served_on(entry.day, "client")
    return replace(standing, household=standing.household or person.home_on(entry.day))


def _start_intervention(case: Case, entry: Entry, session: Id) -> None:
    """Move a planned case on, when the session was held under the plan."""
    planned_on: date | None = case.planned_on
    if case.stands.stage == "planned" and planned_on is not None and planned_on <= entry.day:
        case.take(entry, CaseInterventionStarted(session=session))


def _check_closure(case: Case, facts: CaseClosed, *, evaluated: bool) -> None:
    if case.stands.in_crisis:
        raise CRISIS_OPEN()
    check_evaluated(facts, evaluated=evaluated)


def _check_approval(desk: Desk, entry: Entry, case: Case) -> None:
    required = has_policy(desk, case.scope.station, CLOSURE_APPROVAL)
    if required and entry.approved_by is None:
        raise APPROVAL_MISSING("approved_by")
    if entry.approved_by == case.stands.worker:
        raise OWN_APPROVAL("approved_by")
