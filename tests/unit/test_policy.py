"""An operator's own policies: versions with a day, and commands decided by the one of their day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain.activity import hold_activity, plan_activity, record_activity, sign_up
from domain.activity_held import ActivityHeld
from domain.activity_plan import ActivityPlanned, SafetyAgreementSigned
from domain.case_commands import archive_case, close_case, open_case
from domain.case_facts import CaseArchived
from domain.corrections import correct_record, void_record
from domain.counting import Attendance
from domain.desk import Receipt
from domain.event import Occurred, Reason
from domain.evidence_file import AttachmentStored, store_attachment
from domain.identity import derived_id
from domain.need import Need
from domain.need_aid import AidDelivered
from domain.policy import (
    ActivityPolicy,
    AnyTerms,
    AttachmentPolicy,
    CaseFilePolicy,
    GivingPolicy,
    HousePolicy,
    PolicyAdopted,
    VisitPolicy,
    adopt_policy,
    in_force,
    policy_id,
    versions,
)
from domain.principal import Principal
from domain.visit_plan import Tier, usual_days
from tests.casework import LOST, CaseworkDesk, closed_case, days, opening
from tests.relief import aid, bags, deliver, need, street, verify
from tests.station import (
    LATE,
    OPERATOR,
    SCOPE,
    STATION,
    TODAY,
    MemoryDesk,
    entry,
    principal,
    refused,
)

STRICT = GivingPolicy(verified_days=7, separate_from=10_000)
NEXT_WEEK = TODAY + timedelta(days=7)
PLAN = ActivityPlanned(title="宣传", kind="publicity", aims=("知晓",), planned_on=TODAY)
TIERS: tuple[Tier, ...] = ("high", "key", "general")
WHY = Reason(code="wrong_time", text="日期录入错误")


def adopt(desk: MemoryDesk, terms: AnyTerms, begins: date = TODAY, day: date = TODAY) -> Receipt:
    """Adopt a policy as the operator's supervisor, and go on as who was there."""
    who, desk.principal = desk.principal, principal("supervisor")
    facts = PolicyAdopted(terms=terms, begins=begins, reason="机构制度修订")
    desk.stand_up()
    made = adopt_policy(desk, entry(day, principal=desk.principal), SCOPE, facts)
    desk.principal = who
    return made


def test_versions_follow_one_another_and_each_is_in_force_from_its_day() -> None:
    desk = MemoryDesk()
    assert in_force(desk, OPERATOR, GivingPolicy, TODAY) == GivingPolicy()
    adopt(desk, STRICT)
    adopt(desk, GivingPolicy(verified_days=14), NEXT_WEEK)
    days = (TODAY - timedelta(days=1), TODAY, NEXT_WEEK - timedelta(days=1), NEXT_WEEK)
    held = [in_force(desk, OPERATOR, GivingPolicy, day) for day in days]
    assert [(one.version, one.verified_days) for one in held] == [(0, 30), (1, 7), (1, 7), (2, 14)]
    known = versions(desk, OPERATOR, GivingPolicy)
    assert [(one.terms.version, one.begins) for one in known] == [(1, TODAY), (2, NEXT_WEEK)]
    event = desk.streams[policy_id(OPERATOR, GivingPolicy)][0]
    assert (event.station, event.ledger) == (None, OPERATOR)


def test_a_policy_changes_nothing_that_was_decided_before() -> None:
    desk = MemoryDesk()
    with refused("policy.begins_in_past", "begins"):
        adopt(desk, STRICT, TODAY - timedelta(days=1))
    adopt(desk, STRICT, NEXT_WEEK)
    with refused("policy.begins_before_last", "begins"):
        adopt(desk, GivingPolicy(), TODAY)
    with refused("policy.nothing_changed", "terms"):
        adopt(desk, STRICT, NEXT_WEEK)
    with refused("policy.nothing_changed", "terms"):
        adopt(desk, ActivityPolicy())


HELD = Principal(
    actor=derived_id("head"), role="supervisor", operator=OPERATOR, stations=(STATION,)
)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (principal("worker"), "role.may_not"),
        (principal("station_head"), "role.may_not"),
        (HELD, "role.beyond_stations"),
    ],
)
def test_only_who_leads_or_supervises_the_whole_operator_adopts_one(
    who: Principal, code: str
) -> None:
    desk = MemoryDesk(who)
    with refused(code):
        facts = PolicyAdopted(terms=STRICT, begins=TODAY, reason="机构制度修订")
        adopt_policy(desk, entry(principal=who), SCOPE, facts)


def test_terms_out_of_bounds_are_refused() -> None:
    with refused("bounds.number", "terms.verified_days"):
        adopt(MemoryDesk(), GivingPolicy(verified_days=0))


def test_another_operator_has_policies_of_its_own() -> None:
    desk = MemoryDesk()
    adopt(desk, STRICT)
    assert in_force(desk, derived_id("other"), GivingPolicy, TODAY) == GivingPolicy()


def test_aid_is_delivered_by_the_policy_of_its_day() -> None:
    desk: Any = street()
    id = need(desk)
    verify(desk, id)
    adopt(desk, STRICT, NEXT_WEEK)
    deliver(desk, id, aid(bags(1)), NEXT_WEEK - timedelta(days=1))
    desk.stand_up()
    with refused("need.not_verified", "id"):
        deliver(desk, id, aid(bags(1)), NEXT_WEEK + timedelta(days=1))
    verify(desk, id, NEXT_WEEK)
    with refused("need.not_approved", "approver"):
        deliver(desk, id, aid(bags(3)), NEXT_WEEK)
    deliver(desk, id, aid(bags(1)), NEXT_WEEK)
    first, second = [one.facts for one in desk.load(Need, id).effective(AidDelivered)]
    assert (first.policy, first.terms.version, second.terms.version) == (None, 0, 1)


