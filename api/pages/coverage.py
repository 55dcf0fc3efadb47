"""Coverage for supervisors: whom of the register a station reached, group by group, and whom not.

Each figure opens to its people, and each of them to the records in which somebody met them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Response

from api.commands import Uuid
from api.coverage import CoverageAsked, page_of
from api.pages.forms import day_in
from api.pages.reader import KnownAt, Reader, Reading, Turn
from api.questions import Listing
from domain.counting import PriorityGroup
from domain.identity import Id
from domain.refusals import NOT_FOUND
from projections.coverage import (
    CONTACTS,
    Coverage,
    CoverageRows,
    Period,
    coverage,
    meetings,
    members,
)
from projections.organisation import STATION
from projections.person import PERSON
from projections.signals.trace import TRACE

router = APIRouter()
PAGE = 50
FIRST = 20
"""So many of those who were not reached stand on the page itself; the others behind it."""
USUAL_DAYS = 92
"""How far back is looked where no first day is named: within so many days the lowest tier is
visited once, where its operator sets nothing else."""
Typed = Annotated[str | None, Query(max_length=40)]


@dataclass(frozen=True)
class Looking:
    """What somebody looks at: a station, the days, and as known when."""

    reader: Reader
    station: Id
    asking: CoverageAsked
    at: datetime | None

    @property
    def period(self) -> Period:
        """The days that are meant. Raises `days.backwards`."""
        return self.asking.period(self.reader.asked.at(self.at))

    def known(self) -> CoverageRows:
        """Read what the figures are made of. Raises `not_found` and `days.backwards`."""
        return self.asking.of(self.reader.asked.at(self.at), self.station)

    def listing(self, cursor: str | None) -> Listing:
        """Return which page of a list is meant."""
        return Listing(self.reader.asked.at(self.at), cursor, PAGE)

    def address(self, page: str = "", *, ever: bool = False, **more: str | None) -> str:
        """Return the address of a page about the same; `ever` looks back to the first record."""
        period = self.period
        first = None if ever else period.first
        query = {
            "station": self.station,
            "from": "" if first is None else first.isoformat(),
            "to": period.last.isoformat(),
            "reference": period.reference.isoformat(),
            "at": None if self.at is None else self.at.isoformat(),
            **more,
        }
        kept = {name: value for name, value in query.items() if value is not None}
        return f"/coverage{page}?{urlencode(kept)}"


def looking(
    reader: Reading,
    at: KnownAt = None,
    station: Annotated[Uuid | None, Query()] = None,
    since: Annotated[Typed, Query(alias="from")] = None,
    until: Annotated[Typed, Query(alias="to")] = None,
    reference: Typed = None,
) -> Looking | None:
    """Read what is looked at; None where there is, or was then, no station. Raises `invalid`.

    Where none is named it is the first in the reader's scope, in the order of their names. A first
    day that was left out is the usual one, one that was emptied is none.
    """
    names = _stations(reader, at)
    meant = station or min(names, key=lambda one: (names[one], one), default=None)
    if meant is None or (meant not in names and meant in reader.stations):
        return None
    last = day_in(until, "to")
    first = day_in(since, "from")
    if since is None:
        first = _usual(last or reader.asked.at(at).today)
    asking = CoverageAsked(first, last, day_in(reference, "reference"))
    return Looking(reader, meant, asking, at)


Looked = Annotated[Looking | None, Depends(looking)]


def looked_at(found: Looked) -> Looking:
    """Take what is looked at. Raises `not_found` where there is no station."""
    if found is None:
        raise NOT_FOUND("station")
    return found


LookedAt = Annotated[Looking, Depends(looked_at)]


def _stations(reader: Reader, at: datetime | None) -> dict[Id, str]:
    """Return the names of the stations in the reader's scope that were known at a moment."""
    if at is None:
        return reader.stations
    with reader.asked.at(at).answers() as answers:
        return {row["place"]: row["name"] for row in answers.rows(STATION)}


def _usual(last: date) -> date:
    return date.fromordinal(max(last.toordinal() - USUAL_DAYS + 1, date.min.toordinal()))


@router.get("/coverage")
def coverage_page(reader: Reading, looking: Looked, at: KnownAt = None) -> Response:
    """A station's coverage: everybody of the register, each group, and who was not reached."""
    if looking is None:
        return reader.page("coverage.html", looking=None, at=at)
    known = looking.known()
    everybody, *groups = coverage(known)
    shown: list[Coverage] = [everybody, *(each for each in groups if each.members)]
    missed = page_of(looking.listing(None), PERSON, (), members(known, None, reached=False))
    return reader.page(
        "coverage.html",
        looking=looking,
        period=looking.period,
        lines=shown,
        everybody=everybody,
        missed=missed.items[:FIRST],
        kinds=CONTACTS,
        at=looking.at,
    )


@router.get("/coverage/members")
def members_page(
    reader: Reading,
    looking: LookedAt,
    group: PriorityGroup | None = None,
    reached: bool | None = None,
    cursor: Turn = None,
) -> Response:
    """The people behind a figure: a group's members, those who were reached, or were not."""
    rows = members(looking.known(), group, reached)
    found = page_of(looking.listing(cursor), PERSON, (), rows)
    return reader.page(
        "coverage_members.html",
        looking=looking,
        period=looking.period,
        group=group,
        reached=reached,
        rows=found.items,
        next=found.next,
        count=len(rows),
        at=looking.at,
    )


@router.get("/coverage/contacts")
def contacts_page(
    reader: Reading,
    looking: LookedAt,
    group: PriorityGroup | None = None,
    person: Annotated[Uuid | None, Query()] = None,
    cursor: Turn = None,
) -> Response:
    """The records in which members of a group, or one person, were met."""
    rows = meetings(looking.known(), group, person)
    found = page_of(looking.listing(cursor), TRACE, ("day",), rows)
    return reader.page(
        "coverage_contacts.html",
        looking=looking,
        period=looking.period,
        group=group,
        person=person,
        rows=found.items,
        next=found.next,
        count=len(rows),
        at=looking.at,
    )
