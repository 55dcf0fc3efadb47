"""Contradictions of 福源's report, in memory: each is found, and near by it is not."""

from __future__ import annotations

import re
from datetime import UTC, date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.case_commands import close_case, open_case
from domain.clock import at
from domain.corrections import void_record
from domain.counting import Counted
from domain.event import AnyEvent, Reason
from domain.identity import Id, derived_id
from domain.indicators import Target
from domain.project import Project
from domain.visit import Visit
from projections.contradictions.coverage import coverage, matrix
from projections.contradictions.found import found
from projections.contradictions.known import VIEWS, Known, known, mixed, not_closed_before
from projections.engine.view import Row
from projections.finding import Finding, catalogue
from projections.finding import told as as_json
from projections.midterm import midterm
from projections.spans import OPEN
from tests.casework import LOST, ContractedDesk, only, opening
from tests.contracts import within
from tests.folding import told
from tests.fuyuan import adopted, deliveries, report
from tests.monthly import Contracted
from tests.station import MemoryDesk, entry

REASON = Reason(code="entry_error", text="开案录入错误")
HELD, REPORTED = date(2018, 10, 26), date(2018, 12, 7)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def fuyuan() -> Known:
    return fuyuan_since(None)


def fuyuan_since(since: date | None) -> Known:
    desk = MemoryDesk()
    project = adopted(desk)
    report(desk, project)
    contract = desk.load(Project, project)
    made = [_event(contract, project, facts) for facts in deliveries()]
    return known(told(VIEWS, [*desk.log, *made]), project, REPORTED, since)


def _event(contract: Project, project: Id, facts: Counted) -> AnyEvent:
    counted = replace(facts, allocations=contract.allocate(facts))
    (event,) = Visit.start(entry(HELD), within(project), counted).collect_events()
    return event


def of(known: Known, code: str, *said: str) -> list[Finding]:
    return [
        one
        for one in found(known)
        if one.code == code and set(said) <= set(map(str, one.details.values()))
    ]


def figure(finding: Finding, name: str) -> tuple[int | float, str]:
    (one,) = [one for one in finding.figures if one.name == name]
    return one.value, one.unit


def claiming(known: Known, of: str, **changes: Any) -> Known:
    """The same report, where the claims of one line say something else."""
    rows = [{**row, **changes} if row["line"] == of else row for row in known.rows.claims]
    return replace(known, rows=replace(known.rows, claims=rows))


def of_indicator(known: Known, line: str, code: str) -> Known:
    """The same report, where what was claimed of a line names an indicator in its place."""
    (indicator,) = [row["indicator"] for row in known.rows.indicators if row["code"] == code]
    return claiming(known, line, line=None, indicator=indicator)


def targeted(known: Known, code: str, value: int) -> Known:
    """The same report, where an indicator was to reach something else."""
    (indicator,) = [row["indicator"] for row in known.rows.indicators if row["code"] == code]
    targets = [
        {**row, "low": value, "high": value} if row["indicator"] == indicator else row
        for row in known.rows.targets
    ]
    rows = replace(known.rows, targets=targets)
    return replace(known, rows=rows, report=midterm(rows))


def test_people_with_their_workers_are_no_measure_of_casework(fuyuan: Known) -> None:
    (finding,) = of(fuyuan, "participants_mixed", "B06")
    assert figure(finding, "said") == (5, "人")
    assert figure(finding, "times") == (15, "次")
    assert figure(finding, "person_times") == (15, "人次")
    clients_only = claiming(fuyuan, "B06", counts="client")
    assert of(clients_only, "participants_mixed", "B06") == []
    (by_indicator,) = of(of_indicator(fuyuan, "B06", "B06.times"), "participants_mixed", "B06")
    assert by_indicator == finding
    elsewhere = of_indicator(fuyuan, "B06", "B05.times")
    assert of(elsewhere, "participants_mixed", "B06") == []


def test_attendance_that_was_said_is_held_against_what_was_counted(fuyuan: Known) -> None:
    (finding,) = of(fuyuan, "attendance_said", "B08")
    assert (figure(finding, "said"), figure(finding, "counted")) == ((60, "人次"), (75, "人次"))
    agreeing = claiming(fuyuan, "B08", value=15)
    assert of(agreeing, "attendance_said", "B08") == []


def test_lines_count_those_who_serve_in_different_ways(fuyuan: Known) -> None:
    (finding,) = of(fuyuan, "roles_counted_differently")
    assert "B07 20/15" in str(finding.details["lines"])
    assert finding.details["same"] == "B09"
    one_way = fuyuan
    for line in ("B07", "B08", "B09", "B11", "B13", "B15", "B19"):
        one_way = claiming(one_way, line, value=200)
    assert of(one_way, "roles_counted_differently") == []


