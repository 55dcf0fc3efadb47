"""Reading what is sealed: whoever opens a person's words leaves a record of it, and why.

The record comes first. Only then is the field opened, so that no reading goes unrecorded
(events.md, BC1, `SensitiveFieldViewed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from domain.aggregate import Aggregate
from domain.desk import Desk, Receipt
from domain.entry import REASON_TOO_SHORT, Entry, Scope
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id
from domain.principal import Role
from domain.private import Private
from domain.refusals import FORBIDDEN, Conflict, NotFound, refusal

READERS: frozenset[Role] = frozenset(
    {"operator_manager", "station_head", "project_lead", "supervisor", "worker"}
)
"""Who may open what people said and who they are; evaluators and administrators see seals."""

NO_SUCH_FIELD = refusal("reading.no_such_field", NotFound)
SHOWN_ONCE = refusal("reading.shown_once", Conflict)


@fact()
class SensitiveFieldViewed(Facts, frozen=True, kw_only=True, tag="reading.SensitiveFieldViewed@1"):
    """Somebody opened one sealed field of a record of `person`."""

    person: Id
    record: Id
    field: str
    reason: str


class Reading(Aggregate):
    """One reading."""

    kind = "reading"
    lasting = (Facts,)


def sealed_fields(facts: Any, path: str = "") -> Iterator[tuple[str, Private]]:
    """Yield the sealed fields of facts with their paths, as they were bound when sealed."""
    if isinstance(facts, Private):
        yield path, facts
    elif isinstance(facts, tuple):
        for number, part in enumerate(facts):
            yield from sealed_fields(part, f"{path}.{number}")
    elif isinstance(facts, msgspec.Struct):
        for name in facts.__struct_fields__:
            yield from sealed_fields(getattr(facts, name), f"{path}.{name}" if path else name)


def read_field(desk: Desk, entry: Entry, event: AnyEvent, field: str, reason: str) -> Receipt:
    """Record that a field is read; once that is done it may be opened.

    Refused: a role that may not, a reason of fewer than 5 characters, a field that is not there.
    """
    if desk.principal.role not in READERS:
        raise FORBIDDEN("role")
    if len(reason.strip()) < 5:
        raise REASON_TOO_SHORT("reason")
    found = dict(sealed_fields(event.facts)).get(field)
    if found is None:
        raise NO_SUCH_FIELD("field")
    viewed = SensitiveFieldViewed(
        person=found.person, record=event.id, field=field, reason=reason.strip()
    )
    scope = Scope(operator=event.operator, station=event.station, demonstration=event.demonstration)
    return desk.save(entry, Reading.start(entry, scope, viewed))
