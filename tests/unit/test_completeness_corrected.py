"""What is demanded of cases and groups whose openings, closings or sessions were set right."""

from __future__ import annotations

from datetime import date

import pytest

from domain.case_commands import close_case, open_case, take_step
from domain.corrections import correct_record, reinstate_record, void_record
from domain.event import Reason
from domain.evidence import Subject, draft_document
from domain.evidence_form import FormSetPublished, RequiredForm, publish_form_set
from domain.group_commands import close_group
from domain.identity import Id
from projections.completeness import completeness
from projections.evidence import documents
from tests import groupwork
from tests.casework import ASSESSED, LOST, CaseworkDesk, assessed_case, days, only, opening
from tests.folding import told
from tests.station import LATE, SCOPE, STATION, MemoryDesk, entry

REASON = Reason(code="entry_error", text="录入错误更正")
STAGES = ("accepted", "assessed", "running", "held", "closed")


def office(desk: MemoryDesk, kind: str) -> Id:
    """Demand one document of each stage of a kind of work, a day after it."""
    forms = tuple(RequiredForm(code=one, name=one, stage=one, due_days=1) for one in STAGES)
    facts = FormSetPublished(
        version=1, forms=forms, service_type="x", kinds=(kind,), effective_from=date(2018, 6, 1)
    )
    return publish_form_set(desk, entry(), SCOPE, facts).stream


def demanded(desk: MemoryDesk) -> set[str]:
    """Return the stages of which a document is demanded after sixty days."""
    files = completeness(told((documents,), desk.log), STATION, days(60))["files"]
    return {form["form"] for one in files for form in one["forms"] if form["state"] != "not_yet"}


def test_of_a_case_whose_opening_is_void_nothing_is_demanded_until_it_is_reinstated() -> None:
    desk = CaseworkDesk()
    form_set = office(desk, "case_session")
    case = open_case(desk, entry(), SCOPE, opening())
    take_step(desk, entry(), case.stream, ASSESSED)
    assert demanded(desk) == {"accepted", "assessed"}
    about = Subject(stream_type="case", stream=case.stream)
    draft_document(desk, entry(), SCOPE, form_set, "assessed", about)
    void_record(desk, entry(days(1)), case.stream, only(case), REASON)
    assert demanded(desk) == set()
    reinstate_record(desk, entry(days(2)), case.stream, only(case), REASON)
    assert demanded(desk) == {"accepted", "assessed"}


@pytest.mark.parametrize("corrected", [False, True])
def test_of_a_case_whose_closing_is_void_no_closing_papers_are_demanded(corrected: bool) -> None:
    desk = CaseworkDesk()
    office(desk, "case_session")
    case = assessed_case(desk)
    closed = only(close_case(desk, entry(days(2)), case, LOST))
    if corrected:
        correct_record(desk, entry(days(3)), case, closed, {"closure": "moved_away"}, REASON)
    assert demanded(desk) == {"accepted", "assessed", "closed"}
    void_record(desk, entry(days(4)), case, closed, REASON)
    assert demanded(desk) == {"accepted", "assessed"}


def test_of_a_group_whose_closing_is_void_no_closing_papers_are_demanded() -> None:
    desk = groupwork.GroupworkDesk()
    office(desk, "group_session")
    group = groupwork.enrolled(desk)
    groupwork.held(desk, group)
    closed = only(close_group(desk, entry(days(8)), group, minimum=1))
    occurred = entry(days(9)).occurred
    correct_record(desk, entry(days(10), **LATE), group, closed, {}, REASON, occurred)
    assert demanded(desk) == {"running", "held", "closed"}
    void_record(desk, entry(days(11)), group, closed, REASON)
    assert demanded(desk) == {"running", "held"}


def test_of_a_group_that_never_met_no_papers_of_its_course_are_demanded() -> None:
    desk = groupwork.GroupworkDesk()
    office(desk, "group_session")
    group = groupwork.enrolled(desk)
    met = only(groupwork.held(desk, group))
    assert demanded(desk) == {"running", "held"}
    void_record(desk, entry(days(9)), group, met, REASON)
    assert demanded(desk) == set()
