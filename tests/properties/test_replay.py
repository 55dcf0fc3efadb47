"""A replay finds whatever a bundle says beside its entries that does not follow from them."""

from __future__ import annotations

import json
import os
import re
import signal
import tomllib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.identity import Id, derived_id, new_id
from domain.journal import bundle
from projections.catalogue import VIEWS
from projections.comparing import SHOWN, _stretches
from projections.engine.spread import LIMIT
from projections.indicators import indicators
from projections.replay import MOST_PROCESSES, Replay, Replayed, _fold_part
from projections.tables import RELEASE
from projections.visit import visits
from tests.bundles import Handed, write
from tests.golden.project import SAMPLES as PROJECTS
from tests.properties.replaying import Edit, appended, edited, run, sample_of

ROOT = Path(__file__).parents[2]


def of_ledger(**said: Any) -> Edit:
    return lambda about: about["ledgers"][0].update(said)


def of_view(**said: Any) -> Edit:
    return lambda about: about["ledgers"][0]["views"][3].update(said)


def false_view(about: dict[str, Any]) -> dict[str, Any]:
    """Another account of a view that is told of truly further on."""
    return {**about["ledgers"][0]["views"][3], "snapshot": "0" * 64}


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (of_ledger(entries=1), "about_differs"),
        (of_ledger(position=1), "about_differs"),
        (of_ledger(recorded_at="2001-01-01T00:00:00.000000Z"), "about_differs"),
        (of_ledger(demonstration=True), "about_differs"),
        (of_ledger(origin="another"), "about_differs"),
        (
            of_ledger(parked=[{"view": VIEWS[0].name, "stream": "x", "position": 3}]),
            "about_differs",
        ),
        (of_ledger(ledger="another"), "about_missing"),
        (of_ledger(views=5), "view_version_differs"),
        (of_view(snapshot="0" * 64), "snapshot_differs"),
        (of_view(tables=[]), "rows_differ"),
        (of_view(version=99), "view_version_differs"),
        (of_view(definition="0" * 16), "view_version_differs"),
        (of_view(view="of_another_release"), "view_version_differs"),
        (lambda about: about["ledgers"][0]["views"].insert(0, false_view(about)), "view_repeated"),
        (lambda about: about.clear(), "about_missing"),
    ],
)
def test_what_bundle_json_says_must_follow_from_the_entries(
    folder: Path, replayed: Callable[..., Replayed], edit: Edit, code: str
) -> None:
    assert replayed(folder).same is True
    edited(folder, edit)
    made = replayed(folder)
    assert {each.code for each in made.findings} == {code}
    assert (made.same, made.differences) == (False, [])


def test_where_definitions_changed_it_is_said_which_release_has_the_old_ones(folder: Path) -> None:
    assert json.loads((folder / "bundle.json").read_bytes())["release"] == RELEASE
    edited(folder, of_view(version=99))
    edited(folder, lambda about: about.update(release="0.0.7"))
    code, stdout, _ = run(folder, "--json")
    (ledger,) = json.loads(stdout)["ledgers"]
    (found,) = ledger["findings"]
    assert (code, found["code"]) == (1, "view_version_differs")
    assert "shilu 0.0.7" in found["zh"]
    assert "shilu 0.0.7" in found["en"]


def test_a_missing_table_is_told_with_the_rows_that_it_should_have(
    handed: Handed, folder: Path, replayed: Callable[..., Replayed]
) -> None:
    path = folder / handed.place / "tables" / "visits" / "visit.ndjson"
    count = len(path.read_bytes().splitlines())
    path.unlink()
    made = replayed(folder)
    assert [(each.code, each.details["table"]) for each in made.findings] == [
        ("table_missing", "visit")
    ]
    assert made.same is False
    assert 0 < len(made.differences) == min(count, SHOWN)
    code, stdout, _ = run(folder)
    assert (code, "visits.visit is missing" in stdout) == (1, True)


