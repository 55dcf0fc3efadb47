"""The main job: S0's project, recorded through commands, gives S0's tables."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped] # it has no types
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from deploy.asked import READER
from deploy.commands import demo
from deploy.demo.play import play
from deploy.demo.stage import LEAD, OPERATOR
from deploy.reports.checking import compared
from deploy.reports.document import contradictions
from deploy.reports.midterm import explained, midterm_tables
from deploy.wiring import House
from domain.clock import SHANGHAI
from domain.journal.codec import decode
from domain.journal.tokens import Tokens, id_of
from domain.principal import Principal
from domain.token import TokenIssued
from projections.audit import AUDIT
from projections.catalogue import VIEWS
from projections.contradictions import known as contradicted
from projections.contradictions.found import found
from projections.engine.ask import MemoryAnswers
from projections.engine.fold import canonical, fold
from projections.engine.rebuild import rebuild
from projections.indicators import indicators
from projections.midterm import gather, midterm
from projections.project import PROJECT, projects
from projections.signals import work as signs
from projections.signals.found import signals
from tests.integration.demonstration import demonstration, project_of, replayed
from tests.integration.pages import sign_in
from tests.tables import read_table
from workers.workbook import tell, write

DATA = Path(__file__).parents[1] / "data"
PRINTED = json.loads((DATA / "fuyuan_midterm.json").read_text("utf-8"))
DAY = date(2018, 12, 7)


@pytest.fixture(scope="module")
def built(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with demonstration(module_house_url, tmp_path_factory.mktemp("home")) as it:
        yield it


@pytest.fixture(scope="module")
def tables(built: House) -> dict[str, Any]:
    ledger = project_of(built)
    return midterm_tables(replayed(built), ledger, DAY)


def test_table_a_is_that_of_the_document(tables: dict[str, Any]) -> None:
    pairs = zip(tables["table_a"], PRINTED["table_a"], strict=True)
    for line, printed in pairs:
        assert {name: line[name] for name in printed} == printed
    assert [line["status"] for line in tables["table_a"]].count("done") == 9


def test_table_b_is_that_of_the_document(tables: dict[str, Any]) -> None:
    assert tables["table_b"] == PRINTED["table_b"]


def test_the_totals_are_those_that_must_come_out(tables: dict[str, Any]) -> None:
    assert tables["totals"] == PRINTED["totals"]


def test_a_figure_is_explained_by_its_events(built: House) -> None:
    ledger = project_of(built)
    behind = explained(replayed(built), ledger, "B08", DAY)
    figures = {one["code"]: one for one in behind["indicators"]}
    assert figures["B08.person_times"]["total"] == 75
    assert [event["amount"] for event in figures["B08.person_times"]["events"]] == [15] * 5
    assert len(figures["B08.times"]["events"]) == 5


def test_the_live_views_say_what_the_ledger_alone_says(built: House) -> None:
    ledger = project_of(built)
    with built.asking.within(READER) as live:
        asked = midterm_tables(live, ledger, DAY)
    assert asked == midterm_tables(replayed(built), ledger, DAY)


def test_playing_it_again_records_nothing(built: House) -> None:
    before = built.journal.max_notification_id()
    assert play(built.records) == 0
    assert built.journal.max_notification_id() == before


def test_it_was_written_down_in_2018_and_some_of_it_late(built: House) -> None:
    ledger = project_of(built)
    rows = list(built.journal.read_ledger(ledger))
    assert {row.at.astimezone(SHANGHAI).year for row in rows} <= {2018, 2019}
    with built.asking.within(READER) as live:
        changes = [row["change"] for row in live.rows(AUDIT, where={"ledger": ledger})]
        late = live.rows(AUDIT, where={"ledger": ledger, "late": True})
    assert (changes.count("corrected"), changes.count("voided"), len(late)) == (1, 1, 6)


def test_what_was_known_earlier_is_a_prefix(built: House) -> None:
    ledger = project_of(built)
    rows = list(built.journal.read_ledger(ledger))
    known = [row for row in rows if row.at.astimezone(SHANGHAI).date() <= date(2018, 9, 30)]
    assert known == rows[: len(known)]
    folded, _ = fold((projects, indicators), known)
    report = midterm(gather(MemoryAnswers(folded, READER), ledger, DAY))
    (visits,) = (line for line in report.lines if line.line == "B05")
    actual = visits.cells["times"].actual
    assert actual is not None
    assert 0 < actual < 88


def test_everything_made_from_it_is_marked(built: House) -> None:
    with built.journal.connect() as connection:
        marked = connection.execute("SELECT bool_and(demonstration) FROM ledger").fetchone()
    assert marked == (True,)
    with built.asking.within(READER) as live:
        assert [row["demonstration"] for row in live.rows(PROJECT)] == [True]


def test_its_workbook_says_on_every_sheet_that_it_is_invented(built: House) -> None:
    ledger = project_of(built)
    head = built.journal.max_notification_id() or 0
    made = BytesIO(write(tell(built.journal.read_ledger(ledger), ledger, DAY, head)))
    values = openpyxl.load_workbook(made, data_only=True)
    assert len(values.sheetnames) == 5
    for sheet in values:
        assert str(sheet["A1"].value).startswith("演示数据")
    assert [cell.value for cell in values["指标进度"][2]][:3] == ["指标编号", "指标", "单位"]
    deliveries = values["明细"]
    assert deliveries.freeze_panes == "A3"
    assert str(deliveries.auto_filter.ref).startswith("A2:")
    rows = list(values["指标进度"].iter_rows(min_row=3, values_only=True))
    (b05,) = [row for row in rows if row[0] == "B05.times"]
    parts = deliveries.iter_rows(min_row=3, values_only=True)
    assert sum(row[4] for row in parts if row[0] == "B05.times") == b05[5] > 0


def test_every_view_is_the_fold_of_the_journal_followed_or_rebuilt(built: House) -> None:
    rows, folder = fold(VIEWS, built.journal.read(0, 100_000))
    assert folder.parked == {}
    replayed_tables = {table.name: rows.dump(table) for view in VIEWS for table in view.tables}
    assert live_tables(built) == replayed_tables
    rebuild(built.journal, built.connect, VIEWS)
    assert live_tables(built) == replayed_tables
    assert sum(dump.count(b"\n") for dump in replayed_tables.values()) > 1_000


def live_tables(built: House) -> dict[str, bytes]:
    with built.connect() as connection:
        return {
            table.name: canonical(table, read_table(connection, table))
            for view in VIEWS
            for table in view.tables
        }


def test_the_contradictions_of_the_document_are_found(built: House) -> None:
    """By hand, from the document: which claims, tables and records stand against each other."""
    ledger = project_of(built)
    answers = replayed(built, contradicted.VIEWS)
    made = compared(contradicted.known(answers, ledger, DAY))
    shown = {number for one in made["contradictions"] for number in one["document"]}
    assert shown == set(contradictions())
    said = {
        (one["code"], one["details"].get("line")): {
            figure["name"]: figure["value"] for figure in one["figures"]
        }
        for one in made["contradictions"]
    }
    apart = {"said": 5, "persons": 3, "streams": 3, "all": 5, "times": 15, "person_times": 15}
    assert said["participants_mixed", "B06"] == apart
    tutoring = {"said": 240, "beneficiaries": 150, "volunteers": 90, "everybody": 240}
    assert tutoring.items() <= said["person_times_mixed", "B16"].items()
    for line, (claimed, counted) in {
        "B07": (20, 15), "B08": (60, 75), "B11": (90, 80), "B13": (51, 45), "B15": (160, 100),
    }.items():  # fmt: skip
        figures = said["attendance_said", line]
        assert (figures["said"], figures["counted"]) == (claimed, counted)
    supervision = said["variants_left_out", None]
    assert (supervision["held"], supervision["counted"]) == (25, 5)
    assert made["differences"]
    assert [goal["goal"] for goal in made["coverage"]["goals"]] == list("1234567")


def test_the_signals_of_the_demonstration_are_those_that_it_holds(built: House) -> None:
    """By hand, from deploy/demo: each is true of what it records, and none else is found.

    The lead is named as the worker of every activity, so that four days overlap: publicity and an
    outing on 14 August, and on three days a meeting or an outing beside the open hall or the
    choir. Four notes repeat through 88 visits (one void), and one each through the assessments,
    sessions and closings of five cases. Forty-four documents of lines and two groups' seven are
    filed in the last days before the report.
    """
    ledger = project_of(built)
    answers = replayed(built, signs.VIEWS)
    known = signs.read(answers, signs.RecordsOf(project=ledger), DAY, cutoffs=(DAY,))
    found_here = [
        (one.code, one.details.get("day") or one.details.get("line"), len(one.events))
        for one in signals(known)
    ]
    assert found_here == [
        ("mass_documents", None, 58),
        ("more_people_than_times", "B07", 2),
        ("record_lag", None, 5),
        ("same_words", None, 22),
        ("same_words", None, 22),
        ("same_words", None, 22),
        ("same_words", None, 22),
        ("same_words", None, 5),
        ("same_words", None, 25),
        ("same_words", None, 5),
        ("uneven_sum", "B19", 15),
        ("worker_twice", "2018-08-14", 2),
        ("worker_twice", "2018-10-22", 2),
        ("worker_twice", "2018-10-26", 2),
        ("worker_twice", "2018-11-20", 2),
    ]
    with built.asking.within(READER) as live:
        assert signals(signs.read(live, signs.RecordsOf(project=ledger), DAY, cutoffs=(DAY,))) == (
            signals(known)
        )
        (station,) = {row["station"] for row in known.works}
        of_station = signals(
            signs.read(live, signs.RecordsOf(station=station), DAY, cutoffs=(DAY,))
        )
    assert {one.code for one in of_station} >= {one.code for one in signals(known)}
    written = {decode(row.state).id for row in built.journal.read_ledger(ledger)}
    assert {event for one in signals(known) for event in one.events} <= written


def test_contradictions_live_are_those_of_the_ledger_and_name_records_that_exist(
    built: House,
) -> None:
    ledger = project_of(built)
    with built.asking.within(READER) as live:
        asked = found(contradicted.known(live, ledger, DAY))
    answers = replayed(built, contradicted.VIEWS)
    assert asked == found(contradicted.known(answers, ledger, DAY))
    behind = {event for one in asked for event in one.events}
    written = {decode(row.state).id for row in built.journal.read_ledger(ledger)}
    assert behind <= written
    assert len(behind) > 150


def test_the_token_that_the_command_prints_is_on_record(
    built: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHILU_HOME", str(built.exports.parent))
    monkeypatch.setenv("SHILU_DATABASE_URL", built.url)
    before = built.journal.max_notification_id() or 0
    demo.command()
    (token,) = (word for word in capsys.readouterr().out.split() if word.startswith("shilu_"))
    (issued,) = [decode(row.state) for row in built.journal.read(before, 10)]
    assert isinstance(issued.facts, TokenIssued)
    assert (issued.facts.token, issued.facts.holder) == (id_of(token), LEAD)
    assert (issued.operator, issued.demonstration) == (OPERATOR, True)


def test_the_token_of_an_earlier_run_opens_nothing_any_more(
    built: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHILU_HOME", str(built.exports.parent))
    monkeypatch.setenv("SHILU_DATABASE_URL", built.url)
    tokens = []
    for _ in range(2):
        demo.command()
        said = capsys.readouterr().out
        tokens += [word for word in said.split() if word.startswith("shilu_")]
    assert "此前演示给出的令牌已停用" in said
    known = Tokens(built.pool)
    assert [known.principal(token) is None for token in tokens] == [True, False]
    standing = [one for one in known.issued(OPERATOR) if one.stands(built.clock.now())]
    assert [one.token for one in standing] == [id_of(tokens[1])]


@pytest.fixture
def reader(built: House) -> Iterator[TestClient]:
    """Somebody who signs in with the token that the command printed, years later."""
    lead = Principal(actor=LEAD, role="project_lead", operator=OPERATOR)
    with built.services() as parts, TestClient(create_app(parts)) as client:
        sign_in(client, Tokens(built.pool).issue(lead, "test"))
        yield client


def test_its_first_page_leads_to_a_day_on_which_cases_are_to_be_seen(reader: TestClient) -> None:
    first = html.unescape(reader.get("/").text)
    (way,) = re.findall(r'<a href="(/\?at=2018-11-14T[^"]+)">看 2018年11月14日 的情形</a>', first)
    shown = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", reader.get(way).text))
    assert "超期个案 1 在办个案共 2 件" in shown


def test_what_changed_is_looked_for_before_its_last_work(built: House, reader: TestClient) -> None:
    shown = reader.get(f"/projects/{project_of(built)}/changes").text
    assert "自 2018年11月14日" in shown
    assert "没有变化" not in shown
