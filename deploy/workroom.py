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
from workers.broker import QUEUES, make_broker
from workers.catalogue import DUTIES
from workers.clock import Timetable
from workers.duty import Workshop
from workers.keeping import Keeper
from workers.notice import Notifier
from workers.reactor import Outbox, Reactor
from workers.webhook import Webhook

THREADS = 8
# Each worker thread settles its own messages; each queue is read on two connections; one listens.
CONNECTIONS = THREADS + 2 * len(QUEUES) + 2


@dataclass
class Workroom:
    """The parts of tasks."""

    workshop: Workshop
    broker: Broker
    keeper: Keeper


def webhook_of(settings: Settings, built: House) -> Webhook | None:
    """Return the address that is told of alerts; None where none is set."""
    url, secret = settings.alert_webhook, settings.alert_secret
    if url is None or secret is None:
        return None
    return Webhook(url.get_secret_value(), secret.get_secret_value().encode(), built.clock)


def workshop_of(built: House, notifier: Notifier | None = None) -> Workshop:
    """Return what duties work with; `notifier` tells others of alerts, where there is one."""
    return Workshop(
        records=built.records,
        journal=built.journal,
        vault=built.vault,
        asking=built.asking,
        register=TaskRegister(built.pool),
        tokens=Tokens(built.pool),
        clock=built.clock,
        exports=built.exports,
        press=built.press,
        notifier=notifier,
    )


@contextmanager
def workroom(settings: Settings, built: House) -> Iterator[Workroom]:
    """Build the broker and whoever sends to it, and take them down afterwards."""
    workshop = workshop_of(built, webhook_of(settings, built))
    register = workshop.register
    with ConnectionPool(built.url, min_size=0, max_size=CONNECTIONS, open=True) as pool:
        broker = make_broker(settings.broker.get_secret_value(), pool)
        keeper = Keeper(
            Reactor(built.journal, register, DUTIES),
            Timetable(register, built.clock, DUTIES),
            Outbox(register, broker, DUTIES),
            Doorbell(built.journal.connect, "journal", CHANNEL),
        )
        try:
            yield Workroom(workshop, broker, keeper)
        finally:
            broker.close()
