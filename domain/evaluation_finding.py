"""Findings and what becomes of them, the report, and the appeal: both sides are heard.

A serious finding is closed only when it was set right or taken back, and the operator may answer
before anything is reported (events.md, BC14).
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

import msgspec

from domain.evaluation_evidence import ProvidedFile
from domain.evaluation_score import ItemScored
from domain.event import Facts, fact
from domain.identity import Id
from domain.refusals import Conflict, NotFound, refusal

Severity = Literal["minor", "major", "serious"]
Outcome = Literal["rectified", "noted", "withdrawn"]
"""已整改, 记录在案, 撤回."""

FINDING_UNKNOWN = refusal("evaluation.finding_unknown", NotFound)
FINDING_CLOSED = refusal("evaluation.finding_closed", Conflict)
ANSWER_PAST = refusal("evaluation.answer_past")
NO_RECTIFICATION_DUE = refusal("evaluation.no_rectification_due")
NOT_RECTIFIED = refusal("evaluation.not_rectified")
SERIOUS_NOTED = refusal("evaluation.serious_noted")
UNANSWERED = refusal("evaluation.finding_unanswered")
REPORTED_ALREADY = refusal("evaluation.reported_already", Conflict)
NOT_APPEALED = refusal("evaluation.item_not_appealed", Conflict)
NOT_SCORED_AGAIN = refusal("evaluation.not_scored_again")
NO_REPORT = refusal("evaluation.no_report")
APPEAL_LATE = refusal("evaluation.appeal_late")
APPEAL_PENDING = refusal("evaluation.appeal_pending", Conflict)
APPEAL_UNKNOWN = refusal("evaluation.appeal_unknown", NotFound)
APPEAL_OPEN = refusal("evaluation.appeal_open")
SERIOUS_OPEN = refusal("evaluation.serious_open")

WHOLE = ""
"""What an appeal opens that names no item: any of them."""


@fact()
class FindingRaised(Facts, frozen=True, kw_only=True, tag="evaluation.FindingRaised@1"):
    """问题: what is not as it should be, how grave, and by when the operator may answer."""

    severity: Severity
    statement: str
    answer_due: date
    record: Id | None = None


@fact()
class FindingAnswered(Facts, frozen=True, kw_only=True, tag="evaluation.FindingAnswered@1"):
    """The operator agrees or not, and says why."""

    happens: ClassVar = True
    finding: Id
    accepted: bool
    statement: str
    files: tuple[ProvidedFile, ...] = ()


@fact()
class RectificationDue(Facts, frozen=True, kw_only=True, tag="evaluation.RectificationDue@1"):
    """限期整改: what must be set right by when."""

    finding: Id
    what: str
    due: date


@fact()
class RectificationDone(Facts, frozen=True, kw_only=True, tag="evaluation.RectificationDone@1"):
    """The operator has set it right, and shows how."""

    happens: ClassVar = True
    finding: Id
    statement: str
    files: tuple[ProvidedFile, ...] = ()


@fact()
class FindingClosed(Facts, frozen=True, kw_only=True, tag="evaluation.FindingClosed@1"):
    """The evaluator is done with it."""

    finding: Id
    outcome: Outcome
    statement: str = ""


@fact()
class EvaluationReportIssued(
    Facts, frozen=True, kw_only=True, tag="evaluation.EvaluationReportIssued@1"
):
    """评估报告: the total in hundredths of a point and the grade, both reckoned from the scores.

    `file` is the SHA-256 of the report's text; the operator may appeal until `appeal_until`.
    """

    edition: int
    total: int
    grade: str
    file: str
    appeal_until: date


@fact()
class AppealFiled(Facts, frozen=True, kw_only=True, tag="evaluation.AppealFiled@1"):
    """申诉: the operator disputes items of a report or, where none is named, the whole."""

    happens: ClassVar = True
    edition: int
    grounds: str
    items: tuple[str, ...] = ()


@fact()
class AppealDecided(Facts, frozen=True, kw_only=True, tag="evaluation.AppealDecided@1"):
    """Where it is upheld, items are scored again and a new edition of the report follows.

    These are the items that the appeal names, each of them and no other; any of the sheet, and
    one at least, where it disputes the whole.
    """

    appeal: Id
    upheld: bool
    statement: str


@fact()
class EvaluationClosed(Facts, frozen=True, kw_only=True, tag="evaluation.EvaluationClosed@1"):
    """The evaluation is over, and with it the `accesses` of the evaluators named.

    Recorded afterwards is only what keeps an evaluator out: a conflict, an access taken back.
    """

    accesses: tuple[Id, ...] = ()


class Course(msgspec.Struct):
    """How far one finding has come."""

    raised: FindingRaised
    answered: bool = False
    due: date | None = None
    done: bool = False
    closed: bool = False


class Appeal(msgspec.Struct):
    """One appeal: against which items, and how it was decided."""

    items: tuple[str, ...] = ()
    upheld: bool | None = None


class Findings:
    """The findings, reports and appeals of one evaluation."""

    def __init__(self) -> None:
        self.courses: dict[Id, Course] = {}
        self.reports: list[EvaluationReportIssued] = []
        self.appeals: dict[Id, Appeal] = {}
        self.again: dict[str, bool] = {}
        """What upheld appeals opened, and whether it was scored since, until the next edition."""

    def apply(self, event: Id, facts: Facts) -> None:
        """Take a step into the register."""
        match facts:
            case FindingRaised():
                self.courses[event] = Course(facts)
            case FindingAnswered():
                self.courses[facts.finding].answered = True
            case RectificationDue():
                course = self.courses[facts.finding]
                course.due, course.done = facts.due, False
            case RectificationDone():
                self.courses[facts.finding].done = True
            case FindingClosed():
                self.courses[facts.finding].closed = True
            case _:
                self._apply_report(event, facts)

    def _apply_report(self, event: Id, facts: Facts) -> None:
        match facts:
            case EvaluationReportIssued():
                self.reports.append(facts)
                self.again = {}
            case AppealFiled():
                self.appeals[event] = Appeal(facts.items)
            case AppealDecided():
                self._decided(self.appeals[facts.appeal], upheld=facts.upheld)
            case ItemScored():
                for opened in {facts.item, WHOLE} & self.again.keys():
                    self.again[opened] = True

    def _decided(self, appeal: Appeal, *, upheld: bool) -> None:
        appeal.upheld = upheld
        if upheld:
            self.again |= dict.fromkeys(appeal.items or (WHOLE,), False)

    def check_raising(self, facts: FindingRaised, today: date) -> None:
        """Refuse a finding that nobody can answer any more."""
        if facts.answer_due < today:
            raise ANSWER_PAST("answer_due")

    def open(self, finding: Id) -> Course:
        """Return a finding that is not closed."""
        if finding not in self.courses:
            raise FINDING_UNKNOWN("finding")
        if self.courses[finding].closed:
            raise FINDING_CLOSED("finding")
        return self.courses[finding]

    def check_rectified(self, finding: Id) -> None:
        """Refuse to set right what nobody asked to."""
        if self.open(finding).due is None:
            raise NO_RECTIFICATION_DUE("finding")

    def check_closing(self, facts: FindingClosed) -> None:
        """Refuse to call rectified what is not, and to merely note a serious finding."""
        course = self.open(facts.finding)
        if facts.outcome == "rectified" and not course.done:
            raise NOT_RECTIFIED("outcome")
        if facts.outcome == "noted" and course.raised.severity == "serious":
            raise SERIOUS_NOTED("outcome")

    def check_scoring(self, item: str, *, dependent: bool) -> None:
        """Refuse to change scores that were reported, but for what an upheld appeal opened.

        With it is opened what somebody with a conflict of interest had scored (`dependent`).
        """
        self._check_open()
        if self.reports and not dependent and not {item, WHOLE} & self.again.keys():
            raise NOT_APPEALED("item")

    def _check_open(self) -> None:
        if self.reports and not self.again:
            raise REPORTED_ALREADY("id")

    def check_reporting(self, today: date) -> None:
        """Refuse a second report, and one that does not wait for answers to serious findings.

        After an upheld appeal, refuse the next edition until what it opened was scored again.
        """
        self._check_open()
        self._check_none_pending()
        unscored = sum(not scored for scored in self.again.values())
        if unscored:
            raise NOT_SCORED_AGAIN("id", items=unscored)
        waiting = [
            course
            for course in self.courses.values()
            if course.raised.severity == "serious"
            and not (course.answered or course.closed)
            and course.raised.answer_due >= today
        ]
        if waiting:
            raise UNANSWERED("id", findings=len(waiting))

    def reported(self) -> EvaluationReportIssued:
        """Return the last report."""
        if not self.reports:
            raise NO_REPORT("id")
        return self.reports[-1]

    def check_appeal(self, today: date) -> None:
        """Refuse an appeal after its time, and a second one before the first is decided."""
        report = self.reported()
        self._check_none_pending()
        if today > report.appeal_until:
            raise APPEAL_LATE("id", day=report.appeal_until.isoformat())

    def check_deciding(self, appeal: Id) -> None:
        """Refuse to decide what is not pending."""
        if appeal not in self.appeals or self.appeals[appeal].upheld is not None:
            raise APPEAL_UNKNOWN("appeal")

    def check_ending(self, today: date) -> None:
        """Refuse to end while a serious finding or an appeal is open, or one may still come.

        One appeal that was decided ends nobody's time for the next: it may have been of one item.
        """
        report = self.reported()
        serious = [
            course
            for course in self.courses.values()
            if course.raised.severity == "serious" and not course.closed
        ]
        if serious:
            raise SERIOUS_OPEN("id", findings=len(serious))
        self._check_none_pending()
        if self.again or today <= report.appeal_until:
            raise APPEAL_OPEN("id", day=report.appeal_until.isoformat())

    def _check_none_pending(self) -> None:
        if any(appeal.upheld is None for appeal in self.appeals.values()):
            raise APPEAL_PENDING("id")
