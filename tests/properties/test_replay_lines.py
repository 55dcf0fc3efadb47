"""Whatever stands in a table of a bundle, its replay tells it, and what else does not follow."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from deploy.cli import build
from projections.comparing import compared
from projections.replay import Replayed
from projections.visit import visits
from tests.bundles import Handed

FOREIGN = [
    b'{"event":"\xff"}',
    b"\xff",
    b"[" * 5000,
    b"[" * 900 + b"]" * 900,
    b'{"event":' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"event":' + b"9" * 6000 + b"}",
    b'{"event":"\\ud800"}',
    b'{"event":"\x00\x1b[2J"}',
    b"[]",
    b"null",
    b"",
]


def spoiled(handed: Handed, folder: Path, line: bytes) -> None:
    """Edit a figure in one table, and put a line that is no row into another."""
    tables = folder / handed.place / "tables"
    contribution = tables / "visits" / "visit.ndjson"
    content = contribution.read_bytes()
    assert b'"minutes":' in content
    contribution.write_bytes(content.replace(b'"minutes":', b'"minutes":1', 1))
    with (tables / "audit" / "audit.ndjson").open("ab") as audit:
        audit.write(line + b"\n")


@pytest.mark.parametrize("line", FOREIGN, ids=range(len(FOREIGN)))
def test_a_line_that_is_no_row_hides_no_other_difference(
    handed: Handed, folder: Path, replayed: Callable[..., Replayed], line: bytes
) -> None:
    spoiled(handed, folder, line)
    made = replayed(folder)
    assert made.same is False
    assert {each.table for each in made.differences} == {"visit", "audit"}
    for words in (["replay", str(folder)], ["replay", str(folder), "--json"]):
        done = CliRunner().invoke(build(["replay"]), words)
        assert done.exit_code == 1, done.output
        assert "minutes" in done.stdout


def in_decimals(way: tuple[str | int, ...], name: str) -> Callable[[Any], None]:
    """Say the same number otherwise: 5.0 for 5."""

    def edit(about: Any) -> None:
        for step in way:
            about = about[step]
        about[name] = float(about[name])

    return edit


def deep() -> list[Any]:
    found: list[Any] = []
    for _ in range(900):
        found = [found]
    return found


def too_deep(about: Any) -> None:
    about["ledgers"][0]["origin"] = deep()


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (in_decimals(("ledgers", 0), "entries"), "about_differs"),
        (in_decimals(("ledgers", 0, "views", 3), "version"), "view_version_differs"),
        (too_deep, "about_missing"),
    ],
)
def test_bundle_json_says_things_as_they_are_said_here(
    folder: Path, replayed: Callable[..., Replayed], edit: Callable[[Any], None], code: str
) -> None:
    path = folder / "bundle.json"
    about = json.loads(path.read_bytes())
    edit(about)
    path.write_text(json.dumps(about))
    made = replayed(folder)
    assert ({each.code for each in made.findings}, made.same) == ({code}, False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=st.binary(max_size=200).map(lambda line: line.replace(b"\n", b"")))
def test_any_line_at_all_is_a_difference(tmp_path: Path, line: bytes) -> None:
    table = visits.tables[0]
    place = tmp_path / "tables" / "visits"
    place.mkdir(parents=True, exist_ok=True)
    for each in visits.tables:
        (place / f"{each.name}.ndjson").write_bytes(line + b"\n" if each is table else b"")
    found = compared(visits, lambda _: iter(()), tmp_path)
    assert [each.table for each in found.differences] == [table.name]
    assert json.dumps([each.there for each in found.differences])
