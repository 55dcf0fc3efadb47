"""The choir that was incubated (A11, B19), and the reports on what is needed (A12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from hashlib import sha256

from deploy.demo.activities import CHOIR
from deploy.demo.stage import PROJECT_SCOPE, Act, act, goes_on, named, starts
from domain.community import (
    AssessmentStarted,
    NeedsReportIssued,
    OrgFormed,
    OrgIdentified,
    OrgIncubationStarted,
    OrgMemberListUpdated,
    advance_org,
    form_org,
    identify_org,
    issue_needs_report,
    start_assessment,
)


def organisations() -> Iterator[Act]:
    """Yield the choir's way from a group of neighbours to an organisation."""
    known = OrgIdentified(name="福源红合唱团")
    yield act("choir/known", date(2018, 9, 20), starts(identify_org, PROJECT_SCOPE, known, CHOIR))
    begun = OrgIncubationStarted(category="culture_sports")
    yield act("choir/incubated", date(2018, 9, 25), goes_on(advance_org, CHOIR, begun))
    members = OrgMemberListUpdated(members=30)
    yield act("choir/members", date(2018, 9, 28), goes_on(advance_org, CHOIR, members))
    formed = OrgFormed(kind="organisation_formed")
    yield act("choir/formed", date(2018, 10, 8), goes_on(form_org, CHOIR, formed))


def needs_reports() -> Iterator[Act]:
    """Yield the three assessments and the report of each."""
    about = (("elderly", "老年人", 20), ("disabled", "残疾人", 27), ("family", "困境家庭", 30))
    for audience, title, day in about:
        id = named("assessment", audience)
        begun = AssessmentStarted(about=f"{title}需求", method="interview", sample=60)
        start = starts(start_assessment, PROJECT_SCOPE, begun, id)
        yield act(f"assessment/{audience}", date(2018, 7, 5), start)
        report = NeedsReportIssued(
            kind="needs_report",
            audience=audience,
            version=1,
            title=f"{title}需求调研报告",
            file=sha256(f"needs report {audience}".encode()).hexdigest(),
        )
        yield act(f"report/{audience}", date(2018, 8, day), goes_on(issue_needs_report, id, report))
