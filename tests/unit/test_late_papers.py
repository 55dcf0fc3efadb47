"""Papers, steps and attempts are written down in time, as the services are that rest on them.

A plan approved, an agreement signed or an assessment made long ago, written down today, would let
anything pass that asks for them first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from domain.activity import plan_activity, review_plan, sign_up
from domain.activity_plan import (
    ActivityPlanned,
    ActivityPlanReviewed,
    RegistrationTaken,
    SafetyAgreementSigned,
)
from domain.case_commands import open_case, receive_enquiry, take_step
from domain.case_facts import CaseSupervised
from domain.community import (
    AssessmentStarted,
    OrgIdentified,
    identify_org,
    start_assessment,
)
from domain.corrections import correct_record, void_record
from domain.desk import Receipt
from domain.donation import DonationPledged, pledge_donation
from domain.donation_stock import GoodsStored, count_stock, store_goods
from domain.entry import Entry
from domain.event import Reason
from domain.evidence import Subject, draft_document
from domain.evidence_form import FormSetPublished, RequiredForm, publish_form_set
from domain.group_commands import enrol_member, plan_group
from domain.group_facts import GroupPlanned, MemberEnrolled
from domain.identity import derived_id
from domain.need import NeedRecorded
from domain.need_giving import record_need
from domain.visit import HomeVisitAttempted, record_attempt
from projections.audit import AUDIT, audit
from tests.casework import (
    ASSESSED,
    CLIENT,
    ENQUIRY,
    HOUSEHOLD,
    SUPERVISOR,
    CaseworkDesk,
    opening,
)
from tests.folding import told
from tests.groupwork import STANDING
from tests.neighbours import Neighbour
from tests.station import LATE, SCOPE, TODAY, WORKER, entry, refused

LONG_AGO = TODAY - timedelta(days=200)
PLAN = ActivityPlanned(title="秋游", kind="outing", aims=("参与",), planned_on=TODAY)
REASON = Reason(code="wrong_time", text="日期录入错误")
Write = Callable[[CaseworkDesk, Entry], Receipt]


def plan(desk: CaseworkDesk, entry: Entry) -> Receipt:
    return plan_activity(desk, entry, SCOPE, PLAN)


def review(desk: CaseworkDesk, late: Entry) -> Receipt:
    activity = plan(desk, entry(LONG_AGO)).stream
    return review_plan(
        desk, late, activity, ActivityPlanReviewed(outcome="approved", reviewer=WORKER)
    )


def registration(desk: CaseworkDesk, late: Entry) -> Receipt:
    return sign_up(desk, late, plan(desk, entry(LONG_AGO)).stream, RegistrationTaken())


def agreement(desk: CaseworkDesk, late: Entry) -> Receipt:
    return sign_up(desk, late, plan(desk, entry(LONG_AGO)).stream, SafetyAgreementSigned())


def enquiry(desk: CaseworkDesk, late: Entry) -> Receipt:
    return receive_enquiry(desk, late, SCOPE, ENQUIRY)


def assessment(desk: CaseworkDesk, late: Entry) -> Receipt:
    return take_step(
        desk, late, open_case(desk, entry(LONG_AGO), SCOPE, opening()).stream, ASSESSED
    )


def supervision(desk: CaseworkDesk, late: Entry) -> Receipt:
    case = open_case(desk, entry(LONG_AGO), SCOPE, opening()).stream
    return take_step(desk, late, case, CaseSupervised(supervisor=SUPERVISOR))


def group_plan(desk: CaseworkDesk, late: Entry) -> Receipt:
    return plan_group(desk, late, SCOPE, GroupPlanned(standing=STANDING, aims=("use",)))


def attempt(desk: CaseworkDesk, late: Entry) -> Receipt:
    facts = HomeVisitAttempted(person=CLIENT, workers=(WORKER,), outcome="away")
    return record_attempt(desk, late, SCOPE, facts)


def need(desk: CaseworkDesk, late: Entry) -> Receipt:
    facts = NeedRecorded(
        category="goods", item="大米", purpose="winter_relief", household=HOUSEHOLD
    )
    return record_need(desk, late, SCOPE, facts)


def pledge(desk: CaseworkDesk, late: Entry) -> Receipt:
    facts = DonationPledged(kind="goods", value=500_000, organisation="惠民粮油店")
    return pledge_donation(desk, late, SCOPE, facts)


def stock_taking(desk: CaseworkDesk, late: Entry) -> Receipt:
    rice = GoodsStored(name="大米", quantity=9, unit="袋", value=45_000)
    lot = store_goods(desk, entry(LONG_AGO), SCOPE, rice).stream
    return count_stock(desk, late, lot, 8, "破损一袋")


def draft(desk: CaseworkDesk, late: Entry) -> Receipt:
    minutes = RequiredForm(code="minutes", name="会议记录", stage="held")
    meeting = FormSetPublished(
        version=1, service_type="meeting", forms=(minutes,), effective_from=LONG_AGO
    )
    form_set = publish_form_set(desk, entry(LONG_AGO), SCOPE, meeting).stream
    about = Subject(stream_type="activity", stream=plan(desk, entry(LONG_AGO)).stream)
    return draft_document(desk, late, SCOPE, form_set, "minutes", about)


def identification(desk: CaseworkDesk, late: Entry) -> Receipt:
    return identify_org(desk, late, SCOPE, OrgIdentified(name="红叶合唱团"))


def needs_assessment(desk: CaseworkDesk, late: Entry) -> Receipt:
    facts = AssessmentStarted(about="示例社区", method="interview")
    return start_assessment(desk, late, SCOPE, facts)


PAPERS = (
    plan, review, registration, agreement, enquiry, assessment, supervision, group_plan, attempt,
    need, pledge, stock_taking, draft, identification, needs_assessment,
)  # fmt: skip


def late(days: int, **said: Any) -> Entry:
    """Return how something of so many days ago is written down today."""
    today = entry(TODAY).now
    return entry(TODAY - timedelta(days=days), now=today, **said)


@pytest.mark.parametrize("write", PAPERS)
def test_a_paper_is_written_in_time_or_says_why_not(write: Write) -> None:
    with refused("entry.late_without_reason", "late_reason"):
        write(CaseworkDesk(), late(4))
    with refused("entry.late_without_approval", "approved_by"):
        write(CaseworkDesk(), late(31, late_reason="漏记"))


@pytest.mark.parametrize("write", PAPERS)
@pytest.mark.parametrize(("days", "shown"), [(3, False), (4, True), (31, True)])
def test_a_paper_that_came_late_is_shown_as_late(write: Write, days: int, shown: bool) -> None:
    desk = CaseworkDesk()
    write(desk, late(days, **LATE))
    *_, row = told((audit,), desk.log).rows(AUDIT, order=("position",))
    assert (row["late"], row["lag_days"]) == (shown, days)


@pytest.mark.parametrize("write", PAPERS)
def test_no_paper_is_of_tomorrow(write: Write) -> None:
    tomorrow = entry(TODAY + timedelta(days=1), now=entry(TODAY).now)
    with refused("entry.in_future", "occurred.start"):
        write(CaseworkDesk(), tomorrow)


def test_a_paper_is_not_moved_to_an_earlier_day_either() -> None:
    desk = CaseworkDesk()
    signed = agreement(desk, entry())
    moved = entry(LONG_AGO).occurred
    with refused("entry.late_without_reason", "late_reason"):
        correct_record(desk, entry(), signed.stream, signed.events[0], {}, REASON, moved)
    correct_record(desk, entry(**LATE), signed.stream, signed.events[0], {}, REASON, moved)


@pytest.mark.parametrize("set_right", ["corrected", "voided"])
def test_a_correction_is_written_in_time_itself_or_says_why_not(set_right: str) -> None:
    desk = CaseworkDesk()
    signed = agreement(desk, entry(LONG_AGO))

    def change(how: Entry) -> Receipt:
        stream, target = signed.stream, signed.events[0]
        if set_right == "voided":
            return void_record(desk, how, stream, target, REASON)
        return correct_record(desk, how, stream, target, {"count": 2}, REASON)

    with refused("entry.late_without_reason", "late_reason"):
        change(late(4))
    with refused("entry.late_without_approval", "approved_by"):
        change(late(31, late_reason="漏记"))
    with refused("entry.in_future", "occurred.start"):
        change(late(-1))
    change(late(31, **LATE))
    *_, row = told((audit,), desk.log).rows(AUDIT, order=("position",))
    assert (row["late"], row["lag_days"]) == (True, 31)


def test_what_holds_from_a_day_on_names_that_day_freely() -> None:
    desk = CaseworkDesk()
    member = derived_id("member")
    desk.neighbours["person", member] = Neighbour()
    group = group_plan(desk, entry(LONG_AGO)).stream
    enrol_member(desk, late(100), group, MemberEnrolled(member=member))
    *_, row = told((audit,), desk.log).rows(AUDIT, order=("position",))
    assert row["late"] is False
