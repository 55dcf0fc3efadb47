"""`shilu report` tells what was known on any day, and what has changed since."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from deploy.commands import report
from deploy.demo.stage import OPERATOR, PROJECT, STATION
from deploy.wiring import House
from domain.clock import SHANGHAI
from domain.identity import new_id
from domain.journal.entries import JournalRow
from domain.journal.tokens import Tokens
from domain.principal import Principal
from tests.integration.demonstration import demonstration

PRINTED = json.loads((Path(__file__).parents[1] / "data/fuyuan_midterm.json").read_text("utf-8"))
BETWEEN = ("changes", "--between", "2018-09-30", "2018-10-31")
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def built(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("home")
    with demonstration(module_house_url, home) as it, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHILU_DATABASE_URL", module_house_url)
        patch.setenv("SHILU_HOME", str(home))
        yield it


def printed(*asked: str) -> str:
    ran = CliRunner().invoke(report.command, [*asked, "--project", "fuyuan"])
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def told(*asked: str) -> Any:
    return json.loads(printed(*asked, "--json"))


def test_the_documents_tables_are_those_known_at_the_end(built: House) -> None:
    tables = told("midterm", "--known-at", "2019-12-31", "--as-of", "2018-12-07")
    assert (tables["table_b"], tables["totals"]) == (PRINTED["table_b"], PRINTED["totals"])


def test_the_printed_tables_are_the_documents_and_carry_no_key_of_their_own(built: House) -> None:
    tables = told("midterm", "--as-of", "2018-12-07")
    assert list(tables) == ["as_of", "table_a", "table_b", "extra", "totals", "states"]
    pairs = list(zip(tables["table_a"], PRINTED["table_a"], strict=True))
    assert [{name: line[name] for name in row} for line, row in pairs] == PRINTED["table_a"]
    assert {frozenset(line) - frozenset(row) for line, row in pairs} == {frozenset({"status"})}
    for name in ("as_of", "table_b", "totals"):
        assert tables[name] == PRINTED[name]


def test_a_report_of_a_demonstration_says_so(built: House) -> None:
    between = ("changes", "--between", "2018-09-30", "2018-10-31")
    tables: list[tuple[str, ...]] = [("midterm",), ("midterm", "--known-at", "2018-01-01")]
    for asked in tables:
        assert printed(*asked).startswith("演示数据"), asked
    others: list[tuple[str, ...]] = [
        ("midterm", "--explain", "B08"),
        ("stations",),
        ("stations", "--explain", "B08.times"),
        ("projects",),
        ("differences",),
        ("signals",),
        between,
        (*between, "--register", "visits"),
    ]
    for asked in others:
        assert printed(*asked).startswith("演示数据"), asked
        made = told(*asked)
        rows = made if isinstance(made, list) else [made]
        assert {row["demonstration"] for row in rows} == {True}, asked


def test_the_tables_stand_as_they_did_on_any_day_here_as_over_http(built: House) -> None:
    reader = Principal(actor=new_id(), role="operator_manager", operator=OPERATOR)
    headers = {"Authorization": f"Bearer {Tokens(built.pool).issue(reader, 'test')}"}
    times = []
    with built.services() as parts, TestClient(create_app(parts), headers=headers) as client:
        for day in ("2018-07-31", "2018-09-30", "2018-10-31", "2018-11-30"):
            here = told("midterm", "--known-at", day)
            path = f"/api/v1/projects/{PROJECT}/midterm"
            there = client.get(path, params={"known_at": day}).json()
            assert {name: there[name] for name in here} == here
            assert here["as_of"] == day
            times.append(here["totals"]["actual_times"])
    assert times == sorted(set(times))


def test_a_position_means_the_day_on_which_it_was_reached_whenever_it_is_asked_about(
    built: House,
) -> None:
    known = [row for row in built.journal.read_ledger(PROJECT) if civil(row) <= date(2018, 10, 31)]
    position = str(known[-1].position)
    here = told("midterm", "--known-at", position)
    assert here["as_of"] == civil(known[-1]).isoformat()
    same_day = told("midterm", "--known-at", position, "--as-of", here["as_of"])
    assert here == same_day
    reader = Principal(actor=new_id(), role="operator_manager", operator=OPERATOR)
    headers = {"Authorization": f"Bearer {Tokens(built.pool).issue(reader, 'test')}"}
    with built.services() as parts, TestClient(create_app(parts), headers=headers) as client:
        path = f"/api/v1/projects/{PROJECT}/midterm"
        there = client.get(path, params={"known_at": position}).json()
    assert {name: there[name] for name in here} == here


def civil(row: JournalRow) -> date:
    return row.at.astimezone(SHANGHAI).date()


def test_work_of_a_time_is_told_by_itself(built: House) -> None:
    october = told("midterm", "--from", "2018-10-01", "--as-of", "2018-10-31")
    before, after = (told("midterm", "--as-of", day) for day in ("2018-09-30", "2018-10-31"))
    done = [each["totals"]["actual_person_times"] for each in (before, october, after)]
    assert done[0] + done[1] == done[2]
    assert october["since"] == "2018-10-01"


def test_changes_between_two_days_are_told_with_their_events(built: House) -> None:
    lines = told("changes", "--between", "2018-09-30", "2018-10-31")["lines"]
    assert lines
    assert all(line["events"] for line in lines)
    rows = told("changes", "--between", "2018-09-30", "2018-10-31", "--register", "visits")
    assert {row["change"] for row in rows} == {"new"}
    shown = printed("changes", "--between", "2018-09-30", "2018-10-31")
    names = ("item", "actual_name", "planned_name")
    for line in lines:
        named = next(filter(None, map((line["after"] or line["before"]).get, names)))
        assert f"{line['line']} {named}"[:20] in shown.replace("\n", "")
    assert "录入 / Written" in shown
    assert "部分完成 / Partly done" in shown
    assert not re.search(r"not_done|partial\b|\bwritten\b|person_times|None|…", shown)
    by_row = printed("changes", "--between", "2018-09-30", "2018-10-31", "--register", "visits")
    assert rows[0]["events"][0]["event"] in by_row
    assert "已联系到 / Made" in by_row
    assert "人次 / person-times" in by_row
    assert not re.search(r"│ [a-z_]+ ", by_row)
    for asked in ((), ("--register", "visits")):
        nothing = printed("changes", "--between", "2018-09-30", "2018-09-30", *asked)
        assert "没有变化 / nothing has changed" in nothing


def test_differences_are_told_as_known_then(built: House) -> None:
    early, late = (told("differences", "--known-at", day) for day in ("2018-06-30", "2019-12-31"))
    assert len(early["differences"]) < len(late["differences"])


def test_every_report_is_of_a_time_when_both_its_days_are_named(built: House) -> None:
    days = ("--from", "2018-10-01", "--as-of", "2018-10-31")
    (line, *_) = told("midterm", "--explain", "B05", *days)["indicators"]
    assert line["events"]
    assert {event["day"][:7] for event in line["events"]} == {"2018-10"}
    whole = told("midterm", "--explain", "B05", "--as-of", "2018-10-31")["indicators"][0]
    before = told("midterm", "--explain", "B05", "--as-of", "2018-09-30")["indicators"][0]
    assert before["total"] + line["total"] == whole["total"]
    assert told("signals", *days)["records"] < told("signals", "--as-of", "2018-10-31")["records"]
    of_a_time, of_all = (
        told("differences", *asked)["coverage"] for asked in (days, ("--as-of", "2018-10-31"))
    )
    assert _came(of_a_time) < _came(of_all)
    moments = ("changes", "--between", "2018-09-30", "2018-11-30")
    rows = told(*moments, "--register", "visits", *days)
    assert rows
    days_of = [change["after"] for row in rows for change in row["changes"]]
    assert {day[:7] for day in days_of if str(day).startswith("2018-")} == {"2018-10"}
    assert len(rows) < len(told(*moments, "--register", "visits"))
    totals = told(*moments, *days)["totals"]["actual_times"]
    assert totals[0] < totals[1] < told(*moments)["totals"]["actual_times"][1]


def _came(coverage: Any) -> int:
    return sum(one["events"] for goal in coverage["goals"] for one in goal["indicators"])


def test_what_is_no_moment_is_explained(built: House) -> None:
    asked = ["midterm", "--project", "fuyuan", "--known-at", "yesterday"]
    ran = CliRunner().invoke(report.command, asked)
    assert ran.exit_code == 2
    assert "2018-10-31" in ran.output


@pytest.mark.parametrize(
    "asked",
    [
        ("midterm", "--known-at", "99999999"),
        ("differences", "--known-at", "99999999"),
        ("signals", "--known-at", "99999999"),
        ("changes", "--between", "2018-09-30", "99999999"),
        ("midterm", "--known-at", "2999-01-01"),
        ("changes", "--between", "2018-09-30", "2999-01-01"),
        ("changes", "--between", "2018-10-31", "2018-09-30"),
        ("midterm", "--from", "2019-01-01", "--as-of", "2018-01-01"),
        ("midterm", "--explain", "B05", "--from", "2019-01-01", "--as-of", "2018-01-01"),
        ("midterm", "--from", "2018-11-01", "--known-at", "2018-10-31"),
        ("differences", "--from", "2019-01-01", "--as-of", "2018-01-01"),
        ("signals", "--from", "2019-01-01", "--as-of", "2018-01-01"),
        (*BETWEEN, "--from", "2019-01-01", "--as-of", "2018-01-01"),
        (*BETWEEN, "--register", "visits", "--from", "2019-01-01", "--as-of", "2018-01-01"),
        ("midterm", "--explain", "ZZZ"),
        ("midterm", "--explain", "b08", "--json"),
    ],
)
def test_what_cannot_be_is_refused_in_words(built: House, asked: tuple[str, ...]) -> None:
    ran = CliRunner().invoke(report.command, [*asked, "--project", "fuyuan"])
    assert (ran.exit_code, ran.stdout) == (2, ""), ran.output
    assert isinstance(ran.exception, SystemExit)


def test_a_line_that_the_report_has_not_is_named_beside_those_that_it_has(built: House) -> None:
    asked = ["midterm", "--project", "fuyuan", "--explain", "ZZZ"]
    ran = CliRunner().invoke(report.command, asked)
    assert "no such line: ZZZ" in ran.stderr
    assert " B08," in ran.stderr


def test_tables_for_people_are_whole_on_a_narrow_terminal(
    built: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = printed("midterm", "--as-of", "2018-12-07")
    assert [row["id"] for row in told("midterm")["table_b"] if row["id"] not in shown] == []
    assert re.search(r"B06 .*15 / 30 .*15 / 30", shown)
    assert "（计划：老年人" in shown, "B08 was planned under another name"
    assert not re.search(r"…|None|True|\[", shown)
    behind = told("midterm", "--explain", "B08")["indicators"]
    events = {event["event"] for figure in behind for event in figure["events"]}
    listed = printed("midterm", "--explain", "B08")
    assert len(events) == 5
    assert {event for event in events if event not in listed} == set()


def test_findings_for_people_have_a_title_and_name_codes(built: House) -> None:
    shown = printed("signals", "--as-of", "2018-12-07")
    assert "社工同时在两处 / A worker at two places (worker_twice)" in shown
    assert "（亲子活动、宣传活动）" in shown
    assert "(Parent-child activity, Publicity)" in shown
    assert "I0-02 个案各口径" in printed("differences", "--as-of", "2018-12-07")


def test_claims_that_differ_are_told_to_people_with_what_is_counted(built: House) -> None:
    differ = [each for each in told("differences")["differences"] if each["claim"]]
    assert differ
    shown = printed("differences")
    head, _, rest = shown.partition("I0-02")
    assert "填报数" in head
    assert rest
    for each in differ:
        assert str(each["line"] or "") in head
        assert all(str(one["value"]) in head for one in each["counted"])


def test_figures_stand_by_station_and_by_project_and_open_to_their_events(built: House) -> None:
    whole = {one["code"]: one for one in told("stations", "--as-of", "2018-12-07")["indicators"]}
    times = whole["B08.times"]
    (part,) = times["stations"]
    assert (part["station"], part["total"]) == (STATION, times["total"])
    behind = told("stations", "--explain", "B08.times", "--as-of", "2018-12-07")
    assert [(one["station"], len(one["events"])) for one in behind["indicators"]] == [
        (STATION, times["total"])
    ]
    shown = printed("stations")
    for words in ("各社工站对照 / By station", "不能相加", "全项目", "福源"):
        assert words in shown.replace("\n", ""), words
    beside = told("projects", "--as-of", "2018-12-07")
    assert [one["slug"] for one in beside["projects"]] == ["fuyuan"]
    totals = {each["code"]: each["total"] for one in beside["figures"] for each in one["projects"]}
    assert totals == {code: one["total"] for code, one in whole.items()}
    assert "福源" in printed("projects")
    nope = CliRunner().invoke(
        report.command, ["stations", "--project", "fuyuan", "--explain", "nope"]
    )
    assert (nope.exit_code, "B08.times" in nope.stderr) == (2, True)
