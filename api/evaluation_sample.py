"""Samples over HTTP: settled unseen, drawn at home, shown at their hour, reviewed and called.

Nothing here answers with a drawn record before the sample was revealed, since nothing on the
server knows one (docs/sampling.md).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, Field, StringConstraints

from api.commands import (
    Command,
    CommandIn,
    Commanding,
    Model,
    Moment,
    ReceiptOut,
    Statement,
    Text,
    Uuid,
    example,
)
from api.questions import WAIT_SECONDS, AskedNow, Listed, Page
from api.routing import routes
from api.services import Services
from domain import evaluating
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.evaluation import Evaluation
from domain.evaluation_evidence import (
    EvidenceProvided,
    EvidenceRequested,
    Finding,
    InterviewDone,
    InterviewParty,
    PhoneSpotCheckDone,
)
from domain.evaluation_sample import Divider, Plan, Records
from domain.identity import Id
from domain.principal import Principal
from domain.refusals import NOT_FOUND
from domain.sampling import Member, Method
from projections.engine.fold import Rows, fold
from projections.evaluation_tables import CALL, DRAWN, EVALUATION, SAMPLE, STRATUM
from projections.population import VIEWS_OF, persons_of, population
from projections.registers import kept
from projections.spot_checks import callable_on

router = routes("evaluations")
RECORD = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
"""A word about a record or an answer, that names nobody."""


class MethodIn(Model):
    """How many: `each` of every stratum, a `share` in per cent, or a `total`."""

    by: Literal["each", "share", "total"]
    amount: Annotated[int, Field(ge=1, le=1000)]
    minimum: Annotated[int, Field(ge=0, le=100)] = 1


class SampleIn(CommandIn):
    """The plan of a sample, and the commitment to a nonce that only the evaluator knows."""

    records: Records
    strata: Annotated[tuple[Divider, ...], Field(max_length=3)] = ()
    method: MethodIn
    commitment: Hash
    visible_from: Moment
    replaces: Uuid | None = None
    reason: Text | None = None

    model_config = example(
        {
            "records": "visits",
            "strata": ["kind", "month"],
            "method": {"by": "share", "amount": 10, "minimum": 1},
            "commitment": "0" * 64,
            "visible_from": "2019-01-10T09:00:00+08:00",
        }
    )


@contextmanager
def folded(parts: Services, ledger: Id, number: int, records: Records) -> Iterator[Rows]:
    """Fold what a population is read from, up to the frozen number, when it is one's turn."""
    with parts.past.turn():
        journal = islice(parts.journal.read_ledger(ledger), number)
        yield fold(VIEWS_OF[records], journal)[0]


def _population(parts: Services, found: Evaluation, plan: Plan) -> tuple[Member, ...]:
    number = found.samples.snapshot().number
    with folded(parts, found.scope.ledger, number, plan.records) as rows:
        return population(plan, rows)


@router.post("/evaluations/{evaluation}/samples", status_code=201)
def draw(evaluation: Uuid, sent: SampleIn, command: Commanding) -> ReceiptOut:
    """抽样: settle a sample. The server adds its own 32 bytes; nobody is shown a record yet."""
    plan = Plan(
        records=sent.records,
        method=Method(**sent.method.model_dump()),
        strata=tuple(dict.fromkeys(sent.strata)),
    )

    def decide(desk: Desk, entry: Entry) -> Receipt:
        found = desk.load(Evaluation, evaluation)
        found.check_evaluator(entry)
        return evaluating.draw_sample(
            desk,
            entry,
            evaluation,
            plan,
            _population(command.parts, found, plan),
            commitment=sent.commitment,
            contribution=secrets.token_hex(32),
            visible_from=sent.visible_from,
            replaces=sent.replaces,
            reason=sent.reason,
            committed_elsewhere=_committed_elsewhere(command, evaluation, sent.commitment),
        )

    return command.carry_out(sent, decide, on=evaluation)


def _committed_elsewhere(command: Command, evaluation: Id, commitment: str) -> bool:
    """Say whether another of the operator's evaluations has that commitment."""
    with command.parts.asking.within(_register(command.principal)) as answers:
        drawn = answers.rows(SAMPLE, where={"commitment": commitment})
    return any(row["evaluation"] != evaluation for row in drawn)


def _register(caller: Principal) -> Principal:
    """Return who may ask all of the operator's views, of which evaluators see their ledger's."""
    return Principal(actor=caller.actor, role="system", operator=caller.operator)


class MemberOut(BaseModel):
    """One record of a population."""

    id: Id
    stratum: str


