"""Alerts over HTTP: what stands, and what people do about it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.commands import CommandIn, Commanding, Model, ReceiptOut, Uuid, example
from api.paging import Limit, plain
from api.questions import Asked, DatedListed, Page
from api.routing import routes
from domain import alert, alert_rule
from domain.organisation import scope_of_operator
from domain.principal import Principal
from domain.refusals import NOT_FOUND
from projections.alert import ADDRESSEE, ALERT
from projections.engine.ask import Answers
from projections.engine.view import Row

router = routes("alerts")
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
"""Why; no personal data."""
Rule = Annotated[str, StringConstraints(pattern=r"^AL-[0-9]{2}$")]


@router.get("/alerts")
def list_alerts(
    listed: DatedListed,
    station: Uuid | None = None,
    worker: Uuid | None = None,
    rule: Rule | None = None,
    subject: Uuid | None = None,
    state: Literal["open", "resolved"] | None = "open",
) -> Page:
    """Read alerts by when they were due, the longest overdue first; raised from … to …."""
    return listed.within(
        ALERT,
        "raised_on",
        where={
            "station": station,
            "worker": worker,
            "rule": rule,
            "subject": subject,
            "state": state,
        },
        order=("due",),
    )


@router.get("/alerts/mine")
def list_my_alerts(asked: Asked, limit: Limit = 50) -> list[dict[str, Any]]:
    """Read the open alerts that are addressed to the caller, by name or by role."""
    with asked.answers() as answers:
        return [plain(row) for row in addressed_to(answers, asked.principal, limit)]


def addressed_to(answers: Answers, who: Principal, limit: int) -> list[Row]:
    """Return the open alerts addressed to somebody by name or role, the longest overdue first."""
    where = {"addressee": [who.actor, who.role]}
    mine = answers.rows(ADDRESSEE, where=where, order=("due",), limit=limit)
    found = {row["alert"] for row in mine}
    return answers.rows(ALERT, where={"alert": found}, order=("due",)) if found else []


@router.get("/alerts/{alert_id}")
def read_alert(alert_id: Uuid, asked: Asked) -> dict[str, Any]:
    """Read one alert."""
    with asked.answers() as answers:
        rows = answers.rows(ALERT, where={"alert": alert_id})
    if not rows:
        raise NOT_FOUND("alert")
    return plain(rows[0])


@router.post("/alerts/{alert_id}/acknowledgements", status_code=201)
def acknowledge_alert(alert_id: Uuid, sent: CommandIn, command: Commanding) -> ReceiptOut:
    """Take an alert on."""
    return command.carry_out(
        sent, lambda desk, entry: alert.acknowledge_alert(desk, entry, alert_id), on=alert_id
    )


class AlertReasonIn(CommandIn):
    """Why the episode is over."""

    reason: Why

    model_config = example({"reason": "已电话确认平安，本周走访"})


@router.post("/alerts/{alert_id}/resolutions", status_code=201)
def resolve_alert(alert_id: Uuid, sent: AlertReasonIn, command: Commanding) -> ReceiptOut:
    """End an episode by hand; it is not raised again."""
    return command.carry_out(
        sent,
        lambda desk, entry: alert.resolve_alert_by_hand(desk, entry, alert_id, sent.reason),
        on=alert_id,
    )


class SnoozeIn(CommandIn):
    """Until when it is put off, and why."""

    until: date
    reason: Why

    model_config = example({"until": "2018-10-29", "reason": "社工外出培训"})


@router.post("/alerts/{alert_id}/snoozes", status_code=201)
def snooze_alert(alert_id: Uuid, sent: SnoozeIn, command: Commanding) -> ReceiptOut:
    """Put an alert off, at most 30 days; it stays open."""
    return command.carry_out(
        sent,
        lambda desk, entry: alert.snooze_alert(desk, entry, alert_id, sent.until, sent.reason),
        on=alert_id,
    )


class ThresholdIn(Model):
    """One number that a rule goes by."""

    name: Annotated[str, StringConstraints(max_length=40)]
    value: Annotated[int, Field(ge=1, le=10_000)]


class RuleIn(CommandIn):
    """An operator's own thresholds of a rule, all of them."""

    operator: Uuid
    thresholds: Annotated[tuple[ThresholdIn, ...], Field(min_length=1, max_length=10)]
    reason: Why

    model_config = example(
        {
            "operator": "5f0c8e9e-5d0b-5b7e-8a53-0f1f6f3b9a11",
            "thresholds": [{"name": "days", "value": 10}],
            "reason": "机构制度修订",
        }
    )


@router.post("/alert-rules/{rule}/changes", status_code=201)
def change_rule(rule: Rule, sent: RuleIn, command: Commanding) -> ReceiptOut:
    """Set an operator's thresholds; alerts keep the version by which they were raised."""
    thresholds = tuple(alert.Threshold(name=one.name, value=one.value) for one in sent.thresholds)
    return command.carry_out(
        sent,
        lambda desk, entry: alert_rule.change_rule(
            desk, entry, scope_of_operator(desk, sent.operator), rule, thresholds, sent.reason
        ),
    )
