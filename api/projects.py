"""Projects over HTTP: the contract, what it commits to, its periods and what was printed of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from api.commands import CommandIn, Commanding, Model, ReceiptOut, Text, Uuid, Yuan, example
from api.questions import Asked, Cursor, Limit, Page, plain
from domain import contract, reporting
from domain.contract import ContractSheet, SheetIndicator, SheetTarget
from domain.counting import AttendeeRole, Measure, PriorityGroup
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.indicators import (
    Column,
    Definition,
    GoalDefined,
    IndicatorStatusDeclared,
    IndicatorTargetSet,
    Placement,
    Status,
    Target,
    TargetPeriod,
)
from domain.organisation import scope_of_operator, scope_of_station
from domain.period import ClaimReconciled, FigureClaimed, Qualifier
from domain.project import ContractAmended, Precise, ProjectContracted
from domain.refusals import NOT_FOUND
from projections.engine.fold import fold
from projections.indicators import CLAIM, indicators
from projections.projects import AMENDMENT, DECISION, GOAL, PERIOD, PROJECT
from projections.snapshot import snapshot

router = APIRouter(tags=["projects"])
Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$")]
Short = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_:-]{0,39}$")]
Codes = Annotated[tuple[Short, ...], Field(max_length=50)]
Unit = Annotated[str, StringConstraints(min_length=1, max_length=10)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Why = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class GoalIn(Model):
    """目标: a goal under its number in the contract."""

    code: Code
    title: Text


class PlacementIn(Model):
    """Where a report prints the indicator."""

    table: Annotated[str, StringConstraints(pattern="^[AB]$")]
    line: Code
    column: Column
    item: Text | None = None
    planned_name: Text | None = None
    actual_name: Text | None = None
    service_type: Short | None = None
    counterpart: Code | None = None


class DefinitionIn(Model):
    """指标: what is measured, and which deliveries it takes."""

    code: Code
    name: Text
    measure: Measure
    unit: Unit | None = None
    kinds: Codes = ()
    audiences: Codes = ()
    variants: Codes = ()
    groups: Annotated[tuple[PriorityGroup, ...], Field(max_length=30)] = ()
    roles: Annotated[tuple[AttendeeRole, ...], Field(max_length=10)] = ()
    goal: Code | None = None
    in_scope: bool = True
    exclusive_set: Short | None = None
    qualitative: bool = False
    placement: PlacementIn | None = None

    def value(self) -> Definition:
        """Return it as the domain has it."""
        given = self.model_dump(exclude={"placement"})
        place = None if self.placement is None else Placement(**self.placement.model_dump())
        return Definition(**given, placement=place)


class TargetIn(Model):
    """计划数: one number, a range, or words."""

    value: Count | None = None
    low: Count | None = None
    high: Count | None = None
    text: Text | None = None
    unit: Unit | None = None


class FirstTargetIn(Model):
    """A target as the contract first states it."""

    per: TargetPeriod
    target: TargetIn
    source: Text
    effective_from: date | None = None


class IndicatorIn(Model):
    """An indicator with its first targets."""

    definition: DefinitionIn
    targets: Annotated[tuple[FirstTargetIn, ...], Field(max_length=5)] = ()

    def value(self) -> SheetIndicator:
        """Return it as the domain has it."""
        targets = tuple(
            SheetTarget(
                per=stated.per,
                target=Target(**stated.target.model_dump()),
                source=stated.source,
                effective_from=stated.effective_from,
            )
            for stated in self.targets
        )
        return SheetIndicator(definition=self.definition.value(), targets=targets)


class ProjectIn(CommandIn):
    """A contract: of one station, or of the operator where `station` is left out."""

    operator: Uuid
    station: Uuid | None = None
    number: Text
    key: Annotated[str, StringConstraints(max_length=40)]
    name: Text
    purchaser: Text
    start: date
    end: date
    start_precision: Precise = "day"
    end_precision: Precise = "day"
    midterm: date | None = None
    budget: Yuan | None = None
    stations: Annotated[tuple[Uuid, ...], Field(max_length=200)] = ()
    goals: Annotated[tuple[GoalIn, ...], Field(max_length=100)] = ()
    indicators: Annotated[tuple[IndicatorIn, ...], Field(max_length=300)] = ()

    model_config = example(
        {
            "operator": "5f0c8e9e-5d0b-5b7e-8a53-0f1f6f3b9a11",
            "station": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
            "number": "2026-01",
            "key": "linli",
            "name": "邻里互助项目",
            "purchaser": "示例街道办事处",
            "start": "2026-01-01",
            "end": "2026-12-31",
            "goals": [{"code": "1", "title": "老年人服务"}],
            "indicators": [
                {
                    "definition": {
                        "code": "1-1",
                        "name": "上门服务",
                        "measure": "person_times",
                        "unit": "人次",
                        "kinds": ["home_service"],
                        "goal": "1",
                    },
                    "targets": [
                        {
                            "per": "project",
                            "target": {"value": 120, "unit": "人次"},
                            "source": "合同附件一",
                        }
                    ],
                }
            ],
        }
    )

    def sheet(self) -> ContractSheet:
        """Return the whole contract as the domain has it."""
        terms = self.model_dump(include=set(ProjectContracted.__struct_fields__))
        return ContractSheet(
            contract=ProjectContracted(**terms),
            goals=tuple(GoalDefined(**goal.model_dump()) for goal in self.goals),
            indicators=tuple(each.value() for each in self.indicators),
        )


@router.post("/projects", status_code=201)
def contract_project(sent: ProjectIn, command: Commanding) -> ReceiptOut:
    """Contract a project, with its goals, indicators and first targets, in one transaction."""

    def decide(desk: Desk, entry: Entry) -> Receipt:
        scope = (
            scope_of_operator(desk, sent.operator)
            if sent.station is None
            else scope_of_station(desk, sent.station)
        )
        if scope.operator != sent.operator:
            raise NOT_FOUND("station")
        for number, station in enumerate(sent.stations):
            if scope_of_station(desk, station).operator != sent.operator:
                raise NOT_FOUND(f"stations.{number}")
        return contract.adopt_contract(desk, entry, scope, sent.sheet())

    return command.carry_out(sent, decide, location="/api/v1/projects/{id}")


@router.get("/projects")
def list_projects(asked: Asked, cursor: Cursor = None, limit: Limit = 50) -> Page:
    """Read the projects within one's scope."""
    return asked.page(PROJECT, cursor=cursor, limit=limit)


