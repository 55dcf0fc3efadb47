"""The desk at which a command is decided: it loads what the rules must know, and saves once.

A command is a function of a slice that takes a desk, an entry and its facts. It loads
aggregates, decides by their pure rules, and `save` appends everything in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import msgspec

from domain.aggregate import Aggregate
from domain.counting import Allocation, Attendance, Counted
from domain.entry import Entry, Scope
from domain.event import Occurred
from domain.identity import Id
from domain.principal import Principal
from domain.warning import Told

A = TypeVar("A", bound=Aggregate)


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a command wrote: the streams' ids and versions, the events, and the last position.

    Waiting for `position` makes a reader see its own writes. `warnings` say what was recorded
    all the same and is worth a second look.
    """

    stream: Id
    version: int
    events: tuple[Id, ...]
    position: int
    repeated: bool = False
    warnings: tuple[Told, ...] = ()


class Desk(Protocol):
    """Loads and saves aggregates within one principal's scope."""

    principal: Principal

    def load(self, kind: type[A], id: Id, field: str = "id") -> A:
        """Return the aggregate; raises `not_found` naming `field` when it is not in scope."""
        ...

    def load_any(self, kind: str, id: Id, field: str = "id") -> Any:
        """Return an aggregate of another slice by stream type, to be read by protocol."""
        ...

    def load_stream(self, id: Id, field: str = "id") -> Aggregate:
        """Return an aggregate of whatever kind; raises `not_found` naming `field`."""
        ...

    def save(self, entry: Entry, *aggregates: Aggregate) -> Receipt:
        """Append what they decided, in one transaction.

        Raises `stale_version`, `key_reused`, `duplicate_id` or `unavailable`.
        """
        ...

    def digest(self, text: str, purpose: str = "id-number") -> str:
        """Return a keyed hash of a text for a purpose, as an ID number is searched by; it does not
        reveal it."""
        ...


@runtime_checkable
class Participant(Protocol):
    """What other slices may know of a person: whether they can be served, and their groups.

    `merger` is the event that last said of this record that it was merged, or was not after all.
    """

    scope: Scope
    merged_into: Id | None
    merger: Id | None

    def check_served_on(self, day: date, field: str) -> None:
        """Refuse services dated before birth, after death or moving away, to a record that takes
        no more, and to a child under 14 without a guardian's consent to them."""
        ...

    def check_there_on(self, day: date, field: str) -> None:
        """Refuse the same of those who stand in a record already: there they stay, merged, erased
        or their consent withdrawn since."""
        ...

    def check_lawful(self, day: date, purpose: Literal["service", "health"], field: str) -> None:
        """Refuse to process sensitive data without a consent or a legal basis of that day."""
        ...

    def groups_on(self, day: date) -> tuple[str, ...]:
        """Return the population groups of the person as they were that day."""
        ...

    def home_on(self, day: date) -> Id | None:
        """Return the household in which the person was counted that day, if any."""
        ...


@runtime_checkable
class Employer(Protocol):
    """What other slices may know of an operator: whether it may work, and keeps its staff here."""

    scope: Scope
    keeps_staff: bool

    def check_active(self, field: str = "operator") -> None:
        """Refuse while it is suspended."""
        ...


@runtime_checkable
class Workplace(Protocol):
    """What other slices may know of a station: until when it worked, and what it has adopted."""

    scope: Scope

    @property
    def policies(self) -> Mapping[str, int]:
        """The policies that it has adopted, and the version of each in force."""
        ...

    def check_open(self, day: date | None = None) -> None:
        """Refuse what was done after it closed or passed to another operator."""
        ...


@runtime_checkable
class Colleague(Protocol):
    """What other slices may know of a member of staff: when they were here, and might approve."""

    scope: Scope

    def check_here(self, day: date, field: str) -> None:
        """Refuse what is dated before they came or after they left."""
        ...

    def here_on(self, day: date) -> bool:
        """Say whether they worked here that day."""
        ...

    def may_approve_on(self, day: date) -> bool:
        """Say whether they held a role that day in which others' work is approved."""
        ...

    def may_approve_adjustments_on(self, day: date, stations: Collection[Id]) -> bool:
        """Say whether they approved that day what changes in a closed period of these stations."""
        ...


@runtime_checkable
class Home(Protocol):
    """What other slices may know of a household: who heads it, and how many live there now."""

    scope: Scope
    head: Id

    @property
    def size(self) -> int:
        """The number of its members."""
        ...


@runtime_checkable
class Serving(Protocol):
    """What is done for somebody: a case, a need."""

    @property
    def serves(self) -> tuple[Id | None, Id | None]:
        """The person and the household."""
        ...


@runtime_checkable
class ServedCase(Protocol):
    """What other slices may know of a case: whom it serves, and whose contacts are its own."""

    scope: Scope

    @property
    def serves(self) -> tuple[Id | None, Id | None]:
        """The client and the household."""
        ...

    def check_near(self, scope: Scope, field: str) -> None:
        """Refuse what another station did, unless in the same project."""
        ...


