"""Has a worker do the erasures that were asked of a running application, and opens what is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from deploy.workroom import workshop_of
from domain.entry import Entry
from domain.identifying import request_erasure
from domain.identity import Id, new_id
from domain.journal.codec import decode
from domain.journal.tasks import TaskRegister
from domain.journal.vault import Erased
from domain.private import Private, private_fields
from domain.registering import register_person
from domain.registry import (
    Details,
    ErasureRequested,
    PersonRegistered,
)
from tests.integration.http import Running
from tests.offices import QUICK, Office
from tests.register import BORN, name_of
from tests.station import SCOPE, entry
from workers.catalogue import DUTIES
from workers.reactor import Reactor
from workers.running import Runner


def erasures_done(api: Running) -> int:
    """Do every task of erasure that events ask for; return how many, 0 while some are left."""
    api.follow()
    shop = replace(
        workshop_of(api.built),
        register=TaskRegister(api.built.pool, patience=QUICK["patience"], lease=QUICK["lease"]),
    )
    duties = {duty.name: duty for duty in DUTIES if duty.name.startswith("erase")}
    reactor = Reactor(shop.journal, shop.register, tuple(duties.values()))
    while reactor.step():
        pass
    tasks = shop.register.take_unsent()
    for task in tasks:
        Runner(shop).run(duties[task.duty], task.task)
    api.follow()
    return 0 if shop.register.open() else len(tasks)


def words_in(api: Running, event: Id) -> dict[str, Private]:
    """Return the sealed words of a record, by their fields."""
    row = api.built.journal.find(event)
    assert row is not None
    return dict(private_fields(decode(row.state).facts))


def opened(api: Running, event: Id) -> dict[str, str | Erased]:
    """Return the words of a record as whoever has the right reads them."""
    return {field: _opened(api, words) for field, words in words_in(api, event).items()}


def _opened(api: Running, words: Private) -> str | Erased:
    told: Any = (words.sealed, words.event, words.field)
    return api.built.vault.open(words.person, words.purpose, *told)


NAME = "张秀兰"


def do(room: Office, command: Callable[[Any, Entry], Any]) -> Any:
    e = entry()
    return room.workshop.records.carry_out(e.principal, e, lambda desk: command(desk, e))


def registered(room: Office) -> Id:
    person = new_id()
    details = Details(name=name_of(person, NAME), birth=BORN, community="丹州社区")
    facts = PersonRegistered(details=details)
    do(room, lambda desk, e: register_person(desk, e, SCOPE, facts, id=person))
    return person


def ask_for_erasure(room: Office, person: Id) -> None:
    asked = ErasureRequested(by="person", reason="本人书面申请")
    do(room, lambda desk, e: request_erasure(desk, e, person, asked))


def name_read(room: Office, person: Id) -> str | Erased:
    (row, *_) = room.journal.read_stream(person)
    sealed: Private = decode(row.state).facts.details.name
    assert (sealed.sealed, sealed.event, sealed.field) != (None, None, None)
    return room.workshop.vault.open(
        person, sealed.purpose, str(sealed.sealed), str(sealed.event), str(sealed.field)
    )
