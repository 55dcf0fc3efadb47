"""How a community organisation grows and counts once, and how needs are reported."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain.community import (
    AssessmentStarted,
    CommunityOrg,
    NeedsAssessment,
    NeedsReportIssued,
    OrgDissolved,
    OrgFormed,
    OrgIdentified,
    OrgIncubationStarted,
    OrgMemberListUpdated,
    OrgRenamed,
    OrgStageChanged,
    OrgStructureRecorded,
    Post,
    Step,
    advance_org,
    form_org,
    identify_org,
    issue_needs_report,
    start_assessment,
)
from domain.event import Effective, Occurred, Reason
from domain.identity import Id, derived_id
from domain.neighbours import LocalOrganisation
from tests.contracts import contracted, defined, within
from tests.station import SCOPE, TODAY, MemoryDesk, entry, refused

KNOWN = TODAY - timedelta(days=30)
BEFORE = KNOWN - timedelta(days=1)
FORMED = OrgFormed(kind="organisation", filing="备案2018-07")
REASON = Reason(code="entry_error", text="备案号录入错误")
FILE = "ab" * 32


def known(desk: MemoryDesk) -> Id:
    facts = OrgIdentified(name="红叶合唱团")
    return identify_org(desk, entry(KNOWN), SCOPE, facts).stream


def test_an_organisation_grows_forms_and_counts_as_one() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    organisations = defined(
        desk,
        project,
        "A11",
        measure="organisations",
        unit="个",
        kinds=("organisation_formed",),
    )
    facts = OrgIdentified(name="红叶合唱团", category="culture_sports")
    org = identify_org(desk, entry(KNOWN), within(project), facts).stream
    steps: tuple[Step, ...] = (
        OrgIncubationStarted(category="culture_sports"),
        OrgStructureRecorded(posts=(Post(title="团长"),)),
        OrgMemberListUpdated(members=30),
    )
    for step in steps:
        advance_org(desk, entry(KNOWN), org, step)
    form_org(desk, entry(), org, FORMED)
    advance_org(desk, entry(), org, OrgStageChanged(stage="public_benefit", signs="每月义演"))
    (formed,) = desk.load(CommunityOrg, org).effective(OrgFormed)
    assert formed.facts.kind == "organisation_formed"
    assert [each.indicator for each in formed.facts.allocations] == [organisations]
    assert isinstance(desk.load(CommunityOrg, org), LocalOrganisation)


def test_nothing_of_an_organisation_lies_before_it_was_identified() -> None:
    desk = MemoryDesk()
    org = known(desk)
    with refused("community.before_identified", "occurred.start"):
        form_org(desk, entry(BEFORE), org, FORMED)
    with refused("community.before_identified", "occurred.start"):
        advance_org(desk, entry(BEFORE), org, OrgMemberListUpdated(members=30))
    with refused("community.before_identified", "organisation"):
        desk.load(CommunityOrg, org).check_active_on(BEFORE, "organisation")
    desk.load(CommunityOrg, org).check_active_on(KNOWN, "organisation")


def test_an_organisation_forms_once_whatever_it_is_called() -> None:
    desk = MemoryDesk()
    org = known(desk)
    form_org(desk, entry(), org, FORMED)
    advance_org(desk, entry(), org, OrgRenamed(name="红叶艺术团"))
    with refused("community.formed_twice", "id"):
        form_org(desk, entry(), org, FORMED)
    assert desk.load(CommunityOrg, org).name == "红叶艺术团"


def test_a_forming_that_was_a_mistake_is_void_and_can_happen_again_but_not_twice() -> None:
    desk = MemoryDesk()
    org = known(desk)
    made = form_org(desk, entry(), org, FORMED).events[0]
    found = desk.load(CommunityOrg, org)
    found.void(entry(), made, REASON)
    desk.save(entry(), found)
    form_org(desk, entry(), org, FORMED)
    with refused("community.formed_twice", "id"):
        desk.load(CommunityOrg, org).reinstate(entry(), made, REASON)


def test_a_forming_is_not_corrected_to_before_the_organisation_was_known() -> None:
    desk = MemoryDesk()
    org = known(desk)
    made = form_org(desk, entry(), org, FORMED).events[0]
    found = desk.load(CommunityOrg, org)
    early = Effective(occurred=Occurred(start=entry(BEFORE).occurred.start), facts=FORMED)
    with refused("community.before_identified", "occurred.start"):
        found.correct(entry(), made, early, REASON)
    later = Effective(occurred=entry(KNOWN).occurred, facts=FORMED)
    found.correct(entry(), made, later, REASON)


def test_a_dissolved_organisation_goes_no_further() -> None:
    desk = MemoryDesk()
    org = known(desk)
    advance_org(desk, entry(), org, OrgDissolved(reason="成员迁出"))
    for day in (TODAY, TODAY + timedelta(days=1)):
        with refused("community.dissolved"):
            advance_org(desk, entry(day), org, OrgMemberListUpdated(members=30))
    with refused("community.dissolved", "occurred.start"):
        form_org(desk, entry(TODAY + timedelta(days=1)), org, FORMED)


@pytest.mark.parametrize(
    ("first", "again", "code", "field"),
    [
        (
            OrgIncubationStarted(category="charity"),
            OrgIncubationStarted(category="charity"),
            "community.incubated_twice",
            "id",
        ),
        (
            OrgStageChanged(stage="public_benefit", signs="义演"),
            OrgStageChanged(stage="public_benefit", signs="义演"),
            "community.same_stage",
            "stage",
        ),
    ],
)
def test_a_step_is_not_taken_twice(first: Step, again: Step, code: str, field: str) -> None:
    desk = MemoryDesk()
    org = known(desk)
    advance_org(desk, entry(), org, first)
    with refused(code, field):
        advance_org(desk, entry(), org, again)


def test_an_organisation_has_a_name_and_as_many_members_as_are_listed() -> None:
    desk = MemoryDesk()
    with refused("community.nameless", "name"):
        identify_org(desk, entry(), SCOPE, OrgIdentified(name=" "))
    org = known(desk)
    with refused("community.nameless", "name"):
        advance_org(desk, entry(), org, OrgRenamed(name=""))
    with refused("community.sample_impossible", "members"):
        advance_org(desk, entry(), org, OrgMemberListUpdated(members=0))
    with refused("not_found", "attendance.0.person"):
        listed = OrgMemberListUpdated(members=1, persons=(derived_id("nobody"),))
        advance_org(desk, entry(), org, listed)


def report(version: int = 1, **more: Any) -> NeedsReportIssued:
    given: dict[str, Any] = {"kind": "report", "title": "老年人需求调研报告", "file": FILE}
    return NeedsReportIssued(version=version, **given | more)


def started(desk: MemoryDesk) -> Id:
    facts = AssessmentStarted(about="社区老年人", method="questionnaire", sample=200)
    return start_assessment(desk, entry(KNOWN), SCOPE, facts).stream


def test_a_needs_report_is_issued_once_a_version_with_its_file() -> None:
    desk = MemoryDesk()
    assessment = started(desk)
    issue_needs_report(desk, entry(), assessment, report())
    issue_needs_report(desk, entry(), assessment, report(2))
    issued = desk.load(NeedsAssessment, assessment).effective(NeedsReportIssued)
    assert {each.facts.kind for each in issued} == {"needs_report"}
    with refused("community.version_taken", "version"):
        issue_needs_report(desk, entry(), assessment, report(2))
    with refused("community.no_file", "file"):
        issue_needs_report(desk, entry(), assessment, report(3, file=""))
    with refused("community.before_started", "occurred.start"):
        issue_needs_report(desk, entry(BEFORE), assessment, report(3))


def test_a_report_is_corrected_within_the_same_rules() -> None:
    desk = MemoryDesk()
    assessment = started(desk)
    made = issue_needs_report(desk, entry(), assessment, report()).events[0]
    issue_needs_report(desk, entry(), assessment, report(2))
    found = desk.load(NeedsAssessment, assessment)

    def corrected(facts: NeedsReportIssued, day: date = TODAY) -> None:
        found.correct(entry(), made, Effective(occurred=entry(day).occurred, facts=facts), REASON)

    with refused("community.version_taken", "version"):
        corrected(report(2))
    with refused("community.no_file", "file"):
        corrected(report(file="zz"))
    with refused("community.before_started", "occurred.start"):
        corrected(report(), BEFORE)
    corrected(report(title="老年人需求评估报告"))


def test_an_assessment_asks_somebody() -> None:
    facts = AssessmentStarted(about="社区老年人", method="interview", sample=0)
    with refused("community.sample_impossible", "sample"):
        start_assessment(MemoryDesk(), entry(), SCOPE, facts)
