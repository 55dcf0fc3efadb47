"""The application: commands are carried out here, once, whatever is lost or sent again.

It is the event-sourcing library's Application over our recorder and mapper. `carry_out` gives a
command its desk, decides again when another writer was faster, and answers a repeated command
with what it wrote the first time. A command reads what was read before from memory; the journal
checks what it has read when it appends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar, cast

import msgspec
import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import (
    InfrastructureFactory,
    IntegrityError,
    Mapper,
    OperationalError,
)
from eventsourcing.popo import POPOFactory
from eventsourcing.utils import Environment

from domain.aggregate import Aggregate, evolve_all
from domain.desk import Receipt
from domain.entry import Entry
from domain.event import AnyEvent
from domain.fingerprint import fingerprint
from domain.gate import decided
from domain.identity import Id
from domain.journal.codec import EventMapper, decode
from domain.journal.entries import Appended, CommandKey, JournalRow
from domain.journal.recorder import JournalRecorder
from domain.journal.remembered import Remembered
from domain.journal.request import ConnectedAnew
from domain.journal.vault import VaultError
from domain.principal import Principal
from domain.private import Private, seal_fields, unsealed
from domain.refusals import (
    INVALID,
    KEY_REUSED,
    NOT_FOUND,
    STALE_VERSION,
    UNAVAILABLE,
    Conflict,
    ShiluError,
    refusal,
)
from domain.warning import warnings_in

ATTEMPTS = 5

CANNOT_SEAL = refusal("private.cannot_seal", Conflict)

A = TypeVar("A", bound=Aggregate)


class Sealer(Protocol):
    """What the records need of the vault."""

    def seal(
        self, person: Id, purpose: str, operator: Id, text: str, event_id: Id, field: str
    ) -> str:
        """Seal a person's words for one field of one event."""
        ...

    def try_seal(
        self, person: Id, purpose: str, operator: Id, text: str, event_id: Id, field: str
    ) -> str:
        """Refuse what `seal` refuses, and return what nobody can open; no key is made for it."""
        ...

    def digest(self, text: str, purpose: str = ...) -> str:
        """Return the keyed hash of an ID number, or of a text for another purpose."""
        ...

    def fingerprint(self, asked: bytes) -> bytes:
        """Return the keyed hash by which a command that is sent again is known."""
        ...


