"""AL-01: raises an alert when a case was left without contact, and resolves it when it was not.

Every morning each station's cases are looked at, and besides each case whenever something about
it is recorded, or about those whom its alert concerns by name. An alert that stands is restated
where it concerns others by now, or the silence began on another day; where the station was handed
over, nobody is alarmed any more. Whatever is found, is found from the views as far as they must
have come; two looks at the same state say the same, so it does not matter who looks, when, or how
often.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from domain.alert import (
    Alert,
    AlertFacts,
    Concern,
    Threshold,
    raise_alert,
    resolve_alert,
    restate_alert,
)
from domain.alert_rule import in_force
from domain.case_facts import CaseClosed, CaseOpened, CaseStep
from domain.clock import civil_date
from domain.contact_rule import (
    RULE,
    FollowedCase,
    Silence,
    ended_by,
    is_late,
    look,
    silence,
)
from domain.desk import Receipt
from domain.entry import Scope
from domain.event import CORRECTIONS, AnyEvent
from domain.identity import Id, derived_id
from domain.journal.tasks import Asked
from domain.refusals import NotFound
from domain.staff import (
    BackupPairSet,
    StaffAbsenceRecorded,
    StaffLeft,
    StaffReturned,
    SupervisorSet,
)
from domain.staffing import told_about
from domain.station import (
    Station,
    StationClosed,
    StationReopened,
    StationTransferredToOperator,
)
from projections import alert, contact_rule
from projections.engine.view import Row
from workers.duty import SYSTEM, Duty, Job, Workshop

CHUNK = 200
CONCERNING = (CaseStep, *contact_rule.MET, *contact_rule.RESTATED, CaseOpened, CaseClosed)
REPLACING = (
    BackupPairSet,
    SupervisorSet,
    StaffAbsenceRecorded,
    *CORRECTIONS[StaffAbsenceRecorded],
    StaffLeft,
    StaffReturned,
)
"""What may bring an alert about somebody's cases to others."""


def cases_touched(event: AnyEvent) -> Sequence[Id] | None:
    """Return the cases that an event may have brought nearer to an alert, or out of one."""
    facts = event.facts
    if isinstance(facts, AlertFacts):
        # What was just decided may rest on what is no longer so: look once more.
        return (facts.concern.subject,) if facts.concern.rule == RULE else None
    return contact_rule.cases_touched(event) or None


def check_cases(workshop: Workshop, job: Job) -> str:
    """Look at the cases named and return for how many something had to be done."""
    return str(check(workshop, job.task.subjects))


def check_staff(workshop: Workshop, job: Job) -> str:
    """Look at the cases whose alerts concern a member of staff."""
    (staff,) = job.task.subjects
    with workshop.asking.within(SYSTEM) as answers:
        rows = alert.concerning(answers, RULE, staff)
    return str(check(workshop, sorted({row["subject"] for row in rows})))


def check_station(workshop: Workshop, job: Job) -> str:
    """Look at all cases of a station."""
    (station,) = job.task.subjects
    with workshop.asking.within(SYSTEM) as answers:
        rows = contact_rule.open_cases(answers, station, demonstration=workshop.simulated)
    cases, done = [row["case_id"] for row in rows], 0
    for start in range(0, len(cases), CHUNK):
        done += check(workshop, cases[start : start + CHUNK])
        job.report(min(start + CHUNK, len(cases)), len(cases))
    return str(done)


def check_all(workshop: Workshop, job: Job) -> str:
    """Ask for each station to be looked at."""
    with workshop.asking.within(SYSTEM) as answers:
        found = contact_rule.stations(answers, demonstration=workshop.simulated)
    workshop.ask(
        *(
            Asked(
                task=derived_id("task", job.task.task, station),
                duty=CHECK_STATION.name,
                subjects=(station,),
                operator=operator,
                station=station,
            )
            for operator, station in found
        )
    )
    return str(len(found))


def check(workshop: Workshop, cases: Sequence[Id]) -> int:
    """Look at some cases: raise what is overdue, resolve what no longer is.

    Under a simulated clock only demonstrations are looked at, and under the real one none.
    """
    with workshop.asking.within(SYSTEM) as answers:
        found = contact_rule.followed(answers, cases)
        raised = alert.raised_about(answers, RULE, cases)
    rules = _Rules(workshop)
    return sum(
        _look(workshop, row, case, rules.of(row["operator"]), raised)
        for row, case in found
        if bool(row["demonstration"]) == workshop.simulated
    )


