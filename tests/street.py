"""A street of twelve neighbours, for tests of what is looked for in its records."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from domain.clock import at
from domain.counting import Attendance
from domain.entry import Scope
from domain.identity import Id, derived_id
from domain.private import private
from domain.visit import HomeVisitMade, record_visit
from projections.engine.view import Row
from projections.finding import Finding
from projections.signals.found import signals
from projections.signals.work import VIEWS, RecordsOf, SignalThresholds, Work, read
from tests.folding import told
from tests.groupwork import GroupworkDesk
from tests.neighbours import Neighbour
from tests.station import SCOPE, STATION, TODAY, WORKER, MemoryDesk, entry, principal

PEOPLE = tuple(derived_id("neighbour", str(number)) for number in range(12))
COLLEAGUE, SUPERVISOR = derived_id("colleague"), derived_id("supervisor")
UNTIL = TODAY + timedelta(days=400)
NOTE = "情绪平稳，愿意聊家常"


class Street(GroupworkDesk):
    """A desk that knows twelve neighbours, and the members of a group."""

    def __init__(self) -> None:
        super().__init__()
        for person in PEOPLE:
            self.neighbours["person", person] = Neighbour()


def visit(
    desk: MemoryDesk,
    start: datetime | date,
    whom: int = 0,
    *,
    minutes: int = 40,
    worker: Id = WORKER,
    now: datetime | None = None,
    note: str | None = None,
    scope: Scope = SCOPE,
    **more: Any,
) -> Id:
    """Record a visit, an hour after it began unless told otherwise."""
    moment = start if isinstance(start, datetime) else at(start)
    person = PEOPLE[whom]
    written = now or moment + timedelta(minutes=minutes + 20)
    facts = HomeVisitMade(
        kind="home_visit",
        minutes=minutes,
        workers=(worker,),
        attendance=(Attendance(person=person),),
        condition=private(person, "casework", note),
    )
    how = entry(
        moment,
        now=written,
        principal=principal(actor=worker),
        late_reason="平板没有网络",
        approved_by=SUPERVISOR,
        **more,
    )
    return record_visit(desk, how, scope, facts).events[0]


def work(desk: MemoryDesk, *cutoffs: date, since: date | None = None, **thresholds: int) -> Work:
    answers = told(VIEWS, desk.log)
    limits = SignalThresholds(**thresholds)
    return read(answers, RecordsOf(station=STATION), UNTIL, since, cutoffs, limits)


def found(work: Work, code: str) -> list[Finding]:
    return [one for one in signals(work) if one.code == code]


def figures(finding: Finding) -> dict[str, int | float]:
    return {one.name: one.value for one in finding.figures}


def written_as(kind: str, event: Id, day: date) -> Row:
    lists = ("workers", "people", "helpers", "words", "evidence")
    blank: Row = {**dict.fromkeys(lists, ""), "minutes": 0, "variant": None, "household": None}
    more: Row = {
        "started": None,
        "ends": None,
        "actor": WORKER,
        "lag_days": 0,
        "recorded_at": at(day),
    }
    said: Row = {"stream": derived_id("stream"), "stream_type": "visit"}
    said |= {"type": kind, "kind": kind}
    return {**blank, **more, **said, "event": event, "day": day}
