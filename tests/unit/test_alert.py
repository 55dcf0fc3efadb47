"""One alert an episode: raised, looked after, resolved, and never raised twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.alert import (
    Alert,
    AlertAcknowledged,
    AlertEscalated,
    AlertNotified,
    AlertRaised,
    AlertResolved,
    AlertRestated,
    AlertSnoozed,
    Threshold,
    acknowledge_alert,
    escalate_alert,
    notify_alert,
    raise_alert,
    resolve_alert,
    resolve_alert_by_hand,
    restate_alert,
    snooze_alert,
)
from domain.alert_rule import change_rule, in_force
from domain.identity import Id, new_id
from tests.concerns import CONCERN
from tests.station import OPERATOR, SCOPE, TODAY, WORKER, MemoryDesk, entry, refused

DAYS = (Threshold(name="days", value=10),)


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


def raised(desk: MemoryDesk) -> Id:
    return raise_alert(desk, entry(), SCOPE, CONCERN).stream


def kinds(desk: MemoryDesk) -> list[type]:
    return [type(facts) for facts in desk.facts()]


def test_an_episode_has_one_alert_however_often_it_is_seen(desk: MemoryDesk) -> None:
    first = raised(desk)
    again = raise_alert(desk, entry(), SCOPE, CONCERN)
    assert (again.stream, again.events, again.repeated) == (first, (), True)
    assert kinds(desk) == [AlertRaised]


def test_another_episode_has_an_alert_of_its_own(desk: MemoryDesk) -> None:
    other = msgspec.structs.replace(CONCERN, episode=new_id())
    assert raised(desk) != raise_alert(desk, entry(), SCOPE, other).stream


def test_a_contact_resolves_it_and_a_late_one_is_marked(desk: MemoryDesk) -> None:
    alert, contact = raised(desk), new_id()
    resolve_alert(desk, entry(), alert, contact, late=True)
    assert desk.facts()[-1] == AlertResolved(concern=CONCERN, event=contact, late=True)
    assert resolve_alert(desk, entry(), alert, new_id()).repeated


def test_it_is_raised_again_when_what_resolved_it_no_longer_stands(desk: MemoryDesk) -> None:
    resolve_alert(desk, entry(), raised(desk), new_id())
    again = raise_alert(desk, entry(), SCOPE, CONCERN)
    assert desk.facts()[-1] == AlertRaised(concern=CONCERN, occasion=2)
    assert desk.load(Alert, again.stream).open


def test_an_episode_ended_by_hand_is_not_raised_again(desk: MemoryDesk) -> None:
    resolve_alert_by_hand(desk, entry(), raised(desk), "服务对象住院，已电话确认")
    assert raise_alert(desk, entry(), SCOPE, CONCERN).repeated
    assert kinds(desk) == [AlertRaised, AlertResolved]


def test_somebody_is_told_and_takes_it_on(desk: MemoryDesk) -> None:
    alert = raised(desk)
    notify_alert(desk, entry(), alert, WORKER, "in_app")
    acknowledge_alert(desk, entry(), alert)
    assert kinds(desk) == [AlertRaised, AlertNotified, AlertAcknowledged]
    assert desk.load(Alert, alert).acknowledged == WORKER
    with refused("alert.already_acknowledged", "id"):
        acknowledge_alert(desk, entry(), alert)


def test_who_took_it_on_is_asked_again_when_it_is_raised_again(desk: MemoryDesk) -> None:
    alert = raised(desk)
    acknowledge_alert(desk, entry(), alert)
    resolve_alert(desk, entry(), alert, new_id())
    raised(desk)
    assert desk.load(Alert, alert).acknowledged is None


def test_it_escalates_upwards_only_or_to_further_roles(desk: MemoryDesk) -> None:
    alert = raised(desk)
    with refused("alert.not_higher", "level"):
        escalate_alert(desk, entry(), alert, "yellow")
    escalate_alert(desk, entry(), alert, "red")
    escalate_alert(desk, entry(), alert, "red", ("station_head",))
    assert kinds(desk)[1:] == [AlertEscalated] * 2
    with refused("alert.not_higher", "level"):
        escalate_alert(desk, entry(), alert, "yellow")


def restated(desk: MemoryDesk, alert: Id, **changes: Any) -> bool:
    """Say anew what it is about, and return whether that was not said yet."""
    given = {name: getattr(CONCERN, name) for name in ("since", "due", "worker", "staff")}
    return not restate_alert(desk, entry(), alert, **given | changes).repeated


def test_it_says_once_what_it_is_about_by_now(desk: MemoryDesk) -> None:
    alert, due = raised(desk), TODAY - timedelta(days=3)
    assert [restated(desk, alert, due=due) for _ in range(2)] == [True, False]
    now = msgspec.structs.replace(CONCERN, due=due)
    assert desk.facts()[1:] == [AlertRestated(concern=now, before=CONCERN)]
    resolve_alert(desk, entry(), alert, new_id())
    assert desk.facts()[-1].concern == now  # type: ignore[attr-defined] # of an alert
    assert not restated(desk, alert)


def test_it_is_told_of_anew_where_it_comes_to_somebody_and_not_where_it_leaves_them(
    desk: MemoryDesk,
) -> None:
    alert, backup = raised(desk), new_id()
    first = desk.load(Alert, alert).step
    notify_alert(desk, entry(), alert, WORKER, "webhook", "yellow", first)
    restated(desk, alert, staff=(WORKER,))
    second = desk.load(Alert, alert).step
    restated(desk, alert, staff=(WORKER, backup))
    third = desk.load(Alert, alert).step
    assert len({first, second, third}) == 3
    restated(desk, alert, staff=(WORKER,))
    restated(desk, alert, staff=(WORKER,), since=TODAY)
    assert desk.load(Alert, alert).step == third
    assert desk.load(Alert, alert).told == {("webhook", first)}


def test_who_has_it_no_more_does_not_look_after_it(desk: MemoryDesk) -> None:
    alert, colleague = raised(desk), new_id()
    restated(desk, alert, staff=(WORKER,))
    acknowledge_alert(desk, entry(), alert)
    restated(desk, alert, staff=(WORKER, colleague))
    assert desk.load(Alert, alert).acknowledged == WORKER
    restated(desk, alert, worker=colleague, staff=(colleague,))
    assert desk.load(Alert, alert).acknowledged is None
    acknowledge_alert(desk, entry(), alert)
    restated(desk, alert)
    assert desk.load(Alert, alert).acknowledged == WORKER  # the supervisor, by the role


def test_it_is_put_off_for_a_reason_to_a_day_that_comes(desk: MemoryDesk) -> None:
    alert = raised(desk)
    with refused("alert.snoozed_into_past", "until"):
        snooze_alert(desk, entry(), alert, TODAY, "社工外出培训")
    with refused("alert.snoozed_too_long", "until"):
        snooze_alert(desk, entry(), alert, TODAY + timedelta(days=31), "社工外出培训")
    with refused("entry.reason_too_short", "reason"):
        snooze_alert(desk, entry(), alert, TODAY + timedelta(days=3), "忙")
    snooze_alert(desk, entry(), alert, TODAY + timedelta(days=3), "社工外出培训")
    assert kinds(desk) == [AlertRaised, AlertSnoozed]
    assert desk.load(Alert, alert).open


def test_it_knows_which_steps_were_told_of_until_it_is_raised_anew(desk: MemoryDesk) -> None:
    alert = raised(desk)
    first = desk.load(Alert, alert).step
    notify_alert(desk, entry(), alert, WORKER, "webhook", "yellow")
    red = escalate_alert(desk, entry(), alert, "red").events[0]
    assert desk.load(Alert, alert).told == {("webhook", first)}
    notify_alert(desk, entry(), alert, WORKER, "in_app")
    assert desk.load(Alert, alert).told == {("webhook", first), ("in_app", red)}
    more = escalate_alert(desk, entry(), alert, "red", ("station_head",)).events[0]
    notify_alert(desk, entry(), alert, WORKER, "webhook", "red", red)
    standing = desk.load(Alert, alert)
    assert (standing.step, standing.further) == (more, ("station_head",))
    assert standing.told == {("webhook", first), ("in_app", red), ("webhook", red)}
    resolve_alert(desk, entry(), alert, new_id())
    raised(desk)
    again = desk.load(Alert, alert)
    assert (again.told, again.further) == (frozenset(), ())


def test_who_was_told_of_an_earlier_level_was_not_told_of_this_one(desk: MemoryDesk) -> None:
    alert = raised(desk)
    escalate_alert(desk, entry(), alert, "red")
    notify_alert(desk, entry(), alert, WORKER, "webhook", "yellow")
    assert desk.load(Alert, alert).told == frozenset()


def test_ending_it_by_hand_needs_a_reason(desk: MemoryDesk) -> None:
    alert = raised(desk)
    with refused("entry.reason_too_short", "reason"):
        resolve_alert_by_hand(desk, entry(), alert, "好")


def test_nothing_more_is_done_about_a_resolved_one(desk: MemoryDesk) -> None:
    alert = raised(desk)
    resolve_alert(desk, entry(), alert, new_id())
    with refused("alert.resolved", "id"):
        acknowledge_alert(desk, entry(), alert)
    with refused("alert.resolved", "id"):
        notify_alert(desk, entry(), alert, WORKER, "in_app")
    with refused("alert.resolved", "id"):
        escalate_alert(desk, entry(), alert, "red")
    with refused("alert.resolved", "id"):
        snooze_alert(desk, entry(), alert, TODAY + timedelta(days=3), "社工外出培训")
    with refused("alert.resolved", "id"):
        resolve_alert_by_hand(desk, entry(), alert, "已电话确认平安")


def test_thresholds_are_those_of_the_rule_until_the_operator_sets_others(desk: MemoryDesk) -> None:
    assert in_force(desk, OPERATOR, "AL-01") == (0, (Threshold(name="days", value=7),))
    change_rule(desk, entry(), SCOPE, "AL-01", DAYS, "机构制度修订")
    assert in_force(desk, OPERATOR, "AL-01") == (1, DAYS)
    change_rule(desk, entry(), SCOPE, "AL-01", (Threshold(name="days", value=5),), "再次修订")
    assert in_force(desk, OPERATOR, "AL-01")[0] == 2


def test_impossible_thresholds_are_refused(desk: MemoryDesk) -> None:
    with refused("alert_rule.unknown", "rule"):
        change_rule(desk, entry(), SCOPE, "AL-99", DAYS, "机构制度修订")
    with refused("alert_rule.other_thresholds", "thresholds"):
        change_rule(desk, entry(), SCOPE, "AL-15", DAYS, "机构制度修订")
    with refused("alert_rule.threshold_impossible", "thresholds"):
        change_rule(desk, entry(), SCOPE, "AL-01", (Threshold(name="days", value=0),), "机构制度")
    with refused("alert_rule.nothing_changed", "thresholds"):
        change_rule(desk, entry(), SCOPE, "AL-01", (Threshold(name="days", value=7),), "机构制度")