def test_person_times_with_those_who_serve_are_told_apart_by_role(fuyuan: Known) -> None:
    (finding,) = of(fuyuan, "person_times_mixed", "B16")
    assert (figure(finding, "said"), figure(finding, "beneficiaries")) == (
        (240, "人次"),
        (150, "人次"),
    )
    assert of(claiming(fuyuan, "B16", value=150), "person_times_mixed") == []


def test_tables_that_differ_and_units_that_change_are_found_with_their_records(
    fuyuan: Known,
) -> None:
    (integration,) = of(fuyuan, "tables_differ", "A05")
    assert figure(integration, "A05.planned") == (1, "次")
    assert figure(integration, "B09.actual") == (2, "次")
    (choir,) = of(fuyuan, "unit_changes", "B19")
    assert choir.details["average"] == "312/14 = 22 + 4/14"
    assert len(choir.events) == 14 + 1 + 1  # meetings, the founding, the claim
    assert of(fuyuan, "unit_changes", "B17") == []


def test_units_that_stand_differently_make_no_single_percentage(fuyuan: Known) -> None:
    (finding,) = of(fuyuan, "completions_differ")
    assert "117.4%" in str(finding.details["sums"])
    assert (figure(finding, "A.cases.actual"), figure(finding, "A.cases.planned")) == (
        (5, "个"),
        (12, "个"),
    )
    assert (finding.details["done"], finding.details["partial"]) == (9, 5)


def test_what_is_counted_of_a_kind_and_what_is_left_out(fuyuan: Known) -> None:
    (finding,) = of(fuyuan, "variants_left_out")
    sorts = {"counted_sorts": "monthly_professional", "left_sorts": "weekly"}
    assert finding.details == {"kind": "supervision", **sorts}
    assert [figure(finding, name)[0] for name in ("held", "counted", "left")] == [25, 5, 20]
    monthly = {event: row for event, row in fuyuan.traces.items() if row["variant"] != "weekly"}
    assert of(replace(fuyuan, traces=monthly), "variants_left_out", "supervision") == []


def test_work_that_no_goal_names_needs_an_amendment(fuyuan: Known) -> None:
    (finding,) = of(fuyuan, "out_of_scope")
    assert (figure(finding, "times"), figure(finding, "person_times")) == (
        (16, "次"),
        (250, "人次"),
    )
    lines = str(finding.details["lines"]).split(", ")
    assert [line.partition(" ")[0] for line in lines] == ["B15", "B16", "B20"]
    amended = [{"day": date(2018, 9, 1)}]
    assert of(replace(fuyuan, amendments=amended), "out_of_scope") == []


def test_a_plan_met_to_the_unit_comes_with_the_day_it_was_set(fuyuan: Known) -> None:
    (times, heads) = of(fuyuan, "plan_met_exactly", "B05")
    assert {times.details["unit"], heads.details["unit"]} == {"次", "人次"}
    assert times.thresholds == {"large": 30}
    assert times.details["first"] == HELD.isoformat()
    assert len(of(targeted(fuyuan, "B05.times", 87), "plan_met_exactly", "B05")) == 1


@pytest.mark.parametrize("hour", [0, 7, 23])
def test_a_plan_was_set_on_a_day_of_the_civil_calendar(fuyuan: Known, hour: int) -> None:
    """The store answers in UTC, in which seven in the morning is the day before."""
    written = at(date(2018, 8, 2), hour).astimezone(UTC)
    targets = [{**row, "recorded_at": written} for row in fuyuan.rows.targets]
    told_of = replace(fuyuan, rows=replace(fuyuan.rows, targets=targets))
    shown = [one.details["set_on"] for one in of(told_of, "plan_met_exactly", "B05")]
    assert shown == ["2018-08-02"] * 2


@pytest.mark.parametrize(
    ("day", "planned", "figure"),
    [
        (date(2018, 9, 30), "至中期2次", (2, "midterm")),
        (date(2018, 10, 1), "全项目10次", (10, "project")),
        (date(2018, 12, 5), "全项目20次", (20, "project")),
    ],
)
def test_the_matrix_plans_what_the_report_of_the_day_plans(
    day: date, planned: str, figure: tuple[int, str]
) -> None:
    """Given what is due by the mid-term, each month and in all, and more in all from December,
    when the matrix is asked for a day, then it plans what held then, as the report does."""
    project = Contracted(
        ("project", Target(value=10, unit="次")),
        ("midterm", Target(value=2, unit="次")),
        ("month", Target(value=1, unit="次")),
    )
    project.target("project", Target(value=20, unit="次"), since=date(2018, 12, 1))
    (one,) = matrix(known(told(VIEWS, project.desk.log), project.project, day))
    assert one.planned == planned
    cell = project.cell(day)
    assert (cell.planned, cell.per) == figure


