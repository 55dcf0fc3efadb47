"""What a command writes beside that of which it is passes the same gate, whatever it is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.aggregate import Aggregate
from domain.case_claim import OpenTogether
from domain.counting import Attendance
from domain.entry import Entry, Scope
from domain.gate import decided
from domain.identity import derived_id
from domain.principal import Principal
from domain.private import Private
from domain.staff import StaffHired, StaffMember
from domain.station import ENDED
from domain.visit import HomeServiceDelivered, Visit
from tests.neighbours import House, Neighbourhood
from tests.station import OPERATOR, SCOPE, TODAY, WORKER, entry, principal, refused

SOMEBODY, OWN = derived_id("somebody"), derived_id("evaluation")
CLOSED, THEIRS = derived_id("closed station"), derived_id("another operator")
SERVED = HomeServiceDelivered(
    kind="home_service", minutes=40, attendance=(Attendance(role="resident", source="counted"),)
)
HIRED = StaffHired(
    name=Private(person=SOMEBODY, purpose="identity", text="王小明"), begins=date(2018, 6, 1)
)
WORKING = entry(principal=principal("worker"))
EVALUATING = entry(
    principal=Principal(actor=WORKER, role="evaluator", operator=OPERATOR, evaluation=OWN)
)
LONG_AGO = entry(TODAY - timedelta(days=60), now=WORKING.now, principal=principal("worker"))


class Ended(House):
    """A station whose last day is over."""

    def check_open(self, day: date | None = None) -> None:
        """Serve nobody any more."""
        raise ENDED("station")


def warned_of(visit: Visit) -> Visit:
    """Let a warning stand beside the service."""
    visit.record(WORKING, OpenTogether(record=SOMEBODY, other=SOMEBODY))
    return visit


def served(written: Entry, scope: Scope = SCOPE) -> Visit:
    return Visit.start(written, scope, SERVED, id=OWN if scope is SCOPE else None)


@pytest.mark.parametrize(
    ("by", "beside", "code", "field"),
    [
        (WORKING, served(WORKING, Scope(operator=THEIRS)), "not_found", "id"),
        (WORKING, warned_of(served(WORKING, Scope(operator=OPERATOR, station=CLOSED))),
         "station.ended", "station"),
        (WORKING, served(LONG_AGO, Scope(operator=OPERATOR)),
         "entry.late_without_reason", "late_reason"),
        (WORKING, StaffMember.start(WORKING, Scope(operator=OPERATOR), HIRED),
         "role.may_not", "role"),
        (EVALUATING, served(EVALUATING, Scope(operator=OPERATOR)),
         "access.read_only", "Authorization"),
    ],
    ids=["another_operators", "at_a_closed_station", "late", "of_the_heads", "an_evaluators"],
)  # fmt: skip
def test_what_is_written_beside_is_held_to_the_same(
    by: Entry, beside: Aggregate, code: str, field: str
) -> None:
    """given a service that may be written / when more is written by the same command / then that
    is refused as it would be alone."""
    desk = Neighbourhood(neighbours={("station", CLOSED): Ended({})})
    desk.principal = by.principal
    assert len(decided(desk, by, (), served(by))) == 1
    with refused(code, field):
        decided(desk, by, (), served(by), beside)
