"""Builds what work, clock and the commands about tasks need, beside the house itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dramatiq import Broker
from psycopg_pool import ConnectionPool

from deploy.settings import Settings
from deploy.wiring import House
from domain.journal.tasks import CHANNEL, Doorbell, TaskRegister
from domain.journal.tokens import Tokens
from projections.engine.ask import Asking
from workers.broker import QUEUES, make_broker
from workers.catalogue import DUTIES
from workers.clock import Timetable
from workers.duty import Workshop
from workers.keeping import Keeper
from workers.reactor import Outbox, Reactor

THREADS = 8
# Each worker thread settles its own messages; each queue is read on two connections; one listens.
CONNECTIONS = THREADS + 2 * len(QUEUES) + 2


@dataclass
class Workroom:
    """The parts of tasks."""

    workshop: Workshop
    broker: Broker
    keeper: Keeper


def workshop_of(built: House) -> Workshop:
    """Return what duties work with."""
    return Workshop(
        records=built.records,
        journal=built.journal,
        vault=built.vault,
        asking=Asking(built.pool),
        register=TaskRegister(built.pool),
        tokens=Tokens(built.pool),
        clock=built.clock,
        exports=built.exports,
        press=built.press,
    )


@contextmanager
def workroom(settings: Settings, built: House) -> Iterator[Workroom]:
    """Build the broker and whoever sends to it, and take them down afterwards."""
    workshop = workshop_of(built)
    register = workshop.register
    with ConnectionPool(built.url, min_size=0, max_size=CONNECTIONS, open=True) as pool:
        broker = make_broker(settings.broker.get_secret_value(), pool)
        keeper = Keeper(
            Reactor(built.journal, register, DUTIES),
            Timetable(register, built.clock, DUTIES),
            Outbox(register, broker, DUTIES),
            Doorbell(built.connect, "journal", CHANNEL),
        )
        try:
            yield Workroom(workshop, broker, keeper)
        finally:
            broker.close()