class PopulationOut(BaseModel):
    """All that is needed, with the nonce, to draw a sample anywhere (`shilu sample draw`)."""

    sample: Id
    root: str
    contribution: str
    commitment: str
    population: str
    drawn: dict[str, int]
    members: list[MemberOut]


@router.get("/evaluations/{evaluation}/samples/{sample}/population")
def read_population(evaluation: Uuid, sample: Uuid, asked: AskedNow) -> PopulationOut:
    """Read what a sample is drawn from, so as to draw it at home."""
    with asked.answers() as answers:
        rows = answers.rows(SAMPLE, where={"sample": sample, "evaluation": evaluation})
        if not rows:
            raise NOT_FOUND("sample")
        strata = answers.rows(STRATUM, where={"sample": sample}, order=("stratum",))
        (of,) = answers.rows(EVALUATION, where={"evaluation": evaluation})
    row = rows[0]
    plan = _plan(row)
    with folded(asked.parts, of["ledger"], of["frozen_number"], plan.records) as found:
        members = population(plan, found)
    return PopulationOut(
        sample=sample,
        root=of["frozen_root"],
        drawn={stratum["stratum"]: stratum["drawn"] for stratum in strata},
        members=[MemberOut(id=member.id, stratum=member.stratum) for member in members],
        **{name: row[name] for name in ("contribution", "commitment", "population")},
    )


def _plan(row: dict[str, Any]) -> Plan:
    method = {"by": row["method"], "amount": row["amount"], "minimum": row["minimum"]}
    strata = row["strata"].split(",") if row["strata"] else []
    given = {"records": row["records"], "method": method, "strata": strata}
    return msgspec.convert(given, Plan)


class NonceIn(CommandIn):
    """The nonce that was committed to, 32 bytes in hexadecimal."""

    nonce: Hash

    model_config = example({"nonce": "0" * 64})


@router.post("/evaluations/{evaluation}/samples/{sample}/revelation", status_code=201)
def reveal(evaluation: Uuid, sample: Uuid, sent: NonceIn, command: Commanding) -> ReceiptOut:
    """Show a sample, from its hour on; whoever likes draws it again."""

    def decide(desk: Desk, entry: Entry) -> Receipt:
        found = desk.load(Evaluation, evaluation)
        found.check_evaluator(entry)
        drawn = found.samples.check_revealing(sample, sent.nonce, entry.now)
        members = _population(command.parts, found, drawn.plan)
        return evaluating.reveal_sample(desk, entry, evaluation, sample, sent.nonce, members)

    return command.carry_out(sent, decide, on=evaluation)


@router.get("/evaluations/{evaluation}/samples/{sample}/records")
def list_drawn(
    evaluation: Uuid,
    sample: Uuid,
    listed: Listed,
    finding: Finding | None = None,
) -> Page:
    """Read the records drawn and what was found of each; none before the sample is revealed.

    They are all of one draw, on one day: what was found of them by a day is asked with `known_at`.
    """
    return listed.page(
        DRAWN,
        where={"evaluation": evaluation, "sample": sample, "finding": finding},
        order=("stratum",),
    )


class DrawnRecordReviewIn(CommandIn):
    """What was found of a drawn record: 真实, 存疑 or 缺件."""

    record: Uuid
    finding: Finding
    remark: Remark = ""

    model_config = example({"record": RECORD, "finding": "missing", "remark": "缺签到表原件"})


@router.post("/evaluations/{evaluation}/reviews", status_code=201)
def review(evaluation: Uuid, sent: DrawnRecordReviewIn, command: Commanding) -> ReceiptOut:
    """查阅: put down what was found of a record."""
    return command.carry_out(
        sent,
        lambda desk, entry: evaluating.review_record(
            desk, entry, evaluation, sent.record, sent.finding, sent.remark
        ),
        on=evaluation,
    )


class InterviewIn(CommandIn):
    """Who was asked, how many of them, and what came of it; no names."""

    party: InterviewParty
    people: Annotated[int, Field(ge=1, le=1000)]
    minutes: Annotated[int, Field(ge=0, le=1440)] = 0
    remark: Remark = ""

    model_config = example({"party": "community", "people": 2, "minutes": 40})


@router.post("/evaluations/{evaluation}/interviews", status_code=201)
def interview(evaluation: Uuid, sent: InterviewIn, command: Commanding) -> ReceiptOut:
    """访谈: put down an interview."""
    facts = InterviewDone(
        party=sent.party, people=sent.people, minutes=sent.minutes, remark=sent.remark
    )
    return command.carry_out(
        sent,
        lambda desk, entry: evaluating.evaluate(desk, entry, evaluation, facts),
        on=evaluation,
    )


