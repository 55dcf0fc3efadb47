"""A contract as it is sent: its terms, goals, indicators and first targets."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from api.commands import CommandIn, Fen, Model, PaperCode, Text, Uuid, example
from domain.contract import ContractSheet, SheetIndicator, SheetTarget
from domain.counting import AttendeeRole, Measure, PriorityGroup
from domain.indicators import (
    Column,
    Definition,
    GoalDefined,
    Placement,
    Target,
    TargetPeriod,
)
from domain.project import Precise, ProjectContracted

Short = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_:-]{0,39}$")]
Codes = Annotated[tuple[Short, ...], Field(max_length=50)]
Unit = Annotated[str, StringConstraints(min_length=1, max_length=10)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Why = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class ProjectGoalIn(Model):
    """目标: a goal under its number in the contract."""

    code: PaperCode
    title: Text


class PlacementIn(Model):
    """Where a report prints the indicator."""

    table: Annotated[str, StringConstraints(pattern="^[AB]$")]
    line: PaperCode
    column: Column
    item: Text | None = None
    planned_name: Text | None = None
    actual_name: Text | None = None
    service_type: Short | None = None
    counterpart: PaperCode | None = None


class DefinitionIn(Model):
    """指标: what is measured, and which deliveries it takes."""

    code: PaperCode
    name: Text
    measure: Measure
    unit: Unit | None = None
    kinds: Codes = ()
    audiences: Codes = ()
    variants: Codes = ()
    groups: Annotated[tuple[PriorityGroup, ...], Field(max_length=30)] = ()
    roles: Annotated[tuple[AttendeeRole, ...], Field(max_length=10)] = ()
    goal: PaperCode | None = None
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
    budget: Fen | None = None
    stations: Annotated[tuple[Uuid, ...], Field(max_length=200)] = Field(
        (), description="which share it, where `station` is left out; none named means all"
    )
    goals: Annotated[tuple[ProjectGoalIn, ...], Field(max_length=100)] = ()
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
