"""A device's clock may say nonsense: that spoils neither a record nor what it has queued."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from domain.desk import Receipt
from domain.identity import new_id
from tests.integration.http import Running
from tests.integration.visited import service

BEYOND = ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+08:00")
"""Moments that civil time or UTC has no date for."""


def queued(api: Running, *bodies: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Send commands that waited on a device, and say how each was answered."""
    commands = [
        {"key": f"k{number}", "path": "/visits", "body": body} for number, body in enumerate(bodies)
    ]
    answer = api.client.post("/api/v1/batches", json={"commands": commands})
    assert answer.status_code == 200, answer.text
    told = [(one["status"], one["body"]) for one in answer.json()]
    return [(status, body.get("code", ""), body.get("field", "")) for status, body in told]


@pytest.mark.parametrize("moment", BEYOND)
def test_a_moment_beyond_the_calendar_is_a_problem_of_its_field(api: Running, moment: str) -> None:
    times: list[tuple[dict[str, Any], str]] = [
        ({"occurred": {"start": moment}}, "occurred.start"),
        ({"occurred": {"start": "2018-10-26T09:00:00+08:00", "end": moment}}, "occurred.end"),
        ({"captured_at": moment}, "captured_at"),
    ]
    for wrong, field in times:
        answer = api.post("/visits", service(api, **wrong))
        assert (answer.status_code, answer.json()["field"]) == (422, field), wrong
    photo = api.client.post(
        "/api/v1/attachments",
        params={"station": api.station, "captured_at": moment},
        content=b"photo",
        headers={"Idempotency-Key": "photo", "Content-Type": "image/png"},
    )
    assert (photo.status_code, photo.json()["field"]) == (422, "captured_at")


def test_one_impossible_time_does_not_hold_up_what_was_queued_with_it(api: Running) -> None:
    wrong = service(api, occurred={"start": BEYOND[0]})
    told = queued(api, service(api), wrong, service(api))
    assert told == [(201, "", ""), (422, "invalid", "occurred.start"), (201, "", "")]


def test_a_fault_of_ours_is_the_answer_to_that_command_alone(
    api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    carry_out = api.built.records.carry_out

    def falls_over(*asked: Any, **more: Any) -> Receipt:
        if asked[1].command == "k1":
            raise ZeroDivisionError
        return carry_out(*asked, **more)

    monkeypatch.setattr(api.built.records, "carry_out", falls_over)
    told = queued(api, service(api), service(api), service(api))
    assert told == [(201, "", ""), (500, "fault", ""), (201, "", "")]


def ahead(minutes: int) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def test_a_devices_clock_may_be_a_little_ahead_and_no_more(api: Running) -> None:
    api.done("/visits", service(api, captured_at=ahead(4)))
    written = api.built.journal.max_notification_id()
    for wrong in (ahead(6), "2999-01-01T00:00:00-23:00", "1970-01-01T00:00:00+08:00"):
        answer = api.post("/visits", service(api, captured_at=wrong))
        told = (answer.status_code, answer.json()["code"], answer.json()["field"])
        assert told == (422, "entry.captured_impossible", "captured_at"), wrong
    assert api.built.journal.max_notification_id() == written


@pytest.mark.parametrize("moment", BEYOND)
def test_a_record_that_says_so_since_before_that_was_checked_is_read(
    api: Running, moment: str
) -> None:
    found = api.built.records.find(api.done("/visits", service(api))["events"][0])
    assert found is not None
    captured = datetime.fromisoformat(moment)
    old = msgspec.structs.replace(found[1], id=new_id(), stream=new_id(), captured_at=captured)
    api.built.journal.append([api.built.records.mapper.to_stored_event(old)])
    api.follow()
    (written,) = api.get(f"/records/{old.id}")
    assert datetime.fromisoformat(written["captured_at"]) == captured
    assert api.get(f"/streams/{old.stream}") == [written]