@router.post("/evaluations/{evaluation}/samples/{sample}/call-list", status_code=201)
def list_calls(evaluation: Uuid, sample: Uuid, sent: CommandIn, command: Commanding) -> ReceiptOut:
    """Hand out whom to call (电话抽查名单): ids only, and only of those who agreed to it."""

    def decide(desk: Desk, entry: Entry) -> Receipt:
        found = desk.load(Evaluation, evaluation)
        found.check_evaluator(entry)
        named = _persons(command.parts, found, sample)
        persons, agreed = _agreed(command, named, entry.today)
        return evaluating.issue_call_list(
            desk, entry, evaluation, sample, sorted(agreed), len(persons) - len(agreed)
        )

    return command.carry_out(sent, decide, on=evaluation)


def _persons(parts: Services, found: Evaluation, sample: Id) -> set[Id]:
    shown = found.samples.in_the_open(sample)
    drawn = {record for stratum in shown.strata for record in stratum.records}
    plan, number = found.samples.drawn[sample].plan, found.samples.snapshot().number
    with folded(parts, found.scope.ledger, number, plan.records) as rows:
        return persons_of(plan.records, drawn, rows)


def _agreed(command: Command, named: set[Id], day: date) -> tuple[set[Id], set[Id]]:
    """Return the people whom records name, each once, and those of them who may be called.

    The register is asked, which an evaluator does not see, and nothing taken from it but ids. A
    consent that was just withdrawn must not be overlooked, so the views are waited for.
    """
    parts, caller = command.parts, command.principal
    parts.watch.wait(parts.journal.max_notification_id() or 0, WAIT_SECONDS)
    with parts.asking.within(_register(caller)) as answers:
        persons = kept(answers, named)
        return persons, callable_on(answers, persons, day)


@router.get("/evaluations/{evaluation}/samples/{sample}/call-list")
def read_calls(evaluation: Uuid, sample: Uuid, listed: Listed) -> Page:
    """Read whom to call, by pseudonymous ids, and what came of it.

    They are all of one draw, on one day: what had come of it by a day is asked with `known_at`.
    """
    return listed.page(CALL, where={"evaluation": evaluation, "sample": sample})


class CallIn(CommandIn):
    """Whether somebody on the list was reached, and then whether they confirmed."""

    person: Uuid
    reached: bool
    confirmed: bool | None = None
    remark: Remark = ""

    model_config = example({"person": RECORD, "reached": True, "confirmed": True})


@router.post("/evaluations/{evaluation}/samples/{sample}/calls", status_code=201)
def call(evaluation: Uuid, sample: Uuid, sent: CallIn, command: Commanding) -> ReceiptOut:
    """电话抽查: put down a call."""
    facts = PhoneSpotCheckDone(
        person=sent.person,
        sample=sample,
        reached=sent.reached,
        confirmed=sent.confirmed,
        remark=sent.remark,
    )
    return command.carry_out(
        sent,
        lambda desk, entry: evaluating.evaluate(desk, entry, evaluation, facts),
        on=evaluation,
    )


class RequestIn(CommandIn):
    """What material is asked for, by when, and of which drawn record."""

    what: Text
    due: date
    record: Uuid | None = None

    model_config = example({"what": "十月签到表原件", "due": "2019-01-15"})


@router.post("/evaluations/{evaluation}/evidence-requests", status_code=201)
def request_evidence(evaluation: Uuid, sent: RequestIn, command: Commanding) -> ReceiptOut:
    """Ask for material (需提供材料)."""
    facts = EvidenceRequested(what=sent.what, due=sent.due, record=sent.record)
    return command.carry_out(
        sent,
        lambda desk, entry: evaluating.evaluate(desk, entry, evaluation, facts),
        on=evaluation,
    )


class ProvidedIn(CommandIn):
    """The files, stored in the project before."""

    attachments: Annotated[tuple[Uuid, ...], Field(min_length=1, max_length=50)]
    statement: Statement | None = None

    model_config = example({"attachments": [RECORD]})


@router.post("/evaluations/{evaluation}/evidence-requests/{request}/answers", status_code=201)
def provide_evidence(
    evaluation: Uuid, request: Uuid, sent: ProvidedIn, command: Commanding
) -> ReceiptOut:
    """Hand in what was asked for."""
    facts = EvidenceProvided(request=request, files=(), statement=sent.statement or "")
    return command.carry_out(
        sent,
        lambda desk, entry: evaluating.respond(desk, entry, evaluation, facts, sent.attachments),
        on=evaluation,
    )
