"""Commands over HTTP that wait without a thread, and those that need one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from api.routing import THREADS
from domain.identity import new_id
from tests.integration.http import Running
from tests.integration.registered import person

MOMENT = 0.3


@contextmanager
def no_thread_free(api: Running) -> Iterator[None]:
    """Keep every thread that carries commands out busy."""
    threads: ThreadPoolExecutor = api.client.app.state.threads  # type: ignore[attr-defined]
    free = threading.Event()
    busy = threading.Barrier(THREADS + 1)

    def work() -> None:
        busy.wait()
        free.wait()

    for _ in range(THREADS):
        threads.submit(work)
    busy.wait()
    try:
        yield
    finally:
        free.set()


def visit(api: Running, **more: Any) -> dict[str, Any]:
    said = {"station": api.station, "kind": "home_visit", "minutes": 30}
    return {**said, "attendance": [{"count": 1, "role": "client"}], **more}


def test_what_was_read_before_is_recorded_while_no_thread_is_free(api: Running) -> None:
    api.done("/visits", visit(api))
    with no_thread_free(api):
        first, second = api.done("/visits", visit(api)), api.done("/visits", visit(api))
    assert second["position"] == first["position"] + 1
    assert len(api.get("/visits")["items"]) == 3


def test_what_must_ask_the_database_waits_for_a_thread_and_holds_nobody_up(api: Running) -> None:
    who = person(api)  # nobody has read it here yet
    about = visit(api, attendance=[{"person": who, "role": "client"}])
    api.done("/visits", visit(api))
    with ThreadPoolExecutor(1) as beside:
        with no_thread_free(api):
            asking = beside.submit(api.post, "/visits", about)
            assert not _done_within(asking.result, MOMENT)
            api.done("/visits", visit(api))
        assert asking.result().status_code == 201


def test_a_repeated_command_is_answered_the_same_by_loop_and_thread(api: Running) -> None:
    key = {"Idempotency-Key": new_id()}
    first = api.post("/visits", visit(api), **key).json()
    again = [api.post("/visits", visit(api), **key).json() for _ in range(3)]
    assert again == [{**first, "repeated": True}] * 3
    assert len(api.get("/visits")["items"]) == 1


def test_many_at_once_are_each_answered_for_themselves(api: Running) -> None:
    api.done("/visits", visit(api))
    bodies = [visit(api, minutes=minutes) for minutes in range(1, 61)]
    with ThreadPoolExecutor(12) as clients:
        answers = list(clients.map(lambda body: api.post("/visits", body), bodies))
    assert {answer.status_code for answer in answers} == {201}
    minutes_of = {answer.json()["stream"]: body["minutes"] for answer, body in
                  zip(answers, bodies, strict=True)}  # fmt: skip
    kept = {one["stream"]: one["minutes"] for one in api.get("/visits", limit=100)["items"]}
    assert {stream: kept[stream] for stream in minutes_of} == minutes_of


def _done_within(wait: Any, seconds: float) -> bool:
    try:
        wait(seconds)
    except TimeoutError:
        return False
    return True
