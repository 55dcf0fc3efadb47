"""What must be handed over before a worker leaves or a station closes."""

from __future__ import annotations

from domain.identity import derived_id
from projections.contact_rule import followups
from projections.open_cases import open_cases_at, open_cases_of
from tests.casework import CaseworkDesk, case_at_work, closed_case
from tests.folding import told
from tests.station import STATION, WORKER


def test_open_cases_are_the_primary_workers_and_the_stations() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    answers = told((followups,), desk.log)
    assert open_cases_of(answers, WORKER) == open_cases_at(answers, STATION) == (case,)
    assert open_cases_of(answers, derived_id("somebody else")) == ()
    assert open_cases_at(answers, derived_id("elsewhere")) == ()


def test_a_closed_case_is_nobodys_to_hand_over() -> None:
    desk = CaseworkDesk()
    closed_case(desk)
    answers = told((followups,), desk.log)
    assert open_cases_of(answers, WORKER) == open_cases_at(answers, STATION) == ()
