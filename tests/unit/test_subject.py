"""People registered twice, whom a project counts once: and twice again where they were two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from domain.contract import end_project
from domain.corrections import reinstate_record, void_record
from domain.counting import Attendance
from domain.desk import Receipt
from domain.event import Facts, Reason
from domain.identifying import complete_erasure, merge_persons, request_erasure, split_persons
from domain.identity import Id, derived_id
from domain.leader import CommunityLeaderRecognised, recognise_leader
from domain.period import FigureClaimed
from domain.registry import ErasureRequested, PersonsMerged, PersonsSplit
from domain.reporting import claim_figure, close_period
from domain.subject import SubjectsMerged, SubjectsSplit, counted_as, settle_subjects, way
from domain.visit import record_visit
from projections.differences import count_of_claim
from projections.engine.ask import MemoryAnswers
from projections.indicators import indicators
from projections.midterm import gather, midterm
from projections.preview_figures import figures_of
from projections.progress import amount_of, figure, progress
from projections.project import projects
from projections.reported import standing
from tests.contracts import FIRST, LAST, contracted, defined, within
from tests.doors import visit
from tests.folding import told
from tests.journalled import rows_of
from tests.merged import PEOPLE
from tests.register import ELDER, OTHER, register
from tests.station import LATE, TODAY, WORKER, MemoryDesk, entry, refused

THIRD = derived_id("third person")
WHY = Reason(code="duplicate", text="同一人重复建档")
SEPTEMBER, NOVEMBER = date(2018, 9, 20), date(2018, 11, 20)


class Station:
    """A register of three records, and a project that counts people, each once."""

    def __init__(self) -> None:
        self.desk = MemoryDesk()
        for person in (ELDER, OTHER, THIRD):
            register(self.desk, person)
        self.project = contracted(self.desk)
        self.persons = defined(
            self.desk, self.project, "B05.persons", measure="persons", unit="人", placement=PEOPLE
        )

    def serve(self, *persons: Id, day: date = TODAY) -> Receipt:
        came = tuple(Attendance(person=person) for person in persons)
        late: dict[str, Any] = {} if day == TODAY else LATE
        now = entry().now
        return record_visit(
            self.desk, entry(day, now=now, **late), within(self.project), visit(attendance=came)
        )

    def merge(self, kept: Id, absorbed: Id) -> Id:
        facts = PersonsMerged(kept=kept, absorbed=absorbed, reason=WHY)
        return merge_persons(self.desk, entry(), facts).events[0]

    def split(self, kept: Id, absorbed: Id) -> Id:
        facts = PersonsSplit(kept=kept, absorbed=absorbed, reason=WHY)
        return split_persons(self.desk, entry(), facts).events[0]

    def settle(self, *persons: Id) -> list[Facts]:
        receipt = settle_subjects(self.desk, entry(role="system"), self.project, persons)
        return [event.facts for event in self.desk.log if event.id in receipt.events]

    def answers(self, until: int | None = None) -> MemoryAnswers:
        """Who may be asked about the project's own ledger, as it was after so many events."""
        return told((indicators, projects), self.ledger(until))

    def ledger(self, until: int | None = None) -> list[Any]:
        return [event for event in self.desk.log[:until] if event.ledger == self.project]

    def counted(self, until: int | None = None, day: date = NOVEMBER) -> int:
        """How many people are counted: the same however it is asked."""
        answers = self.answers(until)
        (come,) = progress(answers, self.project, day)
        (line,) = midterm(gather(answers, self.project, day)).lines
        parts = figure(answers, self.persons, until=day)
        held = standing(rows_of(self.ledger(until)), day)
        (stands,) = midterm(held.rows).lines
        days = (FIRST, day)
        previewed = figures_of(answers, self.project, (days,), day)
        found = {
            come.total,
            line.cells["people"].actual,
            stands.cells["people"].actual,
            amount_of("persons", parts),
            previewed.periods[days][self.persons],
        }
        (people,) = found
        assert people is not None
        return people


@pytest.fixture
def station() -> Station:
    return Station()


def test_a_project_counts_as_one_who_was_registered_twice(station: Station) -> None:
    station.serve(ELDER)
    station.serve(OTHER)
    assert station.counted() == 2
    because = station.merge(ELDER, OTHER)
    assert station.counted() == 2
    assert station.settle(OTHER) == [SubjectsMerged(kept=ELDER, absorbed=OTHER, because=because)]
    assert station.counted() == 1


def test_it_is_written_in_the_ledger_of_the_project_and_once(station: Station) -> None:
    station.merge(ELDER, OTHER)
    station.settle(OTHER)
    written = station.desk.log[-1]
    assert (written.ledger, written.project) == (station.project, station.project)
    with refused("subject.settled", "persons"):
        station.settle(OTHER)


def test_nothing_is_written_of_people_whom_nobody_merged(station: Station) -> None:
    with refused("subject.settled"):
        station.settle(ELDER, OTHER)


def test_whoever_was_absorbed_by_somebody_absorbed_counts_as_the_last(station: Station) -> None:
    station.serve(OTHER)
    first = station.merge(ELDER, OTHER)
    station.settle(OTHER)
    second = station.merge(THIRD, ELDER)
    station.serve(THIRD)
    assert station.counted() == 2
    assert station.settle(OTHER) == [SubjectsMerged(kept=THIRD, absorbed=ELDER, because=second)]
    assert station.counted() == 1
    assert first != second


def test_both_links_are_told_to_a_project_that_hears_of_them_late(station: Station) -> None:
    station.serve(OTHER)
    links = [
        (ELDER, OTHER, station.merge(ELDER, OTHER)),
        (THIRD, ELDER, station.merge(THIRD, ELDER)),
    ]
    assert station.settle(OTHER) == [
        SubjectsMerged(kept=kept, absorbed=absorbed, because=because)
        for kept, absorbed, because in links
    ]


