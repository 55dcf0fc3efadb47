"""What the indicators' view makes of deliveries, corrections, targets and decisions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.allocation import allocate_delivery, deallocate_delivery
from domain.contract import (
    amend_contract,
    declare_status,
    define_goal,
    end_project,
    resume_project,
    retire_indicator,
    set_target,
    suspend_project,
)
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.desk import Receipt
from domain.entry import Scope
from domain.event import Occurred, Reason
from domain.identity import Id, derived_id
from domain.indicators import (
    GoalDefined,
    IndicatorStatusDeclared,
    IndicatorTargetSet,
    Placement,
    Target,
    TargetPeriod,
)
from domain.period import ClaimReconciled, CountedFigure, FigureClaimed
from domain.principal import Principal
from domain.project import ContractAmended
from domain.reporting import claim_figure, reconcile_claim
from domain.visit import record_visit
from projections.completion import completion, main_target, targets_on
from projections.contradictions.coverage import matrix
from projections.contradictions.known import VIEWS, known
from projections.engine.ask import MemoryAnswers
from projections.engine.view import Row, Table
from projections.indicators import (
    CLAIM,
    CONTRIBUTION,
    INDICATOR,
    OUT_OF_SCOPE,
    PROGRESS,
    SUBJECT,
    TARGET,
    UNCERTAIN,
    indicators,
)
from projections.midterm import gather, midterm
from projections.progress import Progress, doubts, figure, progress
from projections.project import AMENDMENT, DECISION, GOAL, PROJECT, projects
from projections.reported import standing
from tests.contracts import FIRST, SIGNED, contracted, defined, within
from tests.doors import visit
from tests.folding import told
from tests.journalled import rows_of
from tests.register import ELDER, register
from tests.station import LATE, OPERATOR, SCOPE, STATION, TODAY, WORKER, MemoryDesk, entry

SOMEBODY = Attendance(person=ELDER)
WHY = Reason(code="entry_error", text="人数录入错误")
ELSEWHERE, SUPERVISOR = derived_id("another station"), derived_id("supervisor")
NOVEMBER = date(2018, 11, 20)


class Station:
    """A project, and its view asked after every step."""

    def __init__(self) -> None:
        self.desk = MemoryDesk()
        self.project = contracted(self.desk)
        register(self.desk, ELDER)

    def answers(self, who: Principal | None = None) -> MemoryAnswers:
        return told((indicators, projects), self.desk.log, who)

    def rows(self, table: Table, who: Principal | None = None) -> list[Row]:
        return self.answers(who).rows(table)

    def one(self, table: Table) -> Row:
        (row,) = self.rows(table)
        return row

    def define(self, code: str = "B05.times", **more: Any) -> Id:
        return defined(self.desk, self.project, code, **more)

    def due(self, indicator: Id, per: TargetPeriod, target: Target, **more: Any) -> Receipt:
        how = more.pop("entry", None) or entry(SIGNED)
        given: dict[str, Any] = {"effective_from": FIRST, "source": "附件一"} | more
        facts = IndicatorTargetSet(indicator=indicator, per=per, target=target, **given)
        return set_target(self.desk, how, self.project, facts)

    def visit(self, day: date = TODAY, **facts: Any) -> Receipt:
        return record_visit(self.desk, entry(day), within(self.project), visit(**facts))

    def progress(self, day: date = NOVEMBER) -> Progress:
        (made,) = progress(self.answers(), self.project, day)
        return made


@pytest.fixture
def station() -> Station:
    return Station()


def test_a_delivery_is_a_contribution_and_counts_in_its_month(station: Station) -> None:
    made = station.define(measure="person_times", unit="人次")
    receipt = station.visit(attendance=(SOMEBODY, Attendance(count=2)))
    (row,) = figure(station.answers(), made)
    assert (row["event"], row["amount"], row["month"]) == (receipt.events[0], 3, "2018-10")
    assert (row["day"], row["in_scope"], row["subject"]) == (TODAY, True, "")
    assert figure(station.answers(), made, since=NOVEMBER) == []
    assert figure(station.answers(), made, until=FIRST) == []
    assert (station.progress().months, station.progress().total) == ({"2018-10": 3}, 3)
    assert station.progress(date(2018, 9, 30)).total == 0


def test_a_correction_moves_what_it_counts_and_a_void_takes_it_out(station: Station) -> None:
    station.define(measure="minutes", unit="分钟")
    made = station.visit(minutes=40)
    stream, event = made.stream, made.events[0]
    moved = Occurred(start=entry(date(2018, 9, 3)).occurred.start)
    correct_record(station.desk, entry(**LATE), stream, event, {"minutes": 45}, WHY, moved)
    assert station.progress().months == {"2018-09": 45, "2018-10": 0}
    assert station.one(CONTRIBUTION)["amount"] == 45
    void_record(station.desk, entry(), stream, event, WHY)
    assert (station.rows(CONTRIBUTION), station.progress().total) == ([], 0)
    reinstate_record(station.desk, entry(), stream, event, WHY)
    assert station.progress().total == 45


def test_a_decision_by_hand_moves_the_figure_and_shows_who_and_why(station: Station) -> None:
    home = station.define()
    besides = station.define("A08", kinds=())
    made = station.visit()
    where = {"stream": made.stream, "event": made.events[0], "reason": "督导核实后计入"}
    allocate_delivery(station.desk, entry(), station.project, indicator=besides, **where)
    deallocate_delivery(station.desk, entry(), station.project, indicator=home, **where)
    assert station.one(CONTRIBUTION)["indicator"] == besides
    decided = {row["indicator"]: row for row in station.rows(DECISION)}
    assert (decided[home]["counts"], decided[besides]["counts"]) == (False, True)
    assert {row["reason"] for row in decided.values()} == {"督导核实后计入"}


def test_a_person_counts_once_a_month_and_once_altogether(station: Station) -> None:
    station.define(measure="persons", unit="人", roles=("volunteer",))
    first, second = derived_id("first"), derived_id("second")
    for day, person in ((TODAY, first), (TODAY, first), (NOVEMBER, first), (NOVEMBER, second)):
        station.visit(day, attendance=(Attendance(person=person, role="volunteer"), Attendance()))
    assert station.progress().months == {"2018-10": 1, "2018-11": 2}
    assert station.progress().total == 2
    (twice,) = [row for row in station.rows(SUBJECT) if row["events"] == 2]
    assert twice["subject"] == first


def test_a_person_whose_only_visit_is_void_counts_no_more(station: Station) -> None:
    station.define(measure="persons", unit="人", roles=("volunteer",))
    named = (Attendance(person=derived_id("first"), role="volunteer"), Attendance())
    made = station.visit(attendance=named)
    assert station.progress().total == 1
    void_record(station.desk, entry(), made.stream, made.events[0], WHY)
    assert (station.progress().total, station.progress().months) == (0, {"2018-10": 0})


def test_targets_are_told_as_they_stood_on_a_day(station: Station) -> None:
    made = station.define()
    station.due(made, "project", Target(value=88, unit="次"))
    clause = ContractAmended(clause="第四条", document="补充协议一")
    amended = amend_contract(station.desk, entry(), station.project, clause).events[0]
    fewer = Target(value=60, unit="次")
    station.due(made, "project", fewer, effective_from=NOVEMBER, amendment=amended, entry=entry())
    station.visit()

    def held(day: date) -> tuple[int, str]:
        (due,) = station.progress(day).due
        assert due.completion is not None
        assert due.completion.numerator == 1
        return due.completion.low, due.completion.reached

    assert (held(TODAY), held(NOVEMBER)) == ((88, "short"), (60, "short"))
    assert station.progress(SIGNED).due == ()
    dated = [(row["low"], row["set_on"], row["amendment"]) for row in station.rows(TARGET)]
    assert sorted(dated) == [(60, TODAY, amended), (88, SIGNED, None)]
    assert station.one(AMENDMENT)["clause"] == "第四条"


def test_the_target_that_began_last_holds_whenever_it_was_written_down() -> None:
    said = [
        {"indicator": "i", "per": "project", "effective_from": day, "position": position}
        for position, day in ((2, TODAY), (1, NOVEMBER))
    ]
    held = targets_on(said, NOVEMBER)
    assert held["i", "project"]["effective_from"] == NOVEMBER


def test_after_the_mid_term_what_was_due_by_then_goes_before_what_each_month_owes() -> None:
    held: dict[tuple[Id, str], Row] = {("i", per): {"per": per} for per in ("month", "midterm")}
    for day in (TODAY, NOVEMBER):
        assert main_target(held, "i", day, TODAY) == {"per": "midterm"}


def test_each_period_is_held_against_its_own_target(station: Station) -> None:
    made = station.define()
    station.due(made, "month", Target(value=2, unit="次"))
    station.due(made, "midterm", Target(text="持续进行"))
    station.due(made, "project", Target(low=3, high=4, unit="次"))
    for day in (TODAY, TODAY, TODAY, NOVEMBER, NOVEMBER):
        station.visit(day)
    month, midterm, whole = station.progress().due
    assert month.completion is not None
    assert (month.completion.numerator, month.completion.reached) == (2, "met")
    assert (midterm.completion, midterm.target["words"]) == (None, "持续进行")
    assert whole.completion is not None
    assert (whole.completion.numerator, whole.completion.reached) == (5, "over")


@pytest.mark.parametrize(
    ("actual", "low", "tenths"), [(28, 30, 933), (1, 3, 333), (2, 3, 667), (23, 20, 1150)]
)
def test_completion_is_not_capped_and_rounds_half_up(actual: int, low: int, tenths: int) -> None:
    row = {"form": "number", "low": low, "high": low, "unit": "次"}
    made = completion(actual, row, TODAY)
    assert made is not None
    assert (made.numerator, made.low, made.tenths) == (actual, low, tenths)


def test_hours_and_yuan_are_held_in_minutes_and_fen_and_nothing_due_is_no_percentage() -> None:
    for unit, low in (("小时", 600), ("元", 1000)):
        row = {"form": "number", "low": 10, "high": 10, "unit": unit}
        made = completion(low, row, TODAY)
        assert made is not None
        assert (made.low, made.tenths, made.reached) == (low, 1000, "met")
    nothing = completion(3, {"form": "number", "low": 0, "high": 0, "unit": "次"}, TODAY)
    assert nothing is not None
    assert nothing.tenths is None


def test_a_figure_of_people_is_a_range_where_some_were_not_named(station: Station) -> None:
    """Given two visits to one person, at each a neighbour or two whom nobody named,
    when they are counted, then it is one person, and at most three more."""
    made = station.define(measure="persons", unit="人")
    station.visit(attendance=(SOMEBODY, Attendance(count=2)))
    second = station.visit(NOVEMBER, attendance=(SOMEBODY, Attendance()))
    came = station.progress()
    assert (came.total, came.unnamed, came.most) == (1, 3, 4)
    assert station.progress(TODAY).most == 3
    assert [row["unnamed"] for row in doubts(station.answers(), made)] == [2, 1]
    assert sum(row["events"] for row in station.rows(PROGRESS)) == 2
    void_record(station.desk, entry(), second.stream, second.events[0], WHY)
    assert (station.progress().total, station.progress().most) == (1, 3)


def test_days_within_a_month_take_nothing_of_those_around_them(station: Station) -> None:
    station.define(measure="persons", unit="人")
    for day in (1, 2, 30, 31):
        came = (SOMEBODY, Attendance(count=day))
        station.visit(date(2018, 10, day), attendance=came)

    def between(first: date, last: date) -> tuple[int, int]:
        (made,) = progress(station.answers(), station.project, last, first)
        return made.total, made.unnamed

    assert between(date(2018, 10, 2), date(2018, 10, 30)) == (1, 32)
    assert between(date(2018, 10, 3), date(2018, 10, 29)) == (0, 0)
    assert between(NOVEMBER, date(2018, 10, 5)) == (0, 0)


def test_a_sum_of_which_a_part_is_estimated_says_how_much(station: Station) -> None:
    station.define(measure="person_times", unit="人次")
    station.visit(attendance=(SOMEBODY, Attendance(count=4, source="estimated")))
    came = station.progress()
    assert (came.total, came.estimated, came.unnamed) == (5, 4, 0)
    (line,) = station.rows(UNCERTAIN)
    assert (line["estimated"], line["day"]) == (4, TODAY)


def test_what_no_goal_names_is_listed_apart(station: Station) -> None:
    made = station.define(in_scope=False)
    station.visit(attendance=(SOMEBODY, Attendance(), Attendance(role="volunteer")))
    row = station.one(OUT_OF_SCOPE)
    assert (row["person_times"], row["indicators"], row["kind"]) == (2, 1, "home_service")
    assert not station.one(CONTRIBUTION)["in_scope"]
    clause = ContractAmended(clause="第五条", document="补充协议", in_scope=(made,))
    amend_contract(station.desk, entry(), station.project, clause)
    assert station.one(INDICATOR)["in_scope"]
    station.visit(NOVEMBER)
    assert station.one(OUT_OF_SCOPE)["day"] == TODAY


def test_what_an_amendment_brings_in_scope_stays_outside_in_reports_of_the_past(
    station: Station,
) -> None:
    """Given a line that no goal names, delivered in September, and an amendment of October that
    brings it in scope, when September and October are reported, then it stands outside the goals
    in the first, and September's delivery in both; handed in or asked."""
    place = Placement(table="B", line="B05", column="times", planned_name="上门服务")
    made = station.define(in_scope=False, placement=place)
    other = station.define("B06", kinds=("lecture",), placement=replace(place, line="B06"))
    station.visit(date(2018, 9, 20))
    clause = ContractAmended(clause="第五条", document="补充协议", in_scope=(made, other))
    amend_contract(station.desk, entry(date(2018, 10, 8)), station.project, clause)
    amend_contract(station.desk, entry(), station.project, clause)
    station.visit()
    outside = len(station.rows(OUT_OF_SCOPE))
    for day, within_goals in ((date(2018, 10, 7), False), (date(2018, 10, 8), True)):
        shown = midterm(gather(station.answers(), station.project, day))
        lines = {line.line: line.in_scope for line in shown.lines}
        assert lines == {"B05": within_goals, "B06": True}
        assert shown.totals["times"].out_of_scope == outside == 1
        assert midterm(standing(rows_of(station.desk.log), day).rows) == shown
        covered = matrix(known(told(VIEWS, station.desk.log), station.project, day))
        assert [one.in_scope for one in covered] == [within_goals, True]


