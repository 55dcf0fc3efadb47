"""A worker's token does the work of its station, and decides nothing for the operator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from domain.identity import Id, new_id
from domain.principal import Principal, Role
from tests.integration.contracted import contracted
from tests.integration.http import Running, running
from tests.integration.registered import person

REASON = {"code": "entry_error", "text": "录入时间写错"}
TODAY = "2026-01-01"


class House:
    """An operator with a member of staff, a project, somebody served and a visit."""

    def __init__(self, api: Running) -> None:
        self.api = api
        api.settle()
        self.project = contracted(api)
        self.person = person(api)
        hired = {"operator": api.operator, "name": "李示例", "begins": TODAY}
        self.colleague: Id = api.done("/staff", hired)["stream"]
        self.visit: Id = api.done("/visits", self.service)["events"][0]

    @property
    def service(self) -> dict[str, Any]:
        """A home service at the station."""
        there = [{"role": "resident", "source": "counted"}]
        given = {"kind": "home_service", "minutes": 40, "attendance": there}
        return {"station": self.api.station, **given}

    def asked(self, role: Role, path: str, body: dict[str, Any], *stations: Id) -> tuple[int, str]:
        """Send a command in a role, held to stations where any is named."""
        operator = self.api.operator
        who = Principal(actor=new_id(), role=role, operator=operator, stations=stations)
        self.api.sign_in(who)
        self.api.follow()  # whoever leaves is asked first what they have in hand
        answer = self.api.post(path, body)
        return answer.status_code, answer.json().get("code", "")


@pytest.fixture(scope="module")
def house(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(module_house_url, tmp_path_factory.mktemp("home")) as api:
        yield House(api)


def managing(house: House) -> dict[str, dict[str, Any]]:
    """Return what is managed: path → body."""
    station, staff = house.api.station, f"/staff/{house.colleague}"
    region = {"region_code": "620102003", "purchaser": "街道办", "overseer": "民政局"}
    rule = {"operator": house.api.operator, "reason": "按机构制度调整"}
    return {
        f"{staff}/leavings": {"last_day": house.api.built.clock.now().date().isoformat()},
        f"{staff}/roles": {"role": "quality_lead", "station": station, "begins": TODAY},
        "/staff": {"operator": house.api.operator, "name": "赵示例", "begins": TODAY},
        "/stations": {"operator": house.api.operator, "name": "又一社工站", **region},
        "/alert-rules/AL-01/changes": {**rule, "thresholds": [{"name": "days", "value": 9999}]},
        f"/projects/{house.project}/end": {"reason": "合同到期"},
        f"/persons/{house.person}/erasure-requests": {"by": "person", "reason": "own_wish"},
    }


def test_a_worker_manages_nothing(house: House) -> None:
    for path, body in managing(house).items():
        for stations in ((), (house.api.station,)):
            refused = house.asked("worker", path, body, *stations)
            assert refused == (403, "role.may_not"), (path, refused)


def test_a_head_of_one_station_lets_nobody_of_the_operator_go(house: House) -> None:
    for path, body in list(managing(house).items())[:5]:
        refused = house.asked("station_head", path, body, house.api.station)
        assert refused == (403, "role.beyond_stations"), (path, refused)


def test_a_worker_does_the_work(house: House) -> None:
    api = house.api
    assert house.asked("worker", "/visits", house.service, api.station)[0] == 201
    visit = api.done("/visits", house.service)["events"][0]
    api.done(f"/records/{visit}/voidings", {"reason": REASON})


def test_whoever_answers_for_the_operator_does_all_of_it(house: House) -> None:
    for path, body in reversed(managing(house).items()):
        done = house.asked("operator_manager", path, body)
        assert done == (201, ""), (path, done)
