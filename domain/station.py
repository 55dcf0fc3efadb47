"""A station: its branches, the communities it serves, its policies, and when it ends.

Events of a station are sealed in its own ledger (events.md, BC1).
"""

from __future__ import annotations

from datetime import date

from domain.aggregate import Aggregate
from domain.claim import UniqueClaim, claim, holder_of, release
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope, check_possible
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id
from domain.refusals import Conflict, refusal
from domain.station_name import plain_name, plain_region

HELD = "station_name"
NAME_TAKEN = refusal("station.name_taken", Conflict)
ENDED = refusal("station.ended", Conflict)
NOT_CLOSED = refusal("station.not_closed", Conflict)
ENDS_BEFORE_BEGINS = refusal("station.ends_before_begins")
CLOSES_IN_FUTURE = refusal("station.closes_in_future")
PASSES_IN_FUTURE = refusal("station.passes_in_future")
OPEN_CASES = refusal("station.open_cases", Conflict)
SAME_OPERATOR = refusal("station.same_operator")
TWO_OPERATORS = refusal("station.two_operators", Conflict)
SUB_STATION_OPEN = refusal("station.sub_station_open", Conflict)
NO_SUB_STATION = refusal("station.no_sub_station")
AREA_EMPTY = refusal("station.area_empty")
POLICY_NOT_NEWER = refusal("station.policy_not_newer", Conflict)


@fact()
class StationEstablished(Facts, frozen=True, kw_only=True, tag="station.StationEstablished@1"):
    """A township or sub-district station (社工站).

    `region_code` is the administrative division's (GB/T 2260, GB/T 10114); `purchaser` buys the
    service, `overseer` supervises it; `predecessor` is the station it goes on from, when it was
    taken over from another operator.
    """

    name: str
    region_code: str
    purchaser: str
    overseer: str
    predecessor: Id | None = None


@fact()
class SubStationOpened(Facts, frozen=True, kw_only=True, tag="station.SubStationOpened@1"):
    """A branch in a village or community (社工室)."""

    sub_station: Id
    name: str
    community: str


@fact()
class SubStationClosed(Facts, frozen=True, kw_only=True, tag="station.SubStationClosed@1"):
    """The branch is no longer open."""

    sub_station: Id
    reason: str


@fact()
class ServiceAreaChanged(Facts, frozen=True, kw_only=True, tag="station.ServiceAreaChanged@1"):
    """The communities that the station serves from now on, all of them."""

    communities: tuple[str, ...]


@fact()
class PolicyAdopted(Facts, frozen=True, kw_only=True, tag="station.PolicyAdopted@1"):
    """A rule of the house (场地, 财务, 档案, 保密…) in a version, with its document."""

    policy: str
    policy_version: int
    document: Id | None = None


@fact()
class StationTransferredToOperator(
    Facts, frozen=True, kw_only=True, tag="station.StationTransferredToOperator@1"
):
    """Another operator runs the station from `begins`, as `successor`; what was handed over."""

    new_operator: Id
    successor: Id
    begins: date
    handover: tuple[str, ...] = ()


@fact()
class StationClosed(Facts, frozen=True, kw_only=True, tag="station.StationClosed@1"):
    """The station works no more after `last_day`."""

    last_day: date
    reason: str


@fact()
class StationReopened(Facts, frozen=True, kw_only=True, tag="station.StationReopened@1"):
    """The closing is taken back."""

    reason: str


