"""Samples of projects: the contract, its indicators, decisions by hand, periods and claims."""

from datetime import date
from typing import Any

from domain.event import AnyEvent, Facts
from domain.identity import derived_id
from domain.indicators import (
    Definition,
    GoalDefined,
    IndicatorDefined,
    IndicatorRetired,
    IndicatorStatusDeclared,
    IndicatorTargetSet,
    Placement,
    Target,
)
from domain.period import (
    ClaimCount,
    ClaimReconciled,
    CountedFigure,
    FigureClaimed,
    PeriodClosed,
    PeriodReopened,
    ReportSubmitted,
)
from domain.project import (
    ContractAmended,
    DeliveryAllocated,
    DeliveryDeallocated,
    ProjectContracted,
    ProjectEnded,
    ProjectResumed,
    ProjectSuspended,
)
from domain.subject import SubjectsMerged, SubjectsSplit
from tests.golden import PERSON, PROJECT, STATION, WORKER, sample

INDICATOR = derived_id("golden", "indicator")
DELIVERY = derived_id("golden", "delivery")
CLAIM = derived_id("golden", "claim")
OTHER, MERGER = derived_id("golden", "other person"), derived_id("golden", "merger")
FIRST, LAST = date(2018, 9, 1), date(2018, 9, 30)
COUNT = (
    CountedFigure(line="B16", value=150, unit="人次"),
    CountedFigure(line="B16", value=6, unit="次"),
)


def of_project(facts: Facts, **envelope: Any) -> AnyEvent:
    """Return a sample in the project's own ledger."""
    own = {"stream": PROJECT, "project": PROJECT, "ledger": PROJECT}
    return sample("project", facts, **own | envelope)


def of_subjects(facts: Facts) -> AnyEvent:
    """Return an event of whom the project counts, in its ledger."""
    return sample("subjects", facts, ledger=PROJECT, project=PROJECT)


SAMPLES = [
    of_project(
        ProjectContracted(
            number="FY-2018-01",
            key="fuyuan",
            name="三社联动试点项目",
            purchaser="街道办事处",
            start=date(2018, 6, 1),
            end=date(2019, 6, 1),
            start_precision="month",
            end_precision="month",
            midterm=date(2018, 12, 31),
            budget=20_000_000,
            stations=(STATION,),
        )
    ),
    of_project(GoalDefined(code="3", title="老年人服务")),
    of_project(
        IndicatorDefined(
            indicator=INDICATOR,
            definition=Definition(
                code="B07.person_times",
                name="老年人外出游小组受益人次",
                measure="person_times",
                unit="人次",
                kinds=("group_session",),
                audiences=("elderly",),
                variants=("outing",),
                groups=("living_alone",),
                roles=("client",),
                goal="3",
                in_scope=False,
                exclusive_set="B:person_times",
                qualitative=True,
                placement=Placement(
                    table="B",
                    line="B07",
                    column="person_times",
                    item="老年人小组",
                    planned_name="老年人外出游小组",
                    actual_name="老年人外出游小组",
                    service_type="outing",
                    counterpart="A03",
                ),
            ),
        )
    ),
    of_project(
        IndicatorTargetSet(
            indicator=INDICATOR,
            per="midterm",
            target=Target(low=10, high=15, unit="人次"),
            effective_from=date(2018, 6, 1),
            source="合同附件一",
            amendment=derived_id("golden", "amendment"),
            correction=True,
        )
    ),
    of_project(IndicatorRetired(indicator=INDICATOR, reason="合同第四条取消")),
    of_project(
        IndicatorStatusDeclared(
            indicator=INDICATOR, status="done", text="已完成", evidence=(DELIVERY,)
        )
    ),
    of_project(
        ContractAmended(
            clause="第四条",
            document="补充协议一",
            end=date(2019, 7, 31),
            budget=22_000_000,
            stations=(STATION,),
            in_scope=(INDICATOR,),
        )
    ),
    of_project(ProjectSuspended(reason="经费未到")),
    of_project(ProjectResumed()),
    of_project(ProjectEnded(reason="合同期满")),
    of_project(
        DeliveryAllocated(
            stream=DELIVERY, event=DELIVERY, indicator=INDICATOR, reason="督导核实后计入"
        )
    ),
    of_project(
        DeliveryDeallocated(
            stream=DELIVERY, event=DELIVERY, indicator=INDICATOR, reason="督导核实后撤出"
        )
    ),
    of_project(
        PeriodClosed(first=FIRST, last=LAST, position=4101, hash="ab" * 32, approver=WORKER)
    ),
    of_project(PeriodReopened(first=FIRST, last=LAST, reason="评估整改需要补录", approver=WORKER)),
    of_project(
        FigureClaimed(
            report="midterm",
            value=240,
            unit="人次",
            author=WORKER,
            line="3.2.4-3",
            indicator=INDICATOR,
            event=DELIVERY,
            qualifier="余",
            text="社工、志愿者、服务对象 共计 240 人次",
            counts=("worker", "volunteer", "client"),
        )
    ),
    of_project(ClaimReconciled(claim=CLAIM, explanation="含志愿者和社工90人次")),
    of_project(
        ReportSubmitted(
            report="midterm", day=LAST, position=4102, hash="cd" * 32, differing=(CLAIM,)
        )
    ),
    of_project(
        ClaimReconciled(claim=CLAIM, explanation="含志愿者和社工90人次", counted=COUNT, day=LAST)
    ),
    of_project(
        ReportSubmitted(
            report="midterm",
            day=LAST,
            position=4102,
            hash="cd" * 32,
            differing=(CLAIM,),
            counts=(ClaimCount(claim=CLAIM, counted=COUNT),),
        )
    ),
    of_project(
        ReportSubmitted(report="interim", day=LAST, position=4102, hash="cd" * 32, no_figures=True)
    ),
    of_subjects(SubjectsMerged(kept=PERSON, absorbed=OTHER, because=MERGER)),
    of_subjects(SubjectsSplit(kept=PERSON, absorbed=OTHER, because=MERGER)),
]
