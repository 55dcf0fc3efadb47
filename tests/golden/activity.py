"""Samples of activities."""

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
    ActivityPlanReviewed,
    ActivityPostponed,
    PlanSection,
    RegistrationTaken,
    SafetyAgreementSigned,
)
from domain.counting import Allocation, Attendance
from domain.identity import derived_id
from tests.golden import DAY, PERSON, PROJECT, WORKER, sample, sealed, with_corrections

IN_PROJECT = {"project": PROJECT, "ledger": PROJECT}
SERIES = derived_id("golden", "stream", "series")
COUNTS = (Allocation(indicator=derived_id("golden", "indicator"), measure="person_times"),)

SAMPLES = [
    sample(
        "activity",
        ActivityPlanned(
            title="亲近心灵，怀抱自然",
            kind="outing",
            aims=("增进交往", "舒缓情绪"),
            planned_on=DAY,
            audience="elderly",
            variant="farm",
            place="永登越国开心农场",
            series=SERIES,
            expected=15,
            budget=300_000,
            sections=(PlanSection(heading="emergency_plan", text="随车备急救箱"),),
        ),
        **IN_PROJECT,
    ),
    sample(
        "activity",
        ActivityPlanReviewed(outcome="returned", reviewer=WORKER, comments="补预算", late=True),
        **IN_PROJECT,
    ),
    sample("activity", ActivityAnnounced(channels=("公告栏", "微信群")), **IN_PROJECT),
    *with_corrections(
        sample(
            "activity",
            RegistrationTaken(person=PERSON, role="family", name=sealed("name")),
            **IN_PROJECT,
        )
    ),
    *with_corrections(
        sample("activity", SafetyAgreementSigned(person=PERSON, guardian=WORKER), **IN_PROJECT)
    ),
    sample("activity", ActivityPostponed(planned_on=DAY, reason="暴雨"), **IN_PROJECT),
    sample("activity", ActivityCancelled(reason="暴雨"), **IN_PROJECT),
    *with_corrections(
        sample(
            "activity",
            ActivityHeld(
                kind="outing",
                audience="elderly",
                variant="farm",
                allocations=COUNTS,
                minutes=240,
                place="永登越国开心农场",
                workers=(WORKER,),
                attendance=(
                    Attendance(person=PERSON, groups=("empty_nest",)),
                    Attendance(count=14, role="client"),
                    Attendance(count=3, role="volunteer", source="counted"),
                ),
                title="亲近心灵，怀抱自然",
                series=SERIES,
                zones=(Zone(name="采摘", count=9),),
                indirect=Indirect(
                    value=45, method="每人家中3人", estimator=WORKER, qualifier="nearly"
                ),
                supervisor=WORKER,
                organisation=derived_id("golden", "organisation"),
                content="采摘与合影",
                note=sealed("note", "casework"),
                plan_demanded=True,
                plan_approved_on=DAY,
            ),
            **IN_PROJECT,
        )
    ),
    sample(
        "activity",
        ActivityFeedbackRecorded(
            responses=15, satisfied=14, summary="希望每季度一次", words=sealed("words", "casework")
        ),
        **IN_PROJECT,
    ),
    *with_corrections(
        sample(
            "activity",
            ActivityReportPublished(
                kind="activity_report",
                audience="elderly",
                allocations=COUNTS,
                title="新闻稿",
                channel="公众号",
                url="https://example.org/2018/10/26",
                document=derived_id("golden", "document"),
            ),
            **IN_PROJECT,
        )
    ),
]
