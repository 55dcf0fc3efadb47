"""Samples of what is recorded about staff."""

from domain.event import AnyEvent, Facts
from domain.identity import derived_id
from domain.staff import (
    BackupPairSet,
    MentorAssigned,
    QualificationRecorded,
    StaffAbsenceRecorded,
    StaffAssigned,
    StaffErasureCompleted,
    StaffErasureRequested,
    StaffHired,
    StaffLeft,
    StaffReturned,
    StaffRoleEnded,
    SupervisorSet,
)
from tests.golden import DAY, OPERATOR, PROJECT, STATION, WORKER, sample, sealed, with_corrections

OTHER = derived_id("golden", "other worker")


def staff(facts: Facts) -> AnyEvent:
    """Return an event of a member of staff, in the operator's ledger."""
    return sample("staff", facts, stream=WORKER, station=None, ledger=OPERATOR)


SAMPLES = [
    staff(StaffHired(name=sealed("name", person=WORKER), begins=DAY, intern=True, number="0346")),
    staff(StaffAssigned(station=STATION, role="worker", begins=DAY, project=PROJECT)),
    staff(
        StaffRoleEnded(
            station=STATION, role="worker", begins=DAY, ends=DAY, project=PROJECT, reason="转岗"
        )
    ),
    *with_corrections(
        staff(
            QualificationRecorded(
                level="social_worker",
                certificate=sealed("certificate", person=WORKER),
                valid_to=DAY,
            )
        )
    ),
    staff(BackupPairSet(worker=WORKER, backup=OTHER, begins=DAY)),
    staff(SupervisorSet(worker=WORKER, supervisor=OTHER, begins=DAY)),
    staff(MentorAssigned(intern=WORKER, mentor=OTHER, begins=DAY)),
    *with_corrections(staff(StaffAbsenceRecorded(begins=DAY, ends=DAY, reason="sick"))),
    staff(
        StaffLeft(
            last_day=DAY, handed_to=OTHER, handover=sealed("handover", "casework", person=WORKER)
        )
    ),
    staff(StaffReturned(begins=DAY, reason="合同续签")),
    staff(StaffErasureRequested(by="operator", reason="retention_over")),
    staff(StaffErasureCompleted(request=derived_id("golden", "erasure of staff"))),
]
