"""Stations over HTTP: of those established at once under one name, one is."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.identity import Id
from tests.integration.http import Running, running

TWIN = {
    "name": "示例镇社工站",
    "region_code": "620102100",
    "purchaser": "示例镇政府",
    "overseer": "示例区民政局",
}


@pytest.fixture
def api(database_url: str, home: Path) -> Iterator[Running]:
    """A running application whose operator's manager is signed in."""
    with running(database_url, home) as it:
        it.settle()
        it.as_role("operator_manager")
        yield it


def test_of_stations_established_at_once_under_one_name_one_is(api: Running) -> None:
    twin = TWIN | {"operator": api.operator}
    with ThreadPoolExecutor(4) as many:
        answers = list(many.map(lambda _: api.post("/stations", twin), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refusals = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert refusals == {"station.name_taken"}


def test_a_station_is_closed_and_another_of_its_name_established(api: Running) -> None:
    def established() -> Id:
        stream: Id = api.done("/stations", TWIN | {"operator": api.operator})["stream"]
        return stream

    first = established()
    api.follow()
    api.done(f"/stations/{first}/closings", {"last_day": "2999-12-31", "reason": "合同到期"})
    assert established() != first