@pytest.mark.parametrize(
    "path", ["summary/figures.ndjson", "indicators/summary.ndjson", "figures", "old/visits/visit"]
)
def test_a_table_that_no_view_makes_is_told(
    handed: Handed, folder: Path, replayed: Callable[..., Replayed], path: str
) -> None:
    place = folder / handed.place / "tables" / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text('{"line":"B05","person_times":880}\n')
    made = replayed(folder)
    assert [(each.code, each.details["path"]) for each in made.findings] == [
        ("table_surplus", place.relative_to(folder / handed.place).as_posix())
    ]
    assert (made.same, made.differences) == (False, [])
    code, stdout, _ = run(folder)
    assert (code, "is no view's table" in stdout) == (1, True)


def test_a_table_of_a_view_that_is_defined_otherwise_or_not_replayed_is_passed_over(
    handed: Handed, folder: Path, replayed: Callable[..., Replayed]
) -> None:
    tables = folder / handed.place / "tables"
    (tables / VIEWS[3].name / "of_another_release.ndjson").touch()
    assert replayed(folder, views=(VIEWS[0],)).same is True
    edited(folder, of_view(version=99))
    assert {each.code for each in replayed(folder).findings} == {"view_version_differs"}


def test_what_was_compared_with_nothing_is_named_in_the_verdict(
    handed: Handed, folder: Path
) -> None:
    assert "was compared with nothing" not in run(folder)[1]
    (folder / handed.place / "opened.ndjson").write_text('{"event":"x","text":"made up"}\n')
    (folder / handed.place / "parquet").mkdir()
    (folder / handed.place / "parquet" / "visits.visit.parquet").touch()
    code, stdout, _ = run(folder)
    assert code == 0
    assert "opened.ndjson, parquet was compared with nothing" in stdout
    (ledger,) = json.loads(run(folder, "--json")[1])["ledgers"]
    assert ledger["unread"] == ["opened.ndjson", "parquet"]


VISITS = "tables/visits/visit.ndjson"


@pytest.mark.parametrize(
    "disorder",
    [
        lambda lines: [lines[-1], *lines[:-1]],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: lines[::-1],
    ],
)
@pytest.mark.parametrize("run", [3, 20_000])
def test_rows_that_stand_out_of_order_are_one_thing_that_does_not_hold(
    handed: Handed,
    folder: Path,
    replayed: Callable[..., Replayed],
    monkeypatch: pytest.MonkeyPatch,
    disorder: Callable[[list[bytes]], list[bytes]],
    run: int,
) -> None:
    monkeypatch.setattr("projections.comparing.RUN", run)
    path = folder / handed.place / VISITS
    path.write_bytes(b"".join(disorder(path.read_bytes().splitlines(keepends=True))))
    made = replayed(folder)
    assert [(each.code, each.details) for each in made.findings] == [
        ("table_disordered", {"view": "visits", "table": "visit"})
    ]
    assert (made.same, made.differences, made.more) == (False, [], [])


def test_a_row_whose_key_is_gone_takes_no_other_row_with_it(
    handed: Handed, folder: Path, replayed: Callable[..., Replayed]
) -> None:
    path = folder / handed.place / VISITS
    first, *others = path.read_bytes().splitlines(keepends=True)
    nameless = re.sub(rb'"event":"[^"]*"', b'"event":null', first)
    path.write_bytes(b"".join([nameless, *others]))
    made = replayed(folder)
    assert len(made.differences) == 2
    (gone,) = [each for each in made.differences if each.there is None]
    assert gone.replayed == json.loads(first)
    assert gone.events


def test_a_row_that_is_there_twice_has_its_events_both_times(
    handed: Handed, folder: Path, replayed: Callable[..., Replayed]
) -> None:
    path = folder / handed.place / VISITS
    first, *others = path.read_bytes().splitlines(keepends=True)
    false = [re.sub(rb'"minutes":\d+', b'"minutes":%d' % number, first) for number in (999, 998)]
    path.write_bytes(b"".join([*false, *others]))
    made = replayed(folder)
    assert [each.there and each.there["minutes"] for each in made.differences] == [999, 998]
    assert all(each.events for each in made.differences)


