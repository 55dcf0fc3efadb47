"""A small station for tests: a desk in memory, people who do the work, and given / when / then.

The desk keeps the rules of the real one (scope, versions, one transaction a command) and holds
streams as events; integration tests run the same commands on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
import pytest

from domain.aggregate import Aggregate, evolve_all
from domain.clock import at
from domain.desk import Receipt
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Facts, Occurred
from domain.fingerprint import fingerprint
from domain.gate import decided
from domain.identity import Id, derived_id, new_id
from domain.journal.codec import decode, encode
from domain.principal import Principal, Role
from domain.private import Private, seal_fields
from domain.refusals import NOT_FOUND, ShiluError
from domain.warning import warnings_in

RECORD = (
    b'{"facts":{"@type":"test@1"},"id":"01a20250-66c8-7964-ad40-aa8d384b1999",'
    b'"occurred":{"start":"2018-06-01T09:00:00+08:00"}}'
)
"""The stored bytes of an event, as little as a receipt asks of a record."""
A = TypeVar("A", bound=Aggregate)

OPERATOR = derived_id("operator")
STATION = derived_id("station")
WORKER = derived_id("worker")
TODAY = date(2018, 10, 26)
SCOPE = Scope(operator=OPERATOR, station=STATION)
LATE: dict[str, Any] = {"late_reason": "核对纸质记录后更正", "approved_by": derived_id("approver")}
"""What an entry of long ago says beside its facts."""


def principal(role: Role = "station_head", actor: Id = WORKER) -> Principal:
    """Return somebody of the test operator: unless said otherwise, who may do all that is done."""
    return Principal(actor=actor, role=role, operator=OPERATOR)


def entry(
    day: date | datetime = TODAY,
    *,
    now: datetime | None = None,
    role: Role = "station_head",
    **more: Any,
) -> Entry:
    """Return how something is written down: on `day` at nine, one hour later."""
    moment = day if isinstance(day, datetime) else at(day)
    return Entry(
        principal=more.pop("principal", principal(role)),
        now=now or moment + timedelta(hours=1),
        occurred=Occurred(start=moment),
        command=new_id(),
        **more,
    )


class MemoryDesk:
    """The desk of `domain.desk.Desk`, over streams in memory; what it keeps went through bytes."""

    def __init__(self, who: Principal | None = None) -> None:
        self.principal = who or principal()
        self.streams: dict[Id, list[AnyEvent]] = {}
        self.log: list[AnyEvent] = []
        self.read: list[tuple[Aggregate, str]] = []

    def load(self, kind: type[A], id: Id, field: str = "id") -> A:
        """Return an aggregate in scope."""
        found = self.load_any(kind.kind, id, field)
        assert isinstance(found, kind)
        return found

    def load_any(self, kind: str, id: Id, field: str = "id") -> Any:
        """Return an aggregate by its stream type."""
        found = self.load_stream(id, field)
        if found.kind != kind:
            raise NOT_FOUND(field)
        return found

    def load_stream(self, id: Id, field: str = "id") -> Aggregate:
        """Return an aggregate of whatever kind."""
        found = evolve_all(None, self.streams.get(id, ()))
        if found is None:
            raise NOT_FOUND(field)
        if not self.principal.covers(found.scope.operator, found.scope.station, found.scope.ledger):
            raise NOT_FOUND(field)
        self.read.append((found, field))
        return found

    def save(self, entry: Entry, *aggregates: Aggregate) -> Receipt:
        """Append what they decided."""
        events = [stored(event) for event in decided(self, entry, self.read, *aggregates)]
        self.stand_up()
        for event in events:
            assert event.version == len(self.streams.get(event.stream, ())) + 1
            self.streams.setdefault(event.stream, []).append(event)
            self.log.append(event)
        first = events[0]
        return Receipt(
            stream=first.stream,
            version=len(self.streams[first.stream]),
            events=tuple(event.id for event in events),
            position=len(self.log),
            warnings=warnings_in(events),
        )

    def stand_up(self) -> None:
        """End a command that was refused, or a look: what was read for it is read no more."""
        self.read.clear()

    def digest(self, text: str, purpose: str = "id-number") -> str:
        """Stand in for the vault's keyed hash."""
        return sha256(f"{purpose}: {text}".encode()).hexdigest()

    def facts(self, stream: Id | None = None) -> list[Facts]:
        """Return what was recorded, in order."""
        events = self.log if stream is None else self.streams[stream]
        return [event.facts for event in events]


def stored(event: AnyEvent) -> AnyEvent:
    """Take an event through its stored bytes, private fields sealed as test words never are."""

    def mark(field: Private) -> str | None:
        return fingerprint(field, event.operator, _digest)

    facts = seal_fields(event.facts, event.id, _seal, mark=mark)
    return decode(encode(msgspec.structs.replace(event, facts=facts)))


def _seal(field: Private, event: Id, path: str) -> str:
    return sha256(f"{field.text}{event}{path}".encode()).hexdigest()


def _digest(text: str, purpose: str) -> str:
    return sha256(f"{purpose}: {text}".encode()).hexdigest()


@contextmanager
def refused(code: str, field: str | None = None) -> Iterator[None]:
    """Expect a refusal by its stable code, and the field it names."""
    with pytest.raises(ShiluError) as caught:
        yield
    assert caught.value.code == code
    if field is not None:
        assert caught.value.field == field
    for language in ("zh", "en"):
        assert caught.value.text(language)


def given(*events: AnyEvent) -> Sequence[AnyEvent]:
    """Name the events that came before, for reading's sake."""
    return events


Command = Callable[[MemoryDesk], Receipt]
