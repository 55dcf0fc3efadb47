"""A mid-term evaluation (中期评估) of the demonstration, under way: frozen, drawn, looked into.

It gives no score: what an evaluator would find of a real project is nobody's to invent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import takewhile

from deploy.demo.stage import OPERATOR, PROJECT, Act, Decide, act, event_of, goes_on, named
from domain.clock import at
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.evaluating import (
    commission_evaluation,
    declare_interest,
    draw_sample,
    evaluate,
    freeze_snapshot,
    grant_access,
    respond,
    reveal_sample,
    review_record,
)
from domain.evaluation import Evaluation
from domain.evaluation_access import (
    EvaluationCommissioned,
    EvaluatorAccessGranted,
    InterestDeclared,
)
from domain.evaluation_evidence import InterviewDone
from domain.evaluation_finding import FindingAnswered, FindingRaised
from domain.evaluation_sample import Plan
from domain.identity import Id
from domain.journal.entries import JournalRow
from domain.journal.recorder import JournalRecorder
from domain.principal import Principal
from domain.sampling import Member, Method, commitment
from projections.catalogue import VIEWS
from projections.engine.fold import fold
from projections.frozen import frozen
from projections.population import VIEWS_OF, population

EVALUATION = named("evaluation", "midterm")
EVALUATOR = named("evaluator")
AS_OF = at(date(2018, 12, 8), 0)
BEGINS, DRAWN, SEEN = date(2018, 12, 10), date(2018, 12, 11), date(2018, 12, 12)
EXPIRES = at(date(2019, 1, 31), 18)
PRINCIPAL = Principal(
    actor=EVALUATOR,
    role="evaluator",
    operator=OPERATOR,
    ledger=PROJECT,
    evaluation=EVALUATION,
    until=EXPIRES,
)
PLANS = (
    Plan(records="visits", method=Method(by="share", amount=10), strata=("kind", "month")),
    Plan(records="cases", method=Method(by="total", amount=3), strata=("worker",)),
)


def evaluation(journal: JournalRecorder) -> Iterator[Act]:
    """Yield the acts of the evaluation; what is drawn is read from the journal when it is."""
    yield from _let_in()
    yield _own("freeze", DRAWN, _freezes(journal), 9)
    for number, plan in enumerate(PLANS):
        yield _own(f"draw/{number}", DRAWN, _draws(journal, plan, number), 10 + number)
        yield _own(f"reveal/{number}", SEEN, _reveals(journal, plan, number), 9 + number)
        for nth in range(3):
            yield _own(f"review/{number}/{nth}", SEEN, _reviews(number, nth), 12 + number, nth)
    asked = InterviewDone(party="community", people=2, minutes=40, remark="肯定上门服务的频次")
    yield _own("interview", SEEN, goes_on(evaluate, EVALUATION, asked), 15)
    found = FindingRaised(
        severity="minor",
        statement="部分小组的通知未注明场地",
        answer_due=date(2018, 12, 20),
    )
    finding = _own("finding", SEEN, goes_on(evaluate, EVALUATION, found), 16)
    yield finding
    said = FindingAnswered(
        finding=event_of(finding), accepted=True, statement="已在通知模板中补上场地一栏"
    )
    yield act(
        "evaluation/answer",
        date(2018, 12, 14),
        goes_on(respond, EVALUATION, said),
        role="project_lead",
    )


def _let_in() -> Iterator[Act]:
    commissioned = EvaluationCommissioned(
        kind="midterm",
        organisation=named("evaluation centre"),
        name="演示·示例评估中心",
        uscc="52620102MJ1234567J",
        evaluators=(EVALUATOR,),
        as_of=AS_OF,
    )

    def commission(desk: Desk, entry: Entry) -> Receipt:
        return commission_evaluation(desk, entry, PROJECT, commissioned, id=EVALUATION)

    none = InterestDeclared(evaluator=EVALUATOR, conflict=False)
    access = EvaluatorAccessGranted(evaluator=EVALUATOR, expires=EXPIRES)
    decisions: tuple[tuple[str, Decide], ...] = (
        ("commission", commission),
        ("declaration", goes_on(declare_interest, EVALUATION, none)),
        ("access", goes_on(grant_access, EVALUATION, access)),
    )
    for hour, (name, decide) in enumerate(decisions, 9):
        yield act(f"evaluation/{name}", BEGINS, decide, hour=hour, role="operator_manager")


def _own(name: str, day: date, decide: Decide, hour: int, minute: int = 0) -> Act:
    """Return an act of the evaluator's."""
    return act(f"evaluation/{name}", day, decide, hour=hour, minute=minute, principal=PRINCIPAL)


def _ledger(journal: JournalRecorder) -> Iterator[JournalRow]:
    """Yield the project's entries up to the cut-off."""
    return takewhile(lambda row: row.at <= AS_OF, journal.read_ledger(PROJECT))


def _population(journal: JournalRecorder, plan: Plan) -> tuple[Member, ...]:
    return population(plan, fold(VIEWS_OF[plan.records], _ledger(journal))[0])


def _freezes(journal: JournalRecorder) -> Decide:
    return lambda desk, entry: freeze_snapshot(
        desk, entry, EVALUATION, frozen(VIEWS, _ledger(journal))
    )


def _draws(journal: JournalRecorder, plan: Plan, number: int) -> Decide:
    return lambda desk, entry: draw_sample(
        desk,
        entry,
        EVALUATION,
        plan,
        _population(journal, plan),
        commitment=commitment(bytes.fromhex(_bytes("nonce", number))),
        contribution=_bytes("contribution", number),
        visible_from=at(SEEN, 9),
    )


def _reveals(journal: JournalRecorder, plan: Plan, number: int) -> Decide:
    def reveal(desk: Desk, entry: Entry) -> Receipt:
        sample = _sample(desk, number)
        nonce = _bytes("nonce", number)
        return reveal_sample(desk, entry, EVALUATION, sample, nonce, _population(journal, plan))

    return reveal


def _reviews(number: int, nth: int) -> Decide:
    def review(desk: Desk, entry: Entry) -> Receipt:
        shown = desk.load(Evaluation, EVALUATION).samples.in_the_open(_sample(desk, number))
        records = [record for stratum in shown.strata for record in stratum.records]
        return review_record(desk, entry, EVALUATION, records[nth], "true")

    return review


def _sample(desk: Desk, number: int) -> Id:
    return list(desk.load(Evaluation, EVALUATION).samples.drawn)[number]


def _bytes(name: str, number: int) -> str:
    """Return 32 bytes that are the same in every demonstration, where real ones are random."""
    return "".join(named(name, number, part).replace("-", "") for part in range(2))
