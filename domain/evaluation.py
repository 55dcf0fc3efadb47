"""Evaluations (第三方评估): an independent look at a project, itself on the project's record.

Everything that an evaluator does is an event of the project's ledger, beside what is evaluated;
it changes nothing that was frozen, since that is held to an earlier position. What concerns whom
is in `evaluation_access`, `_sample`, `_evidence`, `_score` and `_finding`; the commands in
`evaluating`.
"""

from __future__ import annotations

from datetime import date

from domain.aggregate import Aggregate
from domain.entry import Entry, Scope, check_possible, check_why
from domain.evaluation_access import (
    ABOUT_ACCESS,
    Access,
    Accesses,
    CommissionWithdrawn,
    EvaluationCommissioned,
)
from domain.evaluation_evidence import (
    Evidence,
    EvidenceProvided,
    EvidenceRequested,
    InterviewDone,
    PhoneSpotCheckDone,
    RecordReviewed,
)
from domain.evaluation_finding import (
    AppealDecided,
    AppealFiled,
    EvaluationClosed,
    EvaluationReportIssued,
    FindingAnswered,
    FindingClosed,
    FindingRaised,
    Findings,
    RectificationDone,
    RectificationDue,
)
from domain.evaluation_sample import Samples
from domain.evaluation_score import ItemScored, Scores, ScoreSheetAdopted
from domain.event import AnyEvent, Facts
from domain.identity import Id
from domain.principal import Principal, Role
from domain.refusals import FORBIDDEN, Conflict, Forbidden, refusal

COMMISSIONERS: frozenset[Role] = frozenset(
    {"administrator", "operator_manager", "station_head", "project_lead"}
)
"""Who puts a commission on record; the purchaser's letter is on paper."""
GRANTERS: frozenset[Role] = COMMISSIONERS - {"administrator"}
"""Who lets evaluators in: the operator answers for what they see. The administrator of the
installation, who reads nothing that people said, would come to the files by an access of theirs."""
OPERATORS: frozenset[Role] = frozenset(
    {"operator_manager", "station_head", "project_lead", "supervisor", "worker"}
)
"""Who answers for the operator."""

DECIDERS: frozenset[Role] = frozenset({"administrator"})
"""Who decides an appeal besides an evaluator who had no part in the grade: whoever keeps the
installation, on the word of the purchaser who commissioned it. Nobody of the operator is among
them: it is the operator that appeals.
"""

BEFORE_COMMISSION = refusal("evaluation.before_commission")
CLOSED = refusal("evaluation.closed", Conflict)
BEGUN = refusal("evaluation.begun", Conflict)
OWN_GRADE = refusal("evaluation.own_grade", Forbidden)

EvaluatorStep = (
    EvidenceRequested
    | RecordReviewed
    | InterviewDone
    | PhoneSpotCheckDone
    | ScoreSheetAdopted
    | ItemScored
    | FindingRaised
    | RectificationDue
    | FindingClosed
    | EvaluationClosed
)
"""What evaluators put down as it stands; other acts of theirs are reckoned first."""
OperatorStep = EvidenceProvided | FindingAnswered | RectificationDone | AppealFiled


