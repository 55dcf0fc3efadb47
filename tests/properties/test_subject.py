"""However records are merged and split, a project counts people as a naive union does."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.counting import Attendance
from domain.event import Reason
from domain.identifying import merge_persons, split_persons
from domain.identity import Id, derived_id
from domain.person import Person
from domain.refusals import Conflict, ShiluError
from domain.registry import PersonsMerged, PersonsSplit
from domain.subject import settle_subjects
from domain.visit import record_visit
from projections.indicators import indicators
from projections.midterm import gather, midterm
from projections.progress import progress
from projections.project import projects
from tests.contracts import LAST, contracted, defined, within
from tests.doors import visit
from tests.folding import told
from tests.merged import PEOPLE
from tests.register import register
from tests.station import MemoryDesk, entry

REGISTERED = tuple(derived_id("registered", str(number)) for number in range(6))
WHY = Reason(code="duplicate", text="同一人重复建档")
person = st.sampled_from(REGISTERED)
step = st.tuples(st.sampled_from(("serve", "merge", "split", "settle")), person, person)


def take(desk: MemoryDesk, project: Id, what: str, one: Id, other: Id) -> None:
    """Take one step, which the rules may refuse."""
    match what:
        case "serve":
            seen = visit(attendance=(Attendance(person=one),))
            record_visit(desk, entry(), within(project), seen)
        case "merge":
            merge_persons(desk, entry(), PersonsMerged(kept=one, absorbed=other, reason=WHY))
        case "split":
            kept = desk.load(Person, other).merged_into or one
            split_persons(desk, entry(), PersonsSplit(kept=kept, absorbed=other, reason=WHY))
        case _:
            settle_subjects(desk, entry(), project, (one,))


def naive(merged: dict[Id, Id], served: set[Id]) -> int:
    """Count the sets of people who are one person, of whom one was served at least."""
    sets = {one: {one} for one in REGISTERED}
    for absorbed, kept in merged.items():
        joined = sets[absorbed] | sets[kept]
        for one in joined:
            sets[one] = joined
    return len({frozenset(sets[one]) for one in served})


@settings(max_examples=60, deadline=None)
@given(st.lists(step, max_size=25))
def test_people_are_counted_as_a_naive_union_counts_them(steps: list[tuple[str, Id, Id]]) -> None:
    desk = MemoryDesk()
    for one in REGISTERED:
        register(desk, one)
    project = contracted(desk)
    defined(desk, project, "B05.persons", measure="persons", unit="人", placement=PEOPLE)
    served: set[Id] = set()
    for what, one, other in steps:
        try:
            take(desk, project, what, one, other)
        except ShiluError:
            desk.stand_up()
        else:
            served |= {one} if what == "serve" else set()
    with suppress(Conflict):  # where all are counted so already
        settle_subjects(desk, entry(), project, REGISTERED)
    desk.stand_up()
    records = {one: desk.load(Person, one).merged_into for one in REGISTERED}
    merged = {one: kept for one, kept in records.items() if kept is not None}
    answers = told((projects, indicators), [event for event in desk.log if event.ledger == project])
    (come,) = progress(answers, project, LAST)
    (line,) = midterm(gather(answers, project, LAST)).lines
    assert come.total == line.cells["people"].actual == naive(merged, served)
