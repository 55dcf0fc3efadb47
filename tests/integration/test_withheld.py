"""Whoever is held to a station does not read there what its operator knows of others' people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.clock import at
from domain.identity import Id, new_id
from domain.journal.codec import decode
from domain.principal import Principal
from domain.warning import words
from tests.integration.days import today_here
from tests.integration.elsewhere import another_station, hired
from tests.integration.http import Running
from tests.integration.pages import browser, sign_in, token
from tests.integration.registered import person

WHY = "核对排班，需要知道姓名"
NUMBER = "11010519491231002X"
OF_THE_OPERATOR = ("worker_day.", "claim.")


@pytest.fixture
def elsewhere(api: Running) -> Principal:
    """A worker of the same operator, held to another station."""
    station = another_station(api)
    api.as_role("worker")
    return Principal(actor=new_id(), role="worker", operator=api.operator, stations=(station,))


def visited(api: Running, who: Id) -> dict[str, Any]:
    """Visit somebody twice in the same minute, which is warned of."""
    start = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    sent = {"station": api.station, "kind": "home_visit", "minutes": 20}
    met = {"attendance": [{"person": who}], "occurred": {"start": start}}
    api.done("/visits", {**sent, **met})
    return api.done("/visits", {**sent, **met})


def of_the_operator(api: Running) -> dict[Id, Id]:
    """Return the events that tell of people and belong to no station, each with its stream."""
    events = [decode(row.state) for row in api.built.journal.read(0, 1000)]
    found = {each.id: each.stream for each in events if each.type.startswith(OF_THE_OPERATOR)}
    assert len(found) >= 4
    return found


def feed(api: Running) -> str:
    return str(api.client.get("/api/v1/events", params={"limit": 1000}).text)


def test_where_workers_of_another_station_were_and_whom_they_met_is_not_told(
    api: Running, elsewhere: Principal
) -> None:
    who = person(api)
    visited(api, who)
    identity = {"document": "passport", "number": NUMBER}
    api.done(f"/persons/{who}/documents", identity)
    told = of_the_operator(api)
    api.follow()
    api.as_role("operator_manager")
    assert all(event in feed(api) for event in told)
    began: dict[str, Any] = {"compared_with": "2018-01-01", "register": "audit", "limit": 200}
    changes = f"/api/v1/ledgers/{api.operator}/changes"
    assert all(event in api.client.get(changes, params=began).text for event in told)
    api.sign_in(elsewhere)
    assert who not in feed(api)
    assert not any(event in feed(api) for event in told)
    listed = {row["event"] for row in api.get("/audit", limit=200)["items"]}
    assert not listed & told.keys()
    changed = api.client.get(changes, params=began)
    assert changed.status_code == 200, changed.text
    assert not any(event in changed.text for event in told)
    for event, stream in told.items():
        for path in (f"/records/{event}", f"/records/{event}/receipt", f"/streams/{stream}"):
            assert api.client.get(f"/api/v1{path}").status_code == 404
    with browser(api) as reader:
        sign_in(reader, token(api, elsewhere))
        assert {reader.get(f"/records/{event}").status_code for event in told} == {404}
        assert {reader.get(f"/records/{event}/stored").status_code for event in told} == {404}


def test_in_a_day_that_one_began_stands_only_what_one_wrote(
    api: Running, elsewhere: Principal
) -> None:
    """given a worker of two stations / when a colleague of one writes for them first / then ..."""
    who, both = person(api), new_id()
    start = at(today_here(-1), 9).isoformat()
    sent = {"kind": "home_visit", "minutes": 20, "workers": [both], "occurred": {"start": start}}
    api.sign_in(elsewhere)
    crowd = {"attendance": [{"role": "resident", "source": "counted"}]}
    own = api.done("/visits", {**sent, **crowd, "station": elsewhere.stations[0]})
    api.as_role("worker")
    later = {"occurred": {"start": at(today_here(-1), 12).isoformat()}}
    theirs = {**sent, **later, "station": api.station, "attendance": [{"person": who}]}
    api.done("/visits", theirs)
    (day,) = {
        each.stream: each
        for each in (decode(row.state) for row in api.built.journal.read(0, 1000))
        if each.type == "worker_day.WorkerEngaged"
    }
    api.sign_in(elsewhere)
    steps = api.get(f"/streams/{day}")
    assert {step["facts"]["record"] for step in steps} == {own["events"][0]}
    assert who not in str(steps)


def test_a_colleague_of_the_station_still_reads_what_a_record_was_warned_of(api: Running) -> None:
    event = visited(api, person(api))["events"][0]
    api.follow()
    head = Principal(
        actor=new_id(), role="station_head", operator=api.operator, stations=(api.station,)
    )
    with browser(api) as reader:
        sign_in(reader, token(api, head))
        page = reader.get(f"/records/{event}").text
    assert words()["visit.possible_duplicate"]["zh"] in page


def test_the_names_of_staff_are_opened_at_their_own_stations(
    api: Running, elsewhere: Principal
) -> None:
    api.as_role("operator_manager")
    colleague, record = hired(api, "李示例")
    asked = {"field": "name", "reason": WHY}
    there = Principal(actor=new_id(), role="worker", operator=api.operator, stations=(api.station,))
    api.sign_in(elsewhere)
    refused = api.post(f"/records/{record}/readings", asked)
    assert (refused.status_code, refused.json()["code"]) == (403, "reading.other_station")
    assert "李示例" not in refused.text
    own = Principal(
        actor=colleague, role="worker", operator=api.operator, stations=elsewhere.stations
    )
    for reader in (there, own):
        api.sign_in(reader)
        assert api.done(f"/records/{record}/readings", asked)["text"] == "李示例"
    api.as_role("operator_manager")
    assert api.done(f"/records/{record}/readings", asked)["text"] == "李示例"