def test_of_very_many_differing_rows_the_rest_are_counted(
    handed: Handed, folder: Path, replayed: Callable[..., Replayed]
) -> None:
    path = folder / handed.place / "tables" / "visits" / "visit.ndjson"
    (line, *_) = path.read_bytes().splitlines(keepends=True)
    rows = [
        line.replace(line.split(b'"event":"')[1][:36], str(derived_id(str(n))).encode())
        for n in range(70)
    ]
    path.write_bytes(b"".join(rows))
    made = replayed(folder)
    assert len(made.differences) == SHOWN
    (more,) = made.more
    assert (more["view"], more["table"]) == ("visits", "visit")
    assert more["more"] >= 70 - SHOWN
    code, stdout, _ = run(folder)
    assert (code, f"{more['more']} more rows of visits.visit" in stdout) == (1, True)


def stating(handed: Handed, tmp_path: Path, hash: str, version: int | None) -> Path:
    said = {"hash": hash, "version": version, "position": 1}
    size = appended(handed, sample_of("PeriodClosed", PROJECTS, **said))
    folder = tmp_path / f"stating-{new_id()}"
    write(handed.built, folder, (handed.ledger, size))
    return folder


def test_a_false_hash_of_a_closed_period_counts_where_its_version_is_on_record(
    handed: Handed, tmp_path: Path, replayed: Callable[..., Replayed]
) -> None:
    # The bundles grow: what was stated of no version comes first, and stays of no account.
    old = replayed(stating(handed, tmp_path, "0" * 64, None))
    assert ([each.held for each in old.statements], old.same) == ([None], True)
    false = stating(handed, tmp_path, "0" * 64, indicators.version)
    made = replayed(false)
    assert [each.held for each in made.statements] == [None, False]
    assert (made.differences, made.findings, made.same) == ([], [], False)
    assert run(false)[0] == 1
    assert replayed(false, views=(visits,)).statements == []
    last = last_position(false, handed.ledger)
    assert [each.held for each in replayed(false, until=last - 1).statements] == [None]


def last_position(folder: Path, ledger: Id) -> int:
    with (folder / "ledgers" / ledger / bundle.POSITIONS).open("rb") as lines:
        return list(bundle.positions(lines))[-1]


def test_as_of_a_moment_nothing_is_compared_and_that_is_said(handed: Handed, folder: Path) -> None:
    last = last_position(folder, handed.ledger)
    *_, block = bundle.entries(folder, handed.ledger, 1000)
    at = block[-1].at
    for moment in (str(last), str(last - 1), at.isoformat()):
        code, stdout, _ = run(folder, "--as-of", moment, "--json")
        assert (code, json.loads(stdout)["same"]) == (0, None)
        code, stdout, _ = run(folder, "--as-of", moment)
        assert (code, "not compared" in stdout) == (0, True)
    assert json.loads(run(folder, "--as-of", str(last - 1), "--json")[1])["ledgers"][0][
        "entries"
    ] == (handed.size - 1)
    code, _, stderr = run(folder, "--as-of", str(last + 1))
    assert (code, f"reaches to position {last} only" in stderr) == (2, True)
    assert "+08:00" in stderr  # in civil time, as days are asked about
    for nonsense in ("soon", "2018-1-5", "²", "9" * 5_000):
        code, _, stderr = run(folder, "--as-of", nonsense)
        assert (code, "as a position" in stderr) == (2, True)
    for later in (at + timedelta(microseconds=1)).isoformat(), "2100-01-01":
        code, _, stderr = run(folder, "--as-of", later)
        assert (code, f"reaches to position {last} only" in stderr) == (2, True)


