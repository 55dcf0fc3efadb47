"""A small mid-term evaluation for tests, one step after another as far as a test wants it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from domain.clock import at
from domain.entry import Entry
from domain.evaluating import (
    commission_evaluation,
    decide_appeal,
    declare_interest,
    draw_sample,
    evaluate,
    freeze_snapshot,
    grant_access,
    issue_call_list,
    issue_report,
    respond,
    reveal_sample,
    review_record,
)
from domain.evaluation import Evaluation, EvaluatorStep
from domain.evaluation_access import (
    EvaluationCommissioned,
    EvaluatorAccessGranted,
    InterestDeclared,
)
from domain.evaluation_finding import AppealDecided, FindingRaised
from domain.evaluation_sample import Plan, ReplaySnapshotFrozen, ViewHash
from domain.evaluation_score import Grade, ItemScored, PartyWeight, ScoreSheetAdopted, SheetItem
from domain.identity import Id, derived_id
from domain.organisation import OperatorRegistered, register_operator
from domain.principal import Principal, Role
from domain.private import Private
from domain.sampling import Member, Method, commitment
from domain.staff import StaffHired, StaffMember
from tests.contracts import contracted
from tests.station import OPERATOR, SCOPE, TODAY, MemoryDesk, entry, principal

EVALUATOR, OTHER = derived_id("evaluator"), derived_id("evaluator", "other")
CENTRE = derived_id("evaluation centre")
OWN_USCC, USCC = "91110000600037341L", "52620102MJ1234567J"
CUT_OFF = at(TODAY, 8)
EXPIRES = at(TODAY + timedelta(days=20), 18)
HOUR = at(TODAY, 14)
"""From when on samples may be seen."""
NONCE, CONTRIBUTION, ROOT = ("0a" * 32, "0b" * 32, "0c" * 32)
SNAPSHOT = ReplaySnapshotFrozen(
    position=20, number=12, root=ROOT, views=(ViewHash(view="visits", version=1, hash="0d" * 32),)
)
POPULATION = tuple(
    Member(id=derived_id("record", str(n)), stratum="kind=home_visit" if n < 6 else "kind=phone")
    for n in range(10)
)
PLAN = Plan(records="visits", method=Method(by="share", amount=40), strata=("kind",))
SHEET = ScoreSheetAdopted(
    title="中期评估评分表",
    parties=(
        PartyWeight(party="professional", weight=70),
        PartyWeight(party="financial", weight=30),
    ),
    items=(
        SheetItem(code="p1", title="服务量", party="professional", points=60),
        SheetItem(
            code="p2",
            title="档案规范",
            party="professional",
            points=40,
            score_type="degree",
            degrees=(40, 30, 0),
        ),
        SheetItem(code="f1", title="预算执行", party="financial", points=100, needs_evidence=False),
    ),
    grades=(
        Grade(name="优秀", least=85),
        Grade(name="合格", least=60),
        Grade(name="不合格", least=0),
    ),
)


def commission(**more: Any) -> EvaluationCommissioned:
    """A mid-term evaluation by an independent centre."""
    given: dict[str, Any] = {
        "kind": "midterm",
        "organisation": CENTRE,
        "name": "示例评估中心",
        "uscc": USCC,
        "evaluators": (EVALUATOR, OTHER),
        "as_of": CUT_OFF,
    }
    return EvaluationCommissioned(**given | more)


class Evaluated:
    """A project that is being evaluated: who acts, when, and the steps so far."""

    def __init__(self) -> None:
        self.desk = MemoryDesk(Principal(actor=derived_id("admin"), role="administrator"))
        facts = OperatorRegistered(name="示例社会工作服务中心", uscc=OWN_USCC)
        register_operator(self.desk, entry(principal=self.desk.principal), facts, id=OPERATOR)
        self.desk.principal = principal()
        self.project = contracted(self.desk)
        self.now = at(TODAY, 10)
        self.id: Id = ""
        self.sample: Id = ""

    def as_role(self, role: Role, day: date | None = None) -> Entry:
        """Write as somebody of the operator."""
        who = Principal(actor=derived_id(role), role=role, operator=OPERATOR)
        return self._entry(who, day)

    def as_evaluator(self, actor: Id = EVALUATOR, day: date | None = None) -> Entry:
        """Write as an evaluator."""
        who = Principal(
            actor=actor,
            role="evaluator",
            operator=OPERATOR,
            ledger=self.project,
            evaluation=self.id,
            until=EXPIRES,
        )
        return self._entry(who, day)

    def _entry(self, who: Principal, day: date | None) -> Entry:
        when = self.now if day is None else at(day)
        return entry(when, now=self.now, principal=who)

    @property
    def found(self) -> Evaluation:
        """The evaluation as it stands."""
        return self.desk.load(Evaluation, self.id)

    def commissioned(self, **more: Any) -> Evaluated:
        """Commission it."""
        lead = self.as_role("project_lead")
        receipt = commission_evaluation(self.desk, lead, self.project, commission(**more))
        self.id = receipt.stream
        return self

    def opened(self, expires: datetime = EXPIRES, **more: Any) -> Evaluated:
        """Commission it and let an evaluator in who declared no conflict."""
        self.commissioned()
        lead = self.as_role("project_lead")
        none = InterestDeclared(evaluator=EVALUATOR, conflict=False)
        declare_interest(self.desk, lead, self.id, none)
        granted = EvaluatorAccessGranted(evaluator=EVALUATOR, expires=expires, **more)
        grant_access(self.desk, self.as_role("project_lead"), self.id, granted)
        return self

    def let_in(self, evaluator: Id, **more: Any) -> None:
        """Let another evaluator in who declared no conflict."""
        none = InterestDeclared(evaluator=evaluator, conflict=False)
        declare_interest(self.desk, self.as_role("project_lead"), self.id, none)
        granted = EvaluatorAccessGranted(evaluator=evaluator, expires=EXPIRES, **more)
        grant_access(self.desk, self.as_role("project_lead"), self.id, granted)

    def hires(self, person: Id) -> None:
        """Let the operator take somebody on its staff."""
        name = Private(person=person, purpose="identity", text="某人")
        hired = StaffMember(person, msgspec.structs.replace(SCOPE, station=None))
        hired.record(entry(), StaffHired(name=name, begins=TODAY))
        self.desk.save(entry(), hired)

    def frozen(self) -> Evaluated:
        """… and freeze what is evaluated."""
        self.opened()
        freeze_snapshot(self.desk, self.as_role("project_lead"), self.id, SNAPSHOT)
        return self

    def draw(self, nonce: str = NONCE, **more: Any) -> Id:
        """Settle a sample."""
        given: dict[str, Any] = {
            "commitment": commitment(bytes.fromhex(nonce)),
            "contribution": CONTRIBUTION,
            "visible_from": max(HOUR, self.now + timedelta(hours=1)),
        }
        receipt = draw_sample(
            self.desk,
            self.as_evaluator(),
            self.id,
            more.pop("plan", PLAN),
            more.pop("population", POPULATION),
            **given | more,
        )
        return receipt.events[0]

    def drawn(self) -> Evaluated:
        """… and settle a sample."""
        self.frozen()
        self.sample = self.draw()
        return self

    def revealed(self) -> Evaluated:
        """… and show it, at its hour."""
        self.drawn()
        self.now = HOUR
        reveal_sample(self.desk, self.as_evaluator(), self.id, self.sample, NONCE, POPULATION)
        return self

    def records(self) -> tuple[Id, ...]:
        """The records drawn."""
        strata = self.found.samples.revealed[self.sample].strata
        return tuple(record for stratum in strata for record in stratum.records)

    def review(self, record: Id, finding: Any = "true", remark: str = "") -> Id:
        """Review a record."""
        made = review_record(self.desk, self.as_evaluator(), self.id, record, finding, remark)
        return made.events[0]

    def decide(self, appeal: Id, *, upheld: bool, by: Entry | None = None) -> Id:
        """Decide an appeal; the installation's administrator, unless said otherwise."""
        facts = AppealDecided(appeal=appeal, upheld=upheld, statement="重新核对了材料")
        return decide_appeal(self.desk, by or self.as_administrator(), self.id, facts).events[0]

    def as_administrator(self) -> Entry:
        """Write as whoever keeps the installation."""
        return self._entry(Principal(actor=derived_id("admin"), role="administrator"), None)

    def step(self, facts: EvaluatorStep, by: Id = EVALUATOR) -> Id:
        """Take a step of an evaluator's."""
        return evaluate(self.desk, self.as_evaluator(by), self.id, facts).events[0]

    def answer(self, facts: Any, attachments: tuple[Id, ...] = ()) -> Id:
        """Take a step of the operator's."""
        lead = self.as_role("project_lead")
        return respond(self.desk, lead, self.id, facts, attachments).events[0]

    def call_list(self, *persons: Id, without_consent: int = 0) -> Id:
        """Hand out a call list."""
        return issue_call_list(
            self.desk, self.as_evaluator(), self.id, self.sample, persons, without_consent
        ).events[0]

    def scored(self, p1: int = 55, p2: int = 30, f1: int = 80) -> Evaluated:
        """… and score every item of the sheet on a review."""
        self.revealed()
        review = self.review(self.records()[0])
        self.step(SHEET)
        for item, score in (("p1", p1), ("p2", p2), ("f1", f1)):
            self.score(item, score, review)
        return self

    def score(
        self,
        item: str,
        score: int,
        *leans_on: Id,
        reason: str | None = None,
        by: Id = EVALUATOR,
    ) -> Id:
        """Score an item."""
        facts = ItemScored(
            item=item, score=score, rationale="按评分表", leans_on=leans_on, reason=reason
        )
        return self.step(facts, by)

    def raise_finding(self, severity: Any = "serious", days: int = 5, **more: Any) -> Id:
        """Raise a finding to be answered within so many days."""
        due = self.now.date() + timedelta(days=days)
        return self.step(
            FindingRaised(severity=severity, statement="签到与照片不符", answer_due=due, **more)
        )

    def report(self, by: Id = EVALUATOR) -> Id:
        """Issue the report."""
        return issue_report(self.desk, self.as_evaluator(by), self.id, "0e" * 32).events[0]

    def reported(self) -> Evaluated:
        """… and issue the report."""
        self.scored()
        self.report()
        return self
