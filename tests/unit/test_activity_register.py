"""What the register of activities makes of plans, held activities, corrections and reports."""

from __future__ import annotations

from datetime import date, timedelta

from domain.activity import (
    announce_activity,
    hold_activity,
    plan_activity,
    publish_report,
    put_off_activity,
    record_activity,
    record_feedback,
    review_plan,
    sign_up,
)
from domain.activity_held import (
    ActivityFeedbackRecorded,
    ActivityHeld,
    ActivityReportPublished,
    Indirect,
    Zone,
)
from domain.activity_plan import (
    ActivityAnnounced,
    ActivityCancelled,
    ActivityPlanned,
    ActivityPostponed,
    RegistrationTaken,
    SafetyAgreementSigned,
)
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.identity import Id, derived_id
from projections.activity import (
    FEEDBACK,
    HELD,
    PLAN,
    REPORT,
    ZONE,
    activities,
    activity,
    awaited,
    signed_up,
)
from projections.engine.ask import MemoryAnswers
from projections.engine.view import Row, Table
from tests.activities import REASON, YESTERDAY, adopt, approval, plan
from tests.folding import told
from tests.register import register
from tests.station import SCOPE, STATION, TODAY, WORKER, MemoryDesk, entry, principal

ATTENDANCE = (
    Attendance(count=50),
    Attendance(count=6, role="volunteer"),
    Attendance(count=3, role="worker"),
    Attendance(count=1, role="partner"),
)
FAIR = ActivityHeld(
    kind="integration",
    title="邻里市集",
    minutes=180,
    attendance=ATTENDANCE,
    zones=(Zone(name="义诊", count=30), Zone(name="法律咨询", count=20)),
    indirect=Indirect(value=150, method="每人家中3人", estimator=WORKER),
)


def asked(desk: MemoryDesk) -> MemoryAnswers:
    return told((activities,), desk.log)


def one(desk: MemoryDesk, table: Table) -> Row:
    (row,) = asked(desk).rows(table)
    return row


def fair(desk: MemoryDesk) -> tuple[Id, Id]:
    """Hold the fair, and return the activity and the record."""
    activity_id = plan(desk, audience="disabled", expected=60, budget=200_000)
    made = hold_activity(desk, entry(), activity_id, FAIR)
    return activity_id, made.events[0]


def test_who_came_stands_by_role_and_nothing_is_added_to_the_total() -> None:
    desk = MemoryDesk()
    fair(desk)
    row = one(desk, HELD)
    assert (row["person_times"], row["anonymous"], row["named"]) == (50, 50, 0)
    assert (row["volunteers"], row["staff"], row["partners"], row["guests"]) == (6, 3, 1, 0)
    assert (row["indirect"], row["indirect_method"]) == (150, "每人家中3人")
    assert (row["audience"], row["day"], row["late_approval"]) == ("disabled", TODAY, False)
    zones = asked(desk).rows(ZONE)
    assert [(zone["name"], zone["count"]) for zone in zones] == [("义诊", 30), ("法律咨询", 20)]


def test_a_plan_shows_how_far_it_has_come() -> None:
    desk = MemoryDesk()
    outing = plan(desk, "outing", approved=False)
    assert one(desk, PLAN)["review"] is None
    review_plan(desk, entry(YESTERDAY), outing, approval())
    announce_activity(desk, entry(YESTERDAY), outing, ActivityAnnounced(channels=("公告栏",)))
    sign_up(desk, entry(YESTERDAY), outing, RegistrationTaken(count=15))
    signed = sign_up(desk, entry(YESTERDAY), outing, SafetyAgreementSigned(count=14)).events[0]
    later = TODAY + timedelta(days=7)
    put_off_activity(desk, entry(), outing, ActivityPostponed(planned_on=later, reason="暴雨"))
    row = one(desk, PLAN)
    assert (row["review"], row["reviewed_on"], row["announced_on"]) == (
        "approved",
        YESTERDAY,
        YESTERDAY,
    )
    assert (row["registered"], row["agreements"], row["planned_on"]) == (15, 14, later)
    correct_record(desk, entry(), outing, signed, {"count": 15}, REASON)
    assert one(desk, PLAN)["agreements"] == 15
    put_off_activity(desk, entry(), outing, ActivityCancelled(reason="暴雨"))
    assert (one(desk, PLAN)["cancelled"], one(desk, PLAN)["held"]) == (True, 0)


