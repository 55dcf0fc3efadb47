"""What a command names: colleagues, households, people, those who approved, evidence.

An id that comes with a command is only a claim. Here it is held to what the operator has on
record. An operator need not keep its staff here; from the first one taken on, whoever is named as
staff must be of the register. Volunteers and partners have no register yet: their ids are taken
as they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from domain.aggregate import Aggregate
from domain.counting import Attendance
from domain.desk import Desk
from domain.entry import Entry
from domain.identity import Id
from domain.neighbours import Colleague, Employer, Workplace
from domain.refusals import NOT_FOUND, NotFound, refusal

OWN_APPROVAL = refusal("entry.own_approval")
MAY_NOT_APPROVE = refusal("entry.may_not_approve")


def check_envelope(desk: Desk, entry: Entry, operator: Id) -> None:
    """Refuse to write in the name of who is no colleague, and an approval that is none.

    Nobody approves what they write, or what is written for them.
    """
    if entry.on_behalf_of is not None:
        check_colleague(desk, entry, operator, entry.on_behalf_of, "on_behalf_of")
    if entry.approved_by is None:
        return
    check_another(entry, entry.approved_by, "approved_by")
    check_approver(desk, operator, entry.approved_by, entry.today, "approved_by")


def check_operator(about: Aggregate, named: Iterable[tuple[Aggregate, str]]) -> None:
    """Refuse what names anything of another operator than that of which it is `about`.

    Whoever sees several operators, as the installation's administrator does, could otherwise write
    one's person into the other's record, or pay out its money. It is asked of all that
    was read for a command, with the field that named it, and of all that is written. Raises
    `not_found` with that field, as for whatever is not there.
    """
    for each, field in named:
        if each.scope.operator not in about.operators:
            raise NOT_FOUND(field)


def check_at_work(desk: Desk, entry: Entry, *decided: Aggregate) -> None:
    """Refuse what a suspended operator writes, and work at a station after its last day.

    While an operator is suspended nothing of it is written, nor set right, but what others do
    with its record (reading, taking away, evaluating, alerts), what its projects are told of who is
    one person, what a person may ask for at any time (`Aggregate.lasting`: withdrawing consent,
    erasure), and what ends it: stations closed or handed over, and resuming. At a station that has
    closed or been handed over nobody is served any more and no case reopened (`Aggregate.work`);
    records of its days can still be written, set right, filed and archived.
    """
    for aggregate in decided:
        facts = [event.facts for event in aggregate.pending]
        if not all(isinstance(one, aggregate.lasting) for one in facts):
            operator: Employer | None = _found(desk, "operator", aggregate.scope.operator)
            if operator is not None:
                operator.check_active()
        if any(isinstance(one, aggregate.work) for one in facts):
            station: Workplace | None = _found(desk, "station", aggregate.scope.station)
            if station is not None:
                station.check_open(entry.day)


def has_policy(desk: Desk, station: Id | None, policy: str) -> bool:
    """Say whether a station has adopted a policy; one that is not on record has adopted none."""
    found: Workplace | None = _found(desk, "station", station)
    return found is not None and policy in found.policies


def _found(desk: Desk, kind: str, id: Id | None) -> Any:
    """Return what is on record, or None: nobody is held to a register that is not kept here."""
    try:
        return None if id is None else desk.load_any(kind, id, kind)
    except NotFound:
        return None


def check_another(entry: Entry, approver: Id, field: str) -> None:
    """Refuse as approver whoever writes, and in whose name it is written."""
    if approver in (entry.principal.actor, entry.on_behalf_of):
        raise OWN_APPROVAL(field)


def check_approver(desk: Desk, operator: Id, approver: Id, day: date, field: str) -> None:
    """Refuse somebody who is not of the operator's register, or had no role that day to approve.

    An operator that keeps no staff here has nobody to hold it to.
    """
    found = colleague(desk, operator, approver, field)
    if found is not None and not found.may_approve_on(day):
        raise MAY_NOT_APPROVE(field)


def colleague(desk: Desk, operator: Id, staff: Id, field: str) -> Colleague | None:
    """Return a member of the operator's staff, None where it keeps no register of them.

    Raises `not_found` for whoever is not in a register that is kept.
    """
    if not _keeps_staff(desk, operator):
        return None
    found: Colleague = desk.load_any("staff", staff, field)
    if found.scope.operator != operator:
        raise NOT_FOUND(field)
    return found


def has_left(desk: Desk, operator: Id, staff: Id, day: date) -> bool:
    """Say whether somebody of the operator's staff works here no more; of others nobody knows."""
    found: Colleague | None = _found(desk, "staff", staff)
    return found is not None and found.scope.operator == operator and not found.here_on(day)


