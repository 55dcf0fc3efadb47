"""预警 for people: what stands for whoever is signed in; taking it on, putting it off, ending it.

One alert is told from its own stream, which knows at once what was just done about it; the list
asks the view, which follows within a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from api.alert import AlertReasonIn, SnoozeIn, addressed_to
from api.commands import CommandIn, Decide, Uuid
from api.pages.forms import Said, as_sent, command_of, in_words
from api.pages.reader import Reader, Reading, Turn
from api.records import known_of, seen
from api.thresholds import in_force
from domain.alert import (
    AlertAcknowledged,
    AlertEscalated,
    AlertFacts,
    AlertRaised,
    AlertResolved,
    AlertRestated,
    AlertSnoozed,
    acknowledge_alert,
    resolve_alert_by_hand,
    snooze_alert,
)
from domain.alert_rule import DEFAULTS
from domain.event import topic_of
from domain.identity import Id, new_id
from domain.refusals import NOT_FOUND, Refusal, ShiluError
from projections.alert import ALERT
from projections.case import CASE
from projections.engine.view import Record, Row
from projections.indicators import INDICATOR
from projections.visit_plan import visit_plans

router = APIRouter()
MOST = 100
"""How many alerts of one's own a page shows; the longest overdue come first."""
PAGE = 30
VISITS = 30
VISITS_WITHIN = timedelta(days=7)
"""Visits that their plans want within so many days are shown beside the alerts."""
LABELS = {"until": "alerts.until", "reason": "alerts.reason"}
Show = Literal["mine", "all"]
Way = Literal["acknowledgement", "snooze", "resolution"]


@dataclass(frozen=True)
class ShownAlert:
    """An alert as it is shown: what it is about, and how many days it is past its day."""

    alert: Row
    case: Row | None
    indicator: Row | None
    days: int
    put_off: bool


@router.get("/alerts")
def alerts_page(reader: Reading, show: Show = "mine", cursor: Turn = None) -> Response:
    """The open alerts of whoever is signed in, or all in their scope; and visits that are due."""
    asked, more = reader.asked, None
    if show == "mine":
        with asked.answers() as answers:
            rows = addressed_to(answers, asked.principal, MOST)
    else:
        where = {"state": "open"}
        page = asked.page(ALERT, where=where, order=("due",), cursor=cursor, limit=PAGE)
        rows, more = [_with_days(row) for row in page.items], page.next
    lines = _lines(reader, rows)
    return reader.page(
        "alerts.html",
        show=show,
        lines=[line for line in lines if not line.put_off],
        later=[line for line in lines if line.put_off],
        visits=[] if cursor else _visits(reader),
        rules=_rules(reader),
        next=more,
        today=asked.today,
    )


def _rules(reader: Reader) -> dict[str, dict[str, int]]:
    """Return by what the reader's operator is alerted; nothing where there are several."""
    operator = reader.asked.principal.operator
    if operator is None:
        return {}
    return {rule: in_force(reader.asked, operator, rule) for rule in DEFAULTS}


def _with_days(row: Row) -> Row:
    """Return a row of a list with its days as days."""
    days = {name: row[name] for name in ("since", "due", "snoozed_until") if row[name]}
    return {**row, **{name: date.fromisoformat(day) for name, day in days.items()}}


def _lines(reader: Reader, rows: Iterable[Row]) -> list[ShownAlert]:
    rows, today = list(rows), reader.asked.today
    wanted = [row["subject"] for row in rows]
    with reader.asked.answers() as answers:
        cases = answers.rows(CASE, where={"case_id": wanted}) if wanted else []
        figures = answers.rows(INDICATOR, where={"indicator": wanted}) if wanted else []
    by_case = {row["case_id"]: row for row in cases}
    by_indicator = {row["indicator"]: row for row in figures}
    return [
        ShownAlert(
            alert=row,
            case=by_case.get(row["subject"]),
            indicator=by_indicator.get(row["subject"]),
            days=(today - row["due"]).days,
            put_off=row["snoozed_until"] is not None and row["snoozed_until"] > today,
        )
        for row in rows
    ]


def _visits(reader: Reader) -> list[Row]:
    """Return the visits that plans want soon: a worker's own, else all in the reader's scope."""
    asked = reader.asked
    named = {"operator": asked.principal.operator}
    if reader.role == "worker":
        named["worker"] = reader.actor
    where = {name: id for name, id in named.items() if id is not None}
    until = asked.today + VISITS_WITHIN
    with asked.answers() as answers:
        found = visit_plans(answers, where, asked.today, due_until=until, limit=VISITS)
    return sorted(found, key=lambda plan: (plan["latest"], plan["plan"]))


@router.get("/alerts/{alert}")
def alert_page(alert: Uuid, reader: Reading) -> Response:
    """One alert: what it is about, what was done about it, and what can be."""
    return _page(reader, alert)


