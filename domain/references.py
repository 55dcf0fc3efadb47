"""Whom a command names beside those it serves: those who approved, and in whose name it is.

An id that comes with a command is only a claim. Here it is held to what the operator has on
record. An operator need not keep its staff here; from the first one taken on, whoever is named as
staff must be of the register.
"""

from __future__ import annotations

from datetime import date

from domain.desk import Colleague, Desk, Employer
from domain.entry import Entry
from domain.identity import Id
from domain.refusals import NOT_FOUND, NotFound, refusal

OWN_APPROVAL = refusal("entry.own_approval")
MAY_NOT_APPROVE = refusal("entry.may_not_approve")


def check_approved(desk: Desk, entry: Entry, operator: Id) -> None:
    """Refuse an approval by the writer, by whom they write for, or by who may give none now.

    Every desk asks this once for each command, as it saves.
    """
    if entry.approved_by is None:
        return
    check_another(entry, entry.approved_by, "approved_by")
    check_approver(desk, operator, entry.approved_by, entry.today, "approved_by")


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


def _keeps_staff(desk: Desk, operator: Id) -> bool:
    try:
        found: Employer = desk.load_any("operator", operator, "operator")
    except NotFound:
        return False
    return found.keeps_staff
