"""Signals about people who died, or who were registered twice: each is one person."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec.structs import replace

from domain.age import Birth
from domain.clock import at
from domain.counting import Attendance
from domain.event import Reason
from domain.identity import Id, derived_id
from domain.person import Person
from domain.project import Project
from domain.registry import (
    DeathRetracted,
    Details,
    PersonDied,
    PersonRegistered,
    PersonsMerged,
    PersonsSplit,
)
from domain.subject import Subjects, SubjectsMerged
from domain.visit import HomeVisitMade, record_visit
from projections.signals.work import VIEWS, RecordsOf, Work, read
from tests.casework import HOUSEHOLD
from tests.contracts import contracted, within
from tests.folding import told
from tests.neighbours import Neighbour
from tests.station import SCOPE, STATION, TODAY, MemoryDesk, entry
from tests.street import (
    COLLEAGUE,
    PEOPLE,
    UNTIL,
    Street,
    found,
    visit,
    work,
)


def test_a_service_after_a_death_that_was_recorded_later() -> None:
    desk = Street()
    somebody = PEOPLE[0]
    born = Details(birth=Birth(day=date(1940, 1, 1), precision="year"), community="示例社区")
    station = replace(SCOPE, project=None)
    known = Person.start(entry(), station, PersonRegistered(details=born), id=somebody)
    desk.save(entry(), known)
    first, second = visit(desk, TODAY, 0), visit(desk, TODAY + timedelta(days=3), 0)
    visit(desk, TODAY + timedelta(days=4), 1)
    assert not found(work(desk), "served_after_death")
    learned = entry(TODAY + timedelta(days=5))
    known.record(learned, PersonDied(died=TODAY, source="社区"))  # the day of the first
    desk.save(learned, known)
    (one,) = found(work(desk), "served_after_death")
    assert (one.events, [about.id for about in one.about]) == ((second,), [somebody])
    assert first not in one.events
    why = Reason(code="entry_error", text="同名的另一位老人")
    known.record(learned, DeathRetracted(reason=why))
    desk.save(learned, known)
    assert not found(work(desk), "served_after_death")


def test_work_with_the_bereaved_is_no_service_to_the_dead() -> None:
    desk = Street()
    (known,) = registered_in(desk, PEOPLE[0])
    known.record(entry(), PersonDied(died=TODAY, source="社区"))
    desk.save(entry(), known)
    mourning = Attendance(role="family", person=PEOPLE[1])
    facts = HomeVisitMade(
        kind="home_visit", household=HOUSEHOLD, minutes=40, attendance=(mourning,)
    )
    desk.neighbours["household", HOUSEHOLD] = Neighbour()
    desk.neighbours["person", PEOPLE[1]] = Neighbour(household=HOUSEHOLD)
    served = record_visit(desk, entry(TODAY + timedelta(days=3)), SCOPE, facts).events[0]
    assert [row["event"] for row in work(desk).works] == [served]
    assert not found(work(desk), "served_after_death")


def registered_in(desk: Street, *people: Id) -> list[Person]:
    born = Details(birth=Birth(day=date(1940, 1, 1), precision="year"), community="示例社区")
    station, facts = replace(SCOPE, project=None), PersonRegistered(details=born)
    known = [Person.start(entry(), station, facts, id=somebody) for somebody in people]
    desk.save(entry(), *known)
    return known


def merge(desk: Street, kept: Person, absorbed: Person) -> None:
    facts = PersonsMerged(kept=kept.id, absorbed=absorbed.id, reason=TWICE)
    absorbed.merge(entry(), facts)
    desk.save(entry(), absorbed)


TWICE = Reason(code="duplicate", text="同一人重复建档")


def test_a_death_that_is_on_the_record_which_was_kept_by_and_by() -> None:
    desk = Street()
    first, second, last = registered_in(desk, *PEOPLE[:3])
    served = visit(desk, TODAY + timedelta(days=3), 0)
    visit(desk, TODAY, 1)
    merge(desk, second, first)
    merge(desk, last, second)
    last.record(entry(), PersonDied(died=TODAY + timedelta(days=1), source="社区"))
    desk.save(entry(), last)
    (one,) = found(work(desk), "served_after_death")
    assert one.events == (served,)
    assert [about.id for about in one.about] == [first.id, last.id]
    first.split(entry(), PersonsSplit(kept=second.id, absorbed=first.id, reason=TWICE))
    desk.save(entry(), first)
    assert not found(work(desk), "served_after_death")


def test_a_death_on_an_absorbed_record_says_nothing_of_the_other() -> None:
    desk = Street()
    first, second = registered_in(desk, *PEOPLE[:2])
    first.record(entry(), PersonDied(died=TODAY - timedelta(days=9), source="社区"))
    desk.save(entry(), first)
    merge(desk, second, first)
    visit(desk, TODAY, 1)
    assert not found(work(desk), "served_after_death")


def test_two_records_of_one_person_are_one_in_presence_and_duplicates() -> None:
    desk = Street()
    first, second = registered_in(desk, *PEOPLE[:2])
    twice = visit(desk, at(TODAY), 0), visit(desk, at(TODAY), 1, worker=COLLEAGUE)
    tomorrow = at(TODAY + timedelta(days=1))
    again = visit(desk, tomorrow, 0, minutes=9), visit(desk, tomorrow, 1, minutes=9)
    assert not found(work(desk), "possible_duplicate")
    assert not found(work(desk), "person_twice")
    merge(desk, second, first)
    (same,) = found(work(desk), "possible_duplicate")
    (there,) = found(work(desk), "person_twice")
    assert (same.events, there.events) == (tuple(sorted(again)), tuple(sorted(twice)))
    assert [about.id for about in there.about] == [second.id]


def test_a_project_goes_by_what_it_was_told() -> None:
    desk = Street()
    contracts = MemoryDesk()
    project = contracted(contracts)
    desk.neighbours["project", project] = contracts.load(Project, project)
    scope = within(project)
    first = visit(desk, at(TODAY), 0, scope=scope)
    second = visit(desk, at(TODAY), 1, scope=scope, worker=COLLEAGUE)
    assert not found(of_project(desk, project), "person_twice")
    subjects = Subjects(derived_id("subjects", project), scope)
    because = derived_id("merger")
    subjects.record(entry(), SubjectsMerged(kept=PEOPLE[1], absorbed=PEOPLE[0], because=because))
    desk.save(entry(), subjects)
    (one,) = found(of_project(desk, project), "person_twice")
    assert one.events == tuple(sorted((first, second)))


def test_a_projects_own_records_do_not_tell_who_died() -> None:
    desk, project = Street(), derived_id("project")
    (known,) = registered_in(desk, PEOPLE[0])
    known.record(entry(), PersonDied(died=TODAY, source="社区"))
    desk.save(entry(), known)
    answers = told(VIEWS, desk.log)
    assert read(answers, RecordsOf(station=STATION), UNTIL).deaths == {known.id: TODAY}
    assert read(answers, RecordsOf(project=project), UNTIL).deaths == {}


def of_project(desk: Street, project: Id) -> Work:
    own = [event for event in desk.log if event.ledger == project]
    return read(told(VIEWS, own), RecordsOf(project=project), UNTIL)