STAFF_FIELDS = (
    "worker", "leader", "co_leader", "verifier", "deliverer", "reviewer", "assessed_by", "author",
)  # fmt: skip
"""The fields of facts that name one member of staff.

Who supervises a team may come from outside (S0: the monthly professional supervision); who
supervises a case does not, which the case asks for itself.
"""
EVIDENCE_KINDS = frozenset({"document", "attachment"})
Named = Iterator[tuple[str, Id]]


def check_named(desk: Desk, entry: Entry, operator: Id, facts: Any, before: Any = None) -> None:
    """Refuse facts that name colleagues, households or people who are not on record.

    `facts` are as they were sent, before anything is put in that was on record already; what a
    corrected record said `before` may be said again. Raises `not_found` with the field.
    """
    known = set() if before is None else {id for _, id in (*_staff(before), *_homes(before))}
    for field, id in _staff(facts):
        if id not in known:
            check_colleague(desk, entry, operator, id, field)
    for field, id in _homes(facts):
        if id not in known:
            desk.load_any("household", id, field)
    person = getattr(facts, "person", None)
    if person is not None and person != getattr(before, "person", None):
        desk.load_any("person", person, "person")


def check_colleague(desk: Desk, entry: Entry, operator: Id, staff: Id, field: str) -> None:
    """Refuse as staff somebody who is not, or was not here yet or any more on the entry's day.

    Whoever writes may name themselves. What somebody did while they were here can be written down
    after they left. Raises `staff.before_hired` and `staff.has_left`.
    """
    if staff == entry.principal.actor:
        return
    found = colleague(desk, operator, staff, field)
    if found is not None:
        found.check_here(entry.day, field)


def check_evidence(desk: Desk, entry: Entry) -> None:
    """Refuse evidence that is no document and no file on record, where a rule asks for evidence.

    Elsewhere evidence may be named before it is there: a device sends its photographs last.
    """
    for number, id in enumerate(entry.evidence):
        if desk.load_stream(id, f"evidence.{number}").kind not in EVIDENCE_KINDS:
            raise NOT_FOUND(f"evidence.{number}")


def _staff(facts: Any) -> Named:
    for field in STAFF_FIELDS:
        if (id := getattr(facts, field, None)) is not None:
            yield field, id
    for number, id in enumerate(getattr(facts, "workers", ())):
        yield f"workers.{number}", id
    for number, line in _attendance(facts):
        if line.person is not None and line.role in ("worker", "supervisee"):
            yield f"attendance.{number}.person", line.person


def _homes(facts: Any) -> Named:
    if (id := getattr(facts, "household", None)) is not None:
        yield "household", id
    for number, line in _attendance(facts):
        if line.household is not None:
            yield f"attendance.{number}.household", line.household


def _attendance(facts: Any) -> Iterator[tuple[int, Attendance]]:
    yield from enumerate(getattr(facts, "attendance", ()))


def _keeps_staff(desk: Desk, operator: Id) -> bool:
    found: Employer | None = _found(desk, "operator", operator)
    return found is not None and found.keeps_staff
