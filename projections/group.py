"""The register of groups (台账): how each stands, its sessions with their rosters, its members.

A group's row is put whole by each of its steps; sessions and enrolments are rows of their own,
so that a correction replaces one and touches nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from domain.counting import anonymous_person_times, person_times, persons
from domain.group_facts import (
    GroupClosed,
    GroupSessionHeld,
    GroupStanding,
    GroupStep,
    MemberEnrolled,
    MemberLeft,
)
from domain.group_session import member_roles
from domain.identity import Id
from projections.engine.ask import Answers
from projections.engine.view import Add, Effect, Put, Record, Row, Table, View

GROUP = Table(
    "group_file",
    key={"group_id": "uuid"},
    columns={
        "project": "uuid",
        "stage": "text",
        "title": "text",
        "audience": "text",
        "variant": "text",
        "leader": "uuid",
        "co_leader": "uuid",
        "sessions": "int",
        "size_min": "int",
        "size_max": "int",
        "planned": "date",
        "opened": "date",
        "closed": "date",
        "completed": "bool",
    },
    indexes=(
        ("group_id",),
        ("operator", "stage", "planned"),
        ("station", "stage", "planned"),
        ("leader", "planned"),
    ),
)
HELD = Table(
    "group_work",
    key={"group_id": "uuid"},
    columns={"held": "int", "minutes": "int", "person_times": "int"},
    indexes=(("group_id",),),
)
"""Sessions held, their minutes and person-times, added up."""
SESSION = Table(
    "group_session",
    key={"event": "uuid"},
    columns={
        "group_id": "uuid",
        "number": "int",
        "phase": "text",
        "day": "date",
        "minutes": "int",
        "place": "text",
        "leader": "uuid",
        "co_leader": "uuid",
        "enrolled": "int",
        "present": "int",
        "person_times": "int",
        "anonymous": "int",
    },
    indexes=(("group_id", "number"), ("operator", "day")),
)
"""`present` of `enrolled` as of that day, by name; `anonymous` came as blocks without names."""
MEMBER = Table(
    "group_member",
    key={"event": "uuid"},
    columns={
        "group_id": "uuid",
        "person": "uuid",
        "role": "text",
        "joined": "date",
    },
    indexes=(("group_id", "joined"), ("person",)),
)
LEAVING = Table(
    "group_leaving",
    key={"enrolment": "uuid"},
    columns={"group_id": "uuid", "left_on": "date", "reason": "text"},
    indexes=(("group_id",),),
)
"""By the event of the enrolment that it ended."""

groups = View("groups", 1, (GROUP, HELD, SESSION, MEMBER, LEAVING))


@groups.on(GroupStep, GroupClosed)
def group_stands(record: Record[Any]) -> Iterator[Effect]:
    """Where the group stands after a step, whole."""
    standing: GroupStanding | None = record.facts.standing
    if standing is None:
        return
    columns = {name: getattr(standing, name) for name in GroupStanding.__struct_fields__}
    columns["project"] = record.event.project
    if isinstance(record.facts, GroupClosed):
        columns["completed"] = record.facts.completed
    elif standing.closed is None:
        columns["completed"] = None
    yield Put(GROUP, (record.event.stream,), columns)


@groups.on(GroupSessionHeld)
def session_held(record: Record[GroupSessionHeld]) -> Iterator[Effect]:
    """One row a session, and what it adds to the group."""
    facts, group = record.facts, record.event.stream
    counted = person_times(facts.attendance)
    members = tuple(sorted(member_roles(facts.audience)))
    yield Put(
        SESSION,
        (record.id,),
        {
            "group_id": group,
            "number": facts.number,
            "phase": facts.phase,
            "day": record.occurred.day,
            "minutes": facts.minutes or 0,
            "place": facts.place,
            "leader": facts.leader,
            "co_leader": facts.co_leader,
            "enrolled": facts.enrolled,
            "present": len(persons(facts.attendance, members)),
            "person_times": counted,
            "anonymous": anonymous_person_times(facts.attendance),
        },
    )
    amounts = {"held": 1, "minutes": facts.minutes or 0, "person_times": counted}
    yield Add(HELD, (group,), amounts)


@groups.on(MemberEnrolled)
def member_enrolled(record: Record[MemberEnrolled]) -> Iterator[Effect]:
    """One row an enrolment."""
    yield Put(
        MEMBER,
        (record.id,),
        {
            "group_id": record.event.stream,
            "person": record.facts.member,
            "role": record.facts.role,
            "joined": record.occurred.day,
        },
    )


@groups.on(MemberLeft)
def member_left(record: Record[MemberLeft]) -> Iterator[Effect]:
    """The end of an enrolment."""
    if record.facts.enrolment is None:
        return
    left = {"left_on": record.occurred.day, "reason": record.facts.reason}
    key = (record.facts.enrolment,)
    yield Put(LEAVING, key, {"group_id": record.event.stream, **left})


class GroupLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the register: the group, and what was held of it so far."""

    group: Row
    held: int
    minutes: int
    person_times: int


def lines(answers: Answers, found: list[Row]) -> list[GroupLine]:
    """Return what was held of these groups, in the same order."""
    wanted = [group["group_id"] for group in found]
    rows = answers.rows(HELD, where={"group_id": wanted}) if wanted else []
    work = {row["group_id"]: row for row in rows}
    blank = HELD.blank()
    return [
        GroupLine(group=group, **{name: work.get(group["group_id"], blank)[name] for name in blank})
        for group in found
    ]


def sessions(answers: Answers, group: Id) -> list[Row]:
    """Return the sessions of a group by number."""
    return answers.rows(SESSION, where={"group_id": group}, order=("number",))


def members(answers: Answers, group: Id, day: date | None = None) -> list[Row]:
    """Return the enrolments of a group with how they ended; with a day, who was a member then."""
    ended = {row["enrolment"]: row for row in answers.rows(LEAVING, where={"group_id": group})}
    found = []
    for row in answers.rows(MEMBER, where={"group_id": group}, order=("joined",)):
        leaving = ended.get(row["event"], {})
        left = leaving.get("left_on")
        if day is None or (row["joined"] <= day and (left is None or day <= left)):
            found.append({**row, "left": left, "reason": leaving.get("reason")})
    return found
