"""A ledger taken away over HTTP: asked for, on record, made as a task, fetched and proven."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from deploy.workroom import workshop_of
from domain.clock import SimulatedClock, SystemClock
from domain.identity import Id, new_id
from domain.journal.codec import decode
from domain.journal.verify import verify
from domain.principal import Principal
from projections.catalogue import VIEWS
from projections.engine.view import Table
from projections.replay import Replay
from tests.bundles import trusted
from tests.integration.alarmed import work
from tests.integration.evaluated import contracted, evaluator, visited
from tests.integration.http import Running, running
from tests.integration.taken_away import REASON, asked, fetched
from workers.handing_over import MAKE_BUNDLE
from workers.running import Runner
from workers.tidying import remove_files


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(SystemClock().now())


@pytest.fixture
def api(house_url: str, tmp_path: Path, clock: SimulatedClock) -> Iterator[Running]:
    with running(house_url, tmp_path / "home", clock) as it:
        it.settle()
        yield it


def refused(api: Running, *ledgers: Id, **more: Any) -> tuple[int, str]:
    before = api.built.journal.max_notification_id()
    answer = api.post("/bundles", {"ledgers": list(ledgers), **more})
    assert api.built.journal.max_notification_id() == before
    return answer.status_code, answer.json()["code"]


def entries(bundle: Path, ledger: Id) -> int:
    return len((bundle / "ledgers" / ledger / "entries.ndjson").read_bytes().splitlines())


def test_a_project_is_asked_for_watched_fetched_and_proven(
    api: Running, clock: SimulatedClock, tmp_path: Path
) -> None:
    project = contracted(api, clock)
    visited(api, project)
    known = sum(1 for _ in api.built.journal.read_ledger(project))
    key = new_id()
    sent = {"ledgers": [project]}
    answer = api.post("/bundles", sent, **{"Idempotency-Key": key})
    again = api.post("/bundles", sent, **{"Idempotency-Key": key})
    assert (answer.status_code, again.status_code) == (202, 202)
    for name in ("task", "export"):
        assert answer.json()[name] == again.json()[name]
    assert [each.json()["receipt"]["repeated"] for each in (answer, again)] == [False, True]
    task = answer.json()["task"]
    assert answer.headers["Location"] == f"/api/v1/tasks/{task}"
    bundle = fetched(api, task, tmp_path)
    assert verify(bundle, trusted(api.built)).findings == []
    (tmp_path / "scratch").mkdir()
    assert Replay(bundle, project, VIEWS, tmp_path / "scratch").run().same
    *_, last = api.built.journal.read_ledger(project)
    made = decode(last.state)
    assert (entries(bundle, project), last.number) == (known, known + 1)
    assert (made.stream, made.facts.rows, made.role) == (
        answer.json()["export"],
        known,
        "project_lead",
    )
    receipt = answer.json()["receipt"]
    assert receipt["events"] == [made.id]
    assert receipt["proof"] == f"/api/v1/records/{made.id}/receipt"
    with api.built.press() as press:
        press.signer.sign_at(project, last.number)
    assert api.client.get(receipt["proof"]).content.startswith(b"c2sp.org/tlog-proof")
    assert not (bundle / "ledgers" / project / "opened.ndjson").exists()
    about = json.loads((bundle / "bundle.json").read_text("utf-8"))
    assert (about["export"]["asked_by"], about["export"]["purpose"]) == (api.worker, None)
    told = api.get(f"/tasks/{task}")
    assert told["progress"] == told["total"] == known


def test_the_same_export_gives_the_same_file_to_the_byte(
    api: Running, clock: SimulatedClock
) -> None:
    project = contracted(api, clock)
    asked(api, project, parquet=True)
    shop = workshop_of(api.built)
    (task,) = shop.register.take_unsent()
    Runner(shop).run(MAKE_BUNDLE, task.task)
    first = shop.register.find(task.task)
    clock.set(clock.now() + timedelta(hours=2))
    assert first is not None
    again = Runner(shop)
    (shop.exports / f"{first.result}.zip").unlink()
    with api.built.pool.connection() as connection:
        connection.execute("UPDATE task SET finished_at = NULL")
    again.run(MAKE_BUNDLE, task.task)
    second = shop.register.find(task.task)
    assert second is not None
    assert (second.result, second.error) == (first.result, None)
    assert [path.name for path in shop.exports.iterdir()] == [f"{first.result}.zip"]


def test_a_past_state_of_two_ledgers_goes_as_it_was(
    api: Running, clock: SimulatedClock, tmp_path: Path
) -> None:
    project = contracted(api, clock)
    visited(api)
    position = api.built.journal.max_notification_id()
    visited(api)
    api.as_role("operator_manager")
    task = asked(api, project, api.station, known_at=str(position))["task"]
    bundle = fetched(api, task, tmp_path)
    assert verify(bundle, trusted(api.built)).findings == []
    now = sum(1 for _ in api.built.journal.read_ledger(api.station))
    assert entries(bundle, api.station) == now - 2  # the later visit, and this export itself
    assert refused(api, project, known_at="soon") == (422, "known_at.unclear")
    assert refused(api, project, known_at="999999") == (422, "known_at.beyond")
    assert refused(api, project, known_at="2001-01-01") == (422, "export.nothing_recorded")


def test_who_sees_less_than_all_takes_nothing_away(api: Running, clock: SimulatedClock) -> None:
    project = contracted(api, clock)
    who = Principal(actor=new_id(), role="worker", operator=api.operator, stations=(api.station,))
    api.sign_in(who)
    assert refused(api, api.station) == (403, "export.not_whole")
    assert refused(api, project) == (403, "export.not_whole")
    head = Principal(
        actor=new_id(), role="station_head", operator=api.operator, stations=(new_id(),)
    )
    api.sign_in(head)
    assert refused(api, api.station) == (404, "not_found")
    assert refused(api, project) == (403, "export.not_whole")
    assert refused(api, api.operator) == (403, "export.not_whole")


def test_an_evaluator_takes_the_project_that_is_evaluated_and_nothing_else(
    api: Running, clock: SimulatedClock, tmp_path: Path
) -> None:
    project = contracted(api, clock)
    other = contracted(api, clock, "other")
    visited(api, project)
    evaluator(api, project, clock.now() + timedelta(hours=1))
    bundle = fetched(api, asked(api, project)["task"], tmp_path)
    assert verify(bundle, trusted(api.built)).findings == []
    for ledger in (other, api.station, api.operator):
        assert refused(api, ledger) == (404, "not_found")
    assert refused(api, project, purpose="evaluation", reason=REASON) == (403, "export.not_opened")


def test_a_bundle_is_fetched_by_whoever_asked_for_it(api: Running, clock: SimulatedClock) -> None:
    project = contracted(api, clock)
    task = asked(api, project)["task"]
    early = api.client.get(f"/api/v1/tasks/{task}/file")
    assert early.json()["code"] == "task.not_ready"
    work(api)
    mine = api.client.headers["Authorization"]
    path = f"/api/v1/tasks/{task}/file"
    for role in ("worker", "project_lead", "operator_manager"):
        api.sign_in(Principal(actor=new_id(), role=role, operator=api.operator))
        assert api.client.get(path).status_code == 404
    bound = Principal(
        actor=api.worker, role="project_lead", operator=api.operator, stations=(new_id(),)
    )
    api.sign_in(bound)
    assert api.client.get(path).json()["code"] == "export.not_whole"
    api.client.headers["Authorization"] = mine
    fetched = api.client.get(path)
    assert (fetched.status_code, fetched.headers["Cache-Control"]) == (200, "no-store")


def test_nothing_is_handed_out_while_signing_stands_still(
    api: Running, clock: SimulatedClock
) -> None:
    project = contracted(api, clock)
    task = asked(api, project)["task"]
    api.follow()
    with api.built.connect() as connection:
        connection.execute(
            "UPDATE journal SET state = '{}' WHERE ledger = %s AND number = 1", (project,)
        )
    work(api)
    assert api.get(f"/tasks/{task}")["error"] == "export.signing_halted"
    assert refused(api, project) == (503, "export.signing_halted")


def test_where_the_keys_are_not_no_bundle_is_made(api: Running, clock: SimulatedClock) -> None:
    project = contracted(api, clock)
    with api.built.signer() as signer:
        signer.sign()
    task = asked(api, project)["task"]
    (key,) = api.built.signing.glob("*.key")
    key.unlink()
    work(api)
    told = api.get(f"/tasks/{task}")
    assert (told["state"], told["error"]) == ("asked", "export.no_keys")
    assert list(api.built.signing.glob("*.key")) == []


def test_what_was_made_is_removed_once_nobody_can_ask_for_it(
    api: Running, clock: SimulatedClock
) -> None:
    task = asked(api, contracted(api, clock))["task"]
    work(api)
    shop = workshop_of(api.built)
    left = shop.exports / ".bundle-left-by-a-crash"
    left.mkdir()
    now = clock.now()
    remove_files(shop.exports, now - timedelta(days=30))
    assert api.client.get(f"/api/v1/tasks/{task}/file").status_code == 200
    remove_files(shop.exports, now + timedelta(days=1))
    assert api.client.get(f"/api/v1/tasks/{task}/file").status_code == 404
    assert list(shop.exports.iterdir()) == []


def test_tables_come_as_parquet_too_with_the_same_rows(
    api: Running, clock: SimulatedClock, tmp_path: Path
) -> None:
    project = contracted(api, clock)
    visited(api, project)
    bundle = fetched(api, asked(api, project, parquet=True)["task"], tmp_path)
    assert verify(bundle, trusted(api.built)).findings == []
    place = bundle / "ledgers" / project
    filled = set()
    for view in VIEWS:
        for table in view.tables:
            path = place / "tables" / view.name / f"{table.name}.ndjson"
            lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
            rows, types = from_parquet(
                table, place / "parquet" / f"{view.name}.{table.name}.parquet"
            )
            assert rows == lines
            filled |= types if rows else set()
    assert filled == {
        "UUID", "VARCHAR", "BIGINT", "DATE", "TIMESTAMP WITH TIME ZONE", "BOOLEAN",
    }  # fmt: skip


def from_parquet(table: Table, path: Path) -> tuple[list[dict[str, Any]], set[str]]:
    """Read rows back as bundles' lines have them, and which types their columns have."""
    moment = "strftime(make_timestamp(epoch_us({0})), '%Y-%m-%dT%H:%M:%S.%fZ') AS {0}"
    as_told = {"uuid": "{0}::VARCHAR AS {0}", "date": "{0}::VARCHAR AS {0}", "moment": moment}
    columns = ", ".join(
        as_told.get(kind, "{0}").format(f'"{name}"') for name, kind in table.all_columns.items()
    )
    with duckdb.connect(":memory:") as database:
        found = database.read_parquet(str(path))
        types = set(map(str, found.types))
        rows = found.project(columns).fetchall()
    return [dict(zip(table.all_columns, row, strict=True)) for row in rows], types


def test_without_duckdb_parquet_is_refused_in_a_sentence(
    api: Running, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = contracted(api, clock)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert refused(api, project, parquet=True) == (409, "export.no_parquet")
    assert asked(api, project)["task"]
