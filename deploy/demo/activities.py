"""Activities of the project: publicity, outings, meetings, training, tutoring, needs, the choir.

The sums are those of S0's Table B, and days are S0's where it names them; how a sum spreads over
the days is invented where the document gives only the sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from deploy.demo.stage import (
    DISABLED_WORKER,
    FAMILY_WORKER,
    LEAD,
    PROJECT_SCOPE,
    STAFF,
    SUPERVISORS,
    Act,
    act,
    goes_on,
    named,
    starts,
)
from domain.activity import (
    hold_activity,
    plan_activity,
    record_activity,
    review_plan,
    sign_up,
)
from domain.activity_held import ActivityHeld
from domain.activity_plan import (
    ActivityPlanned,
    ActivityPlanReviewed,
    RegistrationTaken,
    SafetyAgreementSigned,
)
from domain.catalogue import activity_kind
from domain.counting import Attendance, AttendeeRole, Source
from domain.identity import Id

HALL = "便民大厅二楼"
CHOIR = named("organisation", "choir")
OUTSIDE_SUPERVISOR = named("supervisor", "outside")


def block(count: int, role: AttendeeRole, source: Source = "sign-in") -> Attendance:
    """Return people who were counted by role and not named."""
    return Attendance(count=count, role=role, source=source)


def activities() -> Iterator[Act]:
    """Yield every activity of the half year."""
    yield from publicity()
    yield from meetings()
    yield from weekly_supervision()
    yield from outings()
    yield from tutoring()
    yield from needs()
    yield from drop_in()
    yield from choir()


def publicity() -> Iterator[Act]:
    """B17: the publicity month of August, 5 次, 200 人次."""
    for day in (3, 6, 10, 14, 17):
        held = _held("publicity", "社工宣传月", 90, block(40, "resident", "counted"), place=HALL)
        yield from _planned(f"publicity-{day}", date(2018, 8, day), held)


def meetings() -> Iterator[Act]:
    """B02, B03, B04: supervision, joint meetings and training; nobody there is a beneficiary."""
    team = tuple(Attendance(person=one, role="supervisee") for one in STAFF)
    for month, day in ((7, 28), (8, 25), (9, 29), (10, 27), (11, 24)):
        supervised = _held(
            "supervision", "月专业督导", 120, *team,
            variant="monthly_professional", supervisor=OUTSIDE_SUPERVISOR,
        )  # fmt: skip
        yield _unplanned(f"supervision-{month}", date(2018, month, day), supervised)
    for month, day in ((7, 20), (8, 20), (9, 20), (10, 22), (11, 20)):
        three = block(5, "partner"), block(3, "worker")
        met = _held("joint_meeting", "三方联席会议", 90, *three, place="社区二楼")
        yield _unplanned(f"joint-meeting-{month}", date(2018, month, day), met)
    for month, day, count in ((7, 12, 3), (8, 23, 3), (10, 11, 2), (11, 8, 2)):
        trained = _held(
            "training", "员工能力提升培训", 180, block(count, "worker"), audience="staff"
        )
        yield _unplanned(f"training-{month}", date(2018, month, day), trained)


def weekly_supervision() -> Iterator[Act]:
    """The weekly supervision that S0 names beside the monthly one and its table leaves out."""
    team = tuple(Attendance(person=one, role="supervisee") for one in STAFF[1:])
    for week in range(20):
        held = _held(
            "supervision", "周督导", 60, *team, variant="weekly", supervisor=SUPERVISORS[0]
        )
        day = date(2018, 7, 11) + timedelta(days=7 * week)
        yield _unplanned(f"supervision-week-{week}", day, held, hour=17)


def outings() -> Iterator[Act]:
    """B09 and B13: integration of disabled people, 2 次 40 人次; parents and children, 2 次 45."""
    large = _held(
        "integration", "倾注爱心一点，收获温馨无限", 180, block(17, "client"), block(3, "family"),
        audience="disabled", variant="large", place="上品山庄",
    )  # fmt: skip
    yield from _planned("integration-october", date(2018, 10, 26), large, actor=DISABLED_WORKER)
    small = _held("integration", "社区融合活动", 120, block(20, "client"), audience="disabled")
    yield from _planned(
        "integration-november", date(2018, 11, 28), small, actor=DISABLED_WORKER,
        days_later=5, late_reason="活动后社工病假，返岗后补录",
    )  # fmt: skip
    first = _held(
        "parent_child", "大手牵小手，快乐一起走", 300, block(20, "family"),
        audience="family", place="回香庭院农家乐",
    )  # fmt: skip
    yield from _planned("parent-child-august", date(2018, 8, 14), first, actor=FAMILY_WORKER)
    second = _held(
        "parent_child", "觅田园之趣，听秋日之美", 300, block(25, "family"), block(6, "volunteer"),
        audience="family", place="永登越国开心农场",
    )  # fmt: skip
    yield from _planned("parent-child-october", date(2018, 10, 20), second, actor=FAMILY_WORKER)


def tutoring() -> Iterator[Act]:
    """B16: 6 次, 150 人次, with 90 of volunteers beside them that are no beneficiaries."""
    for week in range(6):
        day = date(2018, 10, 14) + timedelta(days=7 * week)
        there = block(25, "client"), block(15, "volunteer")
        held = _held("tutoring", "星星之火，梦起朝阳", 120, *there, audience="youth", place=HALL)
        yield from _planned(f"tutoring-{week}", day, held, actor=FAMILY_WORKER)


def needs() -> Iterator[Act]:
    """B01: 200 人次 asked at home and on the street."""
    variants = ("interview", "street_walk", "interview", "questionnaire")
    for number, variant in enumerate(variants):
        day = date(2018, 7, 9) + timedelta(days=7 * number)
        there = block(50, "resident", "counted")
        held = _held("needs_contact", "需求调研", 240, there, variant=variant)
        yield _unplanned(f"needs-{number}", day, held)


def drop_in() -> Iterator[Act]:
    """B20: the hall is open; heads are counted and nobody is named."""
    for week in range(13):
        day = date(2018, 9, 3) + timedelta(days=7 * week)
        there = block(8 + week % 5, "resident", "counted")
        held = _held("drop_in", "便民大厅日间服务", 480, there, place=HALL)
        yield _unplanned(f"drop-in-{week}", day, held)


def choir() -> Iterator[Act]:
    """B19: 14 activities of the choir, 4 × 23 and 10 × 22 = 312 人次."""
    for number in range(14):
        day = date(2018, 10, 9) + timedelta(days=7 * (number // 2) + 3 * (number % 2))
        there = block(23 if number < 4 else 22, "resident")
        held = _held("organisation_activity", "福源红合唱团排练", 90, there, organisation=CHOIR)
        yield _unplanned(f"choir-{number}", day, held)


def _held(
    kind: str,
    title: str,
    minutes: int,
    *attendance: Attendance,
    audience: str | None = None,
    variant: str | None = None,
    place: str | None = None,
    supervisor: Id | None = None,
    organisation: Id | None = None,
) -> ActivityHeld:
    return ActivityHeld(
        kind=kind,
        title=title,
        minutes=minutes,
        attendance=attendance,
        audience=audience,
        variant=variant,
        place=place,
        supervisor=supervisor,
        organisation=organisation,
        workers=(LEAD,),
    )


def _unplanned(name: str, day: date, held: ActivityHeld, hour: int = 9) -> Act:
    decide = starts(record_activity, PROJECT_SCOPE, held, named("activity", name))
    return act(f"activity/{name}", day, decide, hour=hour, minutes=held.minutes or 0)


def _planned(
    name: str,
    day: date,
    held: ActivityHeld,
    *,
    actor: Id = LEAD,
    days_later: int = 0,
    late_reason: str | None = None,
) -> Iterator[Act]:
    """Yield an activity that needs an approved plan: planned, reviewed, signed up for, held."""
    id = named("activity", name)
    plan = ActivityPlanned(
        title=held.title,
        kind=held.kind,
        aims=("促进参与", "建立支持网络"),
        planned_on=day,
        audience=held.audience,
        variant=held.variant,
        place=held.place,
    )
    before = starts(plan_activity, PROJECT_SCOPE, plan, id)
    yield act(f"plan/{name}", day - timedelta(days=9), before, actor=actor)
    approval = ActivityPlanReviewed(outcome="approved", reviewer=SUPERVISORS[0])
    review = goes_on(review_plan, id, approval)
    yield act(
        f"review/{name}", day - timedelta(days=7), review,
        actor=SUPERVISORS[0], role="supervisor",
    )  # fmt: skip
    yield from _signed_up(name, day - timedelta(days=2), held, id)
    yield act(
        f"activity/{name}", day, goes_on(hold_activity, id, held), actor=actor,
        minutes=held.minutes or 0, days_later=days_later, late_reason=late_reason,
    )  # fmt: skip


def _signed_up(name: str, day: date, held: ActivityHeld, id: Id) -> Iterator[Act]:
    kind = activity_kind(held.kind, held.variant)
    for number, line in enumerate(held.attendance):
        if line.role == "volunteer":
            continue
        if kind.registration:
            taken = RegistrationTaken(count=line.count, role=line.role)
            yield act(f"registration/{name}-{number}", day, goes_on(sign_up, id, taken))
        if kind.agreements:
            signed = SafetyAgreementSigned(count=line.count)
            yield act(f"agreement/{name}-{number}", day, goes_on(sign_up, id, signed))