def test_what_stands_alone_on_either_side_of_the_matrix_is_listed(fuyuan: Known) -> None:
    (idle,) = of(fuyuan, "indicator_without_work")
    assert idle.details["codes"] == "1-1, 2-1, 2-2, 3-1, 3-2, 3-3, 4-1, 4-2-1, 5-2, A14, A15"
    assert figure(idle, "A15") == (0, "条")
    rows = fuyuan.rows
    dropped = [
        {**row, "in_scope_at_first": False} if row["code"] == "A15" else row
        for row in rows.indicators
    ]
    (promised,) = of(
        replace(fuyuan, rows=replace(rows, indicators=dropped)), "indicator_without_work"
    )
    assert promised.details["codes"] == str(idle.details["codes"]).removesuffix(", A15")
    (goalless,) = of(fuyuan, "item_without_goal")
    assert goalless.details["codes"] == "A12, A13, A16, B01, B02, B04, B17"
    by_indicator = of_indicator(fuyuan, "B06", "B06.times")
    assert of(by_indicator, "claim_without_line") == of(fuyuan, "claim_without_line")
    (alone,) = of(fuyuan, "claim_without_line")
    assert alone.details["codes"] == "3.2.5-2 30人, 4.1 200人"
    shown = coverage(fuyuan)
    assert [goal["goal"] for goal in shown["goals"]] == list("1234567")
    assert {one["code"] for one in shown["of_no_goal"]} >= {"A12", "A16", "B01.times"}
    planned = {one.code: one.planned for one in matrix(fuyuan)}
    asked = [planned[code] for code in ("1-2", "3-1", "3-2", "A13")]
    assert asked == ["定期", "每月10户", "全项目3–4次", None]


def test_a_goal_of_no_indicator_and_work_of_none_are_listed(fuyuan: Known) -> None:
    assert of(fuyuan, "goal_without_indicator") == []
    assert of(replace(fuyuan, outside=[]), "work_of_no_indicator") == []
    idle: Row = {"code": "8", "title": "培育志愿队伍"}
    kinds = (("home_service", 0), ("phone_contact", 0), ("home_service", 0), ("home_visit", 2))
    outside: list[Row] = [
        {"event": derived_id("outside", str(n)), "kind": kind, "indicators": counted}
        for n, (kind, counted) in enumerate(kinds)
    ]
    bare = replace(fuyuan, goals=[*fuyuan.goals, idle], outside=outside)
    (goal,) = of(bare, "goal_without_indicator")
    assert (goal.details["codes"], figure(goal, "8")) == ("8", (0, "条"))
    (nowhere,) = of(bare, "work_of_no_indicator")
    assert nowhere.details["codes"] == "home_service 2, phone_contact 1"
    assert len(nowhere.events) == 3
    shown = coverage(bare)
    assert shown["work_of_no_indicator"] == {"home_service": 2, "phone_contact": 1}
    assert {one["goal"] for one in shown["goals"][0]["indicators"]} == {"1"}
    assert shown["goals"][-1]["indicators"] == []
    assert {one["goal"] for one in shown["of_no_goal"]} == {None}
    alone = [(row["line"], row["value"], row["unit"]) for row in shown["claims_of_no_line"]]
    assert alone == [("3.2.5-2", 30, "人"), ("4.1", 200, "人")]


def test_what_shows_a_status_must_be_among_the_records(fuyuan: Known) -> None:
    (finding,) = of(fuyuan, "evidence_not_here")
    assert "A13" in str(finding.details["cells"])
    kept = frozenset(row["evidence"] for row in fuyuan.rows.statuses)
    assert of(replace(fuyuan, files=kept), "evidence_not_here") == []
    (status, *_) = fuyuan.rows.statuses
    for day, found_on in ((REPORTED, 1), (REPORTED + DAY, 0)):
        declared = replace(fuyuan.rows, statuses=[{**status, "day": day}])
        assert len(of(replace(fuyuan, rows=declared), "evidence_not_here")) == found_on


