"""What slices may know of each other's aggregates: protocols, since none imports another.

A command loads the aggregate by its stream type (`Desk.load_any`) and reads it by one of these; the
slice that owns it need not know who asks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Literal, Protocol, runtime_checkable

from domain.counting import Allocation, Counted
from domain.desk import Desk
from domain.entry import Entry, Scope
from domain.event import Occurred
from domain.identity import Id
from domain.private import Private


@runtime_checkable
class Named(Protocol):
    """What whoever may read names knows of a person: where theirs is sealed, if it was told."""

    scope: Scope

    @property
    def name(self) -> Private | None:
        """Return the name as it stands, sealed."""
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


class Employer(Protocol):
    """What other slices may know of an operator: whether it may work, and keeps its staff here."""

    scope: Scope
    keeps_staff: bool

    def check_active(self, field: str = "operator") -> None:
        """Refuse while it is suspended."""
        ...


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


class ServedCase(Serving, Protocol):
    """What other slices may know of a case: whom it serves, and whose contacts are its own."""

    scope: Scope

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
