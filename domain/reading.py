"""Reading what is sealed: whoever opens a person's words leaves a record of it, and why.

The record comes first. Only then is the field opened, so that no reading goes unrecorded
(events.md, BC1, `SensitiveFieldViewed`).
"""

from __future__ import annotations

from domain.aggregate import Aggregate
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope, check_why
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id
from domain.neighbours import Posted
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
