"""Projects: the contract, what it commits to, and which deliveries count to it.

A project is a ledger of its own: what counts to it is recorded in it, so that its records can be
handed over whole and no delivery can be told to two funders (design.md, ledgers). The commands
are in `contract.py` (what the contract says), `allocation.py` (what is decided by hand) and
`reporting.py` (closed periods and claimed figures).
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Literal

import msgspec

from domain.aggregate import Aggregate
from domain.bounds import Fen, Reference
from domain.counting import Allocation, Counted
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id
from domain.indicators import Indicators
from domain.period import Periods
from domain.refusals import Conflict, NotFound, refusal

ENDS_BEFORE_START = refusal("project.ends_before_start")
BAD_KEY = refusal("project.bad_key")
KEY_TAKEN = refusal("project.key_taken", Conflict)
OUTSIDE_DATES = refusal("project.outside_dates")
OUTSIDE_AREA = refusal("project.outside_area")
OF_ONE_STATION = refusal("project.of_one_station")
OTHER_PROJECT = refusal("project.other_project", Conflict)
SUSPENDED = refusal("project.suspended", Conflict)
NOT_SUSPENDED = refusal("project.not_suspended", Conflict)
RESUMED_BEFORE = refusal("project.resumed_before")
ENDED = refusal("project.ended", Conflict)
AMENDMENT_EMPTY = refusal("project.amendment_empty")
AMENDMENT_UNKNOWN = refusal("project.amendment_unknown", NotFound)
NO_MIDTERM = refusal("project.no_midterm")

Precise = Literal["day", "month"]


@fact()
class ProjectContracted(Facts, frozen=True, kw_only=True, tag="project.ProjectContracted@1"):
    """A purchaser commissions a programme. `budget` is in 分, None where it is not known.

    `key` is a short stable slug, one project's in its operator. With precision month the first
    and last days of those months are meant. `stations` is the service area: empty means the
    station of the project's scope, or the whole operator where it has none.
    """

    number: Reference
    key: Reference
    name: str
    purchaser: str
    start: date
    end: date
    start_precision: Precise = "day"
    end_precision: Precise = "day"
    midterm: date | None = None
    budget: Fen | None = None
    stations: tuple[Id, ...] = ()

    @property
    def first(self) -> date:
        """The first day."""
        return self.start.replace(day=1) if self.start_precision == "month" else self.start

    @property
    def last(self) -> date:
        """The last day."""
        return end_of_month(self.end) if self.end_precision == "month" else self.end


@fact()
class ContractAmended(Facts, frozen=True, kw_only=True, tag="project.ContractAmended@1"):
    """变更协议: the clause that changes, and the document that says so.

    It may move the end, change the budget, add stations, and bring indicators in scope; targets
    are set after it and name it.
    """

    clause: str
    document: Reference
    end: date | None = None
    budget: Fen | None = None
    stations: tuple[Id, ...] = ()
    in_scope: tuple[Id, ...] = ()


@fact()
class ProjectSuspended(Facts, frozen=True, kw_only=True, tag="project.ProjectSuspended@1"):
    """From the day on which this happened, no deliveries."""

    reason: str


@fact()
class ProjectResumed(Facts, frozen=True, kw_only=True, tag="project.ProjectResumed@1"):
    """From the day on which this happened, deliveries again."""


@fact()
class ProjectEnded(Facts, frozen=True, kw_only=True, tag="project.ProjectEnded@1"):
    """The last day of deliveries was the day on which this happened."""

    reason: str


@fact()
class DeliveryAllocated(Facts, frozen=True, kw_only=True, tag="project.DeliveryAllocated@1"):
    """Somebody decided that a delivery counts to an indicator that its filter did not take.

    The delivery itself is corrected with it, in one transaction: figures come from there.
    """

    stream: Id
    event: Id
    indicator: Id
    reason: str


@fact()
class DeliveryDeallocated(Facts, frozen=True, kw_only=True, tag="project.DeliveryDeallocated@1"):
    """Somebody decided that a delivery does not count to an indicator; corrected likewise."""

    stream: Id
    event: Id
    indicator: Id
    reason: str


class Project(Aggregate):
    """A purchased programme: its dates and area, indicators, periods, and decisions by hand."""

    kind = "project"
    contract: ProjectContracted
    ended: date | None = None

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.indicators = Indicators()
        self.periods = Periods()
        self.area: tuple[Id, ...] = ()
        self.amendments: set[Id] = set()
        self.suspensions: list[tuple[date, date | None]] = []

    def evolve(self, event: AnyEvent) -> None:
        """Keep the contract in force and what was decided under it."""
        self.indicators.apply(event.facts)
        self.periods.apply(event.id, event.facts)
        match event.facts:
            case ProjectContracted():
                self.contract = event.facts
                own = (self.scope.station,) if self.scope.station else ()
                self.area = event.facts.stations or own
            case ContractAmended():
                self.amendments.add(event.id)
                self.indicators.bring_in_scope(event.facts.in_scope)
                self.contract = amended(self.contract, event.facts)
                if self.area:
                    self.area = tuple(dict.fromkeys(self.area + event.facts.stations))
            case _:
                self._evolve_course(event)

    def _evolve_course(self, event: AnyEvent) -> None:
        match event.facts:
            case ProjectSuspended():
                self.suspensions.append((event.occurred.day, None))
            case ProjectResumed():
                began, _ = self.suspensions.pop()
                self.suspensions.append((began, event.occurred.day))
            case ProjectEnded():
                self.ended = event.occurred.day

    @property
    def suspended(self) -> bool:
        """Whether it stands still now."""
        return bool(self.suspensions) and self.suspensions[-1][1] is None

    def started(self, entry: Entry) -> bool:
        """Say whether the project had begun when something is written down.

        By the server's clock: what is said to have happened earlier changes nothing.
        """
        return entry.now.astimezone(entry.occurred.start.tzinfo).date() >= self.contract.first

    def change(self, entry: Entry, facts: Facts) -> AnyEvent:
        """Write down a change to what the contract says; refused once the project has ended."""
        if self.ended is not None:
            raise ENDED("project", day=self.ended.isoformat())
        return self.record(entry, facts)

    def check_within(self, day: date) -> None:
        """Refuse a day outside the project's dates."""
        contract = self.contract
        if not contract.first <= day <= contract.last:
            raise OUTSIDE_DATES(
                "occurred.start", first=contract.first.isoformat(), last=contract.last.isoformat()
            )

    def check_open_on(self, day: date, entry: Entry) -> None:
        """Refuse work outside the dates, while suspended, or in a closed period unapproved."""
        self.check_within(day)
        if self.ended is not None and day > self.ended:
            raise ENDED("occurred.start", day=self.ended.isoformat())
        if any(began <= day and (over is None or day < over) for began, over in self.suspensions):
            raise SUSPENDED("occurred.start")
        self.check_unclosed_on(day, entry)

    def check_unclosed_on(self, day: date, entry: Entry) -> None:
        """Refuse what changes a closed period unapproved, on whatever day of the project's."""
        self.periods.check_open(day, entry.approved_by)

    def closed_on(self, day: date) -> bool:
        """Say whether a day lies in a closed period."""
        return self.periods.closed_on(day)

    @property
    def stations(self) -> tuple[Id, ...]:
        """The stations that the contract covers; none named means all of the operator."""
        return self.area

    def check_area(self, scope: Scope, field: str) -> None:
        """Refuse the work of a station that the contract does not cover."""
        foreign = self.area and scope.station not in self.area
        if foreign or scope.operator != self.scope.operator:
            raise OUTSIDE_AREA(field)

    def allocate(self, facts: Counted) -> tuple[Allocation, ...]:
        """Return the indicators that take a delivery by their filter."""
        return self.indicators.allocate(facts)

    def uncounted(
        self, found: tuple[Allocation, ...], held: tuple[Allocation, ...]
    ) -> tuple[Allocation, ...]:
        """Leave out of what was found the indicators held, and others of their exclusive sets."""
        return self.indicators.uncounted(found, held)

    def reallocate(self, before: Counted, after: Counted) -> tuple[Allocation, ...]:
        """Return the indicators that take a corrected delivery.

        What was allocated or withdrawn by hand stays so, also against the filters of its
        exclusive set; what was outside the contract's goals when it was delivered stays outside.
        """
        held = {each.indicator: each for each in before.allocations}
        by_filter = {each.indicator for each in self.allocate(before)}
        left = {each for each in held if self.indicators.leaves(each, before, after)}
        freed = {self.indicators.defined[each].exclusive_set for each in left} - {None}
        kept = tuple(
            held.get(each.indicator, each)
            for each in self.allocate(after)
            if each.indicator in held
            or each.indicator not in by_filter
            or self.indicators.defined[each.indicator].exclusive_set in freed
        )
        for indicator, allocation in held.items():
            if indicator not in by_filter | left and allocation not in kept:
                rival = self.indicators.rival(indicator, kept)
                kept = (*(each for each in kept if each.indicator != rival), allocation)
        return kept


def amended(contract: ProjectContracted, amendment: ContractAmended) -> ProjectContracted:
    """Return the contract as an amendment leaves it."""
    if amendment.end is not None:
        contract = msgspec.structs.replace(contract, end=amendment.end, end_precision="day")
    if amendment.budget is not None:
        contract = msgspec.structs.replace(contract, budget=amendment.budget)
    return contract


def end_of_month(day: date) -> date:
    """Return the last day of the month in which `day` lies."""
    return day.replace(day=monthrange(day.year, day.month)[1])
