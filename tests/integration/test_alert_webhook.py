"""Whoever listens is told of an alert once for each step, signed, and that is then on record."""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.settings import Settings
from deploy.workroom import webhook_of, workroom, workshop_of
from domain.alert import (
    AlertNotified,
    AlertRaised,
    Concern,
    Threshold,
    escalate_alert,
    raise_alert,
    resolve_alert,
    resolve_alert_by_hand,
    restate_alert,
)
from domain.desk import Receipt
from domain.entry import Scope
from domain.identity import Id, new_id
from domain.journal.codec import decode
from domain.journal.tasks import Task
from domain.principal import Role
from tests.authority import served
from tests.integration.http import Running
from tests.offices import Office, office
from tests.station import SCOPE, TODAY
from workers.alert import MAKE_UP, TELL
from workers.duty import Workshop
from workers.running import Runner
from workers.webhook import Webhook

SECRET = "a secret of this test"  # noqa: S105 - it opens nothing
OPERATOR = SCOPE.operator


@dataclass
class Listener:
    """Whoever listens: takes what comes, or does what it is told instead."""

    url: str = ""
    does: Callable[[], int] = lambda: 204
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def notices(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]


@pytest.fixture
def listener() -> Iterator[Listener]:
    it = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            it.heard.append((dict(self.headers), body))
            self.send_response(it.does())
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with served(Handler) as url:
        it.url = url
        yield it


@pytest.fixture
def room(database_url: str, tmp_path: Path, listener: Listener) -> Iterator[Office]:
    with office(database_url, tmp_path) as opened:
        clock = opened.workshop.clock
        opened.workshop.notifier = Webhook(listener.url, SECRET.encode(), clock)
        yield opened


DEMONSTRATION = msgspec.structs.replace(SCOPE, demonstration=True)
"""An office has a simulated clock, under which alerts are of demonstrations and of nothing else."""


def concern_of(**more: Any) -> Concern:
    return Concern(
        rule="AL-01",
        rule_version=0,
        subject_type="case",
        subject=new_id(),
        episode=new_id(),
        since=TODAY - timedelta(days=8),
        due=TODAY - timedelta(days=1),
        thresholds=(Threshold(name="days", value=7),),
        worker=new_id(),
        roles=("supervisor",),
        staff=(new_id(),),
        **more,
    )


def raised(shop: Workshop, concern: Concern, scope: Scope = DEMONSTRATION) -> Receipt:
    return shop.carry_out(
        scope.operator, lambda desk, entry: raise_alert(desk, entry, scope, concern)
    )


def told(room: Office) -> list[AlertNotified]:
    facts = (decode(row.state).facts for row in room.journal.read(0, 1000))
    return [one for one in facts if isinstance(one, AlertNotified)]


def again(room: Office, task: Id) -> Task:
    """Have a task tried once more, as the register does after a while."""
    Runner(room.workshop).run(TELL, task)
    found = room.register.find(task)
    assert found is not None
    return found


def test_it_is_told_in_ids_signed_and_on_record(room: Office, listener: Listener) -> None:
    concern = concern_of()
    receipt = raised(room.workshop, concern)
    room.settle([TELL])
    ((headers, body),) = listener.heard
    (notice,) = listener.notices
    assert notice == {
        "notice": notice["notice"],
        "alert": receipt.stream,
        "event": receipt.events[0],
        "rule": "AL-01",
        "level": "yellow",
        "due": concern.due.isoformat(),
        "subject_type": "case",
        "subject": concern.subject,
        "operator": OPERATOR,
        "station": SCOPE.station,
        "project": None,
        "worker": concern.worker,
        "roles": ["supervisor"],
        "staff": list(concern.staff),
        "demonstration": True,
    }
    moment, signed = (part.split("=", 1)[1] for part in headers["Shilu-Signature"].split(","))
    said = f"{moment}.".encode() + body
    assert hmac.compare_digest(hmac.new(SECRET.encode(), said, sha256).hexdigest(), signed)
    assert int(moment) == int(room.clock.now().timestamp())
    (recorded,) = told(room)
    assert (recorded.way, recorded.level, recorded.concern) == ("webhook", "yellow", concern)


def test_each_level_is_told_once_however_often_it_is_asked_for(
    room: Office, listener: Listener
) -> None:
    alert = raised(room.workshop, concern_of()).stream
    (task, *_) = room.settle([TELL])
    again(room, task.task)
    room.workshop.carry_out(
        OPERATOR, lambda desk, entry: escalate_alert(desk, entry, alert, "red", ("station_head",))
    )
    room.settle([TELL])
    assert [notice["level"] for notice in listener.notices] == ["yellow", "red"]
    assert [one.level for one in told(room)] == ["yellow", "red"]
    assert listener.notices[1]["roles"] == ["supervisor", "station_head"]
    assert len({notice["notice"] for notice in listener.notices}) == 2