@router.get("/projects/{project}")
def read_project(project: Uuid, asked: Asked) -> dict[str, Any]:
    """Read one project: its terms, goals, amendments, periods and decisions by hand."""
    where = {"ledger": project}
    with asked.live() as answers:
        found = answers.rows(PROJECT, where=where)
        if not found:
            raise NOT_FOUND("project")
        parts = {
            table.name: [plain(row) for row in answers.rows(table, where=where)]
            for table in (GOAL, AMENDMENT, PERIOD, DECISION)
        }
    return {**plain(found[0]), **{f"{name}s": rows for name, rows in parts.items()}}


class NewGoalIn(GoalIn, CommandIn):
    """A goal that is added."""

    model_config = example({"code": "8", "title": "社区安全"})


@router.post("/projects/{project}/goals", status_code=201)
def define_goal(project: Uuid, sent: NewGoalIn, command: Commanding) -> ReceiptOut:
    """Define a goal."""
    facts = GoalDefined(code=sent.code, title=sent.title)
    return command.carry_out(
        sent, lambda desk, entry: contract.define_goal(desk, entry, project, facts), on=project
    )


class NewIndicatorIn(CommandIn):
    """An indicator that is added."""

    definition: DefinitionIn

    model_config = example(
        {
            "definition": {
                "code": "8-1",
                "name": "安全讲座",
                "measure": "times",
                "unit": "次",
                "kinds": ["lecture"],
                "goal": "8",
            }
        }
    )


@router.post("/projects/{project}/indicators", status_code=201)
def define_indicator(project: Uuid, sent: NewIndicatorIn, command: Commanding) -> ReceiptOut:
    """Define an indicator. There is no way to delete one, only to retire it."""
    made = sent.definition.value()
    return command.carry_out(
        sent, lambda desk, entry: contract.define_indicator(desk, entry, project, made), on=project
    )


class RetirementIn(CommandIn):
    """Why an indicator takes nothing more."""

    reason: Why

    model_config = example({"reason": "合同第四条取消该项服务"})