class _Rules:
    """The thresholds of each operator, read once for one look at many cases."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._known: dict[Id, tuple[int, tuple[Threshold, ...]]] = {}

    def of(self, operator: Id) -> tuple[int, tuple[Threshold, ...]]:
        if operator not in self._known:
            self._known[operator] = in_force(self._workshop.desk(operator), operator, RULE)
        return self._known[operator]


def _look(
    workshop: Workshop,
    row: Row,
    case: FollowedCase,
    rule: tuple[int, tuple[Threshold, ...]],
    raised: list[Row],
) -> int:
    """Look at one case and return how many events that made."""
    today = civil_date(workshop.clock.now())
    alerts = [alert for alert in raised if alert["subject"] == case.case]
    standing = [alert for alert in alerts if alert["state"] == "open"]
    episodes = [alert["episode"] for alert in standing]
    ever = [alert["episode"] for alert in alerts]
    over, now = look(case, rule[1][0].value, today, episodes, ever)
    if not standing and now is None:
        return 0
    ending = _station_over(workshop, row, today)
    if ending is not None:
        made = [_resolve(workshop, row, alert, ending) for alert in standing]
        return sum(len(receipt.events) for receipt in made)
    made = [
        _resolve_by(workshop, row, case, alert)
        if alert["episode"] in over
        else _restate(workshop, row, case, alert, today)
        for alert in standing
    ]
    if now is not None:
        made.append(_raise(workshop, row, _concern(workshop, row, now, rule, today)))
    return sum(len(receipt.events) for receipt in made)


def _concern(
    workshop: Workshop,
    row: Row,
    now: Silence,
    rule: tuple[int, tuple[Threshold, ...]],
    today: date,
) -> Concern:
    return Concern(
        rule=RULE,
        rule_version=rule[0],
        subject_type="case",
        subject=row["case_id"],
        episode=now.last.event,
        since=now.last.day,
        due=now.due,
        thresholds=rule[1],
        worker=row["worker"],
        roles=("supervisor",),
        staff=told_about(workshop.desk(row["operator"]), row["worker"], today),
    )


def _raise(workshop: Workshop, row: Row, concern: Concern) -> Receipt:
    scope = Scope(
        operator=row["operator"],
        station=row["station"],
        project=row["project"],
        demonstration=bool(row["demonstration"]),
    )
    return workshop.carry_out(
        row["operator"],
        lambda desk, entry: raise_alert(desk, entry, scope, concern),
        causation=concern.episode,
    )


def _restate(workshop: Workshop, row: Row, case: FollowedCase, alert: Row, today: date) -> Receipt:
    """Bring an alert in line with the case as it stands, by the thresholds it was raised by."""
    reader = workshop.desk(row["operator"])
    days = reader.load(Alert, alert["alert"]).concern.thresholds[0].value
    now = silence(case, days)
    assert now is not None  # noqa: S101 - it goes on
    told = told_about(reader, row["worker"], today)
    return workshop.carry_out(
        row["operator"],
        lambda desk, entry: restate_alert(
            desk,
            entry,
            alert["alert"],
            since=now.last.day,
            due=now.due,
            worker=row["worker"],
            staff=told,
        ),
    )


def _resolve_by(workshop: Workshop, row: Row, case: FollowedCase, alert: Row) -> Receipt:
    event, contact = ended_by(case, alert["episode"], alert["since"])
    late = contact is not None and is_late(contact, alert["raised_on"])
    return _resolve(workshop, row, alert, event, late=late)


def _resolve(workshop: Workshop, row: Row, alert: Row, event: Id, *, late: bool = False) -> Receipt:
    return workshop.carry_out(
        row["operator"],
        lambda desk, entry: resolve_alert(desk, entry, alert["alert"], event, late=late),
        causation=event,
    )


def _station_over(workshop: Workshop, row: Row, today: date) -> Id | None:
    """Return the event by which the case's station serves nobody any more; None while it does."""
    try:
        place = workshop.desk(row["operator"]).load(Station, row["station"])
    except NotFound:  # nobody is held to a register that is not kept here
        return None
    return place.ending if place.over_on(today) else None


CHECK_STATION = Duty(
    "check_station_contact",
    check_station,
    on=(StationClosed, StationReopened, StationTransferredToOperator),
    queue="long",
)
CHECK_CASE = Duty(
    "check_case_contact",
    check_cases,
    on=(*CONCERNING, AlertFacts),
    about=cases_touched,
    once_a_batch=True,
)
CHECK_STAFF = Duty("check_staff_contact", check_staff, on=REPLACING)
CHECK_ALL = Duty("check_all_contact", check_all, cron="0 7 * * *")
