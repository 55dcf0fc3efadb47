"""Community organisations that are incubated, and assessments of needs, over HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from api.commands import CommandIn, Commanding, ReceiptOut, Text, Uuid, example
from api.routing import routes
from domain import community
from domain.organisation import scope_of_station

router = routes("community")
STATION = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"
Members = Annotated[int, Field(ge=1, le=100_000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class OrgIn(CommandIn):
    """A community organisation (社区社会组织), or people who may become one."""

    station: Uuid
    project: Uuid | None = None
    name: Text
    category: community.Category | None = None

    model_config = example(
        {"station": STATION, "name": "福源红合唱团", "category": "culture_sports"}
    )


@router.post("/community-organisations", status_code=201)
def identify(sent: OrgIn, command: Commanding) -> ReceiptOut:
    """Identify a community organisation."""
    facts = community.OrgIdentified(name=sent.name, category=sent.category)
    return command.carry_out(
        sent,
        lambda desk, entry: community.identify_org(
            desk, entry, scope_of_station(desk, sent.station, sent.project), facts
        ),
        location="/api/v1/streams/{id}",
    )


class IncubationIn(CommandIn):
    """The station begins to cultivate it."""

    category: community.Category

    model_config = example({"category": "culture_sports"})


@router.post("/community-organisations/{id}/incubation", status_code=201)
def incubate(id: Uuid, sent: IncubationIn, command: Commanding) -> ReceiptOut:
    """Begin the incubation (孵化)."""
    facts = community.OrgIncubationStarted(category=sent.category)
    return command.carry_out(
        sent, lambda desk, entry: community.advance_org(desk, entry, id, facts), on=id
    )


class MembersIn(CommandIn):
    """How many belong to it, and those of them who are registered."""

    members: Members
    persons: Annotated[tuple[Uuid, ...], Field(max_length=500)] = ()

    model_config = example({"members": 30})


@router.post("/community-organisations/{id}/members", status_code=201)
def list_members(id: Uuid, sent: MembersIn, command: Commanding) -> ReceiptOut:
    """Update the list of members (成员信息)."""
    facts = community.OrgMemberListUpdated(members=sent.members, persons=sent.persons)
    return command.carry_out(
        sent, lambda desk, entry: community.advance_org(desk, entry, id, facts), on=id
    )


class FormationIn(CommandIn):
    """It formed; `filing` is its 备案 number."""

    filing: Text | None = None
    audience: Text | None = None

    model_config = example({"filing": "兰城备2018-014"})


@router.post("/community-organisations/{id}/formation", status_code=201)
def form(id: Uuid, sent: FormationIn, command: Commanding) -> ReceiptOut:
    """Record that it formed; it counts as one organisation, once."""
    facts = community.OrgFormed(
        kind="organisation_formed", filing=sent.filing, audience=sent.audience
    )
    return command.carry_out(
        sent, lambda desk, entry: community.form_org(desk, entry, id, facts), on=id
    )


class StageIn(CommandIn):
    """互益 → 公益 or back, and what shows it."""

    stage: community.Stage
    signs: Text

    model_config = example({"stage": "public_benefit", "signs": "每月为独居老人义演一次"})


@router.post("/community-organisations/{id}/stage", status_code=201)
def change_stage(id: Uuid, sent: StageIn, command: Commanding) -> ReceiptOut:
    """Record that its stage changed."""
    facts = community.OrgStageChanged(stage=sent.stage, signs=sent.signs)
    return command.carry_out(
        sent, lambda desk, entry: community.advance_org(desk, entry, id, facts), on=id
    )


class CommunityOrgDissolutionIn(CommandIn):
    """It is no more."""

    reason: Text

    model_config = example({"reason": "成员解散"})


@router.post("/community-organisations/{id}/dissolution", status_code=201)
def dissolve(id: Uuid, sent: CommunityOrgDissolutionIn, command: Commanding) -> ReceiptOut:
    """Record that it dissolved."""
    facts = community.OrgDissolved(reason=sent.reason)
    return command.carry_out(
        sent, lambda desk, entry: community.advance_org(desk, entry, id, facts), on=id
    )


class NeedsAssessmentIn(CommandIn):
    """An assessment of needs: about whom, how, and how many are to be asked."""

    station: Uuid
    project: Uuid | None = None
    about: Text
    method: community.Method
    sample: Annotated[int, Field(ge=1, le=1_000_000)] | None = None

    model_config = example(
        {"station": STATION, "about": "老年人需求", "method": "interview", "sample": 60}
    )


@router.post("/needs-assessments", status_code=201)
def start_assessment(sent: NeedsAssessmentIn, command: Commanding) -> ReceiptOut:
    """Start an assessment of needs (需求调研)."""
    facts = community.AssessmentStarted(about=sent.about, method=sent.method, sample=sent.sample)
    return command.carry_out(
        sent,
        lambda desk, entry: community.start_assessment(
            desk, entry, scope_of_station(desk, sent.station, sent.project), facts
        ),
        location="/api/v1/streams/{id}",
    )


class NeedsReportIn(CommandIn):
    """A report of the assessment, by the SHA-256 of its file."""

    version: Annotated[int, Field(ge=1, le=1000)] = 1
    title: Text
    file: Sha256
    attachment: Uuid | None = None
    audience: Text | None = None

    model_config = example({"title": "老年人需求调研报告", "file": "0" * 64})


@router.post("/needs-assessments/{id}/reports", status_code=201)
def issue_report(id: Uuid, sent: NeedsReportIn, command: Commanding) -> ReceiptOut:
    """Issue a report, 1 份."""
    facts = community.NeedsReportIssued(
        kind="needs_report",
        version=sent.version,
        title=sent.title,
        file=sent.file,
        attachment=sent.attachment,
        audience=sent.audience,
    )
    return command.carry_out(
        sent, lambda desk, entry: community.issue_needs_report(desk, entry, id, facts), on=id
    )
