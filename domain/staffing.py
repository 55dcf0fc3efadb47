"""Commands about staff: taking on, roles, pairs, absence, and leaving once all is handed over.

Besides, whom an alert about a worker goes to, which those pairs and absences decide.

What a member of staff is and may do is in `staff.py`.
"""

from __future__ import annotations

from datetime import date

from domain.desk import Desk, Receipt
from domain.entry import Entry, check_possible
from domain.identity import Id
from domain.organisation import begin_staff_register, scope_of_operator, scope_of_station
from domain.own_words import check_own_words
from domain.refusals import NOT_FOUND, NotFound
from domain.staff import (
    Post,
    QualificationRecorded,
    StaffAbsenceRecorded,
    StaffAssigned,
    StaffErasureRequested,
    StaffHired,
    StaffLeft,
    StaffMember,
    StaffReturned,
)


def hire(desk: Desk, entry: Entry, operator: Id, facts: StaffHired, *, id: Id) -> Receipt:
    """Take somebody on. `id` is theirs; their name is sealed under it (purpose identity)."""
    check_possible(entry.occurred, entry.now)
    check_own_words(id, facts)
    scope = scope_of_operator(desk, operator)
    hired = StaffMember.start(entry, scope, facts, id=id)
    return desk.save(entry, hired, *begin_staff_register(desk, entry, operator))


def assign(desk: Desk, entry: Entry, staff: Id, facts: StaffAssigned) -> Receipt:
    """Give a member of staff a role at a station, for a project where one is named."""
    found = _staff(desk, entry, staff)
    scope = scope_of_station(desk, facts.station, facts.project)
    if scope.operator != found.scope.operator:
        raise NOT_FOUND("station")
    found.assign(entry, facts)
    return desk.save(entry, found)


def end_role(
    desk: Desk,
    entry: Entry,
    staff: Id,
    *,
    station: Id,
    role: Post,
    ends: date,
    project: Id | None = None,
    reason: str = "",
) -> Receipt:
    """End a role that they hold; `ends` is its last day."""
    found = _staff(desk, entry, staff)
    found.end_role(entry, station, project, role, ends, reason)
    return desk.save(entry, found)


def record_qualification(
    desk: Desk, entry: Entry, staff: Id, facts: QualificationRecorded
) -> Receipt:
    """Put a qualification on record."""
    found = _staff(desk, entry, staff)
    found.record_qualification(entry, facts)
    return desk.save(entry, found)


def set_backup(desk: Desk, entry: Entry, worker: Id, backup: Id, begins: date) -> Receipt:
    """Name who stands in for a worker (AB角)."""
    found, other = _both(desk, entry, worker, backup, "backup")
    found.set_backup(entry, other, begins)
    return desk.save(entry, found)


def set_supervisor(desk: Desk, entry: Entry, worker: Id, supervisor: Id, begins: date) -> Receipt:
    """Name who supervises a worker."""
    found, other = _both(desk, entry, worker, supervisor, "supervisor")
    found.set_supervisor(entry, other, begins)
    return desk.save(entry, found)


def assign_mentor(desk: Desk, entry: Entry, intern: Id, mentor: Id, begins: date) -> Receipt:
    """Give an intern a mentor."""
    found, other = _both(desk, entry, intern, mentor, "mentor")
    found.assign_mentor(entry, other, begins)
    return desk.save(entry, found)


def record_absence(desk: Desk, entry: Entry, staff: Id, facts: StaffAbsenceRecorded) -> Receipt:
    """Record days of absence, past or planned."""
    found = _staff(desk, entry, staff)
    found.record_absence(entry, facts)
    return desk.save(entry, found)


def leave(
    desk: Desk, entry: Entry, staff: Id, facts: StaffLeft, open_cases: tuple[Id, ...]
) -> Receipt:
    """Let somebody go; every role ends with it.

    `open_cases` are the open cases of which they are the primary worker, as the caseload shows
    them: a member of staff does not know their cases. Refused while there is one (AL-28).
    """
    found = _staff(desk, entry, staff)
    if facts.handed_to is not None:
        desk.load(StaffMember, facts.handed_to, "handed_to").check_here(facts.last_day, "handed_to")
    found.leave(entry, facts, open_cases)
    return desk.save(entry, found)


def come_back(desk: Desk, entry: Entry, staff: Id, facts: StaffReturned) -> Receipt:
    """Take somebody back who had left."""
    found = _staff(desk, entry, staff)
    found.come_back(entry, facts)
    return desk.save(entry, found)


def request_staff_erasure(
    desk: Desk, entry: Entry, staff: Id, facts: StaffErasureRequested
) -> Receipt:
    """Record that what is sealed of somebody who left is to be erased.

    Refused: somebody who still works here or left less than two years ago, and what no colleague
    who may approve has approved.
    """
    found = _staff(desk, entry, staff)
    found.request_erasure(entry, facts)
    return desk.save(entry, found)


def complete_staff_erasure(desk: Desk, entry: Entry, staff: Id) -> Receipt:
    """Record that the keys are destroyed."""
    found = _staff(desk, entry, staff)
    found.complete_erasure(entry)
    return desk.save(entry, found)


def told_about(desk: Desk, worker: Id, day: date) -> tuple[Id, ...]:
    """Return whom an alert about a worker's cases goes to by name: the worker and the supervisor.

    Of both: while they work here, and with whoever stands in for them (AB角) while they are away,
    unless that one is away too or works here no more. Where an operator keeps no staff here, it
    is the worker alone (AL-01).
    """
    found = _known(desk, worker)
    supervisor = None if found is None else found.supervisor_on(day)
    named = (worker,) if supervisor is None else (worker, supervisor)
    return tuple(dict.fromkeys(id for one in named for id in _reached(desk, one, day)))


def _reached(desk: Desk, id: Id, day: date) -> tuple[Id, ...]:
    found = _known(desk, id)
    if found is None:
        return (id,)
    if not found.here_on(day):
        return ()
    backup = found.backup_on(day) if found.absent_on(day) else None
    return (id, backup) if backup is not None and _at_work(desk, backup, day) else (id,)


def _at_work(desk: Desk, id: Id, day: date) -> bool:
    found = _known(desk, id)
    return found is None or (found.here_on(day) and not found.absent_on(day))


def _known(desk: Desk, id: Id) -> StaffMember | None:
    try:
        return desk.load(StaffMember, id)
    except NotFound:
        return None


def _staff(desk: Desk, entry: Entry, staff: Id) -> StaffMember:
    check_possible(entry.occurred, entry.now)
    return desk.load(StaffMember, staff, "staff")


def _both(
    desk: Desk, entry: Entry, one: Id, other: Id, field: str
) -> tuple[StaffMember, StaffMember]:
    found = _staff(desk, entry, one)
    return found, found if one == other else desk.load(StaffMember, other, field)