def test_people_who_are_two_after_all_are_counted_as_two(station: Station) -> None:
    station.serve(ELDER)
    station.serve(OTHER)
    station.merge(ELDER, OTHER)
    station.settle(OTHER)
    because = station.split(ELDER, OTHER)
    assert station.settle(OTHER) == [SubjectsSplit(kept=ELDER, absorbed=OTHER, because=because)]
    assert station.counted() == 2


def test_two_that_were_merged_the_wrong_way_round_make_no_circle(station: Station) -> None:
    station.serve(ELDER)
    station.serve(OTHER)
    station.merge(ELDER, OTHER)
    station.settle(OTHER)
    undone = station.split(ELDER, OTHER)
    because = station.merge(OTHER, ELDER)
    assert station.settle(ELDER) == [
        SubjectsSplit(kept=ELDER, absorbed=OTHER, because=undone),
        SubjectsMerged(kept=OTHER, absorbed=ELDER, because=because),
    ]
    assert station.counted() == 1


def test_a_project_that_begins_to_count_the_absorbed_record_later(station: Station) -> None:
    """It was void when the two were merged, and is reinstated; new records name no absorbed one."""
    station.serve(ELDER)
    voided = station.serve(OTHER)
    void_record(station.desk, entry(), voided.stream, voided.events[0], WHY)
    station.merge(ELDER, OTHER)
    with refused("registry.merged", "attendance.0.person"):
        station.serve(OTHER)
    reinstate_record(station.desk, entry(), voided.stream, voided.events[0], WHY)
    station.settle(OTHER)
    assert station.counted() == 1


def test_who_was_erased_is_counted_as_before(station: Station) -> None:
    station.serve(ELDER)
    station.serve(OTHER)
    station.merge(ELDER, OTHER)
    station.settle(OTHER)
    for person in (ELDER, OTHER):
        asked = ErasureRequested(by="person", reason="own_wish")
        request_erasure(station.desk, entry(), person, asked)
        complete_erasure(station.desk, entry(), person)
    assert station.counted() == 1
    with refused("subject.settled"):
        station.settle(OTHER)


def test_months_count_each_person_once_and_a_part_of_a_month_too(station: Station) -> None:
    station.serve(ELDER, day=SEPTEMBER)
    station.serve(OTHER, day=SEPTEMBER)
    station.serve(OTHER)
    station.merge(ELDER, OTHER)
    station.settle(OTHER)
    (come,) = progress(station.answers(), station.project, NOVEMBER)
    assert (come.months, come.total) == ({"2018-09": 1, "2018-10": 1}, 1)
    for day, people in ((date(2018, 9, 19), 0), (SEPTEMBER, 1), (date(2018, 10, 25), 1)):
        assert station.counted(day=day) == people
    (since,) = progress(station.answers(), station.project, NOVEMBER, date(2018, 9, 21))
    assert since.total == 1


def test_a_closed_period_stays_as_reported_and_the_adjustment_shows(station: Station) -> None:
    station.serve(ELDER)
    station.serve(OTHER)
    head, approved = len(station.desk.log), entry(NOVEMBER, approved_by=LATE["approved_by"])
    close_period(
        station.desk, approved, station.project, FIRST, TODAY.replace(day=31), head, "ab" * 32, 3
    )
    station.merge(ELDER, OTHER)
    station.settle(OTHER)
    assert (station.counted(head), station.counted()) == (2, 1)


def test_an_ended_project_hears_of_it_too(station: Station) -> None:
    station.serve(ELDER)
    station.serve(OTHER)
    end_project(station.desk, entry(NOVEMBER), station.project, "合同期满")
    station.merge(ELDER, OTHER)
    station.settle(OTHER)
    assert station.counted(day=LAST) == 1


def test_a_claim_about_one_event_is_held_against_people_too(station: Station) -> None:
    event = station.serve(ELDER, OTHER).events[0]
    said = FigureClaimed(report="midterm", value=1, unit="人", author=WORKER, event=event)
    claim = claim_figure(station.desk, entry(), station.project, said).events[0]

    def held_against() -> Iterable[int]:
        rows = gather(station.answers(), station.project, NOVEMBER)
        return [each.value for each in count_of_claim(rows, claim) or ()]

    assert held_against() == [2]
    station.merge(ELDER, OTHER)
    station.settle(OTHER)
    assert held_against() == [1]


def test_somebody_of_another_register_is_not_there(station: Station) -> None:
    with refused("not_found", "persons"):
        station.settle(derived_id("nobody"))


def test_a_circle_that_a_forged_ledger_tells_is_gone_round_once() -> None:
    forged = {"a": "b", "b": "c", "c": "b"}
    assert way(forged, "a") == ["a", "b", "c"]
    assert counted_as(forged) == {"a": "c", "b": "c", "c": "b"}


def test_a_leader_recognised_under_two_records_counts_once(station: Station) -> None:
    leaders = defined(
        station.desk,
        station.project,
        "B18.people",
        measure="leaders",
        unit="人",
        kinds=("community_leader",),
    )
    for person in (ELDER, OTHER):
        facts = CommunityLeaderRecognised(kind="community_leader", person=person)
        recognise_leader(station.desk, entry(), within(station.project), facts)

    def counted() -> tuple[int, int]:
        _, come = progress(station.answers(), station.project, NOVEMBER)
        return come.total, amount_of("leaders", figure(station.answers(), leaders))

    assert counted() == (2, 2)
    station.merge(ELDER, OTHER)
    station.settle(OTHER)
    assert counted() == (1, 1)