def test_an_activity_waits_with_those_who_registered_until_it_is_held_or_called_off() -> None:
    desk = MemoryDesk()
    outing = plan(desk, "outing")
    both = [derived_id("first"), derived_id("second")]
    for one in both:
        register(desk, one, day=YESTERDAY)
    taken = [sign_up(desk, entry(YESTERDAY), outing, RegistrationTaken(person=one)) for one in both]
    sign_up(desk, entry(YESTERDAY), outing, RegistrationTaken(count=3, role="volunteer"))
    sign_up(desk, entry(YESTERDAY), outing, SafetyAgreementSigned(person=both[1]))
    assert signed_up(asked(desk), outing) == dict.fromkeys(both, "client")
    void_record(desk, entry(), outing, taken[0].events[0], REASON)
    assert signed_up(asked(desk), outing) == {both[1]: "client"}
    days = (TODAY - timedelta(days=7), TODAY + timedelta(days=7))
    held, off = plan(desk), plan(desk)
    assert {row["activity"] for row in awaits(desk, *days)} == {outing, held, off}
    assert awaits(desk, days[0] - timedelta(days=9), days[0]) == []
    hold_activity(desk, entry(), held, FAIR)
    put_off_activity(desk, entry(), off, ActivityCancelled(reason="暴雨"))
    assert [row["activity"] for row in awaits(desk, *days)] == [outing]


def awaits(desk: MemoryDesk, first: date, last: date) -> list[Row]:
    return awaited(asked(desk), (STATION,), first, last, limit=10)


def test_a_corrected_activity_replaces_its_row_and_its_zones() -> None:
    desk = MemoryDesk()
    activity_id, event = fair(desk)
    zones = [{"name": "义诊", "count": 31}]
    correct_record(desk, entry(), activity_id, event, {"minutes": 90, "zones": zones}, REASON)
    assert one(desk, HELD)["minutes"] == 90
    assert one(desk, ZONE)["count"] == 31
    assert one(desk, PLAN)["held"] == 1


def test_a_void_activity_leaves_the_register_and_comes_back() -> None:
    desk = MemoryDesk()
    activity_id, event = fair(desk)
    before = asked(desk).rows(HELD)
    void_record(desk, entry(), activity_id, event, REASON)
    assert (asked(desk).rows(HELD), asked(desk).rows(ZONE)) == ([], [])
    assert (one(desk, PLAN)["title"], one(desk, PLAN)["held"]) == ("融合活动", 0)
    reinstate_record(desk, entry(), activity_id, event, REASON)
    assert asked(desk).rows(HELD) == before
    assert one(desk, PLAN)["held"] == 1


def test_estimates_and_late_approvals_show() -> None:
    desk = MemoryDesk()
    crowd = Attendance(count=200, role="resident", source="estimated")
    facts = ActivityHeld(kind="publicity", title="宣传", attendance=(crowd,))
    adopt(desk)
    record_activity(desk, entry(basis="estimated"), SCOPE, facts)
    row = one(desk, HELD)
    assert (row["estimated"], row["late_approval"]) == (True, True)


def test_all_that_is_known_of_one_activity_is_read_at_once() -> None:
    desk = MemoryDesk()
    activity_id, _ = fair(desk)
    other = plan_activity(
        desk,
        entry(),
        SCOPE,
        ActivityPlanned(title="另一场", kind="integration", aims=("融入",), planned_on=TODAY),
    ).stream
    record_feedback(desk, entry(), activity_id, ActivityFeedbackRecorded(responses=9, satisfied=8))
    report = ActivityReportPublished(kind="", title="新闻稿", channel="公众号")
    publish_report(desk, entry(), activity_id, report)
    answers = asked(desk)
    known = activity(answers, activity_id)
    assert known is not None
    assert known["plan"]["reports"] == 1
    assert [len(known[part]) for part in ("held", "zones", "feedback", "reports")] == [1, 2, 1, 1]
    assert (one(desk, FEEDBACK)["satisfied"], one(desk, REPORT)["title"]) == (8, "新闻稿")
    planned_only = activity(answers, other)
    assert planned_only is not None
    assert (planned_only["held"], planned_only["zones"]) == ([], [])
    assert activity(answers, derived_id("none")) is None


def test_the_worker_of_an_activity_that_names_none_is_not_who_set_it_right() -> None:
    desk = MemoryDesk()
    made = hold_activity(desk, entry(), plan(desk), FAIR)
    right = entry(principal=principal(actor=derived_id("colleague")))
    correct_record(desk, right, made.stream, made.events[0], {"minutes": 120}, REASON)
    (row,) = asked(desk).rows(HELD)
    assert (row["minutes"], row["worker"]) == (120, WORKER)
