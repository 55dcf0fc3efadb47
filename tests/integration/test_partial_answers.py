"""Whoever is held to stations is told their part of what several work in, and that it is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.identity import Id, new_id
from domain.principal import Principal
from tests.integration.contracted import contract, named, service
from tests.integration.http import Running, running
from tests.integration.pages import browser, sign_in, token
from tests.integration.two_stations import HERE, THERE

SHARE = 'class="partial"'


class Shared:
    """A project in which two stations have served somebody, once each."""

    def __init__(self, api: Running) -> None:
        self.api = api
        api.settle()
        api.as_role("operator_manager")
        established = {
            "operator": api.operator,
            "name": THERE,
            "region_code": "620102002",
            "purchaser": "另一街道办事处",
            "overseer": "示例区民政局",
        }
        self.there: Id = api.done("/stations", established)["stream"]
        area = {"station": None, "stations": [api.station, self.there]}
        self.project: Id = api.done("/projects", contract(api, **area))["stream"]
        for station in (api.station, self.there):
            service(api, self.project, station=station, attendance=named(api))
        api.follow()

    def held_to(self, *stations: Id) -> Principal:
        """Return a worker who is held to these stations; to none is to all."""
        return Principal(
            actor=new_id(), role="worker", operator=self.api.operator, stations=stations
        )

    def counted(self, who: Principal) -> tuple[int, str | None]:
        """Return the project's months' amounts as somebody is told, and the mark of the answer."""
        self.api.sign_in(who)
        answer = self.api.client.get(f"/api/v1/projects/{self.project}/progress")
        amounts: list[Any] = [one["total"] for one in answer.json()]
        return sum(amounts), answer.headers.get("Shilu-Stations")


@pytest.fixture(scope="module")
def shared(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    home: Path = tmp_path_factory.mktemp("home")
    with running(module_house_url, home) as api:
        yield Shared(api)


def page(shared: Shared, who: Principal) -> str:
    with browser(shared.api) as client:
        sign_in(client, token(shared.api, who))
        answer = client.get(f"/projects/{shared.project}")
        assert answer.status_code == 200
        return answer.text


def test_a_figure_names_the_stations_whose_part_it_is(shared: Shared) -> None:
    whole, mark = shared.counted(shared.held_to())
    assert mark is None
    part, mark = shared.counted(shared.held_to(shared.there))
    assert (part * 2, mark) == (whole, shared.there)
    assert part > 0
    both = (shared.api.station, shared.there)
    assert shared.counted(shared.held_to(*both)) == (whole, ", ".join(both))


def test_a_page_says_so_by_their_names(shared: Shared) -> None:
    assert SHARE not in page(shared, shared.held_to())
    told = page(shared, shared.held_to(shared.there))
    assert SHARE in told
    assert THERE in told
    assert HERE not in told
