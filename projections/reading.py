"""Who read what is sealed of whom, and why: what somebody is told who asks who saw their file.

One row a reading, beside its person; searches by a document's number that found them, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.identity import Id
from domain.reading import NumberSearched, SensitiveFieldViewed
from projections.engine.view import Effect, Put, Record, Table, View

READING = Table(
    "reading",
    key={"event": "uuid"},
    columns={
        "person": "uuid",
        "read": "text",
        "record": "uuid",
        "field": "text",
        "reason": "text",
        "reader": "uuid",
        "role": "text",
        "day": "date",
        "read_at": "moment",
    },
    indexes=(("person", "read_at"), ("reader", "read_at"), ("operator", "read_at")),
)
"""`read` is `words`, of a `record` and its `field`, or `number`: that they have that document."""

readings = View("readings", 1, (READING,))


@readings.on(SensitiveFieldViewed)
def viewed(record: Record[SensitiveFieldViewed]) -> Iterator[Effect]:
    """Sealed words that were opened."""
    facts = record.facts
    said = {"record": facts.record, "field": facts.field, "reason": facts.reason}
    yield _reading(record, facts.person, {"read": "words", **said})


@readings.on(NumberSearched)
def searched(record: Record[NumberSearched]) -> Iterator[Effect]:
    """A search that found somebody; one that found nobody tells of no person."""
    if record.facts.person is not None:
        yield _reading(record, record.facts.person, {"read": "number"})


def _reading(
    record: Record[SensitiveFieldViewed] | Record[NumberSearched],
    person: Id,
    said: dict[str, Id | str],
) -> Effect:
    who = {"reader": record.event.actor, "role": record.event.role}
    when = {"day": record.occurred.day, "read_at": record.at}
    return Put(READING, (record.id,), {"person": person, **said, **who, **when})
