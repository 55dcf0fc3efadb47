"""Staff over HTTP: taking on, roles, pairs, absence, leaving, and the register of staff."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from api.commands import SEALED, CommandIn, Commanding, ReceiptOut, Text, Uuid, Words, example
from api.handing_over import everything_open
from api.paging import plain
from api.questions import Asked, Listed, Page
from api.registers import open_ended
from api.routing import routes
from domain import staffing
from domain.identity import new_id
from domain.private import Private, private
from domain.refusals import NOT_FOUND
from domain.staff import (
    Absence,
    Level,
    Post,
    QualificationRecorded,
    StaffAbsenceRecorded,
    StaffAssigned,
    StaffErasureRequested,
    StaffHired,
    StaffLeft,
    StaffReturned,
)
from projections.open_cases import open_cases_of
from projections.spans import shown
from projections.staff import ABSENCE, QUALIFICATION, ROLE, STAFF

router = routes("staff")
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), SEALED
]
"""A person's name; it is sealed before it is kept."""
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class StaffIn(CommandIn):
    """Somebody taken on; `name` is sealed, `number` is the operator's own (工号)."""

    operator: Uuid
    staff: Uuid | None = None
    name: Name
    begins: date
    intern: bool = False
    number: Number | None = None

    model_config = example(
        {
            "operator": "5f0c8e9e-5d0b-5b7e-8a53-0f1f6f3b9a11",
            "name": "示例",
            "begins": "2018-06-01",
            "number": "0346",
        }
    )


@router.post("/staff", status_code=201)
def hire(sent: StaffIn, command: Commanding) -> ReceiptOut:
    """Take somebody on; the receipt's stream is their id."""
    staff = sent.staff or new_id()
    hired = StaffHired(
        name=Private(person=staff, purpose="identity", text=sent.name),
        begins=sent.begins,
        intern=sent.intern,
        number=sent.number,
    )
    return command.carry_out(
        sent,
        lambda desk, entry: staffing.hire(desk, entry, sent.operator, hired, id=staff),
        location="/api/v1/staff/{id}",
    )


class RoleIn(CommandIn):
    """A role at a station, for one project or for all of its work."""

    station: Uuid
    project: Uuid | None = None
    role: Post
    begins: date

    model_config = example(
        {
            "station": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
            "role": "worker",
            "begins": "2018-06-01",
        }
    )


@router.post("/staff/{staff}/roles", status_code=201)
def assign(staff: Uuid, sent: RoleIn, command: Commanding) -> ReceiptOut:
    """Give a member of staff a role."""
    assigned = StaffAssigned(
        station=sent.station, project=sent.project, role=sent.role, begins=sent.begins
    )
    return command.carry_out(
        sent, lambda desk, entry: staffing.assign(desk, entry, staff, assigned), on=staff
    )


class RoleEndIn(CommandIn):
    """A role held, and its last day."""

    station: Uuid
    project: Uuid | None = None
    role: Post
    ends: date
    reason: Text | None = None


@router.post("/staff/{staff}/role-endings", status_code=201)
def end_role(staff: Uuid, sent: RoleEndIn, command: Commanding) -> ReceiptOut:
    """End a role."""
    return command.carry_out(
        sent,
        lambda desk, entry: staffing.end_role(
            desk,
            entry,
            staff,
            station=sent.station,
            project=sent.project,
            role=sent.role,
            ends=sent.ends,
            reason=sent.reason or "",
        ),
        on=staff,
    )


class QualificationIn(CommandIn):
    """A professional qualification; the certificate's number is sealed."""

    level: Level
    certificate: Annotated[Number, SEALED] | None = None
    valid_to: date | None = None

    model_config = example({"level": "social_worker", "valid_to": "2021-12-31"})


@router.post("/staff/{staff}/qualifications", status_code=201)
def record_qualification(staff: Uuid, sent: QualificationIn, command: Commanding) -> ReceiptOut:
    """Put a qualification on record."""
    facts = QualificationRecorded(
        level=sent.level,
        certificate=private(staff, "identity", sent.certificate),
        valid_to=sent.valid_to,
    )
    return command.carry_out(
        sent, lambda desk, entry: staffing.record_qualification(desk, entry, staff, facts), on=staff
    )


class PairIn(CommandIn):
    """A colleague, and from when."""

    colleague: Uuid
    begins: date

    model_config = example(
        {"colleague": "99f68f88-b208-5a9e-84e3-a6e90855c3f6", "begins": "2018-06-01"}
    )


@router.post("/staff/{staff}/backups", status_code=201)
def set_backup(staff: Uuid, sent: PairIn, command: Commanding) -> ReceiptOut:
    """Name who stands in while they are away (AB角)."""
    return command.carry_out(
        sent,
        lambda desk, entry: staffing.set_backup(desk, entry, staff, sent.colleague, sent.begins),
        on=staff,
    )


