"""What a view is: some tables, and one pure function from an event to its effects on their rows.

A handler sees one record and says what to put, add or drop. It reads nothing: what it needs to
know was put into the event when it was written. A row belongs to the ledger of the events that
make it, so that the fold of one ledger alone gives exactly that ledger's rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Generic, Literal, TypeAlias, TypeVar

import msgspec

from domain.event import (
    CORRECTIONS,
    FACTS,
    AnyEvent,
    Correction,
    Effective,
    Facts,
    Occurred,
    name_of,
    schema_of,
)
from domain.identity import Id

Kind = Literal["uuid", "text", "int", "date", "moment", "bool"]
Key: TypeAlias = tuple[Any, ...]
Row: TypeAlias = dict[str, Any]

POSTGRESQL: dict[Kind, str] = {
    "uuid": "uuid",
    "text": "text",
    "int": "bigint",
    "date": "date",
    "moment": "timestamptz",
    "bool": "boolean",
}


@dataclass(frozen=True, eq=False)
class Table:
    """A view's table. `key` names the columns that identify a row within its ledger.

    Every table has `ledger`, `operator` and `station` besides; an unset int is 0, all else null.
    """

    name: str
    key: dict[str, Kind]
    columns: dict[str, Kind]
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def all_columns(self) -> dict[str, Kind]:
        """Every column in order: the ledger and key first, then scope, then the rest."""
        scope: dict[str, Kind] = {"operator": "uuid", "station": "uuid"}
        return {"ledger": "uuid", **self.key, **scope, **self.columns}

    def blank(self) -> Row:
        """The columns of a row that nobody has set."""
        return {name: 0 if kind == "int" else None for name, kind in self.columns.items()}


class Put(msgspec.Struct, gc=False):
    """Set columns of a row, which is made where it is missing."""

    table: Table
    key: Key
    columns: Row


class Add(msgspec.Struct, gc=False):
    """Add to integer columns of a row, which is made with zeros where it is missing."""

    table: Table
    key: Key
    columns: dict[str, int]


class Drop(msgspec.Struct, gc=False):
    """Take a row away."""

    table: Table
    key: Key


Effect: TypeAlias = Put | Add | Drop
Handler: TypeAlias = Callable[[Any], Iterable[Effect]]
F = TypeVar("F", bound=Facts)
Handled = TypeVar("Handled", bound=Callable[..., Iterable[Effect]])


class Record(msgspec.Struct, Generic[F], gc=False):
    """What a handler sees of one event: what happened, and the envelope in which it came.

    For the two sides of a correction `id` and `occurred` are the corrected record's, while
    `event` is the correction. `at` is the commit time as the leaf has it.
    """

    id: Id
    position: int
    number: int
    at: datetime
    occurred: Occurred
    event: AnyEvent
    facts: F

    @property
    def writer(self) -> Id | None:
        """Who wrote the record down, never who set it right; None where a correction says no more.

        It is told of work of which nobody is named as the worker.
        """
        said = self.event.facts
        return said.written_by if isinstance(said, Correction) else self.event.actor


class NotReversibleError(RuntimeError):
    """A handler of correctable facts dropped a row: that could not be taken back."""


@dataclass(eq=False)
class View:
    """A named set of tables and the handlers that fill them.

    Raise `version` whenever a handler changes what it makes; tables are part of the definition
    by themselves. A view that is `raw` sees corrections as they were written; all others see
    them as *take away before, add after* and need not know that there are any.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    raw: bool = False
    handlers: dict[type[Facts], Handler] = field(default_factory=dict)
    _readers: dict[type[Facts], Handler] = field(default_factory=dict)

    def on(self, *kinds: type[Facts]) -> Callable[[Handled], Handled]:
        """Register the handler for kinds of facts and whatever derives from them.

        A kind has one handler; those of the kinds that it derives from are called besides.
        """

        def register(handler: Handled) -> Handled:
            for kind in kinds:
                if kind in self.handlers:
                    raise ValueError(f"view {self.name} has two handlers for {kind.__name__}")
                self.handlers[kind] = handler
            self._readers.clear()
            return handler

        return register

    def definition(self) -> str:
        """Return a hash of name, version and tables: two views with the same one are the same."""
        shape = [(table.name, table.key, table.columns) for table in self.tables]
        return sha256(repr((self.name, self.version, self.raw, shape)).encode()).hexdigest()[:16]

    def reader(self, facts: Facts) -> Handler:
        """Return what reads every record with facts of this kind: a lone handler is it itself."""
        if isinstance(facts, Correction) and not self.raw:
            return self._restated
        return self._reader_of(type(facts))

    def concerns(self, facts: Facts) -> bool:
        """Say whether facts of this kind can do anything to this view's rows."""
        sides: list[Any] = [facts]
        if isinstance(facts, Correction) and not self.raw:
            sides = [side.facts for side in (facts.before, facts.after) if side is not None]
        return not sides or any(self._handlers_of(type(side)) for side in sides)

    def _restated(self, record: Record[Any]) -> Iterator[Effect]:
        """Take away what a corrected record did before, and do what it says after."""
        facts: Correction = record.facts
        if facts.before is not None:
            side = _side(record, facts.target, facts.before)
            yield from map(_reversed, self._reader_of(type(side.facts))(side))
        if facts.after is not None:
            side = _side(record, facts.target, facts.after)
            yield from self._reader_of(type(side.facts))(side)

    def _reader_of(self, kind: type[Facts]) -> Handler:
        reader = self._readers.get(kind)
        if reader is None:
            handlers = self._handlers_of(kind)
            reader = handlers[0] if len(handlers) == 1 else _in_turn(handlers)
            self._readers[kind] = reader
        return reader

    def _handlers_of(self, kind: type[Facts]) -> tuple[Handler, ...]:
        found = (self.handlers[base] for base in kind.__mro__ if base in self.handlers)
        return tuple(dict.fromkeys(found))


def _in_turn(handlers: tuple[Handler, ...]) -> Handler:
    return lambda record: [effect for handler in handlers for effect in handler(record)]


def _side(record: Record[Any], target: Id, effective: Effective[Any]) -> Record[Any]:
    return Record(
        id=target,
        position=record.position,
        number=record.number,
        at=record.at,
        occurred=effective.occurred,
        event=record.event,
        facts=effective.facts,
    )


def _reversed(effect: Effect) -> Effect:
    match effect:
        case Put():
            return Drop(effect.table, effect.key)
        case Add():
            negative = {column: -amount for column, amount in effect.columns.items()}
            return Add(effect.table, effect.key, negative)
        case Drop():
            raise NotReversibleError(effect.table.name)


def topics_of(views: Collection[View]) -> set[str]:
    """Return the kinds of events, of every schema ever written, that can change views' rows."""
    kinds: set[type[Facts]] = set()
    for view in views:
        for kind in FACTS.values():
            if _handled(view, kind) and (view.raw or not issubclass(kind, Correction)):
                kinds.update((kind, *(() if view.raw else CORRECTIONS.get(kind, ()))))
    return _topics(kinds)


def topics_beside(views: Collection[View]) -> set[str]:
    """Return the kinds of events that are known, and change nothing in views' rows."""
    return _topics(FACTS.values()) - topics_of(views)


def _topics(kinds: Iterable[type[Facts]]) -> set[str]:
    return {f"{name_of(kind)}@{n}" for kind in kinds for n in range(1, schema_of(kind) + 1)}


def _handled(view: View, kind: type[Facts]) -> bool:
    return any(base in view.handlers for base in kind.__mro__)
