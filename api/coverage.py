"""Coverage over HTTP (counting rule 9, RP-05): whom of its register a station reached, whom not.

Every figure opens down: to the members behind it, and to the contacts that reached them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import StringConstraints

from api.commands import Model, Uuid
from api.paging import After, turn
from api.questions import Asked, From, Listed, Listing, Page, Question, To
from api.routing import routes
from domain.counting import PriorityGroup
from domain.identity import Id
from domain.refusals import INVALID, NOT_FOUND
from projections.coverage import (
    CONTACTS,
    COUNTABLE,
    Coverage,
    CoverageRows,
    Period,
    coverage,
    known,
    meetings,
    members,
)
from projections.engine.ask import Order, full_order
from projections.engine.view import Row, Table
from projections.organisation import STATION
from projections.person import PERSON
from projections.signals.trace import TRACE

router = routes("coverage")

Reference = Annotated[
    date | None,
    Query(description="on which day the register is looked at; default: the last day asked about"),
]
Kinds = Annotated[
    list[Annotated[str, StringConstraints(max_length=40)]] | None,
    Query(
        alias="kind",
        max_length=len(COUNTABLE),
        description="the kinds of work that qualify as a contact; default: " + ", ".join(CONTACTS),
        examples=[["home_visit", "phone_contact"]],
    ),
]
Community = Annotated[
    str | None, Query(max_length=200, description="those of the register who live there")
]
Group = Annotated[
    PriorityGroup | None, Query(description="members of this group only; default: everybody")
]


class CoverageAsked:
    """What coverage is asked about: which days, contacts of which kinds, people of which place."""

    def __init__(
        self,
        since: From = None,
        until: To = None,
        reference: Reference = None,
        kinds: Kinds = None,
        community: Community = None,
    ) -> None:
        self.since = since
        self.until = until
        self.reference = reference
        self.kinds = [kind for kind in CONTACTS if kinds is None or kind in kinds]
        self.kinds += sorted(set(kinds or ()) - set(CONTACTS))
        self.community = community

    def period(self, asked: Question) -> Period:
        """Return the days that are meant. Raises `days.backwards`."""
        last = asked.last_day(self.since, self.until)
        return Period(first=self.since, last=last, reference=self.reference or last)

    def of(self, asked: Question, station: Id) -> CoverageRows:
        """Read what is known of a station. Raises `not_found`, and `invalid` for a kind of work at
        which nobody can be met."""
        if not COUNTABLE.issuperset(self.kinds):
            raise INVALID("kind", reason="one_of", known=", ".join(sorted(COUNTABLE)))
        with asked.answers() as answers:
            places = answers.rows(STATION, where={"place": station})
            if not places:
                raise NOT_FOUND("station")
            return known(answers, places[0], self.period(asked), self.kinds, self.community)


About = Annotated[CoverageAsked, Depends()]


class CoverageOut(Model):
    """A share (rule 11): `numerator` of `denominator`, and how many were not reached.

    `tenths` are tenths of a percent, null where there is nobody to be reached.
    """

    group: PriorityGroup | None
    numerator: int
    denominator: int
    unreached: int
    tenths: int | None
    formula: str
    as_of: date


class CoveragesOut(Model):
    """The coverage of a station's register as distinct people, and of each group by itself."""

    station: Id
    since: date | None
    until: date
    kinds: list[str]
    everybody: CoverageOut
    groups: list[CoverageOut]


@router.get("/stations/{station}/coverage")
def read_coverage(station: Uuid, asked: Asked, about: About) -> CoveragesOut:
    """Read whom of its register a station reached from … to …, group by group (counting rule 9).

    The denominator are those alive, resident and in the group on the `reference` date, which is
    the last day where none is named; the numerator those of them whom the station met at least
    once, by name, in work of one of the `kinds`. Without `from` a contact on any day before
    qualifies. Groups overlap and are never added; `everybody` is the register, each person once.
    """
    everybody, *groups = coverage(about.of(asked, station))
    period = about.period(asked)
    return CoveragesOut(
        station=station,
        since=period.first,
        until=period.last,
        kinds=about.kinds,
        everybody=_said(everybody),
        groups=[_said(each) for each in groups],
    )


def _said(one: Coverage) -> CoverageOut:
    return CoverageOut(
        group=one.group,
        numerator=one.numerator,
        denominator=one.denominator,
        unreached=len(one.unreached),
        tenths=one.tenths,
        formula=one.formula,
        as_of=one.as_of,
    )


@router.get("/stations/{station}/coverage/members")
def list_members(
    station: Uuid,
    listed: Listed,
    about: About,
    group: Group = None,
    reached: Annotated[
        bool | None, Query(description="only who was reached, or only who was not")
    ] = None,
) -> Page:
    """Read the people behind a denominator, a numerator, or who was not reached (服务盲区).

    Each with their priority groups of the reference date, how many `contacts` reached them and
    when the last did.
    """
    rows = members(about.of(listed.asked, station), group, reached)
    return page_of(listed, PERSON, (), rows)


@router.get("/stations/{station}/coverage/contacts")
def list_contacts(
    station: Uuid, listed: Listed, about: About, group: Group = None, person: Uuid | None = None
) -> Page:
    """Read the records behind a numerator, by day: the contacts, and whom of the group each `met`.

    Whoever was registered twice is named by the record that was kept.
    """
    rows = meetings(about.of(listed.asked, station), group, person)
    return page_of(listed, TRACE, ("day",), rows)


def page_of(listed: Listing, table: Table, order: Order, rows: Sequence[Row]) -> Page:
    """Return the page that is asked for of rows that were worked out from a table's."""
    columns = full_order(table, order)

    def place(row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in columns)

    def rest(after: After, most: int) -> list[Row]:
        return sorted((row for row in rows if after is None or place(row) > after), key=place)[
            :most
        ]

    return listed.asked.told(*turn(table, order, listed.cursor, listed.limit, rest))
