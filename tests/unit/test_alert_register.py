"""The alerts as views show them: whom each is addressed to, and for how long."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from domain.alert import (
    Concern,
    Threshold,
    acknowledge_alert,
    escalate_alert,
    raise_alert,
    resolve_alert,
    resolve_alert_by_hand,
    restate_alert,
)
from domain.identity import Id, new_id
from projections.alert import ADDRESSEE, ALERT, alerts, concerning
from tests.folding import told
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry

CONCERN = Concern(
    rule="AL-15",
    rule_version=0,
    subject_type="indicator",
    subject=new_id(),
    episode=new_id(),
    since=TODAY,
    due=TODAY,
    thresholds=(Threshold(name="yellow_percent", value=80),),
    roles=("project_lead",),
    staff=(WORKER,),
)


def addressed(desk: MemoryDesk, alert: Id) -> set[str]:
    rows = told((alerts,), desk.log).rows(ADDRESSEE, where={"alert": alert})
    return {row["addressee"] for row in rows}


def escalated(desk: MemoryDesk, concern: Concern = CONCERN) -> Id:
    alert = raise_alert(desk, entry(), SCOPE, concern).stream
    escalate_alert(desk, entry(), alert, "red", ("station_head",))
    return alert


def test_an_escalated_alert_is_also_addressed_to_the_further_roles() -> None:
    desk = MemoryDesk()
    assert addressed(desk, escalated(desk)) == {"project_lead", WORKER, "station_head"}


def test_what_is_over_is_addressed_to_nobody_however_it_ended() -> None:
    desk = MemoryDesk()
    done = escalated(desk)
    by_hand = escalated(desk, msgspec.structs.replace(CONCERN, episode=new_id()))
    open_still = escalated(desk, msgspec.structs.replace(CONCERN, episode=new_id()))
    resolve_alert(desk, entry(), done, new_id())
    resolve_alert_by_hand(desk, entry(), by_hand, "项目已变更，另行跟进")
    assert addressed(desk, done) == addressed(desk, by_hand) == set()
    assert addressed(desk, open_still) == {"project_lead", WORKER, "station_head"}
    assert len(told((alerts,), desk.log).rows(ALERT)) == 3


def test_raised_again_it_is_addressed_to_whom_it_concerned_at_first() -> None:
    desk = MemoryDesk()
    alert = escalated(desk)
    resolve_alert(desk, entry(), alert, new_id())
    raise_alert(desk, entry(), SCOPE, CONCERN)
    assert addressed(desk, alert) == {"project_lead", WORKER}


def test_it_goes_to_whom_it_concerns_by_now_and_to_the_further_roles_as_before() -> None:
    desk, colleague, later = MemoryDesk(), new_id(), TODAY + timedelta(days=2)
    alert = escalated(desk)
    acknowledge_alert(desk, entry(), alert)
    restate_alert(
        desk, entry(), alert, since=TODAY, due=later, worker=colleague, staff=(colleague,)
    )
    assert addressed(desk, alert) == {"project_lead", "station_head", colleague}
    answers = told((alerts,), desk.log)
    assert {row["due"] for row in answers.rows(ADDRESSEE)} == {later}
    (row,) = answers.rows(ALERT)
    assert (row["due"], row["worker"], row["level"]) == (later, colleague, "red")
    assert row["acknowledged_by"] is None
    assert [row["alert"] for row in concerning(answers, "AL-15", colleague)] == [alert]
    assert concerning(answers, "AL-15", WORKER) == []
    resolve_alert(desk, entry(), alert, new_id())
    assert addressed(desk, alert) == set()
    assert concerning(told((alerts,), desk.log), "AL-15", colleague) == []