class Records(Application[Id]):
    """Loads aggregates from the journal and appends what they decide.

    The base class brings the event store, which reads streams through our mapper and recorder, and
    with it the library's way of naming both. Saving is our own: a command's events, its receipt
    and the versions it was decided on go to the journal together.
    """

    name = "shilu"

    def __init__(self, recorder: JournalRecorder, vault: Sealer) -> None:
        self.journal = recorder
        self.vault = vault
        self.remembered = Remembered()
        super().__init__()

    def construct_env(self, name: str, env: Mapping[str, str] | None = None) -> Environment:
        """Take nothing from the process's environment: only `deploy` reads it."""
        return Environment(name, dict(env or {}))

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """Return a factory for the event store; recorder and mapper are our own."""
        return POPOFactory(env)

    def construct_mapper(self) -> Mapper[Id]:
        """Return the mapper of our codec."""
        return EventMapper()

    def construct_recorder(self) -> JournalRecorder:
        """Return the journal."""
        return self.journal

    def carry_out(
        self,
        principal: Principal,
        entry: Entry,
        decide: Callable[[CommandDesk], Receipt],
        *,
        fingerprint: bytes = b"",
        expected: tuple[Id, int] | None = None,
    ) -> Receipt:
        """Carry out one command and return what it wrote.

        `fingerprint` is the hash of what was asked for; the same command id with another one is
        refused. It is kept under the vault's key only, since words to be sealed are in what was
        asked for and a plain hash would let them be guessed. `expected` is a stream and the
        version its reader saw; without it, a command that lost a race is decided again on what
        is now true.

        `decide` may be called for a command that was carried out before, and again for one that
        is refused on what was remembered: whatever it does besides saving must bear that.

        Raises what `decide` refuses, and `key_reused`, `stale_version`, `duplicate_id`,
        `too_large`, `private.cannot_seal`, `invalid` and `unavailable`.
        """
        operator = principal.operator or principal.actor
        key = CommandKey(operator, entry.command, self.vault.fingerprint(fingerprint))
        with as_refusals():
            return self._decided(decide, principal, key, expected)

    def _decided(
        self,
        decide: Callable[[CommandDesk], Receipt],
        principal: Principal,
        key: CommandKey,
        expected: tuple[Id, int] | None,
    ) -> Receipt:
        remembered = self.remembered if expected is None else None
        for attempt in range(ATTEMPTS):
            desk = CommandDesk(self, principal, key, expected, remembered)
            remembered = None  # whatever comes of it, the next attempt reads for itself
            try:
                return decide(desk)
            except IntegrityError as error:
                self.remembered.forget(desk.read)
                moved = expected is not None and not isinstance(error, ConnectedAnew)
                if moved or attempt == ATTEMPTS - 1:
                    raise STALE_VERSION() from error
            except ShiluError:
                if (answered := self.answered(key)) is not None:
                    return answered
                if not desk.recalled:
                    raise
                self.remembered.forget(desk.read)
        raise AssertionError("unreachable")

    def answered(self, key: CommandKey) -> Receipt | None:
        """Return what a command wrote that was carried out before. Raises `key_reused`."""
        known = self.journal.written_by(key.operator, key.command)
        if known is None:
            return None
        fingerprint, first, last = known
        if fingerprint != key.fingerprint:
            raise KEY_REUSED("Idempotency-Key")
        return self.receipt(first, last)

    def desk(self, principal: Principal) -> CommandDesk:
        """Return a desk to read aggregates at, within a principal's scope."""
        return CommandDesk(self, principal, CommandKey(principal.operator or "", "", b""))

    def receipt(self, first: int, last: int) -> Receipt:
        """Return the receipt of what was written at these positions before."""
        return receipt_of(self._between(first, last), last, repeated=True)

    def _between(self, first: int, last: int) -> list[AnyEvent]:
        return [decode(row.state) for row in self.journal.read(first - 1, last - first + 1)]

    def events_of(self, stream: Id) -> Iterator[AnyEvent]:
        """Yield a stream's events as they are now."""
        return cast("Iterator[AnyEvent]", self.events.get(stream))

    def written_with(self, event: AnyEvent) -> list[AnyEvent]:
        """Return all that the command wrote that wrote an event, in order, itself among them."""
        for who in (event.operator, event.actor):  # whoever belongs to no operator has own keys
            known = self.journal.written_by(who, event.command)
            if known is not None:
                events = self._between(*known[1:])
                if any(each.id == event.id for each in events):
                    return events
        return [event]

    def find(self, event: Id) -> tuple[JournalRow, AnyEvent] | None:
        """Return one event by its id, with its place in the journal."""
        row = self.journal.find(event)
        return None if row is None else (row, decode(row.state))


@contextmanager
def as_refusals() -> Iterator[None]:
    """Tell what the database answers as a refusal. Raises `invalid` and `unavailable`."""
    try:
        yield
    except psycopg.DataError as error:
        # To ask again would help nobody: what was sent cannot be kept.
        raise INVALID("request") from error
    except (OperationalError, psycopg.Error) as error:
        raise UNAVAILABLE() from error