def test_work_of_no_project_is_out_of_no_scope(station: Station) -> None:
    record_visit(station.desk, entry(), SCOPE, visit())
    assert station.rows(OUT_OF_SCOPE) == []


def test_who_may_see_one_station_sees_its_part(station: Station) -> None:
    station.define()
    wider = ContractAmended(clause="第二条", document="补充协议", stations=(ELSEWHERE,))
    amend_contract(station.desk, entry(), station.project, wider)
    station.visit()
    elsewhere = Scope(operator=OPERATOR, station=ELSEWHERE, project=station.project)
    record_visit(station.desk, entry(), elsewhere, visit())
    here = Principal(actor=WORKER, role="worker", operator=OPERATOR, stations=(STATION,))
    assert [row["events"] for row in station.rows(PROGRESS, here)] == [1]
    assert station.progress().total == 2


def test_an_indicator_is_printed_where_it_says_and_may_retire(station: Station) -> None:
    made = station.define(goal=None, audiences=("elderly", "disabled"))
    assert station.one(INDICATOR)["retired_from"] is None
    retire_indicator(station.desk, entry(NOVEMBER), station.project, made, "合同第四条取消")
    row = station.one(INDICATOR)
    assert (row["retired_from"], row["audiences"]) == (NOVEMBER, "elderly disabled")
    assert row["report_table"] is None


