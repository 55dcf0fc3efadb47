"""Samples of community organisations and needs assessments."""

from domain.community import (
    AssessmentStarted,
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
)
from domain.counting import Allocation
from tests.golden import PERSON, PROJECT, sample, with_corrections

COUNTS = (Allocation(indicator=PERSON, measure="organisations"),)
IN_PROJECT = {"project": PROJECT, "ledger": PROJECT}

SAMPLES = [
    sample("community_org", OrgIdentified(name="红叶合唱团", category="culture_sports")),
    sample("community_org", OrgRenamed(name="红叶艺术团")),
    sample("community_org", OrgIncubationStarted(category="culture_sports")),
    sample(
        "community_org",
        OrgStructureRecorded(posts=(Post(title="团长", person=PERSON), Post(title="联络员"))),
    ),
    sample("community_org", OrgMemberListUpdated(members=30, persons=(PERSON,))),
    *with_corrections(
        sample(
            "community_org",
            OrgFormed(
                kind="organisation_formed",
                audience="resident",
                filing="备案2018-07",
                allocations=COUNTS,
            ),
            **IN_PROJECT,
        )
    ),
    sample("community_org", OrgStageChanged(stage="public_benefit", signs="每月义演一次")),
    sample("community_org", OrgDissolved(reason="成员迁出")),
    sample(
        "needs_assessment",
        AssessmentStarted(about="社区老年人", method="questionnaire", sample=200),
    ),
    *with_corrections(
        sample(
            "needs_assessment",
            NeedsReportIssued(
                kind="needs_report",
                version=1,
                title="老年人需求调研报告",
                file="ab" * 32,
                attachment=PERSON,
                allocations=(Allocation(indicator=PERSON, measure="reports"),),
            ),
            **IN_PROJECT,
        )
    ),
]