class Station(Aggregate):
    """A station of one operator. Its id is its ledger's."""

    kind = "station"
    lasting = (Facts,)
    established: StationEstablished
    began: date
    closed: StationClosed | None = None
    transferred: StationTransferredToOperator | None = None
    ending: Id | None = None
    """The event by which it closed or passed to another operator."""

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.sub_stations: dict[Id, SubStationOpened] = {}
        self.communities: tuple[str, ...] = ()
        self.policies: dict[str, int] = {}

    def evolve(self, event: AnyEvent) -> None:
        """Keep branches, service area and policies, and whether it still works."""
        match event.facts:
            case StationEstablished():
                self.established, self.began = event.facts, event.occurred.day
            case SubStationOpened(sub_station=sub_station):
                self.sub_stations[sub_station] = event.facts
            case SubStationClosed(sub_station=sub_station):
                del self.sub_stations[sub_station]
            case ServiceAreaChanged(communities=communities):
                self.communities = communities
            case PolicyAdopted(policy=policy, policy_version=version):
                self.policies[policy] = version
            case StationTransferredToOperator():
                self.transferred, self.ending = event.facts, event.id
            case StationClosed():
                self.closed, self.ending = event.facts, event.id
            case StationReopened():
                self.closed, self.ending = None, None

    @property
    def operators(self) -> frozenset[Id]:
        """Its own, and the one to which it is being handed over."""
        decided = (event.facts for event in self.pending)
        return super().operators | {
            facts.new_operator
            for facts in decided
            if isinstance(facts, StationTransferredToOperator)
        }

    @property
    def open(self) -> bool:
        """Whether it has neither closed nor passed to another operator."""
        return self.closed is None and self.transferred is None

    def over_on(self, day: date | None = None) -> bool:
        """Say whether nobody is served here any more on a day; without one, at whatever time."""
        passed, closed = self.transferred, self.closed
        return (passed is not None and (day is None or day >= passed.begins)) or (
            closed is not None and (day is None or day > closed.last_day)
        )

    def check_open(self, day: date | None = None) -> None:
        """Refuse once it closed or passed to another operator; with `day`, what came after that."""
        if self.over_on(day):
            raise ENDED("station")

    def open_sub_station(self, entry: Entry, opened: SubStationOpened) -> None:
        """Open a branch; a community has one at a time."""
        self.check_open()
        communities = {branch.community for branch in self.sub_stations.values()}
        if opened.sub_station in self.sub_stations or opened.community in communities:
            raise SUB_STATION_OPEN("community")
        self.record(entry, opened)

    def close_sub_station(self, entry: Entry, closed: SubStationClosed) -> None:
        """Close a branch."""
        self.check_open()
        if closed.sub_station not in self.sub_stations:
            raise NO_SUB_STATION("sub_station")
        self.record(entry, closed)

    def change_service_area(self, entry: Entry, changed: ServiceAreaChanged) -> None:
        """Serve these communities from now on."""
        self.check_open()
        if not changed.communities:
            raise AREA_EMPTY("communities")
        self.record(entry, changed)

    def adopt_policy(self, entry: Entry, adopted: PolicyAdopted) -> None:
        """Adopt a policy, in a version newer than the one in force."""
        self.check_open()
        if adopted.policy_version <= self.policies.get(adopted.policy, 0):
            raise POLICY_NOT_NEWER("policy_version")
        self.record(entry, adopted)

    def close(self, entry: Entry, closed: StationClosed, open_cases: tuple[Id, ...]) -> None:
        """End the station's work.

        The closing is recorded once its last day has come: until then the station goes on.
        """
        self.check_open()
        if closed.last_day > entry.today:
            raise CLOSES_IN_FUTURE("last_day")
        if closed.last_day < self.began:
            raise ENDS_BEFORE_BEGINS("last_day")
        if open_cases:
            raise OPEN_CASES("station", cases=len(open_cases))
        self.record(entry, closed)

    def reopen(self, entry: Entry, reason: str) -> None:
        """Take a closing back."""
        if self.closed is None:
            raise NOT_CLOSED("station")
        self.record(entry, StationReopened(reason=reason))

    def transfer(self, entry: Entry, transferred: StationTransferredToOperator) -> None:
        """Pass to another operator; one station has one operator at any time.

        It is recorded once its day has come: until then the station goes on under its own.
        """
        if transferred.new_operator == self.scope.operator:
            raise SAME_OPERATOR("new_operator")
        if self.transferred is not None or transferred.begins < self.began:
            raise TWO_OPERATORS("begins")
        self.check_open()
        if transferred.begins > entry.today:
            raise PASSES_IN_FUTURE("begins")
        self.record(entry, transferred)


StationChange = SubStationOpened | SubStationClosed | ServiceAreaChanged | PolicyAdopted


def change_station(desk: Desk, entry: Entry, station: Id, change: StationChange) -> Receipt:
    """Record a branch opened or closed, the service area, or a policy."""
    check_possible(entry.occurred, entry.now)
    found = desk.load(Station, station, "station")
    match change:
        case SubStationOpened():
            found.open_sub_station(entry, change)
        case SubStationClosed():
            found.close_sub_station(entry, change)
        case ServiceAreaChanged():
            found.change_service_area(entry, change)
        case PolicyAdopted():
            found.adopt_policy(entry, change)
    return desk.save(entry, found)


def close_station(
    desk: Desk, entry: Entry, station: Id, facts: StationClosed, open_cases: tuple[Id, ...]
) -> Receipt:
    """Close a station; its name is free again.

    `open_cases` are the station's open cases, as the caseload shows them: a station does not know
    its cases. Refused while there is one; each is closed or goes to another station first.
    """
    found = desk.load(Station, station, "station")
    found.close(entry, facts, open_cases)
    return desk.save(entry, found, *settle_name(desk, entry, found))


def reopen_station(desk: Desk, entry: Entry, station: Id, reason: str) -> Receipt:
    """Take a closing back. Raises `station.name_taken` where another has its name by now."""
    found = desk.load(Station, station, "station")
    found.reopen(entry, reason)
    return desk.save(entry, found, *settle_name(desk, entry, found))


def settle_name(
    desk: Desk, entry: Entry, station: Station, field: str = "station"
) -> tuple[UniqueClaim, ...]:
    """Hold the name while the station is open, and not otherwise; save what this returns.

    Raises `station.name_taken` while another station of the operator holds it. Name and region
    are never corrected, so what is claimed stays the same as long as the station is. One from
    before names were held has nothing to give up, and holds its name once it is reopened.
    """
    key = _name_of(station)
    if station.open:
        scope = Scope(operator=station.scope.operator, demonstration=station.scope.demonstration)
        return (claim(desk, entry, scope, HELD, key, station.id, NAME_TAKEN(field)),)
    if holder_of(desk, HELD, key) == station.id:
        return (release(desk, entry, HELD, key, station.id),)
    return ()


def _name_of(station: Station) -> tuple[str, ...]:
    facts = station.established
    return station.scope.operator, plain_region(facts.region_code), plain_name(facts.name)
