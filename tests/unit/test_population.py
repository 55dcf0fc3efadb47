"""What a sample is drawn from: each record once, in the stratum that it says it belongs to."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from domain.case_commands import open_case
from domain.corrections import reinstate_record, void_record
from domain.evaluation_sample import Divider, Plan, Records
from domain.event import CORRECTIONS, AnyEvent, Reason
from domain.sampling import Member, Method
from projections.engine.fold import Rows
from projections.population import VIEWS_OF, drawable, persons_of, population
from tests.casework import CaseworkDesk, only, opening
from tests.folding import rows_of
from tests.golden import PERSON, WORKER, samples
from tests.station import SCOPE, entry

REASON = Reason(code="entry_error", text="开案录入错误")

SLICE: dict[Records, str] = {
    "visits": "visit",
    "cases": "case",
    "groups": "group",
    "activities": "activity",
}


def plan(records: Records, *strata: Divider) -> Plan:
    return Plan(records=records, method=Method(by="total", amount=1), strata=strata)


def kept(records: Records) -> list[AnyEvent]:
    """One sample of each kind of facts of the slice, without what only sets others right."""
    rights = {kind for kinds in CORRECTIONS.values() for kind in kinds}
    return [event for event in samples(SLICE[records]) if type(event.facts) not in rights]


def folded(records: Records) -> Rows:
    return rows_of(VIEWS_OF[records], kept(records))


def members(records: Records, *strata: Divider) -> tuple[Member, ...]:
    return population(plan(records, *strata), folded(records))


@pytest.mark.parametrize("records", get_args(Records))
def test_every_record_of_a_kind_stands_once_in_a_stratum(records: Records) -> None:
    found = members(records, "kind", "month", "worker")
    assert found
    assert len({member.id for member in found}) == len(found)
    for member in found:
        parts = dict(part.split("=") for part in member.stratum.split(";"))
        assert list(parts) == ["kind", "month", "worker"]
        assert re.fullmatch(r"2018-\d\d|-", parts["month"])
    assert {member.stratum for member in members(records)} == {"all"}


def test_strata_are_named_by_what_the_record_says() -> None:
    names = {member.stratum for member in members("visits", "worker", "kind")}
    assert f"kind=home_visit;worker={WORKER}" in names


def test_an_attempt_is_no_visit() -> None:
    made = [event.id for event in kept("visits") if "Attempted" in type(event.facts).__name__]
    assert made
    assert not set(made) & {member.id for member in members("visits")}


def test_what_was_void_then_is_not_drawn() -> None:
    events = samples("visit")
    visit, *_ = [one for one in events if type(one.facts).__name__ == "HomeVisitMade"]
    void, *_ = [one for one in events if type(one.facts).__name__ == "HomeVisitMadeVoided"]
    for upto, expected in (([visit], 1), ([visit, void], 0)):
        rows = rows_of(VIEWS_OF["visits"], upto)
        assert len(population(plan("visits"), rows)) == expected
        assert len(persons_of("visits", {visit.id}, rows)) == expected


def test_a_case_whose_opening_was_void_then_is_not_drawn() -> None:
    desk = CaseworkDesk()
    opened = open_case(desk, entry(), SCOPE, opening())
    for right, expected in ((None, 1), (void_record, 0), (reinstate_record, 1)):
        if right is not None:
            right(desk, entry(), opened.stream, only(opened), REASON)
        rows = rows_of(VIEWS_OF["cases"], desk.log)
        assert len(population(plan("cases"), rows)) == expected


@pytest.mark.parametrize("records", get_args(Records))
def test_the_persons_of_a_record_are_those_whom_it_names(records: Records) -> None:
    rows = folded(records)
    drawn = {one.id for one in drawable(records, rows)}
    assert persons_of(records, drawn, rows) == {PERSON}
    assert persons_of(records, set(), rows) == set()
