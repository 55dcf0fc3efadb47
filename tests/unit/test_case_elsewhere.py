"""A case of a type that the client has open at another station: kept, warned of, and untold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from domain.case_commands import close_case, open_case, reopen_case
from domain.case_elsewhere import OpenElsewhere
from domain.case_facts import CaseReopened
from domain.clock import at
from domain.corrections import reinstate_record, void_record
from domain.desk import Receipt
from domain.entry import Scope
from domain.event import Reason
from domain.identity import derived_id
from domain.principal import Principal
from tests.casework import CLIENT, HOUSEHOLD, LOST, CaseworkDesk, days, only, opening
from tests.station import OPERATOR, SCOPE, STATION, WORKER, entry, principal

ELSEWHERE = replace(SCOPE, station=derived_id("another station"))
THERE = Principal(
    actor=derived_id("worker there"),
    role="worker",
    operator=OPERATOR,
    stations=(derived_id("another station"),),
)
HERE = replace(principal(), stations=(STATION,))
TWICE = Reason(code="entry_error", text="录入有误，核对后作废")


def opened(
    desk: CaseworkDesk, scope: Scope = SCOPE, who: Principal = HERE, **standing: str | None
) -> Receipt:
    """Open a case as somebody of that station, who sees no other."""
    desk.principal = who
    desk.stand_up()
    how = entry(principal=who, device="tablet-3", late_reason="纸质记录补录")
    return open_case(desk, how, scope, opening(worker=who.actor, **standing))


def codes(receipt: Receipt) -> list[str]:
    return [told.code for told in receipt.warnings]


def test_a_second_case_at_another_station_is_kept_and_warned_of() -> None:
    desk = CaseworkDesk()
    assert codes(opened(desk, ELSEWHERE, THERE)) == []
    here = opened(desk)
    assert [(told.code, told.other) for told in here.warnings] == [("case.open_elsewhere", CLIENT)]
    assert OpenElsewhere(record=here.stream, other=CLIENT) in desk.facts(here.stream)


def test_the_warning_names_neither_the_other_case_nor_its_station_nor_its_worker() -> None:
    desk = CaseworkDesk()
    there = opened(desk, ELSEWHERE, THERE)
    here = opened(desk)
    shown = [
        to_builtins(event) for event in desk.log if HERE.covers(OPERATOR, event.station, STATION)
    ]
    assert here.stream in str(shown)
    for untold in (there.stream, ELSEWHERE.station, THERE.actor):
        assert str(untold) not in str(shown)
    assert str(ELSEWHERE.station) not in str(here)


def test_what_the_stations_share_says_nothing_of_the_client_the_type_or_how_it_was_written() -> (
    None
):
    desk = CaseworkDesk()
    opened(desk, ELSEWHERE, THERE)
    (shared,) = [event for event in desk.log if event.stream_type == "open_cases"]
    assert (shared.station, shared.actor, shared.role) == (None, OPERATOR, "system")
    told = str(to_builtins(shared))
    for untold in (CLIENT, HOUSEHOLD, "loneliness", "tablet-3", "补录", desk.log[0].command):
        assert untold not in told


def test_another_type_another_client_and_a_closed_case_are_no_second_one() -> None:
    desk = CaseworkDesk()
    there = opened(desk, ELSEWHERE, THERE)
    assert codes(opened(desk, case_type="relief")) == []
    assert codes(opened(desk, client=None, household=HOUSEHOLD)) == []
    desk.principal = THERE
    close_case(desk, entry(days(1), principal=THERE), there.stream, LOST)
    assert codes(opened(desk)) == []


def test_of_a_demonstration_all_is_marked_as_one() -> None:
    desk = CaseworkDesk()
    opened(desk, replace(SCOPE, demonstration=True))
    assert {event.demonstration for event in desk.log} == {True}


def test_another_operator_is_neither_asked_nor_told() -> None:
    desk = CaseworkDesk()
    opened(desk, ELSEWHERE, THERE)
    other = derived_id("another operator")
    desk.client.scope = replace(SCOPE, operator=other)
    who = Principal(actor=WORKER, role="worker", operator=other)
    assert codes(opened(desk, replace(SCOPE, operator=other), who)) == []


@pytest.mark.parametrize("back", ["reopened", "closing voided"])
def test_a_case_that_is_open_again_is_warned_of_too(back: str) -> None:
    desk = CaseworkDesk()
    here = opened(desk).stream
    closed = close_case(desk, entry(days(1), principal=HERE), here, LOST)
    opened(desk, ELSEWHERE, THERE)
    desk.principal = HERE
    desk.stand_up()
    if back == "reopened":
        again = reopen_case(
            desk, entry(days(2), principal=HERE), here, CaseReopened(reason="needs_again")
        )
    else:
        how = entry(days(2), principal=HERE)
        again = void_record(desk, how, here, only(closed), TWICE)
    assert codes(again) == ["case.open_elsewhere"]


def test_a_void_opening_is_no_open_case_and_is_one_again_when_it_is_reinstated() -> None:
    desk = CaseworkDesk()
    there = opened(desk, ELSEWHERE, THERE)
    how = entry(days(1), principal=THERE)
    void_record(desk, how, there.stream, only(there), TWICE)
    here = opened(desk)
    assert codes(here) == []
    desk.principal = THERE
    desk.stand_up()
    later = entry(at(days(1)) + timedelta(hours=3), principal=THERE)
    again = reinstate_record(desk, later, there.stream, only(there), TWICE)
    assert codes(again) == ["case.open_elsewhere"]
