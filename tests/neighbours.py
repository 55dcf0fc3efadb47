"""People, households, contracts and organisations of other slices, as far as a slice may see them.

A slice's rules are tested against these stand-ins of `domain.desk`'s protocols, so that its tests
say nothing about the insides of another slice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from domain.counting import Allocation, Counted
from domain.entry import Entry, Scope
from domain.identity import Id, derived_id
from domain.refusals import FORBIDDEN, NOT_FOUND
from tests.station import SCOPE, MemoryDesk

SOMEBODY_ELSE = derived_id("head")


@dataclass
class Neighbour:
    """A person of the register (`domain.desk.Participant`), or a household of `size` (`Home`)."""

    household: Id | None = None
    groups: tuple[str, ...] = ()
    died_on: date | None = None
    merged_into: Id | None = None
    merger: Id | None = None
    health_until: date | None = None
    size: int = 9
    head: Id = SOMEBODY_ELSE
    scope: Scope = SCOPE

    def check_served_on(self, day: date, field: str) -> None:
        """Refuse the dead."""
        if self.died_on is not None and day > self.died_on:
            raise FORBIDDEN(field)

    def check_there_on(self, day: date, field: str) -> None:
        """Refuse the dead."""
        self.check_served_on(day, field)

    def check_lawful(self, day: date, purpose: Literal["service", "health"], field: str) -> None:
        """Hold a consent to words about health up to a day, and to the service always."""
        if purpose == "health" and (self.health_until is None or day > self.health_until):
            raise FORBIDDEN(field)

    def groups_on(self, day: date) -> tuple[str, ...]:
        """Return the groups, which never change."""
        return self.groups

    def home_on(self, day: date) -> Id | None:
        """Return the household, which never changes."""
        return self.household


@dataclass
class Choir:
    """A community organisation: `domain.desk.LocalOrganisation`."""

    identified_on: date
    scope: Scope = SCOPE

    def check_active_on(self, day: date, field: str) -> None:
        """Refuse what lies before it was identified."""
        if day < self.identified_on:
            raise FORBIDDEN(field)


@dataclass
class House:
    """A station that has adopted some policies: `domain.desk.Workplace`."""

    policies: dict[str, int]
    scope: Scope = SCOPE

    def check_open(self, day: date | None = None) -> None:
        """Never close."""


@dataclass
class OneIndicator:
    """A project whose one indicator takes everything: `domain.desk.Contract`."""

    scope: Scope = SCOPE
    counts: tuple[Allocation, ...] = (
        Allocation(indicator=derived_id("indicator"), measure="person_times"),
    )

    def check_open_on(self, day: date, entry: Entry) -> None:
        """Be open."""

    def check_unclosed_on(self, day: date, entry: Entry) -> None:
        """Close nothing."""

    def closed_on(self, day: date) -> bool:
        """Close nothing."""
        return False

    @property
    def stations(self) -> tuple[Id, ...]:
        """Name none."""
        return ()

    def check_area(self, scope: Scope, field: str) -> None:
        """Serve every station."""

    def allocate(self, facts: Counted, event: Id | None = None) -> tuple[Allocation, ...]:
        """Take everything."""
        return self.counts

    def reallocate(self, before: Counted, after: Counted) -> tuple[Allocation, ...]:
        """Keep what was decided."""
        return before.allocations

    def uncounted(
        self, found: tuple[Allocation, ...], held: tuple[Allocation, ...]
    ) -> tuple[Allocation, ...]:
        """Leave out what counts already; there are no exclusive sets."""
        has = {each.indicator for each in held}
        return tuple(each for each in found if each.indicator not in has)


@dataclass
class Neighbourhood(MemoryDesk):
    """A desk that knows neighbours beside the streams of the slice under test."""

    neighbours: dict[tuple[str, Id], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    def load_any(self, kind: str, id: Id, field: str = "id") -> Any:
        """Return a neighbour, or an aggregate of the slice."""
        if (kind, id) in self.neighbours:
            return self.neighbours[kind, id]
        if kind in ("person", "household", "community_org", "project"):
            raise NOT_FOUND(field)
        return super().load_any(kind, id, field)
