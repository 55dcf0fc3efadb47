"""Has a worker do the erasures that were asked of a running application, and opens what is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deploy.workroom import workshop_of
from domain.identity import Id
from domain.journal.codec import decode
from domain.journal.tasks import TaskRegister
from domain.journal.vault import Erased
from domain.private import Private, private_fields
from tests.integration.http import Running
from tests.offices import QUICK
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
