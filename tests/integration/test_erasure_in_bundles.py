"""A person is erased between two bundles: nothing that was proven or counted before is undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.stage import PROJECT, STATION
from deploy.reports.midterm import midterm_tables
from deploy.wiring import House
from deploy.workroom import workshop_of
from domain.entry import Entry
from domain.event import Occurred
from domain.identifying import request_erasure
from domain.identity import Id, derived_id, new_id
from domain.journal.codec import decode
from domain.journal.entries import JournalRow
from domain.journal.receipt import verify_receipt
from domain.journal.vault import ERASED
from domain.journal.verify import verify
from domain.principal import Principal
from domain.private import private_fields
from domain.registry import ErasureRequested
from projections.catalogue import VIEWS
from projections.replay import Replay
from tests.bundles import trusted, write
from tests.databases import fresh_database, walkable_folder
from tests.integration.demonstration import demonstration, replayed
from workers.erasure import ERASE
from workers.running import Runner

LEDGERS = (PROJECT, STATION)


@dataclass
class Handed:
    """A bundle of the demonstration's project and station, and what else was to be had then."""

    folder: Path
    receipts: list[bytes]
    midterm: dict[str, Any]

    def lines(self, ledger: Id, path: str) -> list[bytes]:
        return (self.folder / "ledgers" / ledger / path).read_bytes().splitlines(keepends=True)

    def tables(self, ledger: Id) -> dict[str, list[bytes]]:
        place = self.folder / "ledgers" / ledger / "tables"
        paths = sorted(path.relative_to(place).as_posix() for path in place.rglob("*.ndjson"))
        return {path: self.lines(ledger, f"tables/{path}") for path in paths}

    def changed(self, later: Handed, ledger: Id) -> dict[str, tuple[list[Any], list[Any]]]:
        """Return, of each table that differs, the rows that went and those that came."""
        ours, theirs = self.tables(ledger), later.tables(ledger)
        assert ours.keys() == theirs.keys()
        return {
            path: (_rows(lines, theirs[path]), _rows(theirs[path], lines))
            for path, lines in ours.items()
            if lines != theirs[path]
        }


def _rows(lines: list[bytes], without: list[bytes]) -> list[Any]:
    there = set(without)
    return [json.loads(line) for line in lines if line not in there]


@dataclass
class Erased:
    """The demonstration before and after somebody was erased."""

    built: House
    person: Id
    before: Handed
    after: Handed
    events: list[JournalRow]


@pytest.fixture(scope="module")
def erased(postgres_url: str) -> Iterator[Erased]:
    with (
        fresh_database(postgres_url) as url,
        walkable_folder() as folder,
        demonstration(url, folder / "home") as built,
    ):
        person = served(built)
        before = handed(built, folder / "before")
        position = built.journal.max_notification_id() or 0
        erase(built, person)
        events = built.journal.read(position, 100)
        yield Erased(built, person, before, handed(built, folder / "after"), events)


def served(built: House) -> Id:
    """Return somebody registered at the station whose words stand in the project's ledger."""
    told = {
        field.person
        for row in built.journal.read_ledger(PROJECT)
        for _, field in private_fields(decode(row.state).facts)
    }
    registered = {row.stream for row in built.journal.read_ledger(STATION)}
    return min(told & registered)


def handed(built: House, folder: Path) -> Handed:
    sizes = dict(built.journal.ledgers())
    write(built, folder, *((ledger, sizes[ledger]) for ledger in LEDGERS))
    rows = [row for ledger in LEDGERS for row in built.journal.read_ledger(ledger)]
    receipts = [built.checkpoints.receipt(row) for row in rows]
    tables = midterm_tables(replayed(built), PROJECT, date(2018, 10, 31))
    return Handed(folder, [each for each in receipts if each], tables)


def erase(built: House, person: Id) -> None:
    """Have somebody erased, as they asked: on record, then done by a worker."""
    *_, last = built.journal.read((built.journal.max_notification_id() or 1) - 1, 1)
    operator = decode(last.state).operator
    who = Principal(actor=derived_id("manager"), role="operator_manager", operator=operator)
    now = last.at + timedelta(minutes=1)
    entry = Entry(principal=who, now=now, occurred=Occurred(start=now), command=new_id())
    asked = ErasureRequested(by="person", reason="本人书面申请")
    receipt = built.records.carry_out(
        who, entry, lambda desk: request_erasure(desk, entry, person, asked)
    )
    found = built.records.find(receipt.events[0])
    assert found is not None
    task = ERASE.asked_by(found[1], found[0].position)
    assert task is not None
    built.catch_up()
    shop = workshop_of(built)
    shop.ask(task)
    Runner(shop).run(ERASE, task.task)
    built.catch_up()


def test_their_words_can_be_read_no_more(erased: Erased) -> None:
    vault = erased.built.vault
    opened = {
        vault.open(field.person, field.purpose, field.sealed, field.event, field.field)
        for ledger in LEDGERS
        for row in erased.built.journal.read_ledger(ledger)
        for _, field in private_fields(decode(row.state).facts)
        if field.person == erased.person and field.sealed and field.event and field.field
    }
    assert opened == {ERASED}


def test_every_record_stays_as_it_was_and_proven(erased: Erased) -> None:
    policy = trusted(erased.built)
    before, after = erased.before, erased.after
    assert verify(before.folder, policy).findings == []
    assert verify(after.folder, policy).findings == []
    for ledger in LEDGERS:
        earlier = before.lines(ledger, "entries.ndjson")
        assert after.lines(ledger, "entries.ndjson")[: len(earlier)] == earlier
        since = (before.folder / "ledgers" / ledger / "checkpoint").read_bytes()
        assert verify(after.folder, policy, since).findings == []


def test_every_receipt_given_before_still_holds_and_still_comes(erased: Erased) -> None:
    policy = trusted(erased.built)
    assert len(erased.before.receipts) > 1000
    for receipt in erased.before.receipts:
        verify_receipt(receipt, policy)
    for receipt in erased.after.receipts:
        verify_receipt(receipt, policy)
    assert len(erased.after.receipts) == len(erased.before.receipts) + 2


def test_both_bundles_replay(erased: Erased, tmp_path: Path) -> None:
    for number, bundle in enumerate((erased.before, erased.after)):
        for ledger in LEDGERS:
            scratch = tmp_path / f"{number}.{ledger}"
            scratch.mkdir()
            assert Replay(bundle.folder, ledger, VIEWS, scratch).run().same


def test_the_projects_tables_and_report_are_the_same_to_the_byte(erased: Erased) -> None:
    assert erased.before.changed(erased.after, PROJECT) == {}
    assert erased.before.midterm == erased.after.midterm


def test_the_station_has_its_two_events_more_and_the_register_says_erased(
    erased: Erased,
) -> None:
    types = [decode(row.state).type for row in erased.events]
    assert types == ["registry.ErasureRequested", "registry.ErasureCompleted"]
    changed = erased.before.changed(erased.after, STATION)
    assert changed.keys() == {"audit/audit.ndjson", "persons/person.ndjson"}
    gone, came = changed["audit/audit.ndjson"]
    assert gone == []
    assert sorted(row["event"] for row in came) == sorted(
        decode(row.state).id for row in erased.events
    )
    [row], [now] = changed["persons/person.ndjson"]
    assert (row["person"], row["erasure"]) == (erased.person, "none")
    assert now == row | {"erasure": "completed"}
