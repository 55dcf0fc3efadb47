"""What is recorded all the same, and said: on the record's page, to devices that were offline."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

from domain.identity import new_id
from domain.principal import Principal
from domain.warning import words
from tests.integration.cases import opening
from tests.integration.contracted import contracted
from tests.integration.forms import confirm, hidden, send
from tests.integration.http import Running
from tests.integration.pages import ORIGIN, browser, sign_in, token
from tests.integration.registered import person

DUPLICATE, OVERLAP = "visit.possible_duplicate", "visit.short_overlap"
START = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=5)
WHY = {"code": "wrong_time", "text": "时间写错了，按签到表"}


def visit(api: Running, place: str = "3 号楼", after: int = 0, **more: Any) -> dict[str, Any]:
    """A home service of 40 minutes, so many minutes after the start."""
    return {
        "station": api.station,
        "kind": "home_service",
        "place": place,
        "minutes": 40,
        "attendance": [{"role": "resident", "source": "counted"}],
        "occurred": {"start": (START + timedelta(minutes=after)).isoformat()},
        **more,
    }


def page(api: Running, reader: TestClient, event: str, **query: str) -> str:
    api.follow()
    answer = reader.get(f"/records/{event}", params=query)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def test_a_record_said_twice_is_told_of_on_its_page_until_one_of_them_is_void(
    api: Running, reader: TestClient
) -> None:
    first, second = (api.done("/visits", visit(api))["events"][0] for _ in range(2))
    told = page(api, reader, second)
    assert words()[DUPLICATE]["zh"] in told
    assert f'href="/records/{first}"' in told.partition('class="two"')[0]
    assert words()[DUPLICATE]["zh"] not in page(api, reader, first)
    assert words()[DUPLICATE]["en"] in page(api, reader, second, lang="en")
    reason = {"code": "duplicate", "text": "同一次走访重复录入"}
    api.done(f"/records/{first}/voidings", {"reason": reason, "duplicate_of": second})
    assert words()[DUPLICATE]["en"] not in page(api, reader, second, lang="en")


def test_what_a_correction_on_a_page_warns_of_is_told_before_and_after_it(
    api: Running, reader: TestClient
) -> None:
    api.done("/visits", visit(api))
    event = api.done("/visits", visit(api, "7 号楼", after=60))["events"][0]
    assert words()[OVERLAP]["zh"] not in page(api, reader, event)
    zone = timedelta(hours=8)
    earlier = f"{START + zone + timedelta(minutes=30):%Y-%m-%dT%H:%M}"
    shown = send(reader, event, **WHY, happened__start=earlier)
    assert words()[OVERLAP]["zh"] in html.unescape(shown.text)
    happened = {"start": (START + timedelta(minutes=30)).isoformat()}
    body = {"facts": {}, "happened": happened, "reason": WHY}
    (warning,) = api.post(f"/records/{event}/corrections/preview", body).json()["warnings"]
    assert (warning["code"], warning["detail"]) == (OVERLAP, words()[OVERLAP]["en"])
    done = confirm(reader, event, shown)
    assert done.status_code == 303, html.unescape(shown.text)
    assert words()[OVERLAP]["zh"] in html.unescape(reader.get(done.headers["location"]).text)


def test_a_device_that_was_offline_is_told_in_words_and_again_when_it_sends_again(
    api: Running, reader: TestClient
) -> None:
    queued = [
        {"key": f"k{number}", "path": "/visits", "body": visit(api, channel="tablet")}
        for number in range(2)
    ]
    for repeated in (False, True):
        answers = api.client.post("/api/v1/batches", json={"commands": queued}).json()
        first, second = (answer["body"] for answer in answers)
        assert (first["warnings"], second["repeated"]) == ([], repeated)
        (warning,) = second["warnings"]
        assert (warning["title"], warning["detail"]) == tuple(words()[DUPLICATE].values())
        assert warning["other"] == first["events"][0]
    assert words()[DUPLICATE]["zh"] in page(api, reader, second["events"][0])


def test_a_case_open_elsewhere_is_told_of_without_a_way_there(
    api: Running, reader: TestClient
) -> None:
    client = person(api)
    api.as_role("operator_manager")
    other = {
        "operator": api.operator,
        "name": "示例镇社工站",
        "region_code": "620102002",
        "purchaser": "示例镇人民政府",
        "overseer": "示例区民政局",
    }
    there = api.done("/stations", other)["stream"]
    case = api.done("/cases", opening(api, client, station=there, worker=new_id()))
    api.as_role("worker")
    here = api.done("/cases", opening(api, client))
    shown = {event: page(api, reader, event) for event in here["events"][:2]}
    assert any(words()["case.open_elsewhere"]["zh"] in text for text in shown.values())
    assert not any(case["stream"] in text for text in shown.values())


def test_who_sees_one_project_alone_is_not_told_of_work_elsewhere(
    api: Running, reader: TestClient
) -> None:
    project = contracted(api)
    api.done("/visits", visit(api))
    event = api.done("/visits", visit(api, project=project))["events"][0]
    assert words()[DUPLICATE]["zh"] in page(api, reader, event)
    alone = Principal(
        actor=new_id(), role="evaluator", operator=api.operator, ledger=project, evaluation=new_id()
    )
    with browser(api) as client:
        sign_in(client, token(api, alone))
        assert words()[DUPLICATE]["zh"] not in page(api, client, event)


def test_voiding_the_second_on_its_page_ends_what_was_said(
    api: Running, reader: TestClient
) -> None:
    first, second = (api.done("/visits", visit(api))["events"][0] for _ in range(2))
    api.follow()
    address = f"/records/{second}/voiding"
    begun = f"{address}?duplicate_of={first}"
    assert f'href="{begun}"' in page(api, reader, second)
    form = reader.get(begun).text
    for chosen in ("duplicate", first):
        assert f'<option value="{chosen}" selected>' in form
    why = {"code": "duplicate", "text": "同一次走访重复录入", "duplicate_of": first}
    shown = reader.post(address, data=why, headers=ORIGIN)
    assert reader.post(address, data=hidden(shown), headers=ORIGIN).status_code == 303
    assert words()[DUPLICATE]["zh"] not in page(api, reader, second)