@router.post("/projects/{project}/indicators/{indicator}/retirement", status_code=201)
def retire_indicator(
    project: Uuid, indicator: Uuid, sent: RetirementIn, command: Commanding
) -> ReceiptOut:
    """Retire an indicator; what it took stays."""
    return command.carry_out(
        sent,
        lambda desk, entry: contract.retire_indicator(desk, entry, project, indicator, sent.reason),
        on=project,
    )


class NewTargetIn(CommandIn):
    """A target: after the start it names an amendment, or is a correction with evidence."""

    indicator: Uuid
    per: TargetPeriod
    target: TargetIn
    effective_from: date
    source: Text
    amendment: Uuid | None = None
    correction: bool = False

    model_config = example(
        {
            "indicator": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
            "per": "project",
            "target": {"value": 150, "unit": "人次"},
            "effective_from": "2026-07-01",
            "source": "补充协议第二条",
            "amendment": "99f68f88-b208-5a9e-84e3-a6e90855c3f6",
        }
    )


@router.post("/projects/{project}/targets", status_code=201)
def set_target(project: Uuid, sent: NewTargetIn, command: Commanding) -> ReceiptOut:
    """Set a target; the one before stays, with the dates between which it held."""
    facts = IndicatorTargetSet(
        indicator=sent.indicator,
        per=sent.per,
        target=Target(**sent.target.model_dump()),
        effective_from=sent.effective_from,
        source=sent.source,
        amendment=sent.amendment,
        correction=sent.correction,
    )
    return command.carry_out(
        sent, lambda desk, entry: contract.set_target(desk, entry, project, facts), on=project
    )


class StatusIn(CommandIn):
    """How a qualitative indicator stands, as it is to be printed, with what shows it."""

    indicator: Uuid
    status: Status
    text: Text
    shown_by: Annotated[tuple[Uuid, ...], Field(max_length=50)] = ()

    model_config = example(
        {
            "indicator": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
            "status": "done",
            "text": "已完成",
            "shown_by": ["99f68f88-b208-5a9e-84e3-a6e90855c3f6"],
        }
    )


@router.post("/projects/{project}/statuses", status_code=201)
def declare_status(project: Uuid, sent: StatusIn, command: Commanding) -> ReceiptOut:
    """Declare the status of a qualitative indicator."""
    facts = IndicatorStatusDeclared(
        indicator=sent.indicator, status=sent.status, text=sent.text, evidence=sent.shown_by
    )
    return command.carry_out(
        sent, lambda desk, entry: contract.declare_status(desk, entry, project, facts), on=project
    )


class AmendmentIn(CommandIn):
    """变更协议: its clause and document, and what it changes."""

    clause: Text
    document: Text
    end: date | None = None
    budget: Yuan | None = None
    stations: Annotated[tuple[Uuid, ...], Field(max_length=200)] = ()
    in_scope: Annotated[tuple[Uuid, ...], Field(max_length=300)] = ()

    model_config = example({"clause": "第四条", "document": "补充协议一", "end": "2027-01-31"})


@router.post("/projects/{project}/amendments", status_code=201)
def amend_contract(project: Uuid, sent: AmendmentIn, command: Commanding) -> ReceiptOut:
    """Amend the contract; the event's id is what changed targets name."""
    facts = ContractAmended(**sent.model_dump(include=set(ContractAmended.__struct_fields__)))

    def decide(desk: Desk, entry: Entry) -> Receipt:
        for station in sent.stations:
            scope_of_station(desk, station)
        return contract.amend_contract(desk, entry, project, facts)

    return command.carry_out(sent, decide, on=project)


class WhyIn(CommandIn):
    """Why."""

    reason: Text

    model_config = example({"reason": "经费未到"})


@router.post("/projects/{project}/suspension", status_code=201)
def suspend_project(project: Uuid, sent: WhyIn, command: Commanding) -> ReceiptOut:
    """Suspend a project from the day given on."""
    return command.carry_out(
        sent,
        lambda desk, entry: contract.suspend_project(desk, entry, project, sent.reason),
        on=project,
    )


@router.post("/projects/{project}/resumption", status_code=201)
def resume_project(project: Uuid, sent: CommandIn, command: Commanding) -> ReceiptOut:
    """Resume a suspended project."""
    return command.carry_out(
        sent, lambda desk, entry: contract.resume_project(desk, entry, project), on=project
    )


