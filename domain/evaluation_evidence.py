"""Testing the records that were drawn (真实性): evidence, reviews, interviews and telephone checks.

Nothing here may name a drawn record before the sample is in the open, and nobody is telephoned
who has not agreed to it. Remarks speak about records, never about a person's life.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

import msgspec

from domain.event import Facts, fact
from domain.identity import Id
from domain.refusals import Conflict, NotFound, refusal

Finding = Literal["true", "doubtful", "missing"]
"""真实, 存疑, 缺件."""
InterviewParty = Literal["purchaser", "community", "client", "worker", "volunteer", "partner"]
"""购买方, 村居, 服务对象, 社工, 志愿者, 合作方."""

MOST_CALLS = 500
"""The most persons of one call list: it must fit into one leaf of the ledger."""

REQUEST_UNKNOWN = refusal("evaluation.request_unknown", NotFound)
DUE_PAST = refusal("evaluation.due_past")
NO_FILE = refusal("evaluation.no_file")
FILE_ELSEWHERE = refusal("evaluation.file_elsewhere")
REVIEWED_ALREADY = refusal("evaluation.reviewed_already", Conflict)
REMARK_MISSING = refusal("evaluation.remark_missing")
NOBODY_ASKED = refusal("evaluation.nobody_asked")
NOBODY_TO_CALL = refusal("evaluation.nobody_to_call")
NOT_ON_CALL_LIST = refusal("evaluation.not_on_call_list")
CONFIRMED_UNREACHED = refusal("evaluation.confirmed_unreached")
CONFIRMED_MISSING = refusal("evaluation.confirmed_missing")


@fact()
class EvidenceRequested(Facts, frozen=True, kw_only=True, tag="evaluation.EvidenceRequested@1"):
    """The evaluator asks for material (需提供材料), of a drawn record or in general."""

    what: str
    due: date
    record: Id | None = None


class ProvidedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the project's own ledger, and the SHA-256 of its bytes."""

    attachment: Id
    sha256: str


@fact()
class EvidenceProvided(Facts, frozen=True, kw_only=True, tag="evaluation.EvidenceProvided@1"):
    """The operator hands in what was asked for."""

    happens: ClassVar = True
    request: Id
    files: tuple[ProvidedFile, ...]
    statement: str = ""


@fact()
class RecordReviewed(Facts, frozen=True, kw_only=True, tag="evaluation.RecordReviewed@1"):
    """查阅: what an evaluator found of a drawn record; `before` is what was found until then."""

    record: Id
    sample: Id
    stratum: str
    finding: Finding
    before: Finding | None = None
    remark: str = ""


@fact()
class InterviewDone(Facts, frozen=True, kw_only=True, tag="evaluation.InterviewDone@1"):
    """访谈: so many people of a party were asked; what they said, without a name."""

    party: InterviewParty
    people: int
    minutes: int = 0
    remark: str = ""


@fact()
class CallListIssued(Facts, frozen=True, kw_only=True, tag="evaluation.CallListIssued@1"):
    """The persons of a sample's records who agreed to be asked by telephone, by pseudonymous ids.

    `without_consent` are how many others there are. Handing the list over is on record by this.
    """

    sample: Id
    persons: tuple[Id, ...]
    without_consent: int = 0


@fact()
class PhoneSpotCheckDone(Facts, frozen=True, kw_only=True, tag="evaluation.PhoneSpotCheckDone@1"):
    """电话抽查: whether somebody was reached, and then whether they confirmed the service."""

    person: Id
    sample: Id
    reached: bool
    confirmed: bool | None = None
    remark: str = ""


class Evidence:
    """What one evaluation has looked at."""

    def __init__(self) -> None:
        self.requests: dict[Id, EvidenceRequested] = {}
        self.findings: dict[tuple[Id, Id], Finding] = {}
        """What was found last, by sample and record: one that is drawn again is reviewed anew."""
        self.lists: dict[Id, set[Id]] = {}
        self.events: set[Id] = set()
        """What a score may lean on."""

    def apply(self, event: Id, facts: Facts) -> None:
        """Take what was asked for and found into the register."""
        match facts:
            case EvidenceRequested():
                self.requests[event] = facts
                return
            case CallListIssued():
                self.lists.setdefault(facts.sample, set()).update(facts.persons)
                return
            case RecordReviewed():
                self.findings[facts.sample, facts.record] = facts.finding
            case EvidenceProvided() | InterviewDone() | PhoneSpotCheckDone():
                pass
            case _:
                return
        self.events.add(event)

    def check_due(self, due: date, today: date) -> None:
        """Refuse to ask for something by yesterday."""
        if due < today:
            raise DUE_PAST("due")

    def check_provided(self, facts: EvidenceProvided) -> None:
        """Refuse what nobody asked for, and material without a file."""
        if facts.request not in self.requests:
            raise REQUEST_UNKNOWN("request")
        if not facts.files:
            raise NO_FILE("files")

    def check_review(self, facts: RecordReviewed) -> None:
        """Refuse to find the same twice, and doubt or lack without a word of why."""
        if facts.finding == facts.before:
            raise REVIEWED_ALREADY("finding")
        if facts.finding != "true" and len(facts.remark.strip()) < 2:
            raise REMARK_MISSING("remark")

    def check_interview(self, facts: InterviewDone) -> None:
        """Refuse an interview with nobody."""
        if facts.people < 1:
            raise NOBODY_ASKED("people")

    def check_call(self, facts: PhoneSpotCheckDone) -> None:
        """Refuse calls to anybody off the list, and answers of those who were not reached."""
        if facts.person not in self.lists.get(facts.sample, ()):
            raise NOT_ON_CALL_LIST("person")
        if facts.reached and facts.confirmed is None:
            raise CONFIRMED_MISSING("confirmed")
        if not facts.reached and facts.confirmed is not None:
            raise CONFIRMED_UNREACHED("confirmed")
