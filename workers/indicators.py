"""AL-15: raises an alert when an indicator falls behind schedule, and resolves it when it is not.

Every morning each running project is looked at. A monthly target is held to the month that runs
and the one before it, each by itself; what is due by mid-term or by the end, to its whole time.
An alert goes to the project's lead, a red one to the head of the station besides: what turns from
yellow to red is escalated. Where an amendment moves its days, it is restated. It ends when the
work is done, be it after the mid-term by which it was due, and also when nobody looks any more: at
an earlier month, at a retired indicator, at a project that is suspended, has ended, or whose
contract's last day is over.
"""

from __future__ import annotations

from datetime import date

from domain.alert import (
    Concern,
    Threshold,
    escalate_alert,
    raise_alert,
    resolve_alert,
    restate_alert,
)
from domain.alert_rule import in_force
from domain.clock import civil_date
from domain.entry import Scope
from domain.identity import Id, derived_id
from domain.journal.tasks import Asked
from domain.principal import Role
from domain.schedule_rule import RULE, Light, PeriodCompletion, light
from projections.alert import ALERT
from projections.alert import standing as standing_alerts
from projections.engine.view import Row
from projections.indicators import CONTRIBUTION
from projections.pace import watched
from projections.progress import progress
from projections.project import PROJECT
from workers.duty import SYSTEM, Duty, Job, Workshop

ON_RED: tuple[Role, ...] = ("station_head",)
"""Who is told besides of what is red."""


def check_all(workshop: Workshop, job: Job) -> str:
    """Ask for each project to be looked at that is running, or has an alert that stands."""
    with workshop.asking.within(SYSTEM) as answers:
        projects = answers.rows(PROJECT, where={"demonstration": workshop.simulated})
        stand = answers.rows(ALERT, where={"rule": RULE, "state": "open"})
    alarmed = {alert["ledger"] for alert in stand}
    rows = [row for row in projects if row["state"] == "running" or row["project"] in alarmed]
    workshop.ask(
        *(
            Asked(
                task=derived_id("task", job.task.task, row["project"]),
                duty=CHECK_SCHEDULE.name,
                subjects=(row["project"],),
                operator=row["operator"],
                station=row["station"],
                ledger=row["ledger"],
            )
            for row in rows
        )
    )
    return str(len(rows))


def check_project(workshop: Workshop, job: Job) -> str:
    """Look at one project's indicators and return how many are behind; none where it rests."""
    (project,) = job.task.subjects
    today = civil_date(workshop.clock.now())
    with workshop.asking.within(SYSTEM) as answers:
        (row,) = answers.rows(PROJECT, where={"project": project})
        come = progress(answers, project, today)
        indicators = [one.indicator["indicator"] for one in come]
        open_alerts = standing_alerts(answers, RULE, indicators)
    version, thresholds = in_force(workshop.desk(row["operator"]), row["operator"], RULE)
    percent = {one.name: one.value for one in thresholds}
    behind, alerts = 0, {alert["episode"]: alert for alert in open_alerts}
    running = come if row["state"] == "running" else []
    for standing in (each for one in running for each in watched(one, row, today)):
        colour = light(standing, today, percent["yellow_percent"], percent["red_percent"])
        alert = alerts.pop(standing.episode, None)
        behind += colour != "green"
        until = today if standing.late else standing.span.last
        _settle(workshop, row, standing, colour, alert, (version, thresholds), until)
    for episode, alert in alerts.items():
        # Nothing that was delivered ended it: its time, its indicator or its project is over.
        _resolve(workshop, row, alert, episode)
    return str(behind)


def _settle(
    workshop: Workshop,
    project: Row,
    standing: PeriodCompletion,
    colour: Light,
    alert: Row | None,
    rule: tuple[int, tuple[Threshold, ...]],
    until: date,
) -> None:
    """Bring the alert of one episode in line with its light, by what was done until a day."""
    if colour == "green":
        if alert is not None:
            _resolve(workshop, project, alert, _last_delivery(workshop, standing, until))
        return
    if alert is None:
        _raise(workshop, project, _concern(standing, colour, rule))
        return
    since, due = standing.span.first, standing.span.last
    if (alert["since"], alert["due"]) != (since, due):
        workshop.carry_out(
            project["operator"],
            lambda desk, e: restate_alert(
                desk, e, alert["alert"], since=since, due=due, worker=None, staff=()
            ),
        )
    if colour == "red" and alert["level"] == "yellow":
        workshop.carry_out(
            project["operator"],
            lambda desk, e: escalate_alert(desk, e, alert["alert"], "red", ON_RED),
        )


def _resolve(workshop: Workshop, project: Row, alert: Row, event: Id) -> None:
    workshop.carry_out(
        project["operator"], lambda desk, e: resolve_alert(desk, e, alert["alert"], event)
    )


def _last_delivery(workshop: Workshop, standing: PeriodCompletion, until: date) -> Id:
    """Return the last delivery that counts to it: of the many that did it, the one that ended it.

    Where none does, its schedule itself has changed.
    """
    with workshop.asking.within(SYSTEM) as answers:
        rows = answers.rows(
            CONTRIBUTION,
            where={"indicator": standing.indicator},
            until={"day": until},
            order=("day",),
            descending=True,
            limit=1,
        )
    return str(rows[0]["event"]) if rows else standing.episode


def _concern(
    standing: PeriodCompletion, colour: Light, rule: tuple[int, tuple[Threshold, ...]]
) -> Concern:
    return Concern(
        rule=RULE,
        rule_version=rule[0],
        subject_type="indicator",
        subject=standing.indicator,
        episode=standing.episode,
        since=standing.span.first,
        due=standing.span.last,
        thresholds=rule[1],
        level="red" if colour == "red" else "yellow",
        roles=("project_lead", *(ON_RED if colour == "red" else ())),
    )


def _raise(workshop: Workshop, project: Row, concern: Concern) -> None:
    scope = Scope(
        operator=project["operator"],
        station=project["station"],
        project=project["project"],
        demonstration=bool(project["demonstration"]),
    )
    workshop.carry_out(project["operator"], lambda desk, e: raise_alert(desk, e, scope, concern))


CHECK_SCHEDULE = Duty("check_schedule", check_project, queue="long")
CHECK_ALL_SCHEDULES = Duty("check_all_schedules", check_all, cron="15 7 * * *")
