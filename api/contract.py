"""Contracts over HTTP: adopted whole, then changed as the contract allows and in no other way."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from api.commands import CommandIn, Commanding, Fen, ReceiptOut, Text, Uuid, example
from api.contract_sheet import DefinitionIn, ProjectGoalIn, ProjectIn, TargetIn, Why
from api.routing import routes
from domain import contract
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.indicators import (
    GoalDefined,
    IndicatorStatusDeclared,
    IndicatorTargetSet,
    Status,
    Target,
    TargetPeriod,
)
from domain.organisation import scope_of_operator, scope_of_station
from domain.project import ContractAmended
from domain.refusals import NOT_FOUND

router = routes("projects")


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


class NewGoalIn(ProjectGoalIn, CommandIn):
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


class IndicatorRetirementIn(CommandIn):
    """Why an indicator takes nothing more."""

    reason: Why

    model_config = example({"reason": "合同第四条取消该项服务"})


@router.post("/projects/{project}/indicators/{indicator}/retirement", status_code=201)
def retire_indicator(
    project: Uuid, indicator: Uuid, sent: IndicatorRetirementIn, command: Commanding
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
    budget: Fen | None = None
    stations: Annotated[tuple[Uuid, ...], Field(max_length=200)] = Field(
        (),
        description="that it covers besides; a project of one station is then recorded for there by"
        " whoever is held to both",
    )
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