def test_a_refusal_says_which_version_was_applied() -> None:
    desk: Any = street()
    adopt(desk, STRICT)
    id = need(desk)
    with pytest.raises(Exception, match=r"need\.not_verified") as caught:
        deliver(desk, id, aid(bags(1)))
    assert caught.value.details == {"days": 7, "policy": 1}  # type: ignore[attr-defined]
    assert "第 1 版" in caught.value.text("zh")  # type: ignore[attr-defined]


def test_a_delivery_keeps_the_policy_that_it_was_decided_by() -> None:
    desk: Any = street()
    id = need(desk)
    verified = verify(desk, id)
    delivery = deliver(desk, id, aid(bags(1)))
    adopt(desk, STRICT, NEXT_WEEK)
    desk.stand_up()
    later = entry(NEXT_WEEK, **LATE)
    with refused("policy.other_version", "occurred.start"):
        moved = Occurred(start=entry(NEXT_WEEK).occurred.start)
        correct_record(desk, later, id, delivery, {}, WHY, moved)
    with refused("need.not_verified"):
        void_record(desk, later, id, verified.events[0], WHY)


def test_which_kinds_need_a_plan_and_agreements_is_the_operators() -> None:
    desk = MemoryDesk()
    there = (Attendance(count=3),)
    poster = ActivityHeld(kind="publicity", title="宣传", attendance=there)
    with refused("activity.plan_not_approved", "id"):
        record_activity(desk, entry(), SCOPE, poster)
    adopt(desk, ActivityPolicy(plan_for=("integration",), agreements_for=("publicity",)))
    with refused("activity.agreements_missing", "attendance"):
        record_activity(desk, entry(), SCOPE, poster)
    with refused("activity.plan_not_approved", "id"):
        party = ActivityHeld(kind="integration", title="融合", attendance=there)
        record_activity(desk, entry(), SCOPE, party)
    signed = plan_activity(desk, entry(), SCOPE, PLAN).stream
    sign_up(desk, entry(), signed, SafetyAgreementSigned(count=3))
    hold_activity(desk, entry(), signed, poster)
    facts = desk.facts(signed)[-1]
    assert isinstance(facts, ActivityHeld)
    assert (facts.plan_demanded, facts.terms.version) == (False, 1)


def test_which_files_are_taken_is_the_operators() -> None:
    desk = MemoryDesk()
    adopt(desk, AttachmentPolicy(limit=2 * 1024 * 1024, types=("image/png",)))
    photo = AttachmentStored(sha256="ab" * 32, size=3 * 1024 * 1024, mime="image/png")
    with refused("attachment.too_large", "size"):
        store_attachment(desk, entry(), SCOPE, photo)
    with refused("attachment.type_not_taken", "mime"):
        scan = AttachmentStored(sha256="ab" * 32, size=9, mime="application/pdf")
        store_attachment(desk, entry(), SCOPE, scan)
    before = entry(TODAY - timedelta(days=1))
    store_attachment(desk, before, SCOPE, photo)


def test_how_often_people_are_visited_is_the_operators() -> None:
    desk = MemoryDesk()
    assert [usual_days(desk, OPERATOR, tier, TODAY) for tier in TIERS] == [7, 31, 92]
    adopt(desk, VisitPolicy(high=3, key=15, general=60), NEXT_WEEK)
    assert [usual_days(desk, OPERATOR, tier, NEXT_WEEK) for tier in TIERS] == [3, 15, 60]
    assert usual_days(desk, OPERATOR, "high", NEXT_WEEK - timedelta(days=1)) == 7


def archived(desk: MemoryDesk, until: date | None = None) -> date:
    """Close a case a month on, archive it a day later, and return until when it is kept."""
    case = closed_case(desk)
    archive_case(desk, entry(days(32)), case, "A-07", until)
    facts = desk.facts(case)[-1]
    assert isinstance(facts, CaseArchived)
    return facts.retention_until


def test_a_case_file_is_kept_ten_years_after_the_closing() -> None:
    desk = CaseworkDesk()
    kept = archived(desk)
    closing = desk.log[-2].occurred.day
    assert kept == closing.replace(year=closing.year + 10)


def test_how_long_a_case_file_is_kept_is_the_operators_unless_a_day_is_named() -> None:
    desk = CaseworkDesk()
    adopt(desk, CaseFilePolicy(years=15))
    kept = archived(desk)
    closing = desk.log[-2].occurred.day
    assert kept == closing.replace(year=closing.year + 15)
    assert archived(CaseworkDesk(), days(100)) == days(100)


def test_a_case_closed_on_a_leap_day_is_kept_to_the_day_after() -> None:
    desk = CaseworkDesk()
    leap = entry(date(2020, 2, 29))
    case = open_case(desk, leap, SCOPE, opening()).stream
    close_case(desk, leap, case, LOST)
    archive_case(desk, entry(date(2020, 3, 2)), case, "A-07")
    facts = desk.facts(case)[-1]
    assert isinstance(facts, CaseArchived)
    assert facts.retention_until == date(2030, 3, 1)


def test_an_open_case_is_not_archived() -> None:
    desk = CaseworkDesk()
    case = open_case(desk, entry(), SCOPE, opening()).stream
    with refused("case.wrong_stage"):
        archive_case(desk, entry(), case, "A-07")


def test_the_stream_of_a_policy_holds_one_sort() -> None:
    desk = MemoryDesk()
    adopt(desk, STRICT)
    adopt(desk, ActivityPolicy(plan_first=False))
    kept = desk.load(HousePolicy, policy_id(OPERATOR, GivingPolicy))
    assert [type(one.terms) for one in kept.adopted] == [GivingPolicy]
