"""Staff: who works where in which role, since when, who stands in for them, and until when.

A member of staff belongs to the operator and may work at several stations, so their events are
sealed in the operator's ledger (events.md, BC1). Their name and certificate numbers are sealed
under a key of their own. The commands are in `staffing.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, Literal

from domain.aggregate import Aggregate
from domain.bounds import Reference
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Effective, Facts, fact
from domain.identity import Id, new_id
from domain.own_words import check_own_words
from domain.private import CaseworkWords, IdentityWords
from domain.refusals import Conflict, refusal

Post = Literal[
    "operator_manager",
    "quality_lead",  # 质量负责人
    "station_head",
    "project_lead",
    "supervisor",
    "worker",
]
APPROVING: frozenset[Post] = frozenset(
    {"operator_manager", "quality_lead", "station_head", "project_lead", "supervisor"}
)
"""The roles in which the work of others is approved."""
ADJUSTERS: frozenset[Post] = frozenset({"quality_lead", "supervisor"})
"""The roles in which is approved what changes in a closed period, a supervisor's at the station."""
Level = Literal["assistant_social_worker", "social_worker", "senior_social_worker", "other"]
"""助理社工师 (初级), 社会工作师 (中级), 高级社会工作师."""
Absence = Literal["leave", "sick", "training", "maternity", "other"]

HAS_LEFT = refusal("staff.has_left", Conflict)
HAS_NOT_LEFT = refusal("staff.has_not_left", Conflict)
BEFORE_HIRED = refusal("staff.before_hired")
ENDS_BEFORE_BEGINS = refusal("staff.ends_before_begins")
ALREADY_ASSIGNED = refusal("staff.already_assigned", Conflict)
NOT_ASSIGNED = refusal("staff.not_assigned")
OWN_BACKUP = refusal("staff.own_backup")
OWN_SUPERVISOR = refusal("staff.own_supervisor")
OWN_MENTOR = refusal("staff.own_mentor")
NOT_AN_INTERN = refusal("staff.not_an_intern")
OPEN_CASES = refusal("staff.open_cases", Conflict)
ABSENT_ALREADY = refusal("staff.absent_already", Conflict)
KEPT_UNTIL = refusal("staff.kept_until", Conflict)
NOT_APPROVED = refusal("staff.erasure_not_approved", Conflict)
ERASED = refusal("staff.erased", Conflict)

KEPT_FOR = timedelta(days=731)
"""How long what is kept of somebody stays readable after their last day: two years, whichever these
are, as contracts of employment that have ended are kept (劳动合同法, article 50)."""


@fact()
class StaffHired(Facts, frozen=True, kw_only=True, tag="staff.StaffHired@1"):
    """Somebody begins to work for the operator; `number` is the operator's own (工号)."""

    name: IdentityWords
    begins: date
    intern: bool = False
    number: Reference | None = None


@fact()
class StaffAssigned(Facts, frozen=True, kw_only=True, tag="staff.StaffAssigned@1"):
    """They take up a role at a station, for a project or for the station as a whole."""

    station: Id
    role: Post
    begins: date
    project: Id | None = None


@fact()
class StaffRoleEnded(Facts, frozen=True, kw_only=True, tag="staff.StaffRoleEnded@1"):
    """They held the role until `ends`, that day included."""

    station: Id
    role: Post
    begins: date
    ends: date
    project: Id | None = None
    reason: str = ""


@fact(corrections=True)
class QualificationRecorded(Facts, frozen=True, kw_only=True, tag="staff.QualificationRecorded@1"):
    """A professional qualification, its sealed certificate number, and until when it is valid."""

    level: Level
    certificate: IdentityWords | None = None
    valid_to: date | None = None


@fact()
class BackupPairSet(Facts, frozen=True, kw_only=True, tag="staff.BackupPairSet@1"):
    """AB角: from `begins` on, `backup` stands in for `worker` whenever that one is absent."""

    worker: Id
    backup: Id
    begins: date


@fact()
class SupervisorSet(Facts, frozen=True, kw_only=True, tag="staff.SupervisorSet@1"):
    """Who supervises them from `begins` on, and gets the alerts about their work (督导)."""

    worker: Id
    supervisor: Id
    begins: date


@fact()
class MentorAssigned(Facts, frozen=True, kw_only=True, tag="staff.MentorAssigned@1"):
    """导师制: an intern learns with an experienced worker."""

    intern: Id
    mentor: Id
    begins: date


@fact(corrections=True)
class StaffAbsenceRecorded(Facts, frozen=True, kw_only=True, tag="staff.StaffAbsenceRecorded@1"):
    """They are away from `begins` to `ends`, both days included; alerts go to their backup."""

    begins: date
    ends: date
    reason: Absence = "leave"


@fact()
class StaffLeft(Facts, frozen=True, kw_only=True, tag="staff.StaffLeft@1"):
    """They stopped working for the operator; `handed_to` took the work over."""

    last_day: date
    handed_to: Id | None = None
    handover: CaseworkWords | None = None


@fact()
class StaffReturned(Facts, frozen=True, kw_only=True, tag="staff.StaffReturned@1"):
    """They work here again, or had not left after all."""

    begins: date
    reason: str