class CommandDesk:
    """The desk of one command: see `domain.desk.Desk`.

    What it loads comes from `remembered` where that has it. `read` are the streams it was given and
    the versions they had, all of which are checked when it saves.
    """

    def __init__(
        self,
        records: Records,
        principal: Principal,
        key: CommandKey,
        expected: tuple[Id, int] | None = None,
        remembered: Remembered | None = None,
    ) -> None:
        self.principal = principal
        self.read: dict[Id, int] = {}
        self.recalled = False
        self._records = records
        self._key = key
        self._expected = expected
        self._remembered = remembered
        self._era = records.journal.era
        self._events: dict[Id, tuple[AnyEvent, ...]] = {}
        self._loaded: dict[Id, tuple[Aggregate, str]] = {}

    def load(self, kind: type[A], id: Id, field: str = "id") -> A:
        """Return an aggregate in the principal's scope."""
        found = self.load_any(kind.kind, id, field)
        assert isinstance(found, kind)  # noqa: S101 - one class a stream type
        return found

    def load_any(self, kind: str, id: Id, field: str = "id") -> Any:
        """Return an aggregate by its stream type; out of scope is as if it were not there."""
        found = self._read(id, field)
        if found.kind != kind:
            raise NOT_FOUND(field)
        if not self.principal.covers(found.scope.operator, found.scope.station, found.scope.ledger):
            raise NOT_FOUND(field)
        stream, version = self._expected or (None, None)
        if stream == id and version != found.version:
            raise STALE_VERSION("If-Match")
        return found

    def load_stream(self, id: Id, field: str = "id") -> Aggregate:
        """Return an aggregate of whatever kind."""
        found = self._read(id, field)
        loaded: Aggregate = self.load_any(found.kind, id, field)
        return loaded

    def _read(self, id: Id, field: str) -> Aggregate:
        if id in self._loaded:
            return self._loaded[id][0]
        events = self._remembered.get(id, self._era) if self._remembered is not None else ()
        self.recalled = self.recalled or bool(events)
        events = events or tuple(self._records.events_of(id))
        found = evolve_all(None, events)
        if found is None:
            raise NOT_FOUND(field)
        self._loaded[id] = (found, field)
        self._events[id], self.read[id] = events, found.version
        return found

    def save(self, entry: Entry, *aggregates: Aggregate) -> Receipt:
        """Seal and append what the aggregates decided, in one transaction."""
        events = self.decided(entry, *aggregates)
        if any(unsealed(event.facts) for event in events):
            # Sealing makes keys of persons, so a command sent again must not come that far.
            answered = self._records.answered(self._key)
            if answered is not None:
                return answered
        stored = [self._records.mapper.to_stored_event(self.sealed(event)) for event in events]
        at = entry.now if events[0].demonstration else None
        appended: Appended = self._records.journal.append(
            stored, self._key, at, self.read, self._era
        )
        self._keep({event.stream for event in events})
        if appended.repeated:
            return self._records.receipt(appended.positions[0], appended.positions[-1])
        return receipt_of(events, appended.positions[-1])

    def decided(self, entry: Entry, *aggregates: Aggregate) -> list[AnyEvent]:
        """Return what the aggregates decided, once it has passed the gate."""
        return decided(self, entry, self._loaded.values(), *aggregates)

    def _keep(self, written: set[Id]) -> None:
        """Remember what was read and not written: a stream that is written will be again."""
        remembered = self._records.remembered
        remembered.forget(written)
        for id, events in self._events.items():
            if id not in written:
                remembered.keep(id, events, self._era)

    def digest(self, text: str, purpose: str = "id-number") -> str:
        """Return the keyed hash of a text for a purpose."""
        return self._records.vault.digest(text, purpose)

    def sealed(self, event: AnyEvent) -> AnyEvent:
        """Return an event with all words sealed. Raises `private.cannot_seal`."""
        vault = self._records.vault

        def seal(field: Private, event_id: Id, path: str) -> str:
            words = field.text or ""
            try:
                return self._seal(
                    field.person, field.purpose, event.operator, words, event_id, path
                )
            except VaultError as error:
                raise CANNOT_SEAL(path) from error

        def mark(field: Private) -> str | None:
            return fingerprint(field, event.operator, vault.digest)

        facts = seal_fields(event.facts, event.id, seal, mark=mark)
        return event if facts is event.facts else msgspec.structs.replace(event, facts=facts)

    @property
    def _seal(self) -> Callable[[Id, str, Id, str, Id, str], str]:
        return self._records.vault.seal


def receipt_of(events: list[AnyEvent], position: int, *, repeated: bool = False) -> Receipt:
    """Return the receipt of events of one command, the last of them at a position."""
    stream = events[0].stream
    return Receipt(
        stream=stream,
        version=max(event.version for event in events if event.stream == stream),
        events=tuple(event.id for event in events),
        position=position,
        repeated=repeated,
        warnings=warnings_in(events),
    )
