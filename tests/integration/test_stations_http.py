"""Operators and stations over HTTP: a code and a name are held once; twins of two are seen."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from domain.clock import SHANGHAI, SimulatedClock, SystemClock
from domain.identity import Id, new_id
from domain.principal import Principal
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


def today(api: Running) -> str:
    return api.built.clock.now().astimezone(SHANGHAI).date().isoformat()


def test_a_region_is_one_however_many_zeros_follow(api: Running) -> None:
    twin = TWIN | {"operator": api.operator}
    api.done("/stations", twin)
    again = api.post("/stations", twin | {"region_code": "620102100000"})
    assert again.json()["code"] == "station.name_taken"
    wrong = api.post("/stations", twin | {"region_code": "6201021"}).json()
    assert (wrong["code"], wrong["field"]) == ("station.region_invalid", "region_code")
    (found,) = api.get("/stations", region_code="620102100000")["items"]
    assert found["region_code"] == "620102100"


def test_a_station_is_not_closed_ahead_of_its_last_day(api: Running) -> None:
    closing = {"last_day": "2999-12-31", "reason": "合同到期"}
    api.follow()
    refused = api.post(f"/stations/{api.station}/closings", closing).json()
    assert (refused["code"], refused["field"]) == ("station.closes_in_future", "last_day")


def test_what_was_done_while_a_station_was_open_can_be_written_down_after_it_closed(
    house_url: str, tmp_path: Path
) -> None:
    clock = SimulatedClock(SystemClock().now())
    with running(house_url, tmp_path / "home", clock) as api:
        api.settle()
        api.follow()
        done = {
            "station": api.station,
            "kind": "home_service",
            "minutes": 40,
            "attendance": [{"role": "resident", "source": "counted"}],
        }
        then = {"start": clock.now().isoformat(), "precision": "day"}
        last_day = clock.now().astimezone(SHANGHAI).date().isoformat()
        clock.set(clock.now() + timedelta(days=2))
        closing = {"last_day": last_day, "reason": "合同到期"}
        api.done(f"/stations/{api.station}/closings", closing)
        api.done("/visits", done | {"occurred": then})
        refused = api.post("/visits", done).json()
        assert (refused["code"], refused["field"]) == ("station.ended", "station")


def test_of_stations_established_at_once_under_one_name_one_is(api: Running) -> None:
    twin = TWIN | {"operator": api.operator}
    with ThreadPoolExecutor(4) as many:
        answers = list(many.map(lambda _: api.post("/stations", twin), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refusals = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert refusals == {"station.name_taken"}


def test_of_operators_registered_at_once_under_one_credit_code_one_is(api: Running) -> None:
    api.sign_in(Principal(actor=new_id(), role="administrator"))
    other = {"name": "另一家社会工作服务中心", "uscc": "91110000802100433B"}
    with ThreadPoolExecutor(4) as many:
        answers = list(many.map(lambda _: api.post("/operators", other), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refusals = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert refusals == {"organisation.uscc_taken"}


def test_a_station_is_closed_and_another_of_its_name_established(api: Running) -> None:
    def established() -> Id:
        stream: Id = api.done("/stations", TWIN | {"operator": api.operator})["stream"]
        return stream

    first = established()
    api.follow()
    api.done(f"/stations/{first}/closings", {"last_day": today(api), "reason": "合同到期"})
    assert established() != first


class Twins:
    """A running application in which two operators have a station of one name in one region."""

    def __init__(self, api: Running) -> None:
        self.api, self.first = api, api.operator
        self.mine = self._established("示例 镇社工站", self.first)
        self.administrator()
        other = {"name": "另一家社会工作服务中心", "uscc": "91110000802100433B"}
        self.other = api.done("/operators", other)["stream"]
        self.theirs = self._established("示例镇社工站", self.other)

    def _established(self, name: str, operator: Id) -> Id:
        sent = TWIN | {"name": name, "operator": operator}
        stream: Id = self.api.done("/stations", sent)["stream"]
        return stream

    def administrator(self) -> None:
        """Go on as the administrator, who alone sees both."""
        self.api.sign_in(Principal(actor=new_id(), role="administrator"))

    def namesakes(self) -> dict[Id, list[Id]]:
        """Read who goes by one name in the region."""
        found = self.api.get("/stations", region_code=TWIN["region_code"])["items"]
        return {row["place"]: row["namesakes"] for row in found}


def test_the_administrator_alone_sees_that_two_operators_run_one_station(api: Running) -> None:
    twins = Twins(api)
    assert twins.namesakes() == {twins.mine: [twins.theirs], twins.theirs: [twins.mine]}
    api.as_role("operator_manager", twins.first)
    assert twins.namesakes() == {twins.mine: []}


def test_a_station_that_was_closed_or_handed_over_is_no_namesake(api: Running) -> None:
    twins = Twins(api)
    api.follow()
    closing = {"last_day": today(api), "reason": "合同到期"}
    api.done(f"/stations/{twins.theirs}/closings", closing)
    assert twins.namesakes()[twins.mine] == []
    transfer = {"new_operator": twins.other, "begins": today(api)}
    api.done(f"/stations/{twins.mine}/transfers", transfer)
    found = twins.namesakes()
    assert len(found) == 3
    assert not any(found.values())
