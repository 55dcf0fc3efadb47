"""Tells others of alerts, where somebody listens: once for each level of each occasion.

That somebody was told is on record only once they have taken it. A crash in between tells them
again, under the same notice, by which they know it. What is not taken is tried again as every task
is, and stands among the failed ones in the end.
"""

from __future__ import annotations

from domain.alert import RESOLVED, Alert, AlertEscalated, AlertRaised, Level, notify_alert
from domain.event import AnyEvent
from domain.identity import derived_id
from domain.journal.codec import decode
from domain.refusals import ShiluError
from workers.duty import Duty, Job, Workshop
from workers.notice import Notice, Notifier


def tell(workshop: Workshop, job: Job) -> str:
    """Tell whoever listens of an alert as it stands; return what became of it."""
    notifier = workshop.notifier
    if notifier is None:
        return "off"
    (row,) = workshop.journal.read(job.task.position - 1, 1)
    event = decode(row.state)
    if event.demonstration != workshop.simulated:
        return "demonstration"
    alert, level = workshop.desk(event.operator).load(Alert, event.stream), level_of(event)
    if not alert.open or alert.level != level:
        return "over"  # or worse by now, which has a task of its own
    if (notifier.way, level) in alert.told:
        return "told"
    notice = notice_of(event, alert, level)
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
                desk, entry, notice.alert, notifier.recipient, notifier.way, notice.level
            ),
        )
    except ShiluError as refused:
        if refused.code != RESOLVED.code:
            raise
        return "over"  # while they were told
    return "told"


def level_of(event: AnyEvent) -> Level:
    """Return the level to which an event raised an alert."""
    facts = event.facts
    level: Level = facts.level if isinstance(facts, AlertEscalated) else facts.concern.level
    return level


def notice_of(event: AnyEvent, alert: Alert, level: Level) -> Notice:
    """Return what is told of an alert after an event, the same whenever that is asked."""
    concern, facts = alert.concern, event.facts
    further = facts.roles if isinstance(facts, AlertEscalated) else ()
    return Notice(
        notice=derived_id("notice", alert.id, str(alert.occasion), level),
        alert=alert.id,
        event=event.id,
        rule=concern.rule,
        level=level,
        due=concern.due,
        subject_type=concern.subject_type,
        subject=concern.subject,
        operator=event.operator,
        station=event.station,
        project=event.project,
        worker=concern.worker,
        roles=tuple(dict.fromkeys((*concern.roles, *further))),
        staff=concern.staff,
        demonstration=event.demonstration,
    )


TELL = Duty("tell_of_alert", tell, on=(AlertRaised, AlertEscalated))