@router.post("/projects/{project}/end", status_code=201)
def end_project(project: Uuid, sent: WhyIn, command: Commanding) -> ReceiptOut:
    """End a project; the day given is its last."""
    return command.carry_out(
        sent,
        lambda desk, entry: contract.end_project(desk, entry, project, sent.reason),
        on=project,
    )


class PeriodIn(CommandIn):
    """The days that are closed; `approved_by` is needed."""

    first: date
    last: date

    model_config = example(
        {
            "first": "2026-01-01",
            "last": "2026-01-31",
            "approved_by": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
        }
    )


@router.post("/projects/{project}/periods", status_code=201)
def close_period(project: Uuid, sent: PeriodIn, command: Commanding) -> ReceiptOut:
    """锁期: close a period on the figures as they are known now; their hash is kept."""
    journal = command.parts.journal

    def decide(desk: Desk, entry: Entry) -> Receipt:
        desk.load_any("project", project, "project")  # before its whole ledger is read
        rows = list(journal.read_ledger(project))
        made = snapshot(indicators, fold((indicators,), rows)[0])
        return reporting.close_period(
            desk, entry, project, sent.first, sent.last, rows[-1].position, made
        )

    return command.carry_out(sent, decide, on=project)


class ReopeningIn(PeriodIn):
    """The closed days that are opened again, and why."""

    reason: Why

    model_config = example(
        {
            "first": "2026-01-01",
            "last": "2026-01-31",
            "reason": "评估整改需要补录",
            "approved_by": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
        }
    )


@router.post("/projects/{project}/reopenings", status_code=201)
def reopen_period(project: Uuid, sent: ReopeningIn, command: Commanding) -> ReceiptOut:
    """Open a closed period again."""
    return command.carry_out(
        sent,
        lambda desk, entry: reporting.reopen_period(
            desk, entry, project, sent.first, sent.last, sent.reason
        ),
        on=project,
    )


class ClaimIn(CommandIn):
    """填报数: a figure as a report prints it, word for word."""

    report: Code
    value: Count
    unit: Annotated[str, StringConstraints(max_length=10)]
    line: Code | None = None
    indicator: Uuid | None = None
    event: Uuid | None = None
    qualifier: Qualifier | None = None
    text: Annotated[str, StringConstraints(max_length=200)] = ""
    counts: Annotated[tuple[AttendeeRole, ...], Field(max_length=10)] = ()
    author: Uuid | None = None

    model_config = example(
        {
            "report": "midterm",
            "line": "B16",
            "value": 240,
            "unit": "人次",
            "text": "社工、志愿者、服务对象共计240人次",
            "counts": ["worker", "volunteer", "client"],
        }
    )


@router.post("/projects/{project}/claims", status_code=201)
def claim_figure(project: Uuid, sent: ClaimIn, command: Commanding) -> ReceiptOut:
    """Keep a printed figure beside the counted one; without an author, whoever sends it."""
    given = sent.model_dump(include=set(FigureClaimed.__struct_fields__))
    given["author"] = sent.author or command.principal.actor
    return command.carry_out(
        sent,
        lambda desk, entry: reporting.claim_figure(desk, entry, project, FigureClaimed(**given)),
        on=project,
    )


@router.get("/projects/{project}/claims")
def list_claims(project: Uuid, asked: Asked, cursor: Cursor = None, limit: Limit = 50) -> Page:
    """Read the printed figures of a project, in the order in which they were claimed."""
    return asked.page(
        CLAIM, where={"ledger": project}, order=("position",), cursor=cursor, limit=limit
    )


class ExplanationIn(CommandIn):
    """Why a claim differs from what is counted."""

    explanation: Why

    model_config = example({"explanation": "含志愿者和社工90人次"})


@router.post("/projects/{project}/claims/{claim}/reconciliations", status_code=201)
def reconcile_claim(
    project: Uuid, claim: Uuid, sent: ExplanationIn, command: Commanding
) -> ReceiptOut:
    """Explain a difference; both figures stay."""
    facts = ClaimReconciled(claim=claim, explanation=sent.explanation)
    return command.carry_out(
        sent, lambda desk, entry: reporting.reconcile_claim(desk, entry, project, facts), on=project
    )