def test_a_status_is_shown_by_work_and_not_by_what_was_said_about_it(fuyuan: Known) -> None:
    assert fuyuan.project is not None
    held = next(iter(fuyuan.traces))
    (status, *_), claims = fuyuan.rows.statuses, fuyuan.rows.claims

    def alone(evidence: Id) -> list[Finding]:
        shown = replace(fuyuan.rows, statuses=[{**status, "evidence": evidence}])
        return of(replace(fuyuan, rows=shown), "evidence_not_here")

    assert alone(held) == alone(fuyuan.traces[held]["stream"]) == []
    for said in (fuyuan.project["project"], status["declaration"], claims[0]["claim"]):
        assert len(alone(said)) == 1


def test_a_report_shown_by_a_link_alone_is_unverifiable(fuyuan: Known) -> None:
    file, event = derived_id("file"), derived_id("published")
    link: Row = {"event": event, "url": "https://example.org/1", "document": None}
    (finding,) = of(replace(fuyuan, published=[link]), "link_only")
    assert finding.events == (event,)
    kept = replace(fuyuan, published=[{**link, "document": file}], files=frozenset({file}))
    assert of(kept, "link_only") == []


def test_closed_cases_without_evaluation_or_follow_up(fuyuan: Known) -> None:
    case = derived_id("case")
    row: Row = {"case_id": case, "audience": "elderly", "opened": HELD, "closed": HELD}
    bare = replace(fuyuan, cases=[row])
    (finding,) = of(bare, "cases_apart", "elderly")
    assert (figure(finding, "closed"), figure(finding, "followed")) == ((1, "个"), (0, "个"))
    ids = frozenset({case})
    fine = replace(bare, evaluated=ids, followed=ids)
    assert of(fine, "cases_apart") == []
    disabled = row | {"case_id": derived_id("a disabled person's"), "audience": "disabled"}
    assert len(of(replace(fine, cases=[row, disabled]), "cases_apart", "disabled")) == 1
    (unevaluated,) = of(replace(bare, followed=ids), "cases_apart")
    assert [figure(unevaluated, name)[0] for name in ("evaluated", "followed")] == [0, 1]
    assert unevaluated.about == ()
    for since, opened in ((HELD, 1), (HELD + DAY, 0)):
        (later,) = of(replace(bare, rows=replace(bare.rows, since=since)), "cases_apart")
        assert figure(later, "opened") == (opened, "个")
    other = derived_id("another case")
    met: Row = {
        "event": derived_id("met"),
        "stream": other,
        "kind": "case_session",
        "variant": None,
    }
    calls: Row = {**met, "event": derived_id("called"), "kind": "phone_contact"}
    strange: Row = {**met, "event": derived_id("elsewhere"), "stream": derived_id("elsewhere")}
    traces = {
        each["event"]: {**each, "beneficiaries": people}
        for each, people in ((met, 2), (calls, 3), (strange, 5))
    }
    two = [row | {"closed": REPORTED}, row | {"case_id": other, "closed": REPORTED + DAY}]
    (apart,) = of(replace(bare, cases=two, evaluated=ids, traces=traces), "cases_apart")
    names = ("opened", "open", "closed", "evaluated", "followed", "sessions", "person_times")
    assert [figure(apart, name)[0] for name in names] == [2, 1, 1, 1, 0, 1, 2]
    assert [one.id for one in apart.about] == [case]


def test_a_case_whose_opening_is_void_is_none_of_them() -> None:
    desk = ContractedDesk()
    made = within(desk.project)
    wrong = open_case(desk, entry(), made, opening())
    void_record(desk, entry(), wrong.stream, only(wrong), REASON)
    right = open_case(desk, entry(), made, opening()).stream
    close_case(desk, entry(), right, LOST)
    (finding,) = of(known(told(VIEWS, desk.log), desk.project, REPORTED), "cases_apart")
    assert (figure(finding, "opened"), figure(finding, "open")) == ((1, "个"), (0, "个"))


def test_a_group_that_met_once(fuyuan: Known) -> None:
    group = derived_id("group")
    row: Row = {"group_id": group, "title": "外出游", "closed": HELD}
    met: list[Row] = [{"group_id": group, "event": derived_id("met", str(n))} for n in range(2)]
    once = replace(fuyuan, groups=[row], group_sessions=met[:1])
    assert len(of(once, "short_group", "外出游")) == 1
    assert of(replace(once, group_sessions=met), "short_group") == []
    for later in (None, REPORTED + DAY):
        assert of(replace(once, groups=[{**row, "closed": later}]), "short_group") == []
    elsewhere: list[Row] = [{**each, "group_id": derived_id("another")} for each in met]
    last = replace(
        once, groups=[{**row, "closed": REPORTED}], group_sessions=[*met[:1], *elsewhere]
    )
    assert len(of(last, "short_group", "外出游")) == 1


