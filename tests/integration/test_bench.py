"""The bench runs and names its figures; what they are is for a quiet machine to say."""

from __future__ import annotations

import json
from itertools import islice

import msgspec
import psycopg
import pytest
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from deploy.bench.filling import fill
from deploy.bench.history import History
from deploy.commands import bench
from deploy.migrate import migrate
from domain.journal.codec import decode, encode
from domain.journal.recorder import JournalRecorder
from tests.lanes import check_whole

LATENCIES = {"p50_ms", "p99_ms"}
COMPARED = {"per_s", "stock_per_s", "ratio_stock"}
RUNS = {
    "append": (
        ["--writers", "3", "--seconds", "0.3"],
        COMPARED | LATENCIES | {"raw_per_s", "ratio_raw", "one_per_s", "one_ratio_stock"},
    ),
    "follow": (["--events", "300"], COMPARED | {"peak_mib"}),
    "rebuild": (["--events", "300"], COMPARED | {"lightest_per_s", "peak_mib"}),
    "replay": (["--events", "300"], {"per_s", "peak_mib", "verify_per_s", "replay_per_s"}),
    "query": (["--events", "2000"], LATENCIES | {"first_p99_ms", "small_p99_ms", "ratio"}),
    "http": (
        ["--writers", "3", "--seconds", "1"],
        LATENCIES | {"per_s", "visible_p50_ms", "visible_p99_ms"},
    ),
}
SLOW = {"follow", "http", "query", "replay"}
"""What takes more than five seconds: the library's runner, processes that start, two journals."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in RUNS]
)
def test_each_bench_prints_its_figures(
    name: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHILU_DATABASE_URL", postgres_url)
    options, wanted = RUNS[name]
    ran = CliRunner().invoke(bench.command, [name, *options, "--json"])
    assert ran.exit_code == 0, ran.output
    figures = json.loads(ran.output)
    assert wanted <= figures.keys()
    assert all(isinstance(figure, (int, float)) for figure in figures.values())
    assert all(figures[name] > 0 for name in wanted if not name.startswith("visible"))


def test_a_history_is_the_domains_own_facts_and_repeatable() -> None:
    events = list(History(seed=3).events(3000))
    assert [encode(event) for event in events] == [
        encode(event) for event in History(seed=3).events(3000)
    ]
    assert all(decode(encode(event)) == event for event in events)
    assert len({event.id for event in events}) == len(events)
    kinds = {event.type for event in events}
    assert {"visit.HomeVisitMade", "case.CaseSessionHeld", "visit.HomeVisitMadeCorrected"} <= kinds


def test_a_filled_journal_is_as_if_it_had_been_appended(database_url: str) -> None:
    migrate(database_url)
    history = fill(database_url, 2000)
    with ConnectionPool(database_url, min_size=1, kwargs={"autocommit": True}) as pool:
        journal = JournalRecorder(pool, lambda: psycopg.connect(database_url))
        rows = check_whole(journal)
        assert len(rows) == 2000
        made = islice(History(1, 2000).events(2000), 2000)
        for row, event in zip(rows, made, strict=True):
            assert msgspec.json.decode(row.state) == msgspec.json.decode(encode(event))
            assert (row.ledger, row.stream) == (event.ledger, event.stream)
        assert history.now >= rows[-1].at
        journal.close()
