"""What a project's stations came to each, and what several projects count under one name."""

from __future__ import annotations

from datetime import date

import pytest

from domain.contract import amend_contract
from domain.corrections import correct_record, void_record
from domain.counting import Attendance
from domain.desk import Receipt
from domain.entry import Scope
from domain.event import Reason
from domain.identity import Id, derived_id
from domain.principal import Principal
from domain.project import ContractAmended
from domain.visit import record_visit
from projections.engine.ask import MemoryAnswers
from projections.indicators import PROGRESS, indicators
from projections.progress import amount_of, figure, progress
from projections.project import projects
from projections.side_by_side import Part, by_station, side_by_side, stations_of
from tests.contracts import SIGNED, contracted, defined
from tests.doors import visit
from tests.folding import told
from tests.register import ELDER, register
from tests.station import OPERATOR, STATION, TODAY, WORKER, MemoryDesk, entry

THERE = derived_id("another station")
NOVEMBER = date(2018, 11, 20)
OTHER = derived_id("somebody else")
WHY = Reason(code="entry_error", text="人数录入错误")


class Street:
    """A project of two stations that counts minutes, person-times and persons."""

    def __init__(self, **terms: str) -> None:
        self.desk = MemoryDesk()
        self.project = contracted(self.desk, **terms)
        wider = ContractAmended(clause="第二条", document="补充协议", stations=(STATION, THERE))
        amend_contract(self.desk, entry(SIGNED), self.project, wider)
        register(self.desk, ELDER)
        for code, measure, unit in (("1", "minutes", "分钟"), ("2", "person_times", "人次"),
                                    ("3", "persons", "人")):  # fmt: skip
            roles = ("volunteer",) if measure == "persons" else ()
            defined(self.desk, self.project, code, measure=measure, unit=unit, roles=roles,
                    name=f"上门服务 {unit}")  # fmt: skip

    def visit(self, station: Id, whom: Id, day: date = TODAY, minutes: int = 40) -> Receipt:
        scope = Scope(operator=OPERATOR, station=station, project=self.project)
        named = (Attendance(person=ELDER), Attendance(person=whom, role="volunteer"))
        return record_visit(self.desk, entry(day), scope, visit(attendance=named, minutes=minutes))

    def answers(self, who: Principal | None = None) -> MemoryAnswers:
        return told((indicators, projects), self.desk.log, who)

    def parts(self, day: date = NOVEMBER, since: date | None = None) -> list[dict[Id | None, int]]:
        """Return what each indicator came to by station; the figures themselves hold."""
        found = by_station(self.answers(), self.project, day, since)
        whole = progress(self.answers(), self.project, day, since)
        assert [(one.total, one.unnamed) for one in found] == [
            (one.total, one.unnamed) for one in whole
        ]
        for one in found:
            rows = figure(self.answers(), one.indicator["indicator"], since=since, until=day)
            of = [[row for row in rows if row["station"] == part.station] for part in one.parts]
            came = [amount_of(one.indicator["measure"], each) for each in of]
            assert came == [part.total for part in one.parts], "a figure opens to its own parts"
            if one.adds_up:
                assert sum(came) == one.total
        return [{part.station: part.total for part in one.parts} for one in found]


@pytest.fixture
def street() -> Street:
    return Street()


def test_stations_parts_add_up_to_the_figure_but_for_people_whom_both_met(street: Street) -> None:
    street.visit(STATION, OTHER)
    street.visit(THERE, OTHER, minutes=30)
    street.visit(THERE, OTHER, NOVEMBER, minutes=5)
    minutes, times, persons = street.parts()
    assert (minutes, times) == ({STATION: 40, THERE: 35}, {STATION: 1, THERE: 2})
    assert persons == {STATION: 1, THERE: 1}
    found = by_station(street.answers(), street.project, NOVEMBER)
    assert [(one.total, one.adds_up) for one in found] == [(75, True), (3, True), (1, False)]
    assert street.parts(NOVEMBER, NOVEMBER) == [{THERE: 5}, {THERE: 1}, {THERE: 1}]
    assert street.parts(TODAY)[0] == {STATION: 40, THERE: 30}


def test_a_station_where_only_unnamed_people_came_has_its_part(street: Street) -> None:
    scope = Scope(operator=OPERATOR, station=THERE, project=street.project)
    helpers = (Attendance(person=ELDER), Attendance(count=3, role="volunteer"))
    record_visit(street.desk, entry(), scope, visit(attendance=helpers))
    *_, persons = by_station(street.answers(), street.project, NOVEMBER)
    assert persons.of(THERE) == Part(station=THERE, total=0, unnamed=3, estimated=0)
    of = {"indicator": persons.indicator["indicator"]}
    assert street.answers().total(PROGRESS, "events", where=of) == 1


def test_a_correction_moves_the_part_of_its_station_alone(street: Street) -> None:
    made, gone = street.visit(THERE, OTHER), street.visit(STATION, OTHER)
    correct_record(street.desk, entry(), made.stream, made.events[0], {"minutes": 50}, WHY)
    void_record(street.desk, entry(), gone.stream, gone.events[0], WHY)
    assert street.parts()[0] == {THERE: 50}
    (first, *_) = found = by_station(street.answers(), street.project, NOVEMBER)
    assert stations_of(found) == [THERE]
    assert first.of(STATION) == Part(station=STATION, total=0, unnamed=0, estimated=0)


def test_whoever_is_held_to_one_station_is_told_its_part_alone(street: Street) -> None:
    street.visit(STATION, OTHER)
    street.visit(THERE, OTHER)
    held = Principal(actor=WORKER, role="worker", operator=OPERATOR, stations=(STATION,))
    found = by_station(street.answers(held), street.project, NOVEMBER)
    assert ([one.total for one in found], stations_of(found)) == ([40, 1, 1], [STATION])


def test_projects_stand_side_by_side_where_they_count_the_same_under_one_name() -> None:
    here, there = Street(), Street(key="elsewhere")
    defined(
        there.desk, there.project, "4", name="上门服务 人次", measure="person_times", unit="人次"
    )
    defined(there.desk, there.project, "5", name="上门服务 人次")
    defined(here.desk, here.project, "6", name="上门服务 人次", unit="场")
    here.visit(STATION, OTHER)
    told_of = {
        street.project: progress(street.answers(), street.project, NOVEMBER)
        for street in (here, there)
    }
    beside = side_by_side(told_of)
    assert [(one.name, one.measure, len(one.projects)) for one in beside] == [
        ("上门服务 分钟", "minutes", 2),
        ("上门服务 人次", "person_times", 2),
        ("上门服务 人", "persons", 2),
        ("上门服务 人次", "times", 1),
        ("上门服务 人次", "person_times", 1),
        ("上门服务 人次", "times", 1),
    ]
    assert (beside[3].unit, beside[5].unit) == ("场", "次")
    assert [one.projects[here.project].total for one in beside[:3]] == [40, 1, 1]
    assert beside[4].projects[there.project].indicator["code"] == "4"