@runtime_checkable
class Posted(Protocol):
    """What other slices may know of who belongs to the operator, and works at some stations."""

    id: Id

    @property
    def posted_at(self) -> frozenset[Id]:
        """Return the stations at which they hold a role, or held one."""
        ...


@runtime_checkable
class Contract(Protocol):
    """What other slices may know of a project: whether it takes a record, and where it counts."""

    scope: Scope

    def check_open_on(self, day: date, entry: Entry) -> None:
        """Refuse work outside the project's dates, or in a closed period without approval."""
        ...

    def check_unclosed_on(self, day: date, entry: Entry) -> None:
        """Refuse what changes a closed period without approval."""
        ...

    def closed_on(self, day: date) -> bool:
        """Say whether a day lies in a closed period."""
        ...

    @property
    def stations(self) -> tuple[Id, ...]:
        """The stations that it is for; none named means all of the operator."""
        ...

    def check_area(self, scope: Scope, field: str) -> None:
        """Refuse work of a station outside the project's service area."""
        ...

    def allocate(self, facts: Counted) -> tuple[Allocation, ...]:
        """Return the indicators that take this delivery by their filter."""
        ...

    def reallocate(self, before: Counted, after: Counted) -> tuple[Allocation, ...]:
        """Return the indicators that take a corrected delivery; decisions by hand stay."""
        ...

    def uncounted(
        self, found: tuple[Allocation, ...], held: tuple[Allocation, ...]
    ) -> tuple[Allocation, ...]:
        """Leave out of what was found the indicators held, and others of their exclusive sets."""
        ...


@runtime_checkable
class LocalOrganisation(Protocol):
    """What other slices may know of a community organisation: whether it can have activities."""

    scope: Scope

    def check_active_on(self, day: date, field: str) -> None:
        """Refuse what lies before it was identified, or after it dissolved."""
        ...


Move = tuple[date, int]
"""On a day so much came into a supply; below zero, so much left it."""


@runtime_checkable
class Aided(Protocol):
    """What other slices may know of a need: what of a supply went to its household, and when."""

    id: Id
    scope: Scope

    def moves_of(self, supply: Id) -> list[Move]:
        """Return what its deliveries that stand took of a supply, and what came back of them."""
        ...


@runtime_checkable
class Supply(Protocol):
    """What aid is given from: goods in stock, counted in their unit, or a gift's money in 分."""

    scope: Scope

    def check_given_for(self, purpose: str, audience: str | None, field: str) -> None:
        """Refuse a use that the giver has not allowed."""
        ...

    def check_given_on(self, desk: Desk, need: Aided, given: Occurred, field: str) -> None:
        """Refuse what was given of it on a day on which so much was not there, or had expired.

        It is out already by the supply's own stream, and by that of the `need`.
        """
        ...

    def check_called(self, name: str, unit: str, field: str) -> None:
        """Refuse to call it what it is not, or to count it in another unit."""
        ...

    def value_of(self, quantity: int, delivery: Id) -> int:
        """Return what so much of it is worth in a delivery, in 分, beside what all others took."""
        ...

    def value_again(self, quantity: int, value: int, delivery: Id) -> int:
        """Return what so much is worth that was worth `value` in a delivery, and is given again."""
        ...

    def reserve(self, entry: Entry, quantity: int, need: Id, field: str) -> None:
        """Keep so much of it for a need; refuses more than is there."""
        ...

    def release(self, entry: Entry, need: Id) -> None:
        """Keep nothing of it for a need any more."""
        ...

    def hand_out(
        self, entry: Entry, quantity: int, need: Id, delivery: Id, field: str, *, value: int
    ) -> None:
        """Take so much out for a delivery, worth so much there; refuses more than is there."""
        ...

    def take_back(self, entry: Entry, quantity: int, need: Id, delivery: Id, *, value: int) -> None:
        """Put so much of a delivery back; of none, only what it is worth there was set right."""
        ...


def served(desk: Desk, person: Id, day: date, field: str, *, stood: bool = False) -> Participant:
    """Return somebody who could be served that day.

    `stood` says that the record named them before: then it keeps them, whatever became of their
    own record since, so that erasing or merging one person does not fix what is said of others.
    """
    found: Participant = desk.load_any("person", person, field)
    if stood:
        found.check_there_on(day, field)
    else:
        found.check_served_on(day, field)
    return found


def attend(
    desk: Desk,
    entry: Entry,
    attendance: tuple[Attendance, ...],
    before: tuple[Attendance, ...] = (),
) -> tuple[Attendance, ...]:
    """Check each named person and put in their household and groups as they were that day.

    `before` is who took part by what the record said until now.
    """
    stood = {line.person for line in before if line.status == "present"}
    checked = []
    for number, line in enumerate(attendance):
        if line.person is None or line.role in ("worker", "supervisee", "volunteer", "partner"):
            checked.append(line)
            continue
        field = f"attendance.{number}.person"
        person: Participant = desk.load_any("person", line.person, field)
        if line.status == "present":
            served(desk, line.person, entry.day, field, stood=line.person in stood)
        checked.append(
            msgspec.structs.replace(
                line,
                groups=person.groups_on(entry.day),
                household=line.household or person.home_on(entry.day),
            )
        )
    return tuple(checked)