@router.post("/alerts/{alert}/acknowledgement")
def acknowledge(alert: Uuid, reader: Reading, typed: Said) -> Response:
    """Take an alert on."""
    return _do(reader, alert, "acknowledgement", typed, lambda _: as_sent(CommandIn, {}))


@router.post("/alerts/{alert}/snooze")
def snooze(alert: Uuid, reader: Reading, typed: Said) -> Response:
    """Put an alert off until a day, with a reason."""
    return _do(reader, alert, "snooze", typed, lambda form: as_sent(SnoozeIn, form))


@router.post("/alerts/{alert}/resolution")
def resolve(alert: Uuid, reader: Reading, typed: Said) -> Response:
    """End an alert by hand, with a reason."""
    return _do(reader, alert, "resolution", typed, lambda form: as_sent(AlertReasonIn, form))


def _do(
    reader: Reader,
    alert: Id,
    way: Way,
    typed: Mapping[str, str],
    read: Callable[[dict[str, str]], CommandIn],
) -> Response:
    """Do it; what is refused comes back with what was typed."""
    _records(reader, alert)
    form = {name: text for name, text in typed.items() if name != "key"}
    try:
        command = command_of(reader, typed.get("key", ""), way, alert, form)
        sent = read(form)
        command.carry_out(sent, _decided(alert, sent), on=alert)
    except Refusal as refused:
        return _page(reader, alert, refused=refused, typed=form, way=way)
    return RedirectResponse(f"/alerts/{alert}", status_code=303)


def _decided(alert: Id, sent: CommandIn) -> Decide:
    match sent:
        case SnoozeIn(until=until, reason=reason):
            return lambda desk, entry: snooze_alert(desk, entry, alert, until, reason)
        case AlertReasonIn(reason=reason):
            return lambda desk, entry: resolve_alert_by_hand(desk, entry, alert, reason)
        case _:
            return lambda desk, entry: acknowledge_alert(desk, entry, alert)


def _page(
    reader: Reader,
    alert: Id,
    *,
    refused: ShiluError | None = None,
    typed: Mapping[str, str] | None = None,
    way: Way | None = None,
) -> Response:
    records = _records(reader, alert)
    (line,) = _lines(reader, [_as_it_stands(records)])
    answer = reader.page(
        "alert.html",
        line=line,
        begun=_begun(reader, line.alert["episode"]),
        steps=[_step(each) for each in records],
        typed=typed or {},
        tried=way,
        said=None if refused is None else in_words(reader.request, refused, LABELS),
        key=new_id(),
        today=reader.asked.today,
        acts=reader.writes and line.alert["state"] == "open",
        demonstration=reader.only_demonstrations or records[0].event.demonstration,
    )
    answer.status_code = 200 if refused is None else refused.status
    return answer


def _records(reader: Reader, alert: Id) -> list[Record[Any]]:
    """Return what is on record of an alert. Raises `not_found` for anything else."""
    records = known_of(reader.asked.at(None), alert)
    mine = bool(records) and seen(reader.asked.principal, records[0].event)
    if not mine or not isinstance(records[0].facts, AlertFacts):
        raise NOT_FOUND("alert")
    return records


def _as_it_stands(records: Iterable[Record[Any]]) -> Row:
    """Return an alert as its steps leave it."""
    row: Row = {}
    for each in records:
        facts: AlertFacts = each.facts
        concern = facts.concern
        told = ("rule", "subject", "subject_type", "episode", "since", "due", "worker")
        row |= {name: getattr(concern, name) for name in told}
        row |= {"alert": each.event.stream, "ledger": each.event.ledger}
        row |= {"project": each.event.project}
        row |= {"limits": {one.name: one.value for one in concern.thresholds}}
        match facts:
            case AlertRaised():
                row |= {"level": concern.level, "state": "open", "roles": concern.roles}
                row |= {"acknowledged_by": None, "snoozed_until": None, "raised_at": each.at}
            case AlertEscalated(level=level, roles=roles):
                row |= {"level": level, "roles": (*row["roles"], *roles)}
            case AlertRestated(released=True):
                row["acknowledged_by"] = None
            case AlertAcknowledged():
                row["acknowledged_by"] = each.event.actor
            case AlertSnoozed(until=until):
                row["snoozed_until"] = until
            case AlertResolved():
                row["state"] = "resolved"
        row["staff"] = concern.staff
    return row


def _begun(reader: Reader, event: Id) -> Id | None:
    """Return the record that began the episode, where it is one that the reader may see."""
    found = reader.asked.parts.records.find(event)
    return event if found is not None and seen(reader.asked.principal, found[1]) else None


def _step(record: Record[Any]) -> Row:
    facts = record.facts
    return {
        "record": record.id,
        "type": topic_of(type(facts)),
        "at": record.at,
        "actor": record.event.actor,
        "role": record.event.role,
        "reason": getattr(facts, "reason", None),
        "until": getattr(facts, "until", None),
        "event": getattr(facts, "event", None),
    }
