"""A person is erased, wherever the process dies on the way; figures and proofs stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg_pool import ConnectionPool

from domain.event import Reason
from domain.identifying import merge_persons, record_identity_document
from domain.identity import Id
from domain.journal.codec import decode
from domain.journal.vault import ERASED
from domain.person import Person
from domain.registry import (
    ErasureCompleted,
    PersonsMerged,
)
from tests.integration.erasing import NAME, ask_for_erasure, do, name_read, registered
from tests.offices import QUICK, Office, office
from tests.processes import eventually
from tests.station import OPERATOR
from workers.broker import make_broker
from workers.catalogue import DUTIES
from workers.reactor import Outbox


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def room(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with office(database_url, tmp_path, **QUICK) as opened:
        yield opened


def completions(room: Office, person: Id) -> int:
    events = [decode(row.state) for row in room.journal.read_stream(person)]
    return sum(isinstance(event.facts, ErasureCompleted) for event in events)


def test_what_was_asked_for_is_done_and_the_record_stays(room: Office) -> None:
    person = registered(room)
    before = room.journal.read_stream(person)
    assert name_read(room, person) == NAME
    ask_for_erasure(room, person)
    room.settle(DUTIES)
    assert name_read(room, person) is ERASED
    assert room.workshop.desk(OPERATOR).load(Person, person).erased
    assert room.journal.read_stream(person)[: len(before)] == before


@pytest.mark.parametrize("step", ["before", "after destroying", "after completing"])
def test_a_death_at_any_step_is_finished_by_the_next_worker(
    room: Office, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = registered(room)
    ask_for_erasure(room, person)
    room.follow()
    room.react(DUTIES)
    destroy, finish = room.workshop.vault.destroy, room.register.finish

    def dies_around_destroying(*arguments: Any) -> None:
        if step == "after destroying":
            destroy(*arguments)
        raise Killed

    def dies_before_it_is_told(*_arguments: Any) -> bool:
        raise Killed

    with monkeypatch.context() as death:
        if step == "after completing":
            death.setattr(room.register, "finish", dies_before_it_is_told)
        else:
            death.setattr(room.workshop.vault, "destroy", dies_around_destroying)
        with pytest.raises(Killed):
            room.work(DUTIES)
    assert room.register.finish == finish
    assert eventually(lambda: bool(room.settle(DUTIES)))
    assert name_read(room, person) is ERASED
    assert completions(room, person) == 1
    assert room.register.open() == []


def test_who_was_registered_twice_is_erased_whole(room: Office) -> None:
    kept, absorbed, other = registered(room), registered(room), registered(room)
    merged = PersonsMerged(
        kept=kept, absorbed=absorbed, reason=Reason(code="duplicate", text="同一人重复登记")
    )
    do(room, lambda desk, e: merge_persons(desk, e, merged))
    ask_for_erasure(room, kept)
    room.settle(DUTIES)
    assert name_read(room, kept) is ERASED
    assert name_read(room, absorbed) is ERASED
    assert name_read(room, other) == NAME


def test_no_word_about_a_person_stands_in_queue_or_register(room: Office) -> None:
    """Everything there is about tasks, searched for the name and number of whom they are about."""
    person = registered(room)
    number = "11010519491231002X"
    do(room, lambda desk, e: record_identity_document(desk, e, person, "id_card", number))
    ask_for_erasure(room, person)
    room.react(DUTIES)
    with ConnectionPool(room.url, min_size=1) as pool:
        broker = make_broker("postgres", pool)
        assert Outbox(room.register, broker, DUTIES).send() > 0
        broker.close()
    written = {}
    with room.pool.connection() as connection:
        for table in ("task", "dramatiq.queue", "bookmark", "due"):
            rows = connection.execute(f"SELECT t::text FROM {table} t").fetchall()  # noqa: S608
            written[table] = "".join(row for (row,) in rows)
    assert "erase_person" in written["dramatiq.queue"]
    assert person in written["task"]
    for text in written.values():
        assert NAME not in text
        assert number not in text
