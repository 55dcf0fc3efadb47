"""The caseload: each worker's and station's open cases, and which were left without contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from api.commands import Uuid
from api.pages.reader import KnownAt, Reader, Reading
from api.thresholds import of_contact
from domain.identity import Id
from projections.case import CaseLine, WorkerLoad, carried_on, lines, loads
from projections.engine.view import Row

router = APIRouter()
SOON_DAYS = 2
"""A contact that is due within so many days is told beforehand (临期)."""
State = Literal["overdue", "soon", "in_time", "resting"]
URGENCY: tuple[State, ...] = ("overdue", "soon", "in_time", "resting")


@dataclass(frozen=True)
class Shown:
    """A case's line with the word for it: how many days over, or still to go."""

    line: CaseLine
    state: State
    days: int

    @property
    def case(self) -> Row:
        """The case's row."""
        return self.line.case


@dataclass(frozen=True)
class StationLoad:
    """What one station carries on a day, to be held beside the others."""

    station: Id
    workers: int
    open: int
    overdue: int
    soon: int
    in_crisis: int
    sessions: int


@dataclass(frozen=True)
class Caseload:
    """The open cases that somebody may see, the most urgent first."""

    cases: list[Shown]
    loads: list[WorkerLoad]
    day: date

    def count(self, state: State) -> int:
        """How many stand so."""
        return sum(case.state == state for case in self.cases)

    @property
    def stations(self) -> list[StationLoad]:
        """What each station carries, whoever has the most left alone first."""
        by_station: dict[Id, list[Shown]] = {}
        for each in self.cases:
            by_station.setdefault(each.case["station"], []).append(each)
        found = [_station(station, cases) for station, cases in by_station.items()]
        return sorted(found, key=lambda one: (-one.overdue, -one.open, one.station))

    @property
    def in_crisis(self) -> int:
        """How many are marked as a crisis."""
        return sum(1 for case in self.cases if case.case["in_crisis"])


def _station(station: Id, cases: list[Shown]) -> StationLoad:
    return StationLoad(
        station=station,
        workers=len({each.case["worker"] for each in cases}),
        open=len(cases),
        overdue=sum(each.state == "overdue" for each in cases),
        soon=sum(each.state == "soon" for each in cases),
        in_crisis=sum(bool(each.case["in_crisis"]) for each in cases),
        sessions=sum(each.line.sessions for each in cases),
    )


@router.get("/caseload")
def caseload_page(
    reader: Reading,
    worker: Annotated[Uuid | None, Query()] = None,
    station: Annotated[Uuid | None, Query()] = None,
    at: KnownAt = None,
) -> Response:
    """The caseload of whoever is named, or of everybody in the reader's scope."""
    found = caseload(reader, worker=worker, station=station, at=at)
    return reader.page("caseload.html", found=found, worker=worker, station=station, at=at)


def caseload(
    reader: Reader,
    *,
    worker: Id | None = None,
    station: Id | None = None,
    at: datetime | None = None,
) -> Caseload:
    """Return the open cases as they stand, or stood when known, by each operator's threshold."""
    named = {"worker": worker, "station": station}
    where: dict[str, Any] = {name: id for name, id in named.items() if id is not None}
    asked = reader.asked.at(at)
    with asked.answers() as answers:
        rows = carried_on(answers, where, asked.today)
        found = lines(answers, rows, asked.today, of_contact(asked, rows))
    cases = [shown(line, asked.today) for line in found if line.open]
    cases.sort(key=lambda each: (URGENCY.index(each.state), each.line.due or asked.today))
    return Caseload(cases, loads(found), asked.today)


def shown(line: CaseLine, today: date) -> Shown:
    """Return a case's line with the word for it on a day."""
    if line.due is None:
        return Shown(line, "resting", 0)
    days = (line.due - today).days
    if line.overdue:
        return Shown(line, "overdue", -days)
    return Shown(line, "soon" if days <= SOON_DAYS else "in_time", days)
