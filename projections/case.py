"""The caseload (案量表, RP-04): where each case stands, what was done on it, when contact is due.

A case's row is put whole by each of its steps, so that a corrected opening or closure, which
restates it, leaves nothing behind. When contact is due is reckoned by the rule of AL-01 from
what `projections.contact_rule` keeps, on the day that is asked about.

A day is asked about by when things happened: which cases were open, which of them rested, what
work and contact there had been. The other columns of a row hold no history, so they say of any day
how the case stands now (as known when it is asked): stage, level, worker, number, closing, plan,
review, referral and crisis.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from domain.case_facts import (
    CaseClosed,
    CaseOpened,
    CaseSessionHeld,
    CaseStanding,
    CaseStep,
)
from domain.case_rules import AFTER_CLOSING, OPEN
from domain.contact_rule import FollowedCase, as_of, silence
from domain.counting import person_times
from domain.identity import Id
from projections.contact_rule import followed
from projections.engine.ask import Answers, Where, full_order
from projections.engine.view import Add, Effect, Put, Record, Row, Table, View
from projections.spans import day_after

CASE = Table(
    "case_file",
    key={"case_id": "uuid"},
    columns={
        "project": "uuid",
        "stage": "text",
        "case_type": "text",
        "level": "text",
        "worker": "uuid",
        "client": "uuid",
        "household": "uuid",
        "audience": "text",
        "number": "text",
        "opened": "date",
        "closed": "date",
        "closure": "text",
        "plan_due": "date",
        "reviewed": "date",
        "suspended": "bool",
        "referred": "bool",
        "in_crisis": "bool",
        "step": "uuid",
    },
    indexes=(
        ("case_id",),
        ("operator", "stage", "opened"),
        ("station", "stage", "opened"),
        ("worker", "stage", "opened"),
        ("client",),
    ),
)
WORK = Table(
    "case_work",
    key={"case_id": "uuid"},
    columns={"sessions": "int", "minutes": "int", "person_times": "int"},
    indexes=(("case_id",),),
)
"""Sessions held and their minutes, added up."""
SESSION = Table(
    "case_session",
    key={"event": "uuid"},
    columns={
        "case_id": "uuid",
        "day": "date",
        "minutes": "int",
        "method": "text",
        "worker": "uuid",
        "person_times": "int",
    },
    indexes=(("case_id", "day"), ("operator", "day"), ("worker", "day")),
)

caseload = View("caseload", 3, (CASE, WORK, SESSION))


@caseload.on(CaseStep, CaseOpened, CaseClosed)
def case_stands(record: Record[Any]) -> Iterator[Effect]:
    """Where the case stands after a step, whole."""
    standing: CaseStanding | None = record.facts.standing
    if standing is None:
        return
    columns = {name: getattr(standing, name) for name in CaseStanding.__struct_fields__}
    columns |= {"project": record.event.project, "step": record.event.id}
    yield Put(CASE, (record.event.stream,), columns)


@caseload.on(CaseSessionHeld)
def session_held(record: Record[CaseSessionHeld]) -> Iterator[Effect]:
    """One row a session, and what it adds to the case."""
    facts, case = record.facts, record.event.stream
    counted, minutes = person_times(facts.attendance), facts.minutes or 0
    yield Put(
        SESSION,
        (record.id,),
        {
            "case_id": case,
            "day": record.occurred.day,
            "minutes": minutes,
            "method": facts.method,
            "worker": facts.workers[0] if facts.workers else record.writer,
            "person_times": counted,
        },
    )
    yield Add(WORK, (case,), {"sessions": 1, "minutes": minutes, "person_times": counted})


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the caseload on one day: the case's row, with whether it rested that day.

    `open` says whether the case was open; `sessions` and `minutes` are those up to that day,
    `last_contact` is the latest contact, else the opening; `due` the last day on which another
    is in time, null while the case rests or is not worked on; `overdue` that this day is past.
    """

    case: Row
    open: bool
    sessions: int
    minutes: int
    last_contact: date | None
    due: date | None
    overdue: bool