def test_roles_that_are_added_at_the_same_level_are_told(room: Office, listener: Listener) -> None:
    alert = raised(room.workshop, concern_of()).stream
    room.settle([TELL])
    roles: tuple[Role, ...] = ("station_head", "operator_manager")
    for role in roles:
        add = partial(escalate_alert, alert_id=alert, level="yellow", roles=(role,))
        room.workshop.carry_out(OPERATOR, add)
    (first, *_) = room.settle([TELL])
    again(room, first.task)
    assert [(each["level"], each["roles"]) for each in listener.notices] == [
        ("yellow", ["supervisor"]),
        ("yellow", ["supervisor", "station_head", "operator_manager"]),
    ]
    assert len({notice["notice"] for notice in listener.notices}) == 2
    assert [one.step for one in told(room)] == [each["event"] for each in listener.notices]


def test_whom_it_comes_to_later_is_told_and_nobody_of_a_day_that_was_set_right(
    room: Office, listener: Listener
) -> None:
    concern, backup = concern_of(), new_id()
    alert = raised(room.workshop, concern).stream
    room.settle([TELL])
    both = (*concern.staff, backup)
    for due, staff in ((concern.due, both), (TODAY, both), (TODAY, concern.staff)):
        now = partial(
            restate_alert,
            alert_id=alert,
            since=concern.since,
            due=due,
            worker=concern.worker,
            staff=staff,
        )
        room.workshop.carry_out(OPERATOR, now)
        room.settle([TELL])
    assert [each["staff"] for each in listener.notices] == [list(concern.staff), list(both)]
    assert [one.step for one in told(room)] == [each["event"] for each in listener.notices]


def test_roles_that_are_added_while_it_is_told_are_told_as_well(
    room: Office, listener: Listener
) -> None:
    alert = raised(room.workshop, concern_of()).stream

    def escalating() -> int:
        listener.does = lambda: 204
        room.workshop.carry_out(
            OPERATOR,
            lambda desk, entry: escalate_alert(desk, entry, alert, "yellow", ("station_head",)),
        )
        return 204

    listener.does = escalating
    room.settle([TELL])
    assert [each["roles"] for each in listener.notices] == [
        ["supervisor"],
        ["supervisor", "station_head"],
    ]


def test_what_is_open_when_somebody_is_named_is_told_once(room: Office, listener: Listener) -> None:
    somebody, room.workshop.notifier = room.workshop.notifier, None
    over, worse, plain = (raised(room.workshop, concern_of()).stream for _ in range(3))
    room.workshop.carry_out(OPERATOR, lambda desk, entry: escalate_alert(desk, entry, worse, "red"))
    room.workshop.carry_out(
        OPERATOR, lambda desk, entry: resolve_alert(desk, entry, over, new_id())
    )
    raised(room.workshop, concern_of(), Scope(operator=new_id()))
    duties = [TELL, MAKE_UP]
    room.tick(duties)
    room.settle(duties)
    assert listener.heard == []
    room.workshop.notifier = somebody
    for _ in range(2):
        room.clock.set(room.clock.now() + timedelta(hours=1))
        assert room.tick(duties) == 1
        room.settle(duties)
        assert sorted((each["alert"], each["level"]) for each in listener.notices) == sorted(
            [(worse, "red"), (plain, "yellow")]
        )
    assert len(told(room)) == 2


def test_what_was_not_taken_is_no_matter_of_making_up(room: Office, listener: Listener) -> None:
    listener.does = lambda: 500
    raised(room.workshop, concern_of())
    duties = [TELL, MAKE_UP]
    room.settle(duties)
    room.tick(duties)
    (done,) = room.settle(duties)
    assert (done.duty, done.result, len(listener.heard)) == (MAKE_UP.name, "0", 1)


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_is_not_taken_is_tried_again_and_not_on_record(
    room: Office, listener: Listener, status: int
) -> None:
    listener.does = lambda: status
    raised(room.workshop, concern_of())
    (task, *_) = room.settle([TELL])
    assert (task.error, task.finished_at, len(listener.heard)) == ("alert.not_taken", None, 1)
    assert told(room) == []
    listener.does = lambda: 200
    assert again(room, task.task).result == "told"
    first, second = listener.notices
    assert first["notice"] == second["notice"]
    assert len(told(room)) == 1


