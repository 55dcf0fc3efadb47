"""Alerts that a change would raise or end, told beforehand, and what the workers then decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.alert import resolve_alert_by_hand
from domain.alert_rule import DEFAULTS
from domain.clock import at
from domain.entry import Entry
from domain.event import AnyEvent, Reason
from domain.identity import Id
from domain.journal.past import PastJournal
from projections.catalogue import VIEWS
from projections.engine.past import Past
from projections.preview import WouldBeEvents, preview
from projections.preview_alerts import AlertChange
from tests.casework import days
from tests.integration.behind import Contracted
from tests.integration.overdue import Station
from tests.offices import Office, office
from tests.station import OPERATOR, MemoryDesk, entry, principal
from workers.duty import SYSTEM

REASON = Reason(code="entry_error", text="登记时看错了日期")
THRESHOLDS = {rule: {one.name: one.value for one in numbers} for rule, numbers in DEFAULTS.items()}


@pytest.fixture
def room(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with office(database_url, tmp_path) as opened:
        yield opened


def would_be(
    desk: MemoryDesk, stream: Id, how: Entry, change: Callable[[Any, Entry], object]
) -> list[AnyEvent]:
    """The events that a change makes at a desk of its own, which nobody else sees."""
    trial = deepcopy(desk)
    aggregate = trial.load_stream(stream)
    change(aggregate, how)
    trial.save(how, aggregate)
    return trial.log[len(desk.log) :]


def told(
    room: Office, record: Id, events: list[AnyEvent], now: datetime, *, simulated: bool = True
) -> list[AlertChange]:
    change = WouldBeEvents(record=record, events=tuple(events), at=now)
    past = Past(PastJournal(room.pool), VIEWS)

    def opening() -> Any:
        return room.workshop.asking.within(SYSTEM)

    return preview(past, opening, principal(), change, THRESHOLDS, simulated=simulated).alerts


def on(day: date) -> Entry:
    return entry(day, late_reason="核对后更正", now=at(day, 12))


def test_a_void_contact_leaves_the_case_alone_and_its_reinstatement_does_not(room: Office) -> None:
    station = Station(room)
    met = station.session(3)
    station.mornings(4, 9)
    assert station.alerts() == []
    events = would_be(
        station.desk, station.case, on(days(9)), lambda it, how: it.void(how, met, REASON)
    )
    (raised,) = told(room, met, events, at(days(9), 12))
    assert (raised.effect, raised.rule, raised.decided) == ("raised", "AL-01", "on_recording")
    assert told(room, met, events, at(days(9), 12), simulated=False) == []
    station.toggle(9, met)
    (alert,) = station.alerts()
    assert (alert["alert"], alert["since"], alert["due"], alert["subject"], alert["level"]) == (
        raised.alert,
        raised.since,
        raised.due,
        raised.subject,
        raised.level,
    )
    back = would_be(
        station.desk, station.case, on(days(9)), lambda it, how: it.reinstate(how, met, REASON)
    )
    effects = [(each.effect, each.alert) for each in told(room, met, back, at(days(9), 12))]
    assert effects == [("about", alert["alert"]), ("resolved", alert["alert"])]
    station.toggle(9, met)
    assert station.open_since() == []


def test_an_episode_that_was_ended_by_hand_is_not_told_to_rise_again(room: Office) -> None:
    station = Station(room)
    station.mornings(1, 8)
    (alert,) = station.alerts()
    room.workshop.carry_out(
        OPERATOR,
        lambda desk, e: resolve_alert_by_hand(desk, e, alert["alert"], "已电话确认平安，本周走访"),
    )
    met = station.session(8)
    events = would_be(
        station.desk, station.case, on(days(9)), lambda it, how: it.void(how, met, REASON)
    )
    assert told(room, met, events, at(days(9), 12)) == []
    station.toggle(9, met)
    assert station.open_since() == []


def test_a_delivery_less_leaves_an_indicator_behind_by_the_next_morning(room: Office) -> None:
    monthly = Contracted(room, "month", 10)
    monthly.deliver(date(2018, 7, 5), 8)
    day = date(2018, 7, 31)
    assert monthly.morning(day) == []
    delivery = next(each for each in monthly.desk.log if each.stream_type == "visit")
    events = would_be(
        monthly.desk, delivery.stream, on(day), lambda it, how: it.void(how, delivery.id, REASON)
    )
    (raised,) = told(room, delivery.id, events, at(day, 12))
    assert (raised.effect, raised.rule, raised.level) == ("raised", "AL-15", "yellow")
    assert (raised.decided, raised.subject) == ("each_morning", monthly.indicator)
    visit = monthly.desk.load_stream(delivery.stream)
    visit.void(on(day), delivery.id, REASON)
    monthly.desk.save(on(day), visit)
    assert monthly.morning(date(2018, 8, 1)) == [("2018-07-01", "yellow")]
    assert [row["alert"] for row in monthly.alerts()] == [raised.alert]
