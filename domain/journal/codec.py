"""Events to stored bytes and back: UTF-8 JSON with sorted keys, written once, read by anything.

The kind of facts and its schema stand in the facts themselves (`@type`), so that a line of a
bundle can be read without the database. Facts of an older schema are upcast on every way in.
"""

from __future__ import annotations

import threading
from typing import Any, Union

import msgspec
from eventsourcing.persistence import Mapper, StoredEvent

from domain.event import FACTS, UPCASTERS, AnyEvent, Event, schema_of, topic_of, upcast_once
from domain.identity import Id
from domain.journal.entries import JournalEntry

_encoder = msgspec.json.Encoder(order="sorted")


def encode(event: AnyEvent) -> bytes:
    """Return the stored bytes of an event."""
    return _encoder.encode(event)


_decoders: dict[int, msgspec.json.Decoder[AnyEvent]] = {}
_one_at_a_time = threading.Lock()


def decoder() -> msgspec.json.Decoder[AnyEvent]:
    """Return the decoder of every kind of facts that is registered.

    Two threads may not make decoders of the same structs at once: msgspec then leaves one of them
    half made, and the process dies of it.
    """
    return _decoders.get(len(FACTS)) or _make_decoder()


def _make_decoder() -> msgspec.json.Decoder[AnyEvent]:
    """Make the decoder, anew when there are more kinds than before."""
    with _one_at_a_time:
        registered = tuple(FACTS.values())
        if len(registered) not in _decoders:
            kinds = Event[Union[registered]]  # type: ignore[valid-type]  # noqa: UP007
            _decoders[len(registered)] = msgspec.json.Decoder(kinds)
        return _decoders[len(registered)]


def decode(state: bytes) -> AnyEvent:
    """Read stored bytes of any schema ever written.

    Raises `msgspec.ValidationError` where they are not an event.
    """
    try:
        return decoder().decode(state)
    except msgspec.ValidationError:
        return _upcast(state)


def _upcast(state: bytes) -> AnyEvent:
    stored: dict[str, Any] = msgspec.json.decode(state)
    name, _, schema = stored["facts"]["@type"].partition("@")
    if name not in FACTS or int(schema) >= schema_of(FACTS[name]):
        raise msgspec.ValidationError(f"not an event that this version can read: {name}@{schema}")
    for version in range(int(schema), schema_of(FACTS[name])):
        stored["facts"] = upcast_once(stored["facts"], UPCASTERS[name][version])
    return decoder().decode(msgspec.json.encode(stored))


class EventMapper(Mapper[Id]):
    """The library's mapper between events and what the recorder stores."""

    def __init__(self) -> None:
        """Need neither transcoder nor cipher: the codec is above, sealing is in the facts."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return the journal entry of an event, with the columns that scope and seal it."""
        event: AnyEvent = domain_event
        return JournalEntry(
            originator_id=event.stream,
            originator_version=event.version,
            topic=topic_of(type(event.facts)),
            state=encode(event),
            event_id=event.id,
            operator=event.operator,
            station=event.station,
            ledger=event.ledger,
            demonstration=event.demonstration,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> AnyEvent:
        """Return the event of stored bytes."""
        return decode(stored_event.state)
