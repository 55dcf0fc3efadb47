"""The alerts (预警) as they stand: what a supervisor looks at every morning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from domain.alert import (
    AlertAcknowledged,
    AlertEscalated,
    AlertNotified,
    AlertRaised,
    AlertResolved,
    AlertRestated,
    AlertSnoozed,
)
from domain.clock import civil_date
from domain.identity import Id
from domain.principal import Role
from projections.engine.ask import Answers
from projections.engine.view import Drop, Effect, Put, Record, Row, Table, View

ALERT = Table(
    "alert",
    key={"alert": "uuid"},
    columns={
        "rule": "text",
        "rule_version": "int",
        "subject_type": "text",
        "subject": "uuid",
        "episode": "uuid",
        "since": "date",
        "due": "date",
        "level": "text",
        "worker": "uuid",
        "state": "text",
        "occasion": "int",
        "raised_at": "moment",
        "raised_on": "date",
        "notified_at": "moment",
        "acknowledged_by": "uuid",
        "snoozed_until": "date",
        "resolved_at": "moment",
        "resolved_by": "uuid",
        "resolved_event": "uuid",
        "late": "bool",
    },
    indexes=(("alert",), ("station", "state", "due"), ("worker", "state", "due"), ("subject",)),
)
ADDRESSEE = Table(
    "alert_addressee",
    key={"alert": "uuid", "addressee": "text"},
    columns={"due": "date"},
    indexes=(("addressee", "due"),),
)
"""To whom an alert is while it stands: a member of staff by id, or a role at its station."""

alerts = View("alerts", 2, (ALERT, ADDRESSEE))


@alerts.on(AlertRaised)
def raised(record: Record[AlertRaised]) -> Iterator[Effect]:
    """It stands, for the first time or again."""
    concern = record.facts.concern
    yield Put(
        ALERT,
        (record.event.stream,),
        {
            "rule": concern.rule,
            "rule_version": concern.rule_version,
            "subject_type": concern.subject_type,
            "subject": concern.subject,
            "episode": concern.episode,
            "since": concern.since,
            "due": concern.due,
            "level": concern.level,
            "worker": concern.worker,
            "state": "open",
            "occasion": record.facts.occasion,
            "raised_at": record.at,
            "raised_on": civil_date(record.at),
            "notified_at": None,
            "acknowledged_by": None,
            "snoozed_until": None,
            "resolved_at": None,
            "resolved_by": None,
            "resolved_event": None,
            "late": False,
        },
    )
    yield from _addressed(record, (*concern.roles, *concern.staff))


@alerts.on(AlertNotified)
def notified(record: Record[AlertNotified]) -> Iterator[Effect]:
    """Somebody was told."""
    yield Put(ALERT, (record.event.stream,), {"notified_at": record.at})


@alerts.on(AlertAcknowledged)
def acknowledged(record: Record[AlertAcknowledged]) -> Iterator[Effect]:
    """Somebody looks after it."""
    yield Put(ALERT, (record.event.stream,), {"acknowledged_by": record.event.actor})


@alerts.on(AlertEscalated)
def escalated(record: Record[AlertEscalated]) -> Iterator[Effect]:
    """It is worse, or further roles have it."""
    yield Put(ALERT, (record.event.stream,), {"level": record.facts.level})
    yield from _addressed(record, record.facts.roles)


@alerts.on(AlertRestated)
def restated(record: Record[AlertRestated]) -> Iterator[Effect]:
    """It is about the same, which is not as it was: it goes to whom it concerns now."""
    facts = record.facts
    columns = {name: getattr(facts.concern, name) for name in ("since", "due", "worker")}
    if facts.released:
        columns["acknowledged_by"] = None
    yield Put(ALERT, (record.event.stream,), columns)
    for addressee in facts.left:
        yield Drop(ADDRESSEE, (record.event.stream, addressee))
    yield from _addressed(record, (*facts.concern.roles, *facts.concern.staff))


@alerts.on(AlertSnoozed)
def snoozed(record: Record[AlertSnoozed]) -> Iterator[Effect]:
    """It is put off."""
    yield Put(ALERT, (record.event.stream,), {"snoozed_until": record.facts.until})


@alerts.on(AlertResolved)
def resolved(record: Record[AlertResolved]) -> Iterator[Effect]:
    """It is over, by an event or by hand, for all whom it was addressed to.

    An escalation may have told any role besides; which ones, this event does not say.
    """
    facts = record.facts
    columns = {
        "state": "resolved",
        "resolved_at": record.at,
        "resolved_by": record.event.actor if facts.event is None else None,
        "resolved_event": facts.event,
        "late": facts.late,
    }
    yield Put(ALERT, (record.event.stream,), columns)
    for addressee in (*get_args(Role), *facts.concern.staff):
        yield Drop(ADDRESSEE, (record.event.stream, addressee))


def _addressed(
    record: Record[AlertRaised] | Record[AlertEscalated] | Record[AlertRestated],
    addressees: Sequence[str],
) -> Iterator[Effect]:
    for addressee in addressees:
        columns = {"due": record.facts.concern.due}
        yield Put(ADDRESSEE, (record.event.stream, addressee), columns)


def standing(answers: Answers, rule: str, subjects: Sequence[Id]) -> list[Row]:
    """Return the open alerts of a rule about these subjects."""
    where = {"rule": rule, "subject": list(subjects), "state": "open"}
    return answers.rows(ALERT, where=where)


def raised_about(answers: Answers, rule: str, subjects: Sequence[Id]) -> list[Row]:
    """Return all alerts of a rule about these subjects, the first ones first."""
    where = {"rule": rule, "subject": list(subjects)}
    return answers.rows(ALERT, where=where, order=("raised_at",))


def concerning(answers: Answers, rule: str, staff: Id) -> list[Row]:
    """Return the open alerts of a rule about the work of somebody, or addressed to them by name."""
    where = {"rule": rule, "state": "open"}
    addressed = {row["alert"] for row in answers.rows(ADDRESSEE, where={"addressee": staff})}
    theirs = answers.rows(ALERT, where={**where, "worker": staff})
    told = answers.rows(ALERT, where={**where, "alert": addressed}) if addressed else []
    return list({row["alert"]: row for row in (*theirs, *told)}.values())
