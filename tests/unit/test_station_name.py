"""An operator has one open station of a name in a region; who ends or hands it over frees it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.claim import Claimed, Released
from domain.desk import Receipt
from domain.entry import Entry
from domain.identity import Id, derived_id
from domain.organisation import (
    OperatorRegistered,
    establish_station,
    register_operator,
    transfer_station,
)
from domain.principal import Principal
from domain.station import (
    ServiceAreaChanged,
    Station,
    StationClosed,
    StationEstablished,
    StationTransferredToOperator,
    change_station,
    close_station,
    reopen_station,
)
from domain.station_name import plain_name, plain_region
from tests.station import OPERATOR, SCOPE, STATION, TODAY, MemoryDesk, entry, refused

ADMINISTRATOR = Principal(actor=derived_id("administrator"), role="administrator")
HEAD = Principal(
    actor=derived_id("head"), role="station_head", operator=OPERATOR, stations=(STATION,)
)
OTHER_OPERATOR, SECOND = derived_id("operator", "other"), derived_id("station", "second")
CODES = {OPERATOR: "91110000600037341L", OTHER_OPERATOR: "91110000802100433B"}
PLACE = StationEstablished(
    name="福源 Fuyuan 社工站", region_code="620102001", purchaser="街道办事处", overseer="区民政局"
)
CLOSED = StationClosed(last_day=TODAY, reason="合同到期")


@pytest.fixture
def desk() -> MemoryDesk:
    """Two operators, and a station of the first."""
    desk = MemoryDesk(ADMINISTRATOR)
    for id in (OPERATOR, OTHER_OPERATOR):
        facts = OperatorRegistered(name="示例社会工作服务中心", uscc=CODES[id])
        register_operator(desk, written(), facts, id=id)
    established(desk)
    return desk


def written() -> Entry:
    return entry(principal=ADMINISTRATOR)


def established(
    desk: MemoryDesk,
    facts: StationEstablished = PLACE,
    id: Id = STATION,
    operator: Id = OPERATOR,
) -> Receipt:
    return establish_station(desk, written(), operator, facts, id=id)


def closed(desk: MemoryDesk, station: Id = STATION) -> Receipt:
    return close_station(desk, written(), station, CLOSED, ())


def transferred(desk: MemoryDesk, successor: Id) -> Receipt:
    facts = StationTransferredToOperator(
        new_operator=OTHER_OPERATOR, successor=successor, begins=TODAY
    )
    return transfer_station(desk, written(), STATION, facts)


@pytest.mark.parametrize(
    "name", [PLACE.name, "福源Fuyuan社工站", " 福源　ＦＵＹＵＡＮ 社工站", "福源 fuyuan 社工站"]
)
def test_a_second_station_of_the_name_in_the_region_is_refused(desk: MemoryDesk, name: str) -> None:
    with refused("station.name_taken", "name"):
        established(desk, replace(PLACE, name=name), SECOND)
    assert SECOND not in desk.streams


def test_another_name_another_region_and_another_operator_are_free(desk: MemoryDesk) -> None:
    established(desk, replace(PLACE, name="福源二站"), derived_id("second name"))
    established(desk, replace(PLACE, region_code="620102002"), derived_id("second region"))
    established(desk, PLACE, SECOND, OTHER_OPERATOR)
    assert desk.load(Station, SECOND).open


def test_the_name_lies_in_the_operators_ledger_where_its_next_holder_finds_it(
    desk: MemoryDesk,
) -> None:
    claimed = desk.log[-1]
    assert (claimed.operator, claimed.ledger) == (OPERATOR, OPERATOR)
    assert claimed.facts == Claimed(what="station_name", holder=STATION)


def test_a_station_that_changes_its_area_keeps_its_name(desk: MemoryDesk) -> None:
    change_station(desk, written(), STATION, ServiceAreaChanged(communities=("丹州社区",)))
    with refused("station.name_taken"):
        established(desk, PLACE, SECOND)


def test_the_name_is_free_once_the_station_has_closed(desk: MemoryDesk) -> None:
    closed(desk)
    established(desk, PLACE, SECOND)
    with refused("station.name_taken", "station"):
        reopen_station(desk, written(), STATION, "合同续签")
    closed(desk, SECOND)
    reopen_station(desk, written(), STATION, "合同续签")
    with refused("station.name_taken"):
        established(desk, PLACE, derived_id("third"))


def test_the_head_of_a_station_who_closes_it_frees_its_name(desk: MemoryDesk) -> None:
    desk.principal = HEAD
    close_station(desk, entry(principal=HEAD), STATION, CLOSED, ())
    assert desk.facts()[-1] == Released(what="station_name", holder=STATION)


def test_a_transfer_frees_the_name_and_holds_it_under_the_new_operator(desk: MemoryDesk) -> None:
    transferred(desk, SECOND)
    with refused("station.name_taken", "name"):
        established(desk, PLACE, derived_id("third"), OTHER_OPERATOR)
    desk.stand_up()
    established(desk, PLACE, derived_id("fourth"))


def test_an_operator_takes_over_no_station_of_a_name_that_it_runs_already(
    desk: MemoryDesk,
) -> None:
    established(desk, PLACE, SECOND, OTHER_OPERATOR)
    with refused("station.name_taken", "new_operator"):
        transferred(desk, derived_id("third"))
    assert desk.load(Station, STATION).open
    desk.stand_up()
    closed(desk, SECOND)
    transferred(desk, derived_id("third"))


@pytest.fixture
def older() -> MemoryDesk:
    """Two stations of one name, from before names were held."""
    desk = MemoryDesk(ADMINISTRATOR)
    for id in (OPERATOR, OTHER_OPERATOR):
        facts = OperatorRegistered(name="示例社会工作服务中心", uscc=CODES[id])
        register_operator(desk, written(), facts, id=id)
    for id in (STATION, SECOND):
        scope = replace(SCOPE, station=id)
        desk.save(written(), Station.start(written(), scope, PLACE, id=id))
    return desk


def test_a_station_that_holds_no_name_closes_and_holds_it_from_its_reopening(
    older: MemoryDesk,
) -> None:
    closed(older)
    assert older.facts()[-1] == CLOSED
    reopen_station(older, written(), STATION, "合同续签")
    closed(older, SECOND)
    with refused("station.name_taken"):
        reopen_station(older, written(), SECOND, "合同续签")


def test_a_station_that_holds_no_name_is_handed_over(older: MemoryDesk) -> None:
    transferred(older, derived_id("third"))
    assert older.facts()[-1] == Claimed(what="station_name", holder=derived_id("third"))


def test_width_spaces_and_case_tell_no_two_names_apart() -> None:
    assert plain_name(" Ａb　站 ") == plain_name("AB站") == "ab站"


@pytest.mark.parametrize("code", ["620102001000", " ６２０１０２００１ ", "620102001"])
def test_zeros_in_place_of_lower_levels_and_width_tell_no_two_regions_apart(
    desk: MemoryDesk, code: str
) -> None:
    assert plain_region(code) == "620102001"
    with refused("station.name_taken", "name"):
        established(desk, replace(PLACE, region_code=code), id=SECOND)


@pytest.mark.parametrize("code", ["", "62", "6201020", "6201020010", "62010200100A"])
def test_a_region_has_the_digits_of_its_level(desk: MemoryDesk, code: str) -> None:
    with refused("station.region_invalid", "region_code"):
        established(desk, replace(PLACE, region_code=code), id=SECOND)


def test_a_county_keeps_its_own_zeros() -> None:
    assert [plain_region(code) for code in ("620000", "620000000000")] == ["620000", "620000"]
