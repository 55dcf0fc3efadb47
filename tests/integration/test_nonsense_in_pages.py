"""Whatever is typed into the address of a page is answered with a page, and never with a fault."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.pages.site import SCREENS
from domain.clock import SystemClock
from domain.identity import Id, new_id
from tests.integration.alarmed import raised
from tests.integration.caseload import opened
from tests.integration.evaluated import PassingClock
from tests.integration.evaluating import Evaluating
from tests.integration.giving import gift, needed
from tests.integration.giving import planned as waiting
from tests.integration.groups import planned
from tests.integration.http import running
from tests.integration.pages import ORIGIN, browser, sign_in, token
from tests.integration.papers import drafted
from tests.integration.registered import person

WORDS = [
    "",
    "\0",
    "zz\x1b[2J",
    "zz",
    "中文",
    "<script>alert(1)</script>",
    "{0.__class__}",
    "-1",
    "9" * 300,
    "null",
]
MOMENTS = [
    "0001-01-01T00:00+14:00",
    "9999-12-31T23:59-12:00",
    "9999-12-31T23:59",
    "0001-01-01",
    "2018-02-30T10:00",
    "２０１８-10-31",
    "今天",
]
CURSORS = [
    *(
        urlsafe_b64encode(text.encode()).decode()
        for text in (
            "[1e999]", '[1e999, "x"]', "[Infinity]", "[NaN]", "[null]", "{}", "1", '["x", "y"]',
            "[" * 700, f'["\\ud800", "{new_id()}"]', f'["\\u0000", "{new_id()}"]',
            f'["0001-01-01", "{new_id()}"]', json.dumps([10**30]), json.dumps([10**30, new_id()]),
        )
    ),
    "中", "=",
]  # fmt: skip
TYPED = {"cursor": CURSORS, "at": MOMENTS, "since": MOMENTS, "at_least": ["", "zz", "-1", "中文"]}
EVERYWHERE = {"known_at", "known_in", "lang"}
ROUTES = [
    one
    for router in SCREENS
    for one in router.routes
    if isinstance(one, APIRoute) and one.methods and "GET" in one.methods
    if not one.path.endswith("/receipt")
]
"""All screens; a receipt is not there until a head is signed, which nobody does here."""
NAME = re.compile(r"{(\w+)}")


@pytest.fixture(scope="module")
def ids() -> dict[str, Id]:
    return {}


@pytest.fixture
def reader(house_url: str, tmp_path: Path, ids: dict[str, Id]) -> Iterator[TestClient]:
    clock = PassingClock(SystemClock().now())
    with running(house_url, tmp_path / "home", clock) as api:
        api.settle()
        ids["case"] = opened(api, 1)
        ids |= {"person": person(api), "group": planned(api), "name": "visits"}
        ids |= {"kind": "home_visit", "activity_kind": "training", "activity": waiting(api)}
        ids |= {"need": needed(api), "donation": gift(api)[0]}
        formed = {"station": api.station, "head": ids["person"], "community": "示例社区"}
        ids["home"] = api.done("/households", formed | {"begins": "2018-07-02"})["stream"]
        ids |= {"stream": ids["home"], "staff": new_id()}
        api.follow()
        ids["document"] = drafted(api)
        it = Evaluating(api, clock, house_url)
        ids |= {"project": it.project, "evaluation": it.id, "event": it.visits[0]}
        ids |= {"alert": raised(api), "sample": it.drawn(), "indicator": new_id(), "task": new_id()}
        day = (clock.now() - timedelta(days=1)).date().isoformat()
        api.as_role("operator_manager")
        closed = {"first": day, "last": day, "approved_by": new_id()}
        api.done(f"/projects/{it.project}/periods", closed)
        ids |= {"first": day, "last": day}
        api.follow()
        with browser(api) as client:
            sign_in(client, token(api))
            yield client


def questions(route: APIRoute, ids: dict[str, Id]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield addresses of a screen, each with something in it that nobody means."""
    here = _address(route, ids)
    named = {part.alias for part in route.dependant.query_params} | EVERYWHERE | set(TYPED)
    for name in sorted(named):
        for value in TYPED.get(name, WORDS + MOMENTS):
            yield here, {name: value}
    for name in NAME.findall(route.path):
        for value in (*WORDS[1:], ids[name].upper()):
            yield _address(route, ids | {name: quote(value, safe="")}), {}


def _address(route: APIRoute, ids: dict[str, Id]) -> str:
    return NAME.sub(lambda name: ids[name[1]], route.path)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nonsense_in_an_address_is_answered_with_a_page(
    reader: TestClient, ids: dict[str, Id]
) -> None:
    wrong = []
    for route in ROUTES:
        for where, query in questions(route, ids):
            try:
                answer = reader.get(where, params=query)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a fault of ours
                wrong.append((where, query, repr(error)))
                continue
            shown = answer.headers.get("content-type", "").startswith("text/html")
            if answer.status_code not in {200, 303, 307} and not shown:
                wrong.append((where, query, answer.text))
            if answer.status_code not in {200, 303, 307, 404, 422}:
                wrong.append((where, query, str(answer.status_code)))
    assert len(ROUTES) > 15
    assert wrong == []


def test_a_form_that_cannot_be_read_is_no_fault_of_ours(
    reader: TestClient, ids: dict[str, Id]
) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    path = f"/records/{ids['event']}/voiding"
    answer = reader.post(path, content=b"\xff\xfe", headers=ORIGIN | kind)
    assert (answer.status_code, "<h1>内容有误</h1>" in answer.text) == (400, True)
