"""Reading what is sealed: whoever opens a person's words leaves a record of it, and why.

The record comes first. Only then is the field opened, so that no reading goes unrecorded
(events.md, BC1, `SensitiveFieldViewed`).
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.aggregate import Aggregate
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope, check_why
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id
from domain.neighbours import Named, Posted
from domain.principal import Principal, Role
from domain.private import private_fields
from domain.refusals import FORBIDDEN, Conflict, Forbidden, NotFound, refusal

READERS: frozenset[Role] = frozenset(
    {"operator_manager", "station_head", "project_lead", "supervisor", "worker"}
)
"""Who may open what people said and who they are; evaluators and administrators see seals."""

NO_SUCH_FIELD = refusal("reading.no_such_field", NotFound)
SHOWN_ONCE = refusal("reading.shown_once", Conflict)
OTHER_STATION = refusal("reading.other_station", Forbidden)
NO_NAMES = refusal("reading.no_names", NotFound)
MOST_NAMES = 100
"""So many names are opened by one command at most: as many as a page shows."""


@fact()
class SensitiveFieldViewed(Facts, frozen=True, kw_only=True, tag="reading.SensitiveFieldViewed@1"):
    """Somebody opened one sealed field of a record of `person`."""

    person: Id
    record: Id
    field: str
    reason: str


@fact()
class NumberSearched(Facts, frozen=True, kw_only=True, tag="reading.NumberSearched@1"):
    """Somebody asked who has a document of a number: `person`, or nobody whom they may see.

    The number itself is not kept, nor a hash of it.
    """

    person: Id | None = None


@fact()
class FileOpened(Facts, frozen=True, kw_only=True, tag="reading.FileOpened@1"):
    """Somebody took out a stored file, which may show people, by the hash of its bytes."""

    attachment: Id
    sha256: str


class Reading(Aggregate):
    """One reading."""

    kind = "reading"
    lasting = (Facts,)
    by_readers = True


def read_field(desk: Desk, entry: Entry, event: AnyEvent, field: str, reason: str) -> Receipt:
    """Record that a field is read; once that is done it may be opened.

    Refused: a role that may not, a reason of fewer than 5 characters, a field that is not there,
    and to whoever is held to stations the words of staff who never worked at one of them.
    """
    check_reader(desk.principal)
    _check_near(desk.principal, desk.load_stream(event.stream, "event"))
    check_why(reason)
    found = dict(private_fields(event.facts)).get(field)
    if found is None:
        raise NO_SUCH_FIELD("field")
    viewed = SensitiveFieldViewed(
        person=found.person, record=event.id, field=field, reason=reason.strip()
    )
    scope = Scope(operator=event.operator, station=event.station, demonstration=event.demonstration)
    return desk.save(entry, Reading.start(entry, scope, viewed))


def named_of(desk: Desk, people: Sequence[Id]) -> dict[Id, Named]:
    """Return those of these people whose name was told. Raises `not_found` for who is not there."""
    found = {
        id: desk.load_any("person", id, f"people.{number}") for number, id in enumerate(people)
    }
    return {id: person for id, person in found.items() if person.name is not None}


def read_names(desk: Desk, entry: Entry, named: Sequence[Named], reason: str) -> Receipt:
    """Record that the names of several people are read, of each by itself; then they may be opened.

    Refused: a role that may not, a reason of fewer than 5 characters, and people none of whom has
    a name on record.
    """
    check_reader(desk.principal)
    check_why(reason)
    readings: list[Reading] = []
    for person in named:
        name = person.name
        if name is None or name.event is None or name.field is None:
            continue
        viewed = SensitiveFieldViewed(
            person=name.person, record=name.event, field=name.field, reason=reason.strip()
        )
        written = entry.beside() if readings else entry
        readings.append(Reading.start(written, person.scope, viewed))
    if not readings:
        raise NO_NAMES("people")
    return desk.save(entry, *readings)


def _check_near(principal: Principal, about: Aggregate) -> None:
    """Refuse the words of staff of other stations: their record is the operator's, and all see it.

    One's own are one's own.
    """
    if not principal.stations or not isinstance(about, Posted) or about.id == principal.actor:
        return
    if about.posted_at.isdisjoint(principal.stations):
        raise OTHER_STATION("event")


def check_reader(principal: Principal) -> None:
    """Refuse a role that opens nothing about people."""
    if principal.role not in READERS:
        raise FORBIDDEN("role")


def record_search(desk: Desk, entry: Entry, person: Id | None) -> Receipt:
    """Record that somebody searched by the number of a document, and whom they found.

    It stands at the station of whoever was found. Refused: a role that may not.
    """
    check_reader(desk.principal)
    searched = NumberSearched(person=person)
    return desk.save(entry, Reading.start(entry, _place_of(desk, person), searched))


def record_opening(desk: Desk, entry: Entry, attachment: Id, sha256: str) -> Receipt:
    """Record that a stored file is taken out; once that is done it may be."""
    stored = desk.load_stream(attachment, "digest")
    opening = FileOpened(attachment=attachment, sha256=sha256)
    return desk.save(entry, Reading.start(entry, stored.scope, opening))


def _place_of(desk: Desk, person: Id | None) -> Scope:
    """Return where a search is recorded: with the person, else with the operator."""
    operator = desk.principal.operator
    assert operator is not None  # noqa: S101 - whoever may read has one
    for about in filter(None, (person, operator)):
        try:
            return desk.load_stream(about).scope
        except NotFound:
            continue
    return Scope(operator=operator)
