"""Out of a bundle alone, with no database near, come the reports that the live journal gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.commands import report
from deploy.demo.contract import contract
from deploy.demo.play import acts
from deploy.demo.setting import setting, team
from deploy.demo.stage import OPERATOR, PROJECT, STAFF, STATION, Act, Stage, act, goes_on
from deploy.settings import Settings
from deploy.wiring import House, house
from domain.clock import SimulatedClock, at
from domain.identity import Id
from domain.staff import StaffAssigned
from domain.staffing import assign
from tests.bundles import copied, write
from tests.databases import fresh_database, walkable_folder

JOINED = StaffAssigned(
    station=STATION, role="project_lead", begins=date(2018, 6, 20), project=PROJECT
)
"""Somebody takes a second part in the project while it runs."""


@dataclass
class Handed:
    """A house, and two bundles of its project: by itself, and with its operator's ledger."""

    built: House
    url: str
    folder: Path
    complete: Path
    last: int
    """The position of the project's last record."""
    joined: bool
    """Whether anybody joined while the project ran."""

    def live(self, *words: str) -> tuple[int, str]:
        """What the live journal answers."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SHILU_DATABASE_URL", self.url)
            patch.setenv("SHILU_HOME", str(self.folder.parent))
            return said(run(*words, "--project", "fuyuan", "--json"))

    def there(self, *words: str, complete: bool = False) -> tuple[int, str]:
        """What a bundle answers on a machine with nothing else."""
        folder = self.complete if complete else self.folder
        return said(run(*words, "--bundle", str(folder), "--json"))


def run(*words: str) -> Result:
    return CliRunner().invoke(report.command, words)


def said(ran: Result) -> tuple[int, str]:
    return ran.exit_code, ran.stdout


def answered(ran: Result) -> Any:
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


@pytest.fixture(autouse=True)
def _with_no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHILU_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    monkeypatch.setenv("SHILU_HOME", str(tmp_path / "laptop"))


@pytest.fixture(scope="module", params=["demonstration", "small"])
def handed(
    request: pytest.FixtureRequest, postgres_url: str, house_template: str
) -> Iterator[Handed]:
    with (
        fresh_database(postgres_url, house_template) as url,
        walkable_folder() as home,
        house(Settings(home=home), None, url) as built,
    ):
        small = request.param == "small"
        beginning = (*setting(), *contract(), *team(), joining())
        played = beginning if small else acts(built.journal)
        Stage(built.records, SimulatedClock(at(date(2018, 6, 1)))).play(played)
        sizes = dict(built.journal.ledgers())
        alone, complete = home / "alone", home / "complete"
        for folder, ledgers in ((alone, (PROJECT,)), (complete, (PROJECT, OPERATOR))):
            write(built, folder, *((ledger, sizes[ledger]) for ledger in ledgers))
        yield Handed(built, url, alone, complete, last_position(built, PROJECT), small)


def joining() -> Act:
    return act("joined", JOINED.begins, goes_on(assign, STAFF[3], JOINED), role="operator_manager")


def last_position(built: House, ledger: Id) -> int:
    return max(row.position for row in built.journal.read_ledger(ledger))


QUESTIONS: Sequence[tuple[str, ...]] = [
    ("midterm",),
    ("midterm", "--explain", "B08"),
    ("midterm", "--from", "2018-10-01"),
    ("stations",),
    ("stations", "--explain", "B08.times", "--from", "2018-10-01"),
    ("projects",),
    ("differences",),
    ("differences", "--from", "2018-10-01"),
    ("signals",),
    ("signals", "--cutoff", "2018-12-07", "--from", "2018-09-01"),
]


def _endless(folder: Path) -> None:
    (folder / "bundle.json").unlink()
    (folder / "bundle.json").symlink_to("/dev/zero")


def _deep(folder: Path) -> None:
    (path,) = (folder / "ledgers").glob("*/entries.ndjson")
    first, *others = path.read_bytes().splitlines(keepends=True)
    deep = first.replace(b'"facts":{', b'"facts":{"deep":' + b"[" * 9_000 + b"]" * 9_000 + b",")
    path.write_bytes(b"".join([deep, *others]))


@pytest.mark.parametrize("spoil", [_endless, _deep])
@pytest.mark.parametrize("asked", [("midterm",), ("changes", "--between", "2018-06", "2018-07")])
def test_a_bundle_that_nobody_could_read_is_refused_in_words(
    handed: Handed, tmp_path: Path, asked: tuple[str, ...], spoil: Callable[[Path], None]
) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    spoil(folder)
    ran = run(*asked, "--bundle", str(folder))
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr


@pytest.mark.parametrize("asked", QUESTIONS)
def test_figures_are_those_of_the_live_journal(handed: Handed, asked: tuple[str, ...]) -> None:
    whole = (*asked, "--as-of", "2018-12-07")
    assert handed.live(*whole)[0] == 0
    for moment in (str(handed.last), str(handed.last // 2), "2018-06-01T09:00:00+08:00"):
        for words in ((*whole, "--known-at", moment), (*asked, "--known-at", moment)):
            assert handed.there(*words, complete=True) == handed.live(*words)
    assert handed.there(*whole, complete=True) == handed.live(*whole)


@pytest.mark.parametrize(
    "more", [(), ("--register", "audit"), ("--register", "indicators"), ("--register", "visits")]
)
def test_changes_are_those_of_the_live_journal(handed: Handed, more: tuple[str, ...]) -> None:
    for first in ("2018-06-01T08:00:00+08:00", str(handed.last // 2), str(handed.last)):
        words = ("changes", "--between", first, str(handed.last), "--as-of", "2018-12-07", *more)
        assert handed.there(*words) == handed.live(*words)
        assert handed.live(*words)[0] == 0


def test_staff_are_told_of_only_where_their_operators_ledger_is(handed: Handed) -> None:
    words = ("differences", "--as-of", "2018-12-07", "--bundle")
    alone = answered(run(*words, str(handed.folder), "--json"))
    complete = answered(run(*words, str(handed.complete), "--json"))
    assert [one["why"] for one in alone["not_known"]] == ["staff_elsewhere"]
    assert complete["not_known"] == []
    joined = [one for one in complete["contradictions"] if one["code"] == "team_changed"]
    assert len(joined) == handed.joined
    without = [one for one in complete["contradictions"] if one["code"] != "team_changed"]
    assert alone["contradictions"] == without
    assert "team_changed" in run(*words, str(handed.folder)).stdout
    assert "operator's ledger" not in run(*words, str(handed.complete)).stdout


def test_what_lies_in_other_ledgers_is_said_and_not_guessed(handed: Handed) -> None:
    there = run("signals", "--as-of", "2018-12-07", "--bundle", str(handed.folder))
    assert "served_after_death" in there.stdout
    between = ("changes", "--between", "1", str(handed.last), "--bundle", str(handed.folder))
    staff = run(*between, "--register", "staff", "--json")
    assert "operator's ledger" in staff.stderr
    assert json.loads(staff.stdout) == []
    assert run(*between, "--register", "visits").stderr == ""


def test_a_bundle_of_several_or_of_none_is_refused(handed: Handed, tmp_path: Path) -> None:
    for words in (("--project", "nosuch"), ("--project", "nosuch", "--known-at", "3")):
        ran = run("signals", "--bundle", str(handed.folder), *words)
        assert (ran.exit_code, ran.stdout) == (2, "")
        assert "no such project: nosuch" in ran.stderr
    broken = copied(handed.folder, tmp_path / "broken")
    (broken / "bundle.json").write_text("[]")
    for folder in (broken, tmp_path):
        ran = run("differences", "--bundle", str(folder))
        assert (ran.exit_code, "not a bundle" in ran.stderr) == (2, True)


def test_what_came_after_a_bundles_end_is_not_answered_as_if_known(handed: Handed) -> None:
    """What is known of a position is known of every earlier one, and of none beyond."""
    (*_, row) = handed.built.journal.read_ledger(PROJECT)
    beyond = (str(handed.last + 1), (row.at + timedelta(microseconds=1)).isoformat(), "2030-01-01")
    for moment in beyond:
        asked: list[tuple[str, ...]] = [
            *((name, "--known-at", moment) for name in ("midterm", "differences", "signals")),
            ("changes", "--between", "1", moment),
            ("changes", "--between", moment, str(handed.last)),
        ]
        for words in asked:
            ran = run(*words, "--bundle", str(handed.folder), "--json")
            assert (ran.exit_code, ran.stdout) == (2, ""), (words, ran.output)
            assert f"position {handed.last} " in ran.stderr
    for moment in (str(handed.last), row.at.isoformat()):
        assert run("midterm", "--known-at", moment, "--bundle", str(handed.folder)).exit_code == 0