def lines(
    answers: Answers, cases: Sequence[Row], day: date, every: Mapping[Id, int]
) -> list[CaseLine]:
    """Return what the caseload says of these cases on a day, in the same order.

    `every` is for how many days each operator lets a case go without contact.
    """
    wanted = [case["case_id"] for case in cases]
    if not wanted:
        return []
    work = _work(answers, wanted, day)
    follow = {one.case: one for _, one in followed(answers, wanted)}
    return [
        _line(
            case, work[case["case_id"]], follow.get(case["case_id"]), day, every[case["operator"]]
        )
        for case in cases
    ]


def _work(answers: Answers, cases: Sequence[Id], day: date) -> dict[Id, tuple[int, int]]:
    """Return how many sessions of each case were held up to a day, and their minutes.

    The sessions after it, mostly none, are taken from all that are added up.
    """
    work = dict.fromkeys(cases, (0, 0))
    for row in answers.rows(WORK, where={"case_id": cases}):
        work[row["case_id"]] = row["sessions"], row["minutes"]
    later = answers.rows(SESSION, where={"case_id": cases}, since={"day": day_after(day)})
    for row in later:
        sessions, minutes = work[row["case_id"]]
        work[row["case_id"]] = sessions - 1, minutes - row["minutes"]
    return work


def _line(
    case: Row, work: tuple[int, int], follow: FollowedCase | None, day: date, every: int
) -> CaseLine:
    known = None if follow is None else as_of(follow, day)
    quiet = None if known is None else silence(known, every)
    made = [] if known is None else [one.day for one in (*known.openings, *known.contacts)]
    return CaseLine(
        case=case if known is None else {**case, "suspended": known.suspended},
        open=follow is not None and follow.open_on(day),
        sessions=work[0],
        minutes=work[1],
        last_contact=max(made, default=None),
        due=None if quiet is None else quiet.due,
        overdue=quiet is not None and quiet.overdue_on(day),
    )


BY_OPENING = ("opened",)


def carried_on(
    answers: Answers,
    where: Where,
    day: date,
    after: tuple[Any, ...] | None = None,
    limit: int | None = None,
) -> list[Row]:
    """Return the cases that may have been open on a day, longest open first: `lines` says which.

    They are a worker's, a station's or whoever's `where` names. Those that were closed since are
    among them, and those that were closed on that day, and are open again.
    """
    bounds: Where = {"order": BY_OPENING, "after": after, "limit": limit}
    opened = {"opened": day}
    here = answers.rows(CASE, where={**where, "stage": list(OPEN)}, until=opened, **bounds)
    ended = {**where, "stage": [*AFTER_CLOSING, "archived"]}
    since = {"closed": day_after(day)}
    gone = answers.rows(CASE, where=ended, since=since, until=opened, **bounds)
    order = full_order(CASE, BY_OPENING)
    return sorted((*here, *gone), key=lambda row: [row[name] for name in order])[:limit]


class WorkerLoad(msgspec.Struct, frozen=True, kw_only=True):
    """What one worker carries on a day: cases are counted, never added to anything else."""

    worker: Id
    open: int
    suspended: int
    key: int
    urgent: int
    in_crisis: int
    overdue: int
    sessions: int
    minutes: int


def loads(found: Sequence[CaseLine]) -> list[WorkerLoad]:
    """Add up by worker the lines of the cases that were open."""
    by_worker: dict[Id, list[CaseLine]] = {}
    for line in (each for each in found if each.open):
        by_worker.setdefault(line.case["worker"], []).append(line)
    return [_load(worker, carried) for worker, carried in sorted(by_worker.items())]


def _load(worker: Id, carried: list[CaseLine]) -> WorkerLoad:
    cases = [line.case for line in carried]
    return WorkerLoad(
        worker=worker,
        open=len(cases),
        suspended=sum(1 for case in cases if case["suspended"]),
        key=sum(1 for case in cases if case["level"] == "key"),
        urgent=sum(1 for case in cases if case["level"] == "urgent"),
        in_crisis=sum(1 for case in cases if case["in_crisis"]),
        overdue=sum(1 for line in carried if line.overdue),
        sessions=sum(line.sessions for line in carried),
        minutes=sum(line.minutes for line in carried),
    )
