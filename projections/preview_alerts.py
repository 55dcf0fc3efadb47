"""Which alerts a change of the record would raise, end or make worse, and which are about it.

The rules are pure functions of the views, the thresholds and the day, the very ones by which the
workers decide; here they are put to the rows as they stand and as they would. Silence (AL-01) is
looked at as soon as something is recorded, the schedule (AL-15) every morning: an alert of the
second comes with the clock, if nothing else has come in between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Literal

import msgspec

from domain import contact_rule, schedule_rule
from domain.alert import Level, alert_of
from domain.contact_rule import FollowedCase, Silence, look
from domain.identity import Id
from domain.schedule_rule import Light, PeriodCompletion, light
from projections.alert import ALERT, raised_about, standing
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.pace import watched
from projections.progress import Progress

Effect = Literal["about", "raised", "resolved", "escalated"]
Decided = Literal["on_recording", "each_morning"]
Thresholds = Mapping[str, Mapping[str, int]]
"""The numbers that each rule goes by: rule → name → value."""
Cases = Mapping[Id, tuple[Row, FollowedCase]]


class AlertChange(msgspec.Struct, frozen=True, kw_only=True):
    """An alert about the record that stands, or what would become of one, and when.

    `decided` says when the rule is looked at; None of an alert that only is about the record.
    """

    effect: Effect
    alert: Id
    rule: str
    subject_type: str
    subject: Id
    level: Level
    since: date
    due: date
    decided: Decided | None = None


def open_about(answers: Answers, subjects: Collection[Id]) -> list[AlertChange]:
    """Return the open alerts about a record, its stream, its cases and its indicators."""
    where = {"subject": sorted(set(subjects)), "state": "open"}
    return [_of_row("about", row, None) for row in answers.rows(ALERT, where=where)]


def contact_alerts(
    answers: Answers, before: Cases, after: Cases, thresholds: Thresholds, today: date
) -> Iterator[AlertChange]:
    """Yield what AL-01 would do about the cases as they would stand, and does not as they do."""
    days = thresholds[contact_rule.RULE]["days"]
    alerts = raised_about(answers, contact_rule.RULE, sorted(after))
    for id, (row, case) in after.items():
        ever = [alert for alert in alerts if alert["subject"] == id]
        of_case = [alert for alert in ever if alert["state"] == "open"]
        episodes = [alert["episode"] for alert in of_case]
        named = [alert["episode"] for alert in ever]
        over, now = look(case, days, today, episodes, named)
        was_over: tuple[Id, ...] = ()
        was: Silence | None = None
        if id in before:
            was_over, was = look(before[id][1], days, today, episodes, named)
        for alert in of_case:
            if alert["episode"] in over and alert["episode"] not in was_over:
                yield _of_row("resolved", alert, "on_recording")
        if now is not None and (was is None or was.last.event != now.last.event):
            raised = AlertChange(
                effect="raised",
                alert=alert_of(contact_rule.RULE, row["case_id"], now.last.event),
                rule=contact_rule.RULE,
                subject_type="case",
                subject=id,
                level="yellow",
                since=now.last.day,
                due=now.due,
                decided="on_recording",
            )
            if not _ended_by_hand(answers, raised.alert):
                yield raised


def schedule_alerts(
    answers: Answers,
    project: Row,
    before: Mapping[Id, Progress],
    after: Mapping[Id, Progress],
    thresholds: Thresholds,
    today: date,
) -> Iterator[AlertChange]:
    """Yield what AL-15 would do about indicators as they would stand, and would not as they do."""
    percent = thresholds[schedule_rule.RULE]
    alerts = {row["episode"]: row for row in standing(answers, schedule_rule.RULE, sorted(after))}

    def shines(one: PeriodCompletion) -> Light:
        return light(one, today, percent["yellow_percent"], percent["red_percent"])

    for indicator, one in after.items():
        was = {each.episode: shines(each) for each in watched(before[indicator], project, today)}
        for each in watched(one, project, today):
            alert, now = alerts.get(each.episode), shines(each)
            effect = _effect(now, alert)
            if effect is None or effect == _effect(was.get(each.episode, "green"), alert):
                continue
            if alert is not None:
                yield _of_row(effect, alert, "each_morning")
                continue
            raised = AlertChange(
                effect=effect,
                alert=alert_of(schedule_rule.RULE, indicator, each.episode),
                rule=schedule_rule.RULE,
                subject_type="indicator",
                subject=indicator,
                level="red" if now == "red" else "yellow",
                since=each.span.first,
                due=each.span.last,
                decided="each_morning",
            )
            if not _ended_by_hand(answers, raised.alert):
                yield raised


def _effect(now: Light, alert: Row | None) -> Effect | None:
    """Return what the worker does about an episode of this light."""
    if now == "green":
        return None if alert is None else "resolved"
    if alert is None:
        return "raised"
    return "escalated" if now == "red" and alert["level"] == "yellow" else None


def _ended_by_hand(answers: Answers, alert: Id) -> bool:
    """Say whether somebody has put an end to the episode: then its alert is raised no more."""
    rows = answers.rows(ALERT, where={"alert": alert, "state": "resolved", "resolved_event": None})
    return bool(rows)


def _of_row(effect: Effect, row: Row, decided: Decided | None) -> AlertChange:
    return AlertChange(
        effect=effect,
        alert=row["alert"],
        rule=row["rule"],
        subject_type=row["subject_type"],
        subject=row["subject"],
        level="red" if effect == "escalated" else row["level"],
        since=row["since"],
        due=row["due"],
        decided=decided,
    )
