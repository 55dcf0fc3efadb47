"""A made-up history of stations: mostly visits, some cases, plans and corrections, as they come.

The events are the domain's own facts in its own envelope; what the commands would have refused
is never made. A station has 20,000 events in ten years, two projects, eight workers and 200
people; an operator has ten stations. Everything follows from the seed, ids and times included.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from domain.case_facts import CaseEnquiryReceived, CaseOpened, CaseSessionHeld, CaseStanding
from domain.clock import SHANGHAI
from domain.counting import Allocation, Attendance, Occurrence
from domain.event import CORRECTIONS, AnyEvent, Effective, Event, Facts, Occurred, Reason
from domain.identity import Id
from domain.visit import (
    HomeServiceDelivered,
    HomeVisitAttempted,
    HomeVisitMade,
    PhoneContactMade,
)
from domain.visit_plan import (
    VisitPlanAdopted,
    VisitScheduled,
)

BEGINS = datetime(2016, 1, 4, 8, tzinfo=SHANGHAI)
YEARS = timedelta(days=3650)
STATION_EVENTS = 20_000
OPERATOR_STATIONS = 10
PEOPLE = 200
WORKERS = 8
REMEMBERED = 64
"""A station sets right only what is among its last records."""

# How often each kind of thing happens, of a thousand.
KINDS = {
    "visit": 640,
    "service": 90,
    "telephone": 80,
    "attempt": 40,
    "session": 80,
    "plan": 20,
    "correct": 35,
    "void": 10,
    "reinstate": 5,
}
GROUPS = ("living_alone", "empty_nest", "advanced_age", "disabled", "low_income")
MISTAKE = Reason(code="entry_error", text="录入时看错了")


@dataclass
class MadeCase:
    """A case that is under way: its stream, and how many events it has."""

    stream: Id
    client: Id
    worker: Id
    version: int = 0


@dataclass
class MadeStation:
    """A made-up station, and what it did last."""

    id: Id
    operator: Id
    projects: tuple[Id, ...]
    indicators: dict[Id, tuple[Allocation, ...]]
    people: list[Attendance]
    workers: list[Id]
    cases: list[MadeCase] = field(default_factory=list)
    living: list[AnyEvent] = field(default_factory=list)
    void: list[AnyEvent] = field(default_factory=list)


class History:
    """Makes events in the order in which they were written down."""

    def __init__(self, seed: int, length: int = STATION_EVENTS) -> None:
        """`length` is how many events the ten years have in all; it sets the number of stations."""
        self._chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._step = YEARS / length
        self._now = BEGINS
        count = max(1, length // STATION_EVENTS)
        operators = [self._id() for _ in range(-(-count // OPERATOR_STATIONS))]
        self.stations = [
            self._station(operators[number // OPERATOR_STATIONS]) for number in range(count)
        ]
        self._makers: dict[str, Callable[[MadeStation], Iterator[AnyEvent]]] = {
            "visit": self._visit,
            "service": self._service,
            "telephone": self._telephone,
            "attempt": self._attempt,
            "session": self._session,
            "plan": self._plan,
            "correct": self._correct,
            "void": self._void,
            "reinstate": self._reinstate,
        }

    def events(self, length: int) -> Iterator[AnyEvent]:
        """Yield so many events more."""
        made = 0
        names, weights = list(KINDS), list(KINDS.values())
        while True:
            for name in self._chance.choices(names, weights, k=1000):
                for event in self._makers[name](self._chance.choice(self.stations)):
                    yield event
                    made += 1
                    self._now += self._step
                    if made == length:
                        return

    @property
    def now(self) -> datetime:
        """When the next event is written down."""
        return self._now

    def _visit(self, station: MadeStation) -> Iterator[AnyEvent]:
        person = self._chance.choice(station.people)
        facts = HomeVisitMade(**self._occurrence(station, "home_visit", person), household_size=2)
        yield self._remember(station, self._event(station, "visit", facts))

    def _service(self, station: MadeStation) -> Iterator[AnyEvent]:
        person = self._chance.choice(station.people)
        facts = HomeServiceDelivered(
            **self._occurrence(station, "home_service", person), services=("cleaning",)
        )
        yield self._remember(station, self._event(station, "visit", facts))

    def _telephone(self, station: MadeStation) -> Iterator[AnyEvent]:
        person = self._chance.choice(station.people)
        facts = PhoneContactMade(**self._occurrence(station, "phone_contact", person))
        yield self._remember(station, self._event(station, "visit", facts))

    def _attempt(self, station: MadeStation) -> Iterator[AnyEvent]:
        person = self._chance.choice(station.people).person
        worker = self._chance.choice(station.workers)
        assert person is not None  # noqa: S101 - everyone made here is registered
        facts = HomeVisitAttempted(person=person, workers=(worker,), outcome="no_answer")
        yield self._event(station, "visit", facts)

    def _session(self, station: MadeStation) -> Iterator[AnyEvent]:
        if not station.cases or self._chance.random() < 0.1:
            yield from self._open_case(station)
            return
        case = self._chance.choice(station.cases)
        client = Attendance(person=case.client)
        facts = CaseSessionHeld(
            **{**self._occurrence(station, "case_session", client), "workers": (case.worker,)}
        )
        yield self._of_case(station, case, facts)

    def _open_case(self, station: MadeStation) -> Iterator[AnyEvent]:
        client = self._chance.choice(station.people).person
        assert client is not None  # noqa: S101 - everyone made here is registered
        case = MadeCase(self._id(), client, self._chance.choice(station.workers))
        standing = CaseStanding(
            stage="received", case_type="elderly", worker=case.worker, client=client
        )
        enquiry = CaseEnquiryReceived(standing=standing, source="found_by_visit")
        yield self._of_case(station, case, enquiry)
        opened = msgspec.structs.replace(standing, stage="accepted", opened=self._now.date())
        yield self._of_case(station, case, CaseOpened(kind="case_opened", standing=opened))
        station.cases = [*station.cases[-REMEMBERED:], case]

    def _of_case(self, station: MadeStation, case: MadeCase, facts: Facts) -> AnyEvent:
        case.version += 1
        return self._event(station, "case", facts, stream=case.stream, version=case.version)

    def _plan(self, station: MadeStation) -> Iterator[AnyEvent]:
        person = self._chance.choice(station.people).person
        worker = self._chance.choice(station.workers)
        assert person is not None  # noqa: S101 - everyone made here is registered
        today, stream = self._now.date(), self._id()
        adopted = VisitPlanAdopted(
            person=person, worker=worker, tier="key", every_days=31, begins=today
        )
        yield self._event(station, "visit_plan", adopted, stream=stream)
        due = today + timedelta(days=31)
        window = VisitScheduled(person=person, worker=worker, earliest=today, latest=due)
        yield self._event(station, "visit_plan", window, stream=stream, version=2)

    def _correct(self, station: MadeStation) -> Iterator[AnyEvent]:
        if station.living:
            record = station.living.pop(self._chance.randrange(len(station.living)))
            facts: Occurrence = record.facts
            before = Effective(occurred=record.occurred, facts=facts)
            more = (facts.minutes or 0) + self._chance.randint(1, 30)
            after = Effective(occurred=record.occurred, facts=_with_minutes(facts, more))
            kind = CORRECTIONS[type(facts)][0]
            yield self._setting_right(
                station, record, kind(target=record.id, reason=MISTAKE, before=before, after=after)
            )

    def _void(self, station: MadeStation) -> Iterator[AnyEvent]:
        if station.living:
            record = station.living.pop(self._chance.randrange(len(station.living)))
            before = Effective(occurred=record.occurred, facts=record.facts)
            kind = CORRECTIONS[type(record.facts)][1]
            station.void = [*station.void[-REMEMBERED:], record]
            yield self._setting_right(
                station, record, kind(target=record.id, reason=MISTAKE, before=before)
            )

    def _reinstate(self, station: MadeStation) -> Iterator[AnyEvent]:
        if station.void:
            record = station.void.pop()
            after = Effective(occurred=record.occurred, facts=record.facts)
            kind = CORRECTIONS[type(record.facts)][2]
            yield self._setting_right(
                station, record, kind(target=record.id, reason=MISTAKE, after=after), version=3
            )

    def _setting_right(
        self, station: MadeStation, record: AnyEvent, facts: Facts, version: int = 2
    ) -> AnyEvent:
        return self._event(
            station, "visit", facts, stream=record.stream, version=version, project=record.project
        )

    def _remember(self, station: MadeStation, event: AnyEvent) -> AnyEvent:
        station.living.append(event)
        if len(station.living) > REMEMBERED:
            del station.living[0]
        return event

    def _occurrence(self, station: MadeStation, kind: str, person: Attendance) -> dict[str, Any]:
        return {
            "kind": kind,
            "minutes": self._chance.randint(10, 120),
            "workers": (self._chance.choice(station.workers),),
            "attendance": (person,),
            "household": person.household,
        }

    def _event(
        self,
        station: MadeStation,
        stream_type: str,
        facts: Facts,
        *,
        stream: Id | None = None,
        version: int = 1,
        project: Id | None = None,
    ) -> AnyEvent:
        began = self._now - timedelta(hours=self._chance.randint(1, 96))
        if version == 1 and stream is None:
            project = self._chance.choice((None, *station.projects))
        if project is not None and version == 1 and isinstance(facts, Occurrence):
            facts = _counted(facts, station.indicators[project])
        id = self._id()
        return Event(
            id=id,
            stream=stream or self._id(),
            stream_type=stream_type,
            version=version,
            operator=station.operator,
            station=station.id,
            ledger=project or station.id,
            project=project,
            occurred=Occurred(start=began),
            captured_at=self._now,
            actor=self._chance.choice(station.workers),
            role="worker",
            command=id,
            facts=facts,
        )

    def _station(self, operator: Id) -> MadeStation:
        projects = (self._id(), self._id())
        return MadeStation(
            id=self._id(),
            operator=operator,
            projects=projects,
            indicators={project: self._allocations() for project in projects},
            people=[self._person() for _ in range(PEOPLE)],
            workers=[self._id() for _ in range(WORKERS)],
        )

    def _allocations(self) -> tuple[Allocation, ...]:
        return (
            Allocation(indicator=self._id(), measure="times"),
            Allocation(indicator=self._id(), measure="persons"),
        )

    def _person(self) -> Attendance:
        groups = (self._chance.choice(GROUPS),)
        return Attendance(person=self._id(), groups=groups, household=self._id())

    def _id(self) -> Id:
        """A UUIDv7 of the history's own time and chance."""
        moment, chance = int(self._now.timestamp() * 1000), self._chance.getrandbits(74)
        low = 0x8000000000000000 | chance & 0x3FFFFFFFFFFFFFFF
        text = f"{moment:012x}7{chance >> 62:03x}{low:016x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _with_minutes(facts: Occurrence, minutes: int) -> Occurrence:
    return msgspec.structs.replace(facts, minutes=minutes)


def _counted(facts: Occurrence, allocations: tuple[Allocation, ...]) -> Occurrence:
    return msgspec.structs.replace(facts, allocations=allocations)
