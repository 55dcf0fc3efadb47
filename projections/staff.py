"""The register of staff (台账 R-26): roles, AB pairs, supervisors, mentors, absence and level.

A person may stand in several registers; here they are staff, by their pseudonymous id.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from domain.identity import Id
from domain.staff import (
    BackupPairSet,
    MentorAssigned,
    QualificationRecorded,
    StaffAbsenceRecorded,
    StaffAssigned,
    StaffHired,
    StaffLeft,
    StaffReturned,
    StaffRoleEnded,
    SupervisorSet,
)
from projections.engine.ask import Answers, Where
from projections.engine.view import Effect, Put, Record, Row, Table, View
from projections.spans import OPEN

STAFF = Table(
    "staff",
    key={"staff": "uuid"},
    columns={
        "number": "text",
        "intern": "bool",
        "begins": "date",
        "ends": "date",
        "backup": "uuid",
        "supervisor": "uuid",
        "mentor": "uuid",
        "handed_to": "uuid",
    },
    indexes=(("staff",), ("operator", "ends"), ("supervisor",)),
)
ROLE = Table(
    "staff_role",
    key={"staff": "uuid", "place": "uuid", "within": "uuid", "role": "text", "begins": "date"},
    columns={"project": "uuid", "ends": "date"},
    indexes=(("staff",), ("place", "role", "ends"), ("project", "ends")),
)
ABSENCE = Table(
    "staff_absence",
    key={"event": "uuid"},
    columns={"staff": "uuid", "begins": "date", "ends": "date", "reason": "text"},
    indexes=(("staff", "ends"),),
)
QUALIFICATION = Table(
    "staff_qualification",
    key={"event": "uuid"},
    columns={"staff": "uuid", "level": "text", "valid_to": "date"},
    indexes=(("staff",), ("operator", "valid_to")),
)

staff = View("staff", 1, (STAFF, ROLE, ABSENCE, QUALIFICATION))


@staff.on(StaffHired)
def hired(record: Record[StaffHired]) -> Iterator[Effect]:
    """One row a member of staff."""
    facts = record.facts
    columns = {
        "number": facts.number,
        "intern": facts.intern,
        "begins": facts.begins,
        "ends": OPEN,
    }
    yield Put(STAFF, (record.event.stream,), columns)


@staff.on(StaffAssigned)
def assigned(record: Record[StaffAssigned]) -> Iterator[Effect]:
    """One row a role; `within` is the project, or the station for all of it."""
    facts = record.facts
    key = _role(record.event.stream, facts)
    yield Put(ROLE, key, {"project": facts.project, "ends": OPEN})


@staff.on(StaffRoleEnded)
def role_ended(record: Record[StaffRoleEnded]) -> Iterator[Effect]:
    """It has a last day."""
    facts = record.facts
    yield Put(ROLE, _role(record.event.stream, facts), {"ends": facts.ends})


@staff.on(BackupPairSet)
def backup_set(record: Record[BackupPairSet]) -> Iterator[Effect]:
    """Who stands in."""
    yield Put(STAFF, (record.facts.worker,), {"backup": record.facts.backup})


@staff.on(SupervisorSet)
def supervisor_set(record: Record[SupervisorSet]) -> Iterator[Effect]:
    """Who supervises."""
    yield Put(STAFF, (record.facts.worker,), {"supervisor": record.facts.supervisor})


@staff.on(MentorAssigned)
def mentor_assigned(record: Record[MentorAssigned]) -> Iterator[Effect]:
    """Who teaches an intern."""
    yield Put(STAFF, (record.facts.intern,), {"mentor": record.facts.mentor})


@staff.on(QualificationRecorded)
def qualified(record: Record[QualificationRecorded]) -> Iterator[Effect]:
    """One row a qualification; the certificate's number stays sealed."""
    facts = record.facts
    columns = {"staff": record.event.stream, "level": facts.level, "valid_to": facts.valid_to}
    yield Put(QUALIFICATION, (record.id,), columns)


@staff.on(StaffAbsenceRecorded)
def absent(record: Record[StaffAbsenceRecorded]) -> Iterator[Effect]:
    """One row an absence, so that a correction replaces it."""
    facts = record.facts
    columns = {
        "staff": record.event.stream,
        "begins": facts.begins,
        "ends": facts.ends,
        "reason": facts.reason,
    }
    yield Put(ABSENCE, (record.id,), columns)


@staff.on(StaffLeft)
def left(record: Record[StaffLeft]) -> Iterator[Effect]:
    """They stay in the register, with who took over."""
    facts = record.facts
    columns = {"ends": facts.last_day, "handed_to": facts.handed_to}
    yield Put(STAFF, (record.event.stream,), columns)


@staff.on(StaffReturned)
def returned(record: Record[StaffReturned]) -> Iterator[Effect]:
    """They work here again."""
    yield Put(STAFF, (record.event.stream,), {"ends": OPEN, "handed_to": None})


def _role(member: Id, facts: StaffAssigned | StaffRoleEnded) -> tuple[Id, Id, Id, str, date]:
    return member, facts.station, facts.project or facts.station, facts.role, facts.begins


def held_on(answers: Answers, day: date, where: Where) -> list[Row]:
    """Return the roles that are held on a day, as far as `where` asks."""
    return answers.rows(ROLE, where=where, since={"ends": day}, until={"begins": day})