def test_one_view_alone_is_the_same_and_what_others_say_is_not_looked_at(
    handed: Handed, folder: Path
) -> None:
    (folder / handed.place / "tables" / "visits" / "visit.ndjson").write_bytes(b"")
    assert run(folder, "--view", "visits")[0] == 1
    code, stdout, _ = run(folder, "--view", "indicators", "--json")
    told = json.loads(stdout)
    assert (code, told["same"]) == (0, True)
    assert [view["view"] for view in told["ledgers"][0]["views"]] == ["indicators"]
    (*_, verdict) = run(folder, "--view", "indicators")[1].splitlines()
    assert "the tables of the view indicators" in verdict
    assert "视图 indicators" in verdict
    assert "every table" not in verdict
    assert "每张表" not in verdict


def test_the_verdict_on_all_views_speaks_of_every_table(folder: Path) -> None:
    (*_, verdict) = run(folder)[1].splitlines()
    assert "every table" in verdict
    assert "每张表" in verdict


@pytest.mark.parametrize("processes", [1, 2, 4, 64])
def test_processes_share_the_memory_of_one(handed: Handed, tmp_path: Path, processes: int) -> None:
    replay = Replay(handed.folder, handed.ledger, VIEWS, tmp_path, processes=processes)
    assert replay.workers == min(processes, MOST_PROCESSES)
    assert replay.workers * replay.limit <= LIMIT


def test_a_part_is_written_out_as_soon_as_its_share_is_full(
    handed: Handed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.replay.BATCH", 5)
    (part,) = bundle.parts(handed.folder, handed.ledger, 1_000)
    runs = _fold_part(
        handed.folder, handed.ledger, ["trace", "visits"], part, tmp_path, 0, limit=10
    )
    assert runs is not None
    assert max(map(len, runs.values())) > 1


def killed(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow  # processes that start anew import the house
def test_a_process_that_is_ended_is_told_in_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.replay.PART", 7)
    monkeypatch.setattr("projections.replay._fold_part", killed)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    code, _, stderr = run(folder)
    assert (code, "a process of the replay was ended" in stderr) == (2, True)


def test_long_rows_out_of_order_are_sorted_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.comparing.LONGEST", 5)
    lines = [b"aa\n", b"bb\n", b"c\n", b"d\n"]
    assert list(_stretches(iter(lines))) == [lines[:2], lines[2:]]


@pytest.mark.parametrize("change", [-1, 1])
def test_positions_that_are_not_as_many_as_the_entries_end_no_replay_early(
    handed: Handed, folder: Path, change: int
) -> None:
    path = folder / handed.place / "positions"
    *lines, last = path.read_bytes().splitlines(keepends=True)
    first, count = map(int, last.split())
    changed = b"%d %d\n" % (first, count + change) if count + change else b""
    path.write_bytes(b"".join([*lines, changed]))
    code, _, stderr = run(folder)
    assert (code, "run shilu verify first" in stderr) == (2, True)


def test_a_ledger_is_recorded_no_later_than_its_last_entry(
    handed: Handed, replayed: Callable[..., Replayed]
) -> None:
    (block,) = bundle.entries(handed.folder, handed.ledger, 1_000)
    middle = block[len(block) // 2]
    known = [row for row in block if row.at <= middle.at]
    assert replayed(handed.folder, until=middle.at).entries == len(known)
    assert replayed(handed.folder, until=middle.at - timedelta(days=9_999)).entries == 0


def test_every_finding_of_a_replay_has_words_in_both_languages() -> None:
    texts = tomllib.loads((ROOT / "deploy" / "texts" / "replay.toml").read_text("utf-8"))
    sources = ("about", "grades", "listings", "replay")
    source = "".join((ROOT / f"projections/{name}.py").read_text("utf-8") for name in sources)
    codes = set(re.findall(r'(?:Finding|_finding|_tables|yield)\(?\s*"([a-z_]+)"', source))
    assert {"view_version_differs", "list_differs", "grade_differs", "rows_differ"} <= codes
    assert codes <= texts.keys()
    assert all({"zh", "en"} == set(each) for each in texts.values())
