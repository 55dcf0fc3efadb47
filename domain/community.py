"""Community organisations that a station incubates, and its assessments of what is needed.

An organisation forms once: whatever it is called later, and whatever it then does, it is one
organisation (figures.md, I0-08 keeps its activities apart from it).
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

import msgspec

from domain.aggregate import Aggregate
from domain.attending import attend
from domain.bounds import Reference, Title
from domain.counting import Attendance, Counted
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Effective, Facts, fact
from domain.identity import Id
from domain.project_work import allocated
from domain.refusals import Conflict, refusal

Category = Literal["charity", "daily_life", "community_affairs", "culture_sports"]
"""公益慈善, 生活服务, 社区事务, 文体活动 (facts.md, S1)."""
Stage = Literal["mutual_benefit", "public_benefit"]
"""互益型, 公益型 (facts.md, S2)."""
Method = Literal["interview", "street_walk", "questionnaire", "profile", "mixed"]
"""入户访谈, 社区漫步, 问卷, 社区概况, 多种方法."""

BEFORE_IDENTIFIED = refusal("community.before_identified")
DISSOLVED = refusal("community.dissolved", Conflict)
FORMED_TWICE = refusal("community.formed_twice", Conflict)
INCUBATED_TWICE = refusal("community.incubated_twice", Conflict)
SAME_STAGE = refusal("community.same_stage", Conflict)
NAMELESS = refusal("community.nameless")
SAMPLE_IMPOSSIBLE = refusal("community.sample_impossible")
BEFORE_STARTED = refusal("community.before_started")
VERSION_TAKEN = refusal("community.version_taken", Conflict)
NO_FILE = refusal("community.no_file")


@fact()
class OrgIdentified(Facts, frozen=True, kw_only=True, tag="community.OrgIdentified@1"):
    """A community organisation, or people who may become one, is known from this day on."""

    happens: ClassVar = True
    name: str
    category: Category | None = None


@fact()
class OrgRenamed(Facts, frozen=True, kw_only=True, tag="community.OrgRenamed@1"):
    """It has another name and is still the same organisation."""

    name: str


@fact()
class OrgIncubationStarted(
    Facts, frozen=True, kw_only=True, tag="community.OrgIncubationStarted@1"
):
    """孵化: the station begins to cultivate it."""

    happens: ClassVar = True
    category: Category


class Post(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A post of an organisation."""

    title: str
    person: Id | None = None


@fact()
class OrgStructureRecorded(
    Facts, frozen=True, kw_only=True, tag="community.OrgStructureRecorded@1"
):
    """组织管理架构: its posts, each with the person who holds it where that is known."""

    posts: tuple[Post, ...]


@fact()
class OrgMemberListUpdated(
    Facts, frozen=True, kw_only=True, tag="community.OrgMemberListUpdated@1"
):
    """成员信息: how many belong to it, and those of them who are registered."""

    members: int
    persons: tuple[Id, ...] = ()


@fact(corrections=True)
class OrgFormed(Counted, frozen=True, kw_only=True, tag="community.OrgFormed@1"):
    """It exists, 1 家, from the day on which this happened; `filing` is its 备案 number."""

    filing: Reference | None = None


@fact()
class OrgStageChanged(Facts, frozen=True, kw_only=True, tag="community.OrgStageChanged@1"):
    """互益 → 公益 or back, and what shows it."""

    happens: ClassVar = True
    described: ClassVar = ("signs",)
    stage: Stage
    signs: str


@fact()
class OrgDissolved(Facts, frozen=True, kw_only=True, tag="community.OrgDissolved@1"):
    """It is no more."""

    happens: ClassVar = True
    reason: str


Step = (
    OrgRenamed
    | OrgIncubationStarted
    | OrgStructureRecorded
    | OrgMemberListUpdated
    | OrgStageChanged
    | OrgDissolved
)


