"""Stations of one project, and projects of one operator, side by side: over HTTP and on pages."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.identity import Id, new_id
from domain.indicators import indicator_id
from domain.principal import Principal
from tests.integration.contracted import contract, service
from tests.integration.counted import indicator
from tests.integration.http import Running, running
from tests.integration.pages import browser, sign_in, token
from tests.integration.registered import person
from tests.integration.two_stations import HERE, THERE

TIMES, PEOPLE = "1-1", "1-2"


class Street:
    """A project in which two stations met the same person, and one that had barely begun."""

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
        area: dict[str, Any] = {"station": None, "stations": [api.station, self.there]}
        volunteers = {
            "definition": {"code": PEOPLE, "name": "志愿者", "measure": "persons", "unit": "人",
                           "roles": ["volunteer"], "kinds": ["home_service"], "goal": "1"}
        }  # fmt: skip
        visits = indicator(TIMES, "上门服务", 10, kinds=["home_service"], goal="1")
        area |= {"goals": [{"code": "1", "title": "老年人服务"}], "indicators": [visits]}
        begun = contract(api, **area | {"indicators": [visits, volunteers]})
        self.project: Id = api.done("/projects", begun)["stream"]
        self.later: Id = api.done("/projects", contract(api, **area, key="later"))["stream"]
        met = [{"person": person(api), "role": "volunteer"}, {"role": "resident"}]
        for station in (api.station, self.there, self.there):
            service(api, self.project, station=station, attendance=met)
        api.follow()
        self.lead = Principal(actor=new_id(), role="operator_manager", operator=api.operator)
        api.sign_in(self.lead)

    @property
    def here(self) -> Id:
        return self.api.station

    def page(self, path: str, who: Principal | None = None, **query: Any) -> str:
        with browser(self.api) as client:
            return shown(client, path, token(self.api, who or self.lead), query)


def shown(client: TestClient, path: str, token: str, query: dict[str, Any]) -> str:
    sign_in(client, token)
    answer = client.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


@pytest.fixture(scope="module")
def street(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    home: Path = tmp_path_factory.mktemp("home")
    with running(module_house_url, home) as api:
        yield Street(api)


def parts(one: dict[str, Any]) -> dict[Id, int]:
    return {part["station"]: part["total"] for part in one["stations"]}


def test_stations_parts_are_the_figure_and_open_to_their_records(street: Street) -> None:
    api = street.api
    told = {one["code"]: one for one in api.get(f"/projects/{street.project}/stations")}
    times, people = told[TIMES], told[PEOPLE]
    assert (parts(times), times["total"], times["adds_up"]) == (
        {street.here: 1, street.there: 2}, 3, True,
    )  # fmt: skip
    assert (parts(people), people["total"], people["adds_up"]) == (
        {street.here: 1, street.there: 1}, 1, False,
    )  # fmt: skip
    whole = {one["code"]: one["total"] for one in api.get(f"/projects/{street.project}/progress")}
    assert {code: one["total"] for code, one in told.items()} == whole
    path = f"/indicators/{times['indicator']}/contributions"
    behind = api.get(path, station=street.there)["items"]
    assert [row["station"] for row in behind] == [street.there] * 2
    assert len(api.get(path)["items"]) == 3


def test_projects_stand_beside_each_other_by_name_measure_and_unit(street: Street) -> None:
    api = street.api
    (times, people) = (
        next(one for one in api.get("/progress") if one["name"] == name)
        for name in ("上门服务", "志愿者")
    )
    totals = {one["project"]: one["total"] for one in times["projects"]}
    assert totals == {street.project: 3, street.later: 0}
    assert [due["per"] for due in times["projects"][0]["due"]] == ["project"]
    assert [one["project"] for one in people["projects"]] == [street.project]
    named = api.get("/progress", project=street.later)
    assert {one["project"] for line in named for one in line["projects"]} == {street.later}
    unknown = api.client.get("/api/v1/progress", params={"project": new_id()})
    assert unknown.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ("各站对照", "不能相加")), ("en", ("By station", "not to be added"))]
)
def test_a_page_holds_stations_side_by_side_and_every_number_leads_on(
    street: Street, lang: str, words: tuple[str, ...]
) -> None:
    page = street.page(f"/projects/{street.project}/stations", lang=lang)
    for said in (*words, HERE, THERE):
        assert said in page
    times = indicator_id(street.project, TIMES)
    way = f"/projects/{street.project}/indicators/{times}?station={street.there}"
    (led,) = re.findall(rf'href="({re.escape(way)})">([^<]*)<', page)
    assert led[1].split()[0] == "2"
    part = street.page(way)
    rows = part.partition('id="rows"')[2].partition("</table>")[0]
    assert len(re.findall(r'href="/records/', rows)) == 2
    assert (HERE in part, f"下面只列{THERE}计入的记录" in part) == (True, True)


def test_whoever_is_held_to_a_station_is_shown_its_part_alone(street: Street) -> None:
    who = Principal(
        actor=new_id(), role="worker", operator=street.api.operator, stations=(street.there,)
    )
    page = street.page(f"/projects/{street.project}/stations", who)
    assert (HERE in page, THERE in page) == (False, True)


def test_the_projects_page_leads_to_them_side_by_side(street: Street) -> None:
    assert 'href="/indicators/compared"' in street.page("/indicators")
    page = street.page("/indicators/compared")
    times = page.partition("上门服务</h2>")[2].partition("</details>")[0]
    for project in (street.project, street.later):
        assert f"/projects/{project}/indicators/{indicator_id(project, TIMES)}" in times
    assert "另有 1 项指标只有一个项目有" in page
    assert "1 indicator more" in street.page("/indicators/compared", lang="en")