class Evaluation(Aggregate):
    """One evaluation of one project. Its ledger is the project's."""

    kind = "evaluation"
    lasting = (Facts,)
    commissioned: EvaluationCommissioned
    began: date
    at_work = False
    """Whether anything was done for it since it was commissioned."""
    closed = False

    def __init__(self, id: str, scope: Scope) -> None:
        super().__init__(id, scope)
        self.accesses = Accesses()
        self.samples = Samples()
        self.evidence = Evidence()
        self.scores = Scores()
        self.findings = Findings()
        self.graders: set[Id] = set()

    def evolve(self, event: AnyEvent) -> None:
        """Let each concern take what is its own."""
        facts = event.facts
        if isinstance(facts, EvaluationCommissioned):
            self.commissioned, self.began = facts, event.occurred.day
        if isinstance(facts, EvaluationClosed | CommissionWithdrawn):
            self.closed = True
            self.accesses.end(facts.accesses)
        if not isinstance(facts, ABOUT_ACCESS):
            self.at_work = True
        if isinstance(facts, ItemScored | EvaluationReportIssued):
            self.graders.add(event.actor)
        self.accesses.apply(facts)
        self.samples.apply(event.id, facts)
        self.evidence.apply(event.id, facts)
        self.scores.apply(event.actor, facts)
        self.findings.apply(event.id, facts)

    def check_begun(self, entry: Entry) -> None:
        """Refuse what lies before the commission."""
        check_possible(entry.occurred, entry.now)
        if entry.day < self.began:
            raise BEFORE_COMMISSION("occurred.start", day=self.began.isoformat())

    def check_running(self, entry: Entry) -> None:
        """Refuse what lies before the commission, and everything once it is closed."""
        self.check_begun(entry)
        if self.closed:
            raise CLOSED("id")

    def withdraw(self, entry: Entry, reason: str) -> None:
        """Take the commission back. Raises `evaluation.begun` once anything was done for it."""
        self.check_running(entry)
        check_why(reason)
        if self.at_work:
            raise BEGUN("id")
        living = self.accesses.living(entry.now)
        self.record(entry, CommissionWithdrawn(reason=reason, accesses=living))

    def check_evaluator(self, entry: Entry) -> Access:
        """Refuse whoever is not one of its evaluators, with an access that lasts."""
        access = self.accesses.check_acting(entry.principal, self.id, entry.now)
        self.check_running(entry)
        return access

    def evaluate(self, entry: Entry, facts: EvaluatorStep) -> None:
        """Take one step of an evaluator's."""
        access = self.check_evaluator(entry)
        match facts:
            case ScoreSheetAdopted():
                self.scores.check_adopting(facts, access.parties)
            case ItemScored():
                of_conflict = self.scores.scored_by(self.accesses.conflicted())
                self.findings.check_scoring(facts.item, dependent=facts.item in of_conflict)
                self.scores.check_scoring(facts, access.parties, self.evidence.events)
            case EvaluationClosed():
                self.scores.check_speaking(access.parties)
                self.findings.check_ending(entry.today)
                facts = EvaluationClosed(accesses=self.accesses.living(entry.now))
            case FindingRaised() | RectificationDue() | FindingClosed():
                self._check_finding(entry, facts)
            case _:
                self._check_looking(entry, facts)
        self.record(entry, facts)

    def _check_looking(
        self,
        entry: Entry,
        facts: EvidenceRequested | RecordReviewed | InterviewDone | PhoneSpotCheckDone,
    ) -> None:
        match facts:
            case EvidenceRequested():
                if facts.record is not None:
                    self.samples.place_of(facts.record)
                self.evidence.check_due(facts.due, entry.today)
            case RecordReviewed():
                self.evidence.check_review(facts)
            case InterviewDone():
                self.evidence.check_interview(facts)
            case PhoneSpotCheckDone():
                self.samples.in_the_open(facts.sample)
                self.evidence.check_call(facts)

    def _check_finding(
        self, entry: Entry, facts: FindingRaised | RectificationDue | FindingClosed
    ) -> None:
        match facts:
            case FindingRaised():
                if facts.record is not None:
                    self.samples.place_of(facts.record)
                self.findings.check_raising(facts, entry.today)
            case RectificationDue():
                self.findings.open(facts.finding)
                self.evidence.check_due(facts.due, entry.today)
            case FindingClosed():
                self.findings.check_closing(facts)

    def decide(self, entry: Entry, facts: AppealDecided) -> None:
        """Decide an appeal; refused to whoever gave a score, or issued a report, of this one."""
        who = entry.principal
        if who.evaluation is None:
            check_role(who, DECIDERS)
            self.check_running(entry)
        else:
            self.check_evaluator(entry)
        if who.actor in self.graders:
            raise OWN_GRADE("role")
        self.findings.check_deciding(facts.appeal)
        self.record(entry, facts)

    def respond(self, entry: Entry, facts: OperatorStep) -> None:
        """Take one step of the operator's: hand in, answer, set right, appeal."""
        check_role(entry.principal, OPERATORS)
        self.check_running(entry)
        match facts:
            case EvidenceProvided():
                self.evidence.check_provided(facts)
            case FindingAnswered():
                self.findings.open(facts.finding)
            case RectificationDone():
                self.findings.check_rectified(facts.finding)
            case AppealFiled():
                self.findings.check_appeal(entry.today)
                for item in facts.items:
                    self.scores.item(item)
        self.record(entry, facts)


def check_role(who: Principal, roles: frozenset[Role]) -> None:
    """Refuse other roles, and an evaluator in any of them."""
    if who.role not in roles or who.evaluation is not None:
        raise FORBIDDEN("role")
