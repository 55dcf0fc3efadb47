"""A station opens branches, changes its area, adopts policies, and closes with nothing open."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.identity import derived_id
from domain.station import (
    PolicyAdopted,
    ServiceAreaChanged,
    Station,
    StationClosed,
    StationEstablished,
    StationReopened,
    SubStationClosed,
    SubStationOpened,
    change_station,
    close_station,
    reopen_station,
)
from tests.station import SCOPE, STATION, TODAY, MemoryDesk, entry, refused

BRANCH = SubStationOpened(sub_station=derived_id("branch"), name="丹州社工室", community="丹州社区")
CLOSED = StationClosed(last_day=TODAY, reason="合同到期")


@pytest.fixture
def desk() -> MemoryDesk:
    """A station that was established today."""
    desk = MemoryDesk()
    facts = StationEstablished(
        name="吉阳社工站", region_code="460203", purchaser="区民政局", overseer="区民政局"
    )
    desk.save(entry(), Station.start(entry(), SCOPE, facts, id=STATION))
    return desk


def test_branches_area_and_policies_are_kept(desk: MemoryDesk) -> None:
    change_station(desk, entry(), STATION, BRANCH)
    change_station(desk, entry(), STATION, ServiceAreaChanged(communities=("丹州社区", "海罗村")))
    change_station(desk, entry(), STATION, PolicyAdopted(policy="档案管理", policy_version=2))
    station = desk.load(Station, STATION)
    assert station.sub_stations == {BRANCH.sub_station: BRANCH}
    assert station.communities == ("丹州社区", "海罗村")
    assert station.policies == {"档案管理": 2}


def test_a_community_has_one_open_branch(desk: MemoryDesk) -> None:
    change_station(desk, entry(), STATION, BRANCH)
    second = SubStationOpened(
        sub_station=derived_id("second"), name="第二社工室", community=BRANCH.community
    )
    for opened in (BRANCH, second):
        with refused("station.sub_station_open", "community"):
            change_station(desk, entry(), STATION, opened)
    closed = SubStationClosed(sub_station=BRANCH.sub_station, reason="场地收回")
    change_station(desk, entry(), STATION, closed)
    change_station(desk, entry(), STATION, second)
    assert list(desk.load(Station, STATION).sub_stations) == [second.sub_station]


def test_a_branch_that_is_not_open_is_not_closed(desk: MemoryDesk) -> None:
    with refused("station.no_sub_station", "sub_station"):
        closed = SubStationClosed(sub_station=BRANCH.sub_station, reason="场地收回")
        change_station(desk, entry(), STATION, closed)


def test_a_service_area_has_a_community(desk: MemoryDesk) -> None:
    with refused("station.area_empty", "communities"):
        change_station(desk, entry(), STATION, ServiceAreaChanged(communities=()))


def test_a_policy_goes_forward(desk: MemoryDesk) -> None:
    change_station(desk, entry(), STATION, PolicyAdopted(policy="保密", policy_version=2))
    for version in (1, 2):
        with refused("station.policy_not_newer", "policy_version"):
            adopted = PolicyAdopted(policy="保密", policy_version=version)
            change_station(desk, entry(), STATION, adopted)


def test_a_station_with_open_cases_does_not_close(desk: MemoryDesk) -> None:
    with refused("station.open_cases", "station"):
        close_station(desk, entry(), STATION, CLOSED, (derived_id("case"),))
    close_station(desk, entry(), STATION, CLOSED, ())
    with refused("station.ended", "station"):
        close_station(desk, entry(), STATION, CLOSED, ())
    with refused("station.ended", "station"):
        change_station(desk, entry(), STATION, BRANCH)


def test_a_closed_station_takes_what_was_done_until_its_last_day(desk: MemoryDesk) -> None:
    close_station(desk, entry(), STATION, CLOSED, ())
    station = desk.load(Station, STATION)
    station.check_open(TODAY)
    with refused("station.ended", "station"):
        station.check_open(TODAY + timedelta(days=1))


def test_a_station_does_not_close_before_it_was_established(desk: MemoryDesk) -> None:
    with refused("station.ends_before_begins", "last_day"):
        early = StationClosed(last_day=TODAY - timedelta(days=1), reason="合同到期")
        close_station(desk, entry(), STATION, early, ())


def test_a_station_goes_on_until_its_last_day_has_come(desk: MemoryDesk) -> None:
    with refused("station.closes_in_future", "last_day"):
        ahead = StationClosed(last_day=TODAY + timedelta(days=1), reason="合同到期")
        close_station(desk, entry(), STATION, ahead, ())
    assert desk.load(Station, STATION).open


def test_a_closing_is_taken_back(desk: MemoryDesk) -> None:
    with refused("station.not_closed", "station"):
        reopen_station(desk, entry(), STATION, "合同续签")
    close_station(desk, entry(), STATION, CLOSED, ())
    reopen_station(desk, entry(), STATION, "合同续签")
    assert StationReopened(reason="合同续签") in desk.facts()
    change_station(desk, entry(), STATION, BRANCH)