def test_contradictions_of_a_time_are_of_the_work_done_in_it() -> None:
    """All of it was done on one day, so from the next day on there is none."""
    whole, after = fuyuan_since(HELD), fuyuan_since(HELD + timedelta(days=1))
    assert whole.traces
    assert after.traces == {}
    assert list(after.rows.contributions) == list(after.outside) == []
    assert of(after, "out_of_scope") == []
    assert of(whole, "out_of_scope")
    promised = {one.code for one in matrix(whole) if one.events}
    (nothing,) = of(after, "indicator_without_work")
    assert {row["code"] for row in after.rows.indicators} >= promised
    assert "A02" in str(nothing.details["codes"]).split(", ")


def test_cases_of_a_time_are_those_that_were_not_closed_before_it(fuyuan: Known) -> None:
    days = (HELD - timedelta(days=90), HELD - timedelta(days=60), None)
    cases: list[Row] = [
        {
            "case_id": derived_id("case", str(closed)),
            "audience": "elderly",
            "opened": days[0],
            "closed": closed,
        }
        for closed in days[1:]
    ]
    assert not_closed_before(cases, HELD) == cases[1:]
    assert not_closed_before(cases, days[1]) == not_closed_before(cases, None) == cases
    rows = replace(fuyuan.rows, since=days[1])
    (finding,) = of(replace(fuyuan, rows=rows, cases=cases), "cases_apart")
    assert (figure(finding, "opened"), figure(finding, "closed")) == ((0, "个"), (1, "个"))
    (whole,) = of(replace(fuyuan, cases=cases), "cases_apart")
    assert figure(whole, "opened") == (2, "个")


def test_a_team_that_changed(fuyuan: Known) -> None:
    first = {"first": date(2018, 6, 1), "demonstration": False}
    role: Row = {"staff": derived_id("staff"), "begins": date(2018, 6, 1), "ends": OPEN}
    same = replace(fuyuan, project=first, roles=[role])
    assert of(same, "team_changed") == []
    left = replace(same, roles=[{**role, "ends": date(2018, 9, 30)}])
    (finding,) = of(left, "team_changed")
    assert (figure(finding, "came"), figure(finding, "went")) == ((0, "人"), (1, "人"))
    since = replace(same, rows=replace(same.rows, since=HELD))
    days = (
        (HELD - DAY, HELD - DAY),
        (HELD, HELD),
        (REPORTED, REPORTED),
        (REPORTED + DAY, REPORTED + DAY),
    )
    turns: list[Row] = [{**role, "begins": begins, "ends": ends} for begins, ends in days]
    (within_it,) = of(replace(since, roles=turns), "team_changed")
    assert (figure(within_it, "came"), figure(within_it, "went")) == ((2, "人"), (2, "人"))
    (joined,) = of(replace(same, roles=[role, {**role, "begins": HELD}]), "team_changed")
    assert (figure(joined, "came"), figure(joined, "went")) == ((1, "人"), (0, "人"))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [("client worker", True), ("client", False), ("worker", False), ("", False)],
)
def test_a_claim_is_mixed_that_counts_those_served_and_others(
    counts: str, *, expected: bool
) -> None:
    assert mixed({"counts": counts}) is expected


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_findings_do_not_depend_on_the_order_of_rows(fuyuan: Known, chance: Random) -> None:
    claims, came = list(fuyuan.rows.claims), list(fuyuan.rows.contributions)
    traces = list(fuyuan.traces.items())
    for rows in (claims, came, traces):
        chance.shuffle(rows)
    other = replace(
        fuyuan,
        rows=replace(fuyuan.rows, claims=claims, contributions=came),
        traces=dict(traces),
    )
    assert found(other) == found(fuyuan)


def test_every_finding_has_words_in_both_languages(fuyuan: Known) -> None:
    findings = found(fuyuan)
    assert len(findings) > 10
    for finding in findings:
        words = as_json(finding)["words"]
        assert set(words) == {"zh", "en"}
        assert "{" not in words["zh"] + words["en"]
        assert re.findall("[a-z_]{3,}", words["zh"]) == [], "a code that has no name yet"
    every = {"zh", "en", "title_zh", "title_en"}
    assert all(set(words) == every for words in catalogue().values())
