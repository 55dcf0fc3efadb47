"""What comes after an activity was held: feedback, reports, and where it counts."""

from __future__ import annotations

from domain.activity import (
    hold_activity,
    publish_report,
    record_activity,
    record_feedback,
)
from domain.activity_held import (
    ActivityFeedbackRecorded,
    ActivityReportPublished,
)
from domain.corrections import reinstate_record, void_record
from domain.entry import Scope
from domain.identity import derived_id
from tests.activities import REASON, elders, held, plan, recorded
from tests.neighbours import Neighbourhood, OneIndicator
from tests.station import OPERATOR, STATION, MemoryDesk, entry, refused


def test_feedback_and_reports_come_after_the_activity() -> None:
    desk = MemoryDesk()
    activity = plan(desk)
    report = ActivityReportPublished(kind="", title="新闻稿", channel="公众号")
    with refused("activity.not_held"):
        publish_report(desk, entry(), activity, report)
    with refused("activity.not_held"):
        record_feedback(desk, entry(), activity, ActivityFeedbackRecorded(responses=1, satisfied=1))
    hold_activity(desk, entry(), activity, held("integration", elders(20)))
    with refused("activity.feedback_impossible", "satisfied"):
        record_feedback(
            desk, entry(), activity, ActivityFeedbackRecorded(responses=9, satisfied=10)
        )
    record_feedback(desk, entry(), activity, ActivityFeedbackRecorded(responses=9, satisfied=9))
    publish_report(desk, entry(), activity, report)
    published = desk.facts(activity)[-1]
    assert isinstance(published, ActivityReportPublished)
    assert published.kind == "activity_report"


def test_an_activity_with_a_report_is_not_void_before_its_report() -> None:
    desk = MemoryDesk()
    activity = plan(desk)
    happened = hold_activity(desk, entry(), activity, held("integration", elders(20))).events[0]
    report = ActivityReportPublished(kind="", title="新闻稿", channel="公众号")
    told = publish_report(desk, entry(), activity, report).events[0]
    with refused("activity.reports_stand", "target"):
        void_record(desk, entry(), activity, happened, REASON)
    void_record(desk, entry(), activity, told, REASON)
    void_record(desk, entry(), activity, happened, REASON)
    with refused("activity.not_held"):
        reinstate_record(desk, entry(), activity, told, REASON)
    reinstate_record(desk, entry(), activity, happened, REASON)
    reinstate_record(desk, entry(), activity, told, REASON)


def test_an_activity_of_a_project_carries_where_it_counts() -> None:
    project = derived_id("project")
    scope = Scope(operator=OPERATOR, station=STATION, project=project)
    contract = OneIndicator()
    desk = Neighbourhood(neighbours={("project", project): contract})
    counted = elders(7, source="counted")
    made = record_activity(desk, entry(), scope, held("drop_in", counted))
    assert recorded(desk, made.stream).allocations == contract.counts
    assert desk.log[0].ledger == project
