"""The broker, by setting: PostgreSQL itself, or RabbitMQ or Redis where one machine is outgrown.

It only carries the ids of tasks. What is done, tried again or given up is decided by the register
(domain/journal/tasks.py), so every broker is used in its plainest way: no retries, no results.
"""

from __future__ import annotations

import json
from typing import Any

from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Middleware, ShutdownNotifications, TimeLimit
from dramatiq_postgres import PostgresBroker  # type: ignore[import-untyped] # it has no py.typed
from dramatiq_postgres.broker import PostgresConsumer  # type: ignore[import-untyped] # likewise
from dramatiq_postgres.utils import (  # type: ignore[import-untyped] # likewise
    raise_connection_error,
    tidy4json,
    transaction,
)

SCHEMA = "dramatiq"
QUEUES = ("default", "long")
LONGEST_MINUTES = 60
LISTENER_SECONDS = 5.0


def make_broker(where: str, pool: Any = None, **options: Any) -> Broker:
    """Make the broker that a setting names: `postgres` (over `pool`), `amqp://…`, `redis://…`.

    Raises `ImportError` when the extra `rabbitmq` or `redis` is not installed.
    """
    if where.startswith(("amqp://", "amqps://")):
        return _rabbitmq(where)
    if where.startswith(("redis://", "rediss://")):
        return _redis(where, **options)
    return FencedPostgresBroker(pool=pool, middleware=_middleware(), **options)


def _middleware() -> list[Middleware]:
    return [TimeLimit(time_limit=LONGEST_MINUTES * 60_000), ShutdownNotifications()]


def _rabbitmq(where: str) -> Broker:
    from dramatiq.brokers.rabbitmq import RabbitmqBroker  # noqa: PLC0415 - an extra

    class QuorumBroker(RabbitmqBroker):
        """Queues that several servers hold, so that one may be lost."""

        def _build_queue_arguments(self, queue_name: str) -> dict[str, Any]:
            arguments: dict[str, Any] = super()._build_queue_arguments(queue_name)  # type: ignore[no-untyped-call] # theirs has no types
            return {**arguments, "x-queue-type": "quorum"}

    return QuorumBroker(url=where, confirm_delivery=True, middleware=_middleware())


def _redis(where: str, **options: Any) -> Broker:
    from dramatiq.brokers.redis import RedisBroker  # noqa: PLC0415 - an extra

    broker: Broker = RedisBroker(url=where, middleware=_middleware(), **options)  # type: ignore[no-untyped-call] # theirs has no types
    return broker


class FencedPostgresBroker(PostgresBroker):  # type: ignore[misc] # its base has no types
    """dramatiq-postgres, whose acknowledgements count only from the worker that holds the message.

    The package acknowledges by message id alone: a worker that was paused while another took its
    message over would take the message away from the one who works on it now, and should that one
    die, nothing would bring it back before the register asks again.
    """

    def __init__(self, **options: Any) -> None:
        # What was refused stays to be seen; the register keeps it, whatever the queue forgets.
        super().__init__(results=False, schema=SCHEMA, purge_maxage=None, **options)

    def close(self) -> None:
        """Stop listening, and wait for it: closing a connection under a thread that reads from it
        would bring the whole process down."""
        super().close()
        if self.notifier is not None and self.notifier.started_once:
            self.notifier.join(LISTENER_SECONDS)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30000) -> Any:
        """Return a consumer that acknowledges what it holds and nothing else."""
        return FencedConsumer(
            broker=self, queue_name=queue_name, prefetch=prefetch, timeout=timeout
        )


class FencedConsumer(PostgresConsumer):  # type: ignore[misc] # its base has no types
    """Takes messages, and gives back or puts away only those that are still its own."""

    @raise_connection_error  # type: ignore[untyped-decorator] # theirs has no types
    def ack(self, message: MessageProxy) -> None:
        """Take a message away that is done."""
        self._settle("DELETE FROM dramatiq.queue WHERE {held}", message)

    @raise_connection_error  # type: ignore[untyped-decorator] # theirs has no types
    def nack(self, message: MessageProxy) -> None:
        """Put a message aside that cannot be done."""
        self._settle(
            "UPDATE dramatiq.queue SET state = 'rejected', message = %s::jsonb, worker_id = NULL,"
            " mtime = now() WHERE {held}",
            message,
            json.dumps(tidy4json(message)),
        )

    @raise_connection_error  # type: ignore[untyped-decorator] # theirs has no types
    def requeue(self, messages: Any) -> None:
        """Give messages back that this worker did not come to."""
        ids = [message.message_id for message in messages]
        with transaction(self.get_consume_conn()) as cursor:
            cursor.execute(
                "UPDATE dramatiq.queue SET state = 'queued', worker_id = NULL, consumed_at = NULL,"
                " mtime = now() WHERE message_id = ANY (%s::uuid[]) AND state = 'consumed'"
                " AND worker_id = %s",
                (ids, self.broker.worker_id),
            )

    def _settle(self, statement: str, message: MessageProxy, *parameters: str) -> None:
        held = "message_id = %s AND state = 'consumed' AND worker_id = %s"
        with transaction(self.pool) as cursor:
            cursor.execute(
                statement.format(held=held),
                (*parameters, message.message_id, self.broker.worker_id),
            )
        self.in_processing.discard(message.message_id)
        self.wakeup.set()
