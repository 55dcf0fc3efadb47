"""The caseload (案量表, RP-04): where each case stands, what was done on it, when contact is due.

A case's row is put whole by each of its steps, so that a corrected opening or closure, which
restates it, leaves nothing behind. When contact is due is reckoned by the rule of AL-01 from
what `projections.followups` keeps, on the day that is asked about.
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
from domain.case_rules import OPEN
from domain.contact_rule import FollowedCase, silence
from domain.counting import person_times
from domain.identity import Id
from projections.engine.ask import Answers, Where
from projections.engine.view import Add, Effect, Put, Record, Row, Table, View
from projections.followups import followed

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
        "place": "text",
        "worker": "uuid",
        "person_times": "int",
    },
    indexes=(("case_id", "day"), ("operator", "day"), ("worker", "day")),
)

caseload = View("caseload", 2, (CASE, WORK, SESSION))


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
            "place": facts.place,
            "worker": facts.workers[0] if facts.workers else record.writer,
            "person_times": counted,
        },
    )
    yield Add(WORK, (case,), {"sessions": 1, "minutes": minutes, "person_times": counted})


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the caseload on one day.

    `last_contact` is the latest contact, else the opening; `due` the last day on which another
    is in time, null while the case rests or is not worked on; `overdue` that this day is past.
    """

    case: Row
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
    work = {row["case_id"]: row for row in answers.rows(WORK, where={"case_id": wanted})}
    follow = {one.case: one for _, one in followed(answers, wanted)}
    return [
        _line(
            case,
            work.get(case["case_id"]),
            follow.get(case["case_id"]),
            day,
            every[case["operator"]],
        )
        for case in cases
    ]


def _line(
    case: Row, work: Row | None, follow: FollowedCase | None, day: date, every: int
) -> CaseLine:
    known = None if follow is None else _known_by(day, follow)
    quiet = None if known is None else silence(known, every)
    made = [] if known is None else [one.day for one in (*known.openings, *known.contacts)]
    return CaseLine(
        case=case,
        sessions=0 if work is None else work["sessions"],
        minutes=0 if work is None else work["minutes"],
        last_contact=max(made, default=None),
        due=None if quiet is None else quiet.due,
        overdue=quiet is not None and quiet.overdue_on(day),
    )


def _known_by(day: date, follow: FollowedCase) -> FollowedCase:
    """Leave out what is void, and what came after a day."""
    return msgspec.structs.replace(
        follow,
        openings=[one for one in follow.openings if not one.void and one.day <= day],
        contacts=[one for one in follow.contacts if not one.void and one.day <= day],
        rests=[one for one in follow.rests if one.begin <= day],
    )


def open_cases(answers: Answers, where: Where) -> list[Row]:
    """Return the open cases of a worker, a station or whoever `where` names, longest open first."""
    return answers.rows(CASE, where={**where, "stage": list(OPEN)}, order=("opened",))


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
    """Add the lines of a caseload up by worker."""
    by_worker: dict[Id, list[CaseLine]] = {}
    for line in found:
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