def test_nobody_is_waited_for_who_hangs(
    room: Office, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.journal.posting.SECONDS", 0.2)
    free = threading.Event()

    def hanging() -> int:
        free.wait()
        return 204

    listener.does = hanging
    raised(room.workshop, concern_of())
    try:
        (task, *_) = room.settle([TELL])
    finally:
        free.set()
    assert (task.error, told(room)) == ("alert.not_taken", [])
    listener.does = lambda: 204
    assert again(room, task.task).result == "told"


def test_an_address_where_nobody_is_fails_and_is_shown_nowhere(
    room: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    webhook = Webhook("http://127.0.0.1:1/hidden-path", SECRET.encode(), room.clock)
    room.workshop.notifier = webhook
    raised(room.workshop, concern_of())
    (task, *_) = room.settle([TELL])
    assert task.error == "alert.not_taken"
    said = "".join(capfd.readouterr()) + repr(webhook) + repr(task)
    assert "hidden-path" not in said
    assert SECRET not in said


def test_a_crash_before_the_record_tells_the_same_again(
    room: Office, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> str:
        raise RuntimeError

    raised(room.workshop, concern_of())
    with monkeypatch.context() as patch:
        patch.setattr("workers.alert._recorded", crash)
        (task, *_) = room.settle([TELL])
    assert told(room) == []
    again(room, task.task)
    first, second = listener.notices
    assert first == second
    assert len(told(room)) == 1


def test_what_is_over_or_worse_by_then_is_not_told_of_as_it_was(
    room: Office, listener: Listener
) -> None:
    over, worse = (raised(room.workshop, concern_of()).stream for _ in range(2))
    room.workshop.carry_out(
        OPERATOR, lambda desk, entry: resolve_alert_by_hand(desk, entry, over, "已电话确认平安")
    )
    room.workshop.carry_out(OPERATOR, lambda desk, entry: escalate_alert(desk, entry, worse, "red"))
    room.settle([TELL])
    assert [(each["alert"], each["level"]) for each in listener.notices] == [(worse, "red")]


def test_an_alert_that_comes_back_is_told_of_again(room: Office, listener: Listener) -> None:
    concern = concern_of()
    alert = raised(room.workshop, concern).stream
    room.settle([TELL])
    room.workshop.carry_out(
        OPERATOR, lambda desk, entry: resolve_alert(desk, entry, alert, new_id())
    )
    raised(room.workshop, concern)
    room.settle([TELL])
    assert len({notice["notice"] for notice in listener.notices}) == 2
    assert len(told(room)) == 2


def test_an_alert_that_ends_while_it_is_told_is_no_failure(
    room: Office, listener: Listener
) -> None:
    alert = raised(room.workshop, concern_of()).stream

    def resolving() -> int:
        room.workshop.carry_out(
            OPERATOR, lambda desk, entry: resolve_alert(desk, entry, alert, new_id())
        )
        return 204

    listener.does = resolving
    (task, *_) = room.settle([TELL])
    assert (task.error, task.result, told(room)) == (None, "over", [])


def settings(listener: Listener | None, home: Path) -> Settings:
    more = {} if listener is None else {"alert_webhook": listener.url, "alert_secret": SECRET}
    return Settings.model_validate({"home": home, "broker": "postgres", **more})


def test_it_is_off_until_somebody_is_named(
    api: Running, listener: Listener, tmp_path: Path
) -> None:
    assert webhook_of(settings(None, tmp_path), api.built) is None
    scope = Scope(operator=api.operator, station=api.station)
    for listening in (None, listener):
        with workroom(settings(listening, tmp_path), api.built) as room:
            raised(room.workshop, concern_of(), scope)
            raised(room.workshop, concern_of(), Scope(operator=new_id(), demonstration=True))
            room.keeper.step()
            api.follow()
            tasks = room.workshop.register.open()
            runner = Runner(room.workshop)
            for task in tasks:
                if task.duty == TELL.name:
                    runner.run(TELL, task.task)
        assert len(listener.heard) == (0 if listening is None else 1)
    assert [each["demonstration"] for each in listener.notices] == [False]
    shop = workshop_of(api.built)
    facts = [decode(row.state).facts for row in shop.journal.read(0, 1000)]
    assert len([one for one in facts if isinstance(one, AlertRaised)]) == 4
    assert len([one for one in facts if isinstance(one, AlertNotified)]) == 1
    noticed = [row["notified_at"] for row in api.get("/alerts")["items"]]
    assert len([each for each in noticed if each]) == 1