@fact()
class StaffErasureRequested(Facts, frozen=True, kw_only=True, tag="staff.StaffErasureRequested@1"):
    """The personal data of somebody who left is to be erased (PIPL, article 47)."""

    by: Literal["person", "operator"]
    reason: str


@fact()
class StaffErasureCompleted(Facts, frozen=True, kw_only=True, tag="staff.StaffErasureCompleted@1"):
    """Their keys are destroyed; what they did stays on record under their id."""

    request: Id


class StaffMember(Aggregate):
    """Somebody who works for the operator. Their id is the actor of what they record."""

    kind = "staff"
    lasting = (StaffErasureRequested, StaffErasureCompleted)
    hired: StaffHired
    left: StaffLeft | None = None
    erasure_request: Id | None = None
    erased = False
    mentor: MentorAssigned | None = None

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.roles: list[StaffAssigned] = []
        self.past_roles: list[StaffRoleEnded] = []
        self.backups: list[BackupPairSet] = []
        self.supervisors: list[SupervisorSet] = []

    def evolve(self, event: AnyEvent) -> None:
        """Keep the roles held now, the pairs, and whether they still work here."""
        match event.facts:
            case StaffHired():
                self.hired = event.facts
            case StaffAssigned():
                self.roles.append(event.facts)
            case StaffRoleEnded():
                self.roles = [held for held in self.roles if not _same_role(held, event.facts)]
                self.past_roles.append(event.facts)
            case BackupPairSet():
                self.backups.append(event.facts)
            case SupervisorSet():
                self.supervisors.append(event.facts)
            case MentorAssigned():
                self.mentor = event.facts
            case _:
                self._evolve_leaving(event)

    def _evolve_leaving(self, event: AnyEvent) -> None:
        match event.facts:
            case StaffLeft():
                self.left = event.facts
            case StaffReturned():
                self.left = None
            case StaffErasureRequested():
                self.erasure_request = event.id
            case StaffErasureCompleted():
                self.erased = True

    def check_here(self, day: date, field: str = "staff") -> None:
        """Refuse what is dated before they came or after they left."""
        if day < self.hired.begins:
            raise BEFORE_HIRED(field)
        if self.left is not None and day > self.left.last_day:
            raise HAS_LEFT(field)

    def _check_still_here(self, day: date, field: str) -> None:
        if self.left is not None:
            raise HAS_LEFT(field)
        self.check_here(day, field)

    def absent_on(self, day: date) -> bool:
        """Say whether they are away that day, so that their backup stands in."""
        return any(absence.begins <= day <= absence.ends for absence in self._absences())

    def here_on(self, day: date) -> bool:
        """Say whether they work for the operator that day, at work or away."""
        return self.hired.begins <= day and (self.left is None or day <= self.left.last_day)

    def backup_on(self, day: date) -> Id | None:
        """Return who stands in for them, by the last pair that had begun by that day."""
        begun = [pair.backup for pair in self.backups if pair.begins <= day]
        return begun[-1] if begun else None

    def supervisor_on(self, day: date) -> Id | None:
        """Return who supervises them, by what was set last and had begun by that day."""
        begun = [pair.supervisor for pair in self.supervisors if pair.begins <= day]
        return begun[-1] if begun else None

    @property
    def posted_at(self) -> frozenset[Id]:
        """Return the stations at which they hold a role, or held one."""
        now = (held.station for held in self.roles)
        return frozenset(now) | {held.station for held in self.past_roles}

    def may_approve_on(self, day: date) -> bool:
        """Say whether they held a role that day in which others' work is approved."""
        return any(held.role in APPROVING for held in self._held_on(day))

    def may_approve_adjustments_on(self, day: date, stations: Collection[Id]) -> bool:
        """Say whether they approved that day what changes in a closed period of these stations.

        The internal supervisor of one of them does, of any station where none is named, and the
        operator's quality lead (glossary, decided 6).
        """
        return any(
            held.role == "quality_lead"
            or (held.role == "supervisor" and (not stations or held.station in stations))
            for held in self._held_on(day)
        )

    def _held_on(self, day: date) -> list[StaffAssigned | StaffRoleEnded]:
        now = [held for held in self.roles if held.begins <= day]
        then = [held for held in self.past_roles if held.begins <= day <= held.ends]
        return [*now, *then]

    def assign(self, entry: Entry, assigned: StaffAssigned) -> None:
        """Take up a role."""
        self._check_still_here(assigned.begins, "begins")
        if any(_same_role(held, assigned) for held in self.roles):
            raise ALREADY_ASSIGNED("role")
        self.record(entry, assigned)

    def end_role(
        self, entry: Entry, station: Id, project: Id | None, role: Post, ends: date, reason: str
    ) -> None:
        """Give up a role held."""
        key = (station, project, role)
        held = next((held for held in self.roles if _role(held) == key), None)
        if held is None:
            raise NOT_ASSIGNED("role")
        if ends < held.begins:
            raise ENDS_BEFORE_BEGINS("ends")
        ended = StaffRoleEnded(
            station=station, project=project, role=role, begins=held.begins, ends=ends,
            reason=reason,
        )  # fmt: skip
        self.record(entry, ended)

    def set_backup(self, entry: Entry, backup: StaffMember, begins: date) -> None:
        """Name the one who stands in."""
        if backup.id == self.id:
            raise OWN_BACKUP("backup")
        self._check_both_here(backup, begins, "backup")
        self.record(entry, BackupPairSet(worker=self.id, backup=backup.id, begins=begins))

    def set_supervisor(self, entry: Entry, supervisor: StaffMember, begins: date) -> None:
        """Name the one who supervises."""
        if supervisor.id == self.id:
            raise OWN_SUPERVISOR("supervisor")
        self._check_both_here(supervisor, begins, "supervisor")
        self.record(entry, SupervisorSet(worker=self.id, supervisor=supervisor.id, begins=begins))

    def assign_mentor(self, entry: Entry, mentor: StaffMember, begins: date) -> None:
        """Give an intern a mentor."""
        if mentor.id == self.id:
            raise OWN_MENTOR("mentor")
        if not self.hired.intern:
            raise NOT_AN_INTERN("staff")
        self._check_both_here(mentor, begins, "mentor")
        self.record(entry, MentorAssigned(intern=self.id, mentor=mentor.id, begins=begins))

    def record_qualification(self, entry: Entry, qualification: QualificationRecorded) -> None:
        """Put a qualification on record."""
        check_own_words(self.id, qualification)
        if self.erasure_request is not None:
            raise ERASED("staff")
        self.record(entry, qualification)

    def record_absence(self, entry: Entry, absence: StaffAbsenceRecorded) -> None:
        """Put an absence on record."""
        self._check_absence(absence, self._absences())
        self.record(entry, absence)

    def leave(self, entry: Entry, leaving: StaffLeft, open_cases: tuple[Id, ...]) -> None:
        """Stop working here: every role ends with it."""
        check_own_words(self.id, leaving)
        self._check_still_here(leaving.last_day, "last_day")
        if open_cases:
            raise OPEN_CASES("staff", cases=len(open_cases))
        for held in tuple(self.roles):
            self._end_with_leaving(entry, held, leaving.last_day)
        self.record(entry, leaving, event=entry.event)

    def come_back(self, entry: Entry, returned: StaffReturned) -> None:
        """Work here again."""
        self._check_left()
        self.record(entry, returned)

    def request_erasure(self, entry: Entry, requested: StaffErasureRequested) -> None:
        """Have the keys destroyed, some time after they left and with a colleague's approval."""
        until = self._check_left().last_day + KEPT_FOR
        if entry.today <= until:
            raise KEPT_UNTIL("staff", until=until.isoformat())
        if entry.approved_by is None:
            raise NOT_APPROVED("approved_by")
        self.record(entry, requested)

    def complete_erasure(self, entry: Entry) -> None:
        """Write that the keys are destroyed; once, and only where it was asked for."""
        if self.erased or self.erasure_request is None:
            raise ERASED("staff")
        self.record(entry, StaffErasureCompleted(request=self.erasure_request))

    def _check_left(self) -> StaffLeft:
        """Return how they left. Raises `staff.erased` and `staff.has_not_left`."""
        if self.erasure_request is not None:
            raise ERASED("staff")
        if self.left is None:
            raise HAS_NOT_LEFT("staff")
        return self.left

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Hold a corrected absence or qualification to the same rules as a new one."""
        if after is None:
            return
        check_own_words(self.id, after.facts)
        if isinstance(after.facts, StaffAbsenceRecorded):
            others = [
                written.effective.facts
                for id, written in self.records.items()
                if id != target and not written.void
            ]
            self._check_absence(
                after.facts, [each for each in others if isinstance(each, StaffAbsenceRecorded)]
            )

    def _end_with_leaving(self, entry: Entry, held: StaffAssigned, last_day: date) -> None:
        ended = StaffRoleEnded(
            station=held.station, project=held.project, role=held.role, begins=held.begins,
            ends=max(last_day, held.begins), reason="left",
        )  # fmt: skip
        self.record(entry, ended, event=new_id())

    def _check_both_here(self, other: StaffMember, day: date, field: str) -> None:
        self._check_still_here(day, "staff")
        other.check_here(day, field)

    def _absences(self) -> list[StaffAbsenceRecorded]:
        return [effective.facts for effective in self.effective(StaffAbsenceRecorded)]

    def _check_absence(
        self, absence: StaffAbsenceRecorded, others: list[StaffAbsenceRecorded]
    ) -> None:
        self.check_here(absence.begins, "begins")
        if absence.ends < absence.begins:
            raise ENDS_BEFORE_BEGINS("ends")
        if any(absence.begins <= each.ends and each.begins <= absence.ends for each in others):
            raise ABSENT_ALREADY("begins")


def _role(held: StaffAssigned | StaffRoleEnded) -> tuple[Id, Id | None, Post]:
    return held.station, held.project, held.role


def _same_role(one: StaffAssigned, other: StaffAssigned | StaffRoleEnded) -> bool:
    return _role(one) == _role(other)