class CommunityOrg(Aggregate):
    """One community organisation, from the day on which it was known."""

    kind = "community_org"
    identified: date
    name: str
    incubating = False
    stage: Stage | None = None
    dissolved: date | None = None

    def evolve(self, event: AnyEvent) -> None:
        """Keep its name and how far it has come."""
        match event.facts:
            case OrgIdentified(name=name):
                self.name, self.identified = name, event.occurred.day
            case OrgRenamed(name=name):
                self.name = name
            case OrgIncubationStarted():
                self.incubating = True
            case OrgStageChanged(stage=stage):
                self.stage = stage
            case OrgDissolved():
                self.dissolved = event.occurred.day

    def check_active_on(self, day: date, field: str) -> None:
        """Refuse what lies before it was identified, or after it dissolved."""
        if day < self.identified:
            raise BEFORE_IDENTIFIED(field, day=self.identified.isoformat())
        if self.dissolved is not None and day > self.dissolved:
            raise DISSOLVED(field, day=self.dissolved.isoformat())

    def step(self, entry: Entry, facts: Step) -> None:
        """Take it one step further."""
        self.check_active_on(entry.day, "occurred.start")
        if self.dissolved is not None:
            raise DISSOLVED("id", day=self.dissolved.isoformat())
        match facts:
            case OrgIncubationStarted() if self.incubating:
                raise INCUBATED_TWICE("id")
            case OrgStageChanged(stage=stage) if stage == self.stage:
                raise SAME_STAGE("stage")
            case OrgRenamed(name=name):
                check_name(name)
            case OrgMemberListUpdated(members=members, persons=persons):
                if members < max(1, len(set(persons))):
                    raise SAMPLE_IMPOSSIBLE("members")
        self.record(entry, facts)

    def form(self, entry: Entry, facts: OrgFormed) -> None:
        """Record that it formed: once, under whatever name."""
        self._check_forming(entry.day)
        self.record(entry, facts)

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Hold a corrected or reinstated forming to the same rules."""
        if after is not None and before is None:
            self._check_forming(after.occurred.day)
        elif after is not None:
            self.check_active_on(after.occurred.day, "occurred.start")

    def _check_forming(self, day: date) -> None:
        self.check_active_on(day, "occurred.start")
        if self.effective(OrgFormed):
            raise FORMED_TWICE("id")


def check_name(name: str) -> None:
    """Refuse an organisation without a name."""
    if not name.strip():
        raise NAMELESS("name")


def identify_org(
    desk: Desk, entry: Entry, scope: Scope, facts: OrgIdentified, *, id: Id | None = None
) -> Receipt:
    """Identify a community organisation."""
    check_name(facts.name)
    return desk.save(entry, CommunityOrg.start(entry, scope, facts, id=id))


def advance_org(desk: Desk, entry: Entry, id: Id, facts: Step) -> Receipt:
    """Record a step of an organisation: its members, structure, stage, name, end.

    Refused: before it was identified or after it dissolved, persons who are not registered here.
    """
    found = desk.load(CommunityOrg, id)
    if isinstance(facts, OrgMemberListUpdated):
        attend(desk, entry, tuple(Attendance(person=person) for person in facts.persons))
    found.step(entry, facts)
    return desk.save(entry, found)


def form_org(desk: Desk, entry: Entry, id: Id, facts: OrgFormed) -> Receipt:
    """Record that an organisation formed; it counts as one organisation, once."""
    found = desk.load(CommunityOrg, id)
    facts = msgspec.structs.replace(facts, kind="organisation_formed")
    found.form(entry, allocated(desk, entry, found.scope, facts))
    return desk.save(entry, found)


@fact()
class AssessmentStarted(Facts, frozen=True, kw_only=True, tag="community.AssessmentStarted@1"):
    """需求评估: about whom, how, and how many are to be asked (None where that is open)."""

    happens: ClassVar = True
    about: str
    method: Method
    sample: int | None = None


@fact(corrections=True)
class NeedsReportIssued(Counted, frozen=True, kw_only=True, tag="community.NeedsReportIssued@1"):
    """A report of the assessment, 1 份: its version and the SHA-256 of its file."""

    version: int
    title: Title
    file: Title
    attachment: Id | None = None


class NeedsAssessment(Aggregate):
    """One assessment of needs and the reports issued on it."""

    kind = "needs_assessment"
    started: date

    def evolve(self, event: AnyEvent) -> None:
        """Keep the day on which it started."""
        if isinstance(event.facts, AssessmentStarted):
            self.started = event.occurred.day

    def issue(self, entry: Entry, facts: NeedsReportIssued) -> None:
        """Issue a report; a version is issued once."""
        self._check_report(entry.day, facts, self.effective(NeedsReportIssued))
        self.record(entry, facts)

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Hold a corrected report to the same rules."""
        if after is not None:
            others = [known for known in self.effective(NeedsReportIssued) if known != before]
            self._check_report(after.occurred.day, after.facts, others)

    def _check_report(
        self, day: date, facts: NeedsReportIssued, others: list[Effective[Any]]
    ) -> None:
        if day < self.started:
            raise BEFORE_STARTED("occurred.start", day=self.started.isoformat())
        if any(known.facts.version == facts.version for known in others):
            raise VERSION_TAKEN("version", version=facts.version)
        if len(facts.file) != 64 or not set(facts.file) <= set("0123456789abcdef"):
            raise NO_FILE("file")


def start_assessment(
    desk: Desk, entry: Entry, scope: Scope, facts: AssessmentStarted, *, id: Id | None = None
) -> Receipt:
    """Start an assessment of needs."""
    if facts.sample is not None and facts.sample < 1:
        raise SAMPLE_IMPOSSIBLE("sample")
    return desk.save(entry, NeedsAssessment.start(entry, scope, facts, id=id))


def issue_needs_report(desk: Desk, entry: Entry, id: Id, facts: NeedsReportIssued) -> Receipt:
    """Issue a report on an assessment, by its file's hash."""
    found = desk.load(NeedsAssessment, id)
    facts = msgspec.structs.replace(facts, kind="needs_report")
    found.issue(entry, allocated(desk, entry, found.scope, facts))
    return desk.save(entry, found)