def test_of_a_retired_indicator_nothing_is_due_from_its_day_on(station: Station) -> None:
    """Given four due and one done when it is retired, when it is asked as of the day before and as
    of that day, then four were due, and then nothing is; what it came to stays."""
    made = station.define()
    station.due(made, "project", Target(value=4, unit="次"))
    station.visit()
    retire_indicator(station.desk, entry(NOVEMBER), station.project, made, "合同第四条取消")
    before, since = station.progress(NOVEMBER - timedelta(days=1)), station.progress(NOVEMBER)
    assert [due.target["low"] for due in before.due] == [4]
    assert (before.total, since.total, since.due) == (1, 1, ())


def test_the_last_status_by_a_day_is_the_one_that_holds(station: Station) -> None:
    made = station.define(unit=None, qualitative=True)
    for day, status in ((NOVEMBER, "not_done"), (TODAY, "ongoing")):
        facts = IndicatorStatusDeclared(indicator=made, status=status, text=status)  # type: ignore[arg-type]
        declare_status(station.desk, entry(day), station.project, facts)
    assert station.progress(SIGNED).status is None
    for day, status in ((TODAY, "ongoing"), (NOVEMBER, "not_done")):
        declared = station.progress(day).status
        assert declared is not None
        assert declared["status"] == status


