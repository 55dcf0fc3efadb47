"""Tells others of alerts, where somebody listens: once of whatever they should hear of one.

It is told that an alert was raised, that it was escalated, and that it concerns somebody whom it
did not concern before. That somebody was told is on record only once they have taken it. A crash in
between tells them again, under the same notice, by which they know it. What is not taken is tried
again as every task is, and stands among the failed ones in the end. What was raised while nobody
listened, and still stands, is told once somebody does.
"""

from __future__ import annotations

from domain.alert import (
    RESOLVED,
    Alert,
    AlertEscalated,
    AlertRaised,
    AlertRestated,
    notify_alert,
)
from domain.identity import derived_id
from domain.journal.tasks import Asked
from domain.refusals import ShiluError
from projections.alert import ALERT
from workers.duty import SYSTEM, Duty, Job, Workshop
from workers.notice import Notice, Notifier

OFF = "off"


def tell(workshop: Workshop, job: Job) -> str:
    """Tell whoever listens of an alert as it stands; return what became of it."""
    notifier, operator = workshop.notifier, job.task.operator
    if notifier is None:
        return OFF
    assert operator is not None  # noqa: S101 - events ask with their operator, and so does make_up
    (stream,) = job.task.subjects
    alert = workshop.desk(operator).load(Alert, stream)
    if alert.scope.demonstration != workshop.simulated:
        return "demonstration"
    if not alert.open:
        return "over"
    if (notifier.way, alert.step) in alert.told:
        return "told"
    notice = notice_of(alert)
    notifier.tell(notice)
    return _recorded(workshop, notifier, notice)


def _recorded(workshop: Workshop, notifier: Notifier, notice: Notice) -> str:
    command = derived_id("command", TELL.name, notice.notice)
    entry = workshop.entry(notice.operator, command, causation=notice.event)
    try:
        workshop.records.carry_out(
            entry.principal,
            entry,
            lambda desk: notify_alert(
                desk,
                entry,
                notice.alert,
                notifier.recipient,
                notifier.way,
                notice.level,
                notice.event,
            ),
        )
    except ShiluError as refused:
        if refused.code != RESOLVED.code:
            raise
        return "over"  # while they were told
    return "told"


def notice_of(alert: Alert) -> Notice:
    """Return what is told of an alert as it stands, the same until its next step."""
    concern, scope = alert.concern, alert.scope
    return Notice(
        notice=derived_id("notice", alert.step),
        alert=alert.id,
        event=alert.step,
        rule=concern.rule,
        level=alert.level,
        due=concern.due,
        subject_type=concern.subject_type,
        subject=concern.subject,
        operator=scope.operator,
        station=scope.station,
        project=scope.project,
        worker=concern.worker,
        roles=tuple(dict.fromkeys((*concern.roles, *alert.further))),
        staff=concern.staff,
        demonstration=scope.demonstration,
    )


def make_up(workshop: Workshop, _job: Job) -> str:
    """Ask for the open alerts to be told of that nobody listened to, and return how many.

    Each step is asked for once: what was not taken then stands among the failed tasks.
    """
    if workshop.notifier is None:
        return OFF
    with workshop.asking.within(SYSTEM) as answers:
        rows = answers.rows(ALERT, where={"state": "open"})
    alerts = [workshop.desk(row["operator"]).load(Alert, row["alert"]) for row in rows]
    asked = [
        Asked(
            task=derived_id("task", alert.step, MAKE_UP.name),
            duty=TELL.name,
            subjects=(alert.id,),
            operator=alert.scope.operator,
            station=alert.scope.station,
        )
        for alert in alerts
        if alert.scope.demonstration == workshop.simulated
        and _unheard(workshop, workshop.notifier, alert)
    ]
    workshop.ask(*asked)
    return str(len(asked))


def _unheard(workshop: Workshop, notifier: Notifier, alert: Alert) -> bool:
    """Say whether nobody listened at an alert's last step; tasks are forgotten after a month."""
    if not alert.open or (notifier.way, alert.step) in alert.told:
        return False
    task = workshop.register.find(derived_id("task", alert.step, TELL.name))
    return task is None or task.result == OFF


TELL = Duty("tell_of_alert", tell, on=(AlertRaised, AlertEscalated, AlertRestated))
MAKE_UP = Duty("tell_of_open_alerts", make_up, cron="10 * * * *")
