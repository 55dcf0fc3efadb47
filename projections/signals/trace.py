"""What signals must know of each piece of work and of each sealed text, and no register shows.

One row a record: when it began and ended, who worked and who was served, how many came in which
role, which words and files it holds by their fingerprints and ids. Lists are ids with spaces
between them, so that a record stays one row.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from domain.activity_held import ActivityHeld
from domain.counting import BENEFICIARY_ROLES, IndividualWork, Occurrence
from domain.event import PAPER, Facts, Occurred
from domain.fingerprint import open_fingerprint
from domain.group_facts import GroupSessionHeld
from domain.identity import Id
from domain.private import marked_words
from projections.engine.view import Effect, Put, Record, Row, Table, View

TRACE = Table(
    "trace",
    key={"event": "uuid"},
    columns={
        "stream": "uuid",
        "stream_type": "text",
        "kind": "text",
        "variant": "text",
        "day": "date",
        "started": "moment",
        "ends": "moment",
        "minutes": "int",
        "place": "text",
        "household": "uuid",
        "workers": "text",
        "people": "text",
        "helpers": "text",
        "beneficiaries": "int",
        "staff": "int",
        "volunteers": "int",
        "partners": "int",
        "enrolled": "int",
        "words": "text",
        "evidence": "text",
    },
    indexes=(("ledger", "day"), ("station", "day")),
)
"""`kind` is null of what is no piece of work and holds only words or files, of these `people`.

`started` is null where only the day or the month is known, and `ends` there and where the length is
not known; `place` is the household or the one person met, else the hash of a sealed address or the
place as written, else the stream. `workers` are those who did it and the staff who were named as
present, `helpers` the volunteers who were named. The four counts are of those present.
"""
COLUMN = {
    **dict.fromkeys(BENEFICIARY_ROLES, "beneficiaries"),
    "worker": "staff",
    "supervisee": "staff",
    "volunteer": "volunteers",
}
"""Role → where it is counted; all others are partners."""

traces = View("traces", 8, (TRACE,))


@traces.on(Facts)
def written(record: Record[Facts]) -> Iterable[Effect]:
    """One row a piece of work; of other facts, only of those with words or files."""
    facts, event = record.facts, record.event
    words = marked_words(facts)
    marks = [each.fingerprint or "" for each in words]
    if facts.described:
        marks += _open_words(facts)
    if isinstance(facts, Occurrence):
        columns = _work(record, facts)
    elif marks or event.evidence:
        columns = {"people": " ".join(dict.fromkeys(each.person for each in words))}
    else:
        return ()
    columns["stream"] = event.stream
    columns["stream_type"] = event.stream_type
    columns["day"] = record.occurred.day
    columns["words"] = " ".join(marks)
    columns["evidence"] = " ".join(event.evidence)
    return (Put(TRACE, (record.id,), columns),)


def _open_words(facts: Facts) -> list[str]:
    """Return the fingerprints of what is told in open words."""
    told = (getattr(facts, name) for name in facts.described)
    return [mark for words in told if words and (mark := open_fingerprint(words))]


def _work(record: Record[Any], facts: Occurrence) -> Row:
    came = {"beneficiaries": 0, "staff": 0, "volunteers": 0, "partners": 0}
    named: dict[str, list[Id]] = {column: [] for column in came}
    for line in facts.attendance:
        if line.status == "present":
            column = COLUMN.get(line.role, "partners")
            came[column] += line.count
            named[column] += () if line.person is None else (line.person,)
    people = named["beneficiaries"]
    workers = (*_workers(record, facts), *named["staff"])
    alone = people[0] if len(people) == 1 else None
    occurred = record.occurred
    door = facts.door if isinstance(facts, IndividualWork) else None
    return {
        "kind": facts.kind,
        "variant": facts.variant,
        "started": occurred.start if occurred.precision == "instant" else None,
        "ends": _ends(occurred, facts.minutes),
        "minutes": facts.minutes or 0,
        "place": facts.household or alone or door or facts.place or record.event.stream,
        "household": facts.household,
        "workers": " ".join(dict.fromkeys(workers)),
        "people": " ".join(people),
        "helpers": " ".join(named["volunteers"]),
        "enrolled": facts.enrolled if isinstance(facts, GroupSessionHeld) else 0,
        **came,
    }


def _workers(record: Record[Any], facts: Occurrence) -> tuple[Id, ...]:
    """Those who are named; of whom nobody is named, whoever wrote it down, but not from paper."""
    named = facts.workers
    if isinstance(facts, GroupSessionHeld):
        led = (each for each in (facts.leader, facts.co_leader) if each is not None)
        named = tuple(dict.fromkeys((*named, *led)))
    elif isinstance(facts, ActivityHeld) and facts.supervisor is not None:
        named = tuple(dict.fromkeys((*named, facts.supervisor)))
    copied = record.event.channel in PAPER and record.id == record.event.id
    if named or copied or record.writer is None:
        return named
    return (record.writer,)


def _ends(occurred: Occurred, minutes: int | None) -> datetime | None:
    if occurred.precision != "instant":
        return None
    if minutes:
        return occurred.start + timedelta(minutes=minutes)
    return occurred.end