def test_a_project_shows_its_terms_goals_and_how_it_stands(station: Station) -> None:
    define_goal(station.desk, entry(SIGNED), station.project, GoalDefined(code="3", title="老年人"))
    row = station.one(PROJECT)
    assert (row["slug"], row["first"], row["state"]) == ("fuyuan", FIRST, "running")
    assert station.one(GOAL)["title"] == "老年人"
    suspend_project(station.desk, entry(), station.project, "经费未到")
    assert station.one(PROJECT)["state"] == "suspended"
    resume_project(station.desk, entry(), station.project)
    assert station.one(PROJECT)["state"] == "running"
    longer = ContractAmended(clause="四", document="协议", end=date(2019, 1, 31), budget=5)
    amend_contract(station.desk, entry(), station.project, longer)
    end_project(station.desk, entry(), station.project, "合同期满")
    row = station.one(PROJECT)
    assert (row["last"], row["budget"], row["state"]) == (date(2019, 1, 31), 5, "ended")
    assert row["ended_on"] == TODAY


def test_a_claim_shows_what_was_decided_about_it(station: Station) -> None:
    claimed = FigureClaimed(report="m", line="B16", value=240, unit="人次", author=WORKER)
    made = claim_figure(station.desk, entry(), station.project, claimed).events[0]
    assert station.one(CLAIM)["explanation"] is None
    explained = ClaimReconciled(claim=made, explanation="含志愿者和社工90人次")
    reconcile_claim(station.desk, entry(), station.project, explained)
    row = station.one(CLAIM)
    assert (row["claim"], row["explained_by"]) == (made, WORKER)
    assert (row["explanation"], row["explained_for"]) == ("含志愿者和社工90人次", None)
    counts = tuple(
        CountedFigure(line="B16", value=n, unit=unit) for n, unit in ((150, "人次"), (6, "次"))
    )
    again = ClaimReconciled(claim=made, explanation="含志愿者和社工90人次", counted=counts)
    reconcile_claim(station.desk, entry(), station.project, again)
    assert station.one(CLAIM)["explained_for"] == "B16 150人次, B16 6次"