@router.post("/staff/{staff}/supervisors", status_code=201)
def set_supervisor(staff: Uuid, sent: PairIn, command: Commanding) -> ReceiptOut:
    """Name who supervises them and gets the alerts about their work (督导)."""
    return command.carry_out(
        sent,
        lambda desk, entry: staffing.set_supervisor(
            desk, entry, staff, sent.colleague, sent.begins
        ),
        on=staff,
    )


@router.post("/staff/{staff}/mentors", status_code=201)
def assign_mentor(staff: Uuid, sent: PairIn, command: Commanding) -> ReceiptOut:
    """Give an intern a mentor (导师制)."""
    return command.carry_out(
        sent,
        lambda desk, entry: staffing.assign_mentor(desk, entry, staff, sent.colleague, sent.begins),
        on=staff,
    )


class AbsenceIn(CommandIn):
    """Days away, the first and the last included."""

    begins: date
    ends: date
    reason: Absence = "leave"

    model_config = example({"begins": "2018-10-01", "ends": "2018-10-07", "reason": "leave"})


@router.post("/staff/{staff}/absences", status_code=201)
def record_absence(staff: Uuid, sent: AbsenceIn, command: Commanding) -> ReceiptOut:
    """Record an absence, past or planned; it is corrected and voided like other records."""
    facts = StaffAbsenceRecorded(begins=sent.begins, ends=sent.ends, reason=sent.reason)
    return command.carry_out(
        sent, lambda desk, entry: staffing.record_absence(desk, entry, staff, facts), on=staff
    )


class StaffLeavingIn(CommandIn):
    """Their last day, who took over, and a note that is sealed."""

    last_day: date
    handed_to: Uuid | None = None
    handover: Words | None = None

    model_config = example({"last_day": "2018-12-31"})


@router.post("/staff/{staff}/leavings", status_code=201)
def leave(staff: Uuid, sent: StaffLeavingIn, command: Commanding) -> ReceiptOut:
    """Let somebody go. Refused while open cases are in their name (AL-28)."""
    with everything_open(command) as answers:
        cases = open_cases_of(answers, staff)
    facts = StaffLeft(
        last_day=sent.last_day,
        handed_to=sent.handed_to,
        handover=private(staff, "casework", sent.handover),
    )
    return command.carry_out(
        sent, lambda desk, entry: staffing.leave(desk, entry, staff, facts, cases), on=staff
    )


class StaffReturnIn(CommandIn):
    """From when they work here again."""

    begins: date
    reason: Text

    model_config = example({"begins": "2019-03-01", "reason": "合同续签"})


@router.post("/staff/{staff}/returns", status_code=201)
def come_back(staff: Uuid, sent: StaffReturnIn, command: Commanding) -> ReceiptOut:
    """Take somebody back who had left."""
    facts = StaffReturned(begins=sent.begins, reason=sent.reason)
    return command.carry_out(
        sent, lambda desk, entry: staffing.come_back(desk, entry, staff, facts), on=staff
    )


class StaffErasureIn(CommandIn):
    """Who asks, and why; `approved_by` is the colleague who approved."""

    by: Literal["person", "operator"]
    reason: Literal["own_wish", "purpose_fulfilled", "retention_over"]

    model_config = example(
        {
            "by": "operator",
            "reason": "retention_over",
            "approved_by": "99f68f88-b208-5a9e-84e3-a6e90855c3f6",
        }
    )


@router.post("/staff/{staff}/erasure-requests", status_code=201)
def request_staff_erasure(staff: Uuid, sent: StaffErasureIn, command: Commanding) -> ReceiptOut:
    """Ask that the sealed words of somebody who left be erased: name, certificates, handover.

    Refused until two years after their last day, and without an approval.
    """
    facts = StaffErasureRequested(by=sent.by, reason=sent.reason)
    return command.carry_out(
        sent,
        lambda desk, entry: staffing.request_staff_erasure(desk, entry, staff, facts),
        on=staff,
    )


@router.get("/staff")
def list_staff(
    listed: Listed,
    here_on: date | None = None,
    supervisor: Uuid | None = None,
) -> Page:
    """Read the register of staff (R-26); with `here_on`, those who work here that day.

    People work here over many days, so there is no `from` and `to`; `known_at` says as known when.
    """
    page = listed.page(
        STAFF,
        where={"supervisor": supervisor},
        since={"ends": here_on},
        until={"begins": here_on},
    )
    return open_ended(page)


@router.get("/staff/{staff}")
def read_staff(staff: Uuid, asked: Asked) -> dict[str, Any]:
    """Read a member of staff, with roles, absences and qualifications, past ones too."""
    asked.tag(staff)
    with asked.answers() as answers:
        rows = answers.rows(STAFF, where={"staff": staff})
        if not rows:
            raise NOT_FOUND("staff")
        parts = {"roles": ROLE, "absences": ABSENCE, "qualifications": QUALIFICATION}
        details = {
            name: [plain(shown(row)) for row in answers.rows(table, where={"staff": staff})]
            for name, table in parts.items()
        }
    return {**plain(shown(rows[0])), **details}
