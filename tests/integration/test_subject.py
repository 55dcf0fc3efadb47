"""Somebody registered twice, from the merger to the figures of a project, and to its bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.handed import open_bundle
from deploy.workroom import workshop_of
from domain.allocation import allocate_delivery
from domain.clock import at
from domain.contract import define_indicator
from domain.counting import Attendance
from domain.desk import Receipt
from domain.entry import Entry
from domain.event import Reason
from domain.identifying import merge_persons, split_persons
from domain.identity import Id, new_id
from domain.indicators import indicator_id
from domain.journal.codec import decode
from domain.journal.tasks import Asked
from domain.registering import register_person
from domain.registry import Details, PersonRegistered, PersonsMerged, PersonsSplit
from domain.subject import SubjectsMerged
from domain.visit import record_visit
from projections.catalogue import VIEWS
from projections.engine.ask import MemoryAnswers
from projections.engine.fold import fold
from projections.indicators import MERGED, indicators
from projections.progress import progress
from projections.project import projects
from projections.replay import Replay
from tests.bundles import write
from tests.contracts import SIGNED, TERMS, contract_project, definition
from tests.doors import visit
from tests.integration.contracted import contract, service
from tests.integration.days import today_here
from tests.integration.http import Running
from tests.integration.registered import registered
from tests.offices import Office, office
from tests.register import BORN
from tests.station import OPERATOR, SCOPE, entry
from tests.station import TODAY as SERVED
from workers.catalogue import DUTIES
from workers.duty import SYSTEM
from workers.reactor import Reactor
from workers.running import Runner
from workers.subject import SETTLE, SETTLE_ALL

DEMONSTRATION = msgspec.structs.replace(SCOPE, demonstration=True)
WHY = Reason(code="duplicate", text="同一人重复建档")
SENT = {"code": "duplicate", "text": "同一人重复建档"}
LAST = date(2018, 12, 31)


def work(api: Running) -> None:
    """Do what the journal asks for, as the processes would."""
    api.follow()
    shop = workshop_of(api.built)
    reactor = Reactor(shop.journal, shop.register, DUTIES)
    while reactor.step():
        pass
    named, runner = {duty.name: duty for duty in DUTIES}, Runner(shop)
    for task in shop.register.take_unsent():
        runner.run(named[task.duty], task.task)


def test_from_the_merger_over_http_to_the_figures_and_the_bundle(
    api: Running, tmp_path: Path
) -> None:
    made = {
        "code": "B05.people",
        "name": "上门服务老年人",
        "measure": "persons",
        "unit": "人",
        "kinds": ["home_service"],
        "in_scope": False,
        "placement": {"table": "B", "line": "B05", "column": "people"},
    }
    project = api.done("/projects", contract(api))["stream"]
    api.done(f"/projects/{project}/indicators", {"definition": made})
    first, second = registered(api), registered(api)
    for person in (first, second):
        service(api, project, attendance=[{"person": person}])

    def people(**query: Any) -> tuple[int, int]:
        """The people served, by the progress and by the mid-term report."""
        come = {row["code"]: row for row in api.get(f"/projects/{project}/progress", **query)}
        lines = api.get(f"/projects/{project}/midterm", **query)["lines"]
        (cells,) = (line["cells"] for line in lines if line["line"] == "B05")
        return come["B05.people"]["total"], cells["people"]["actual"]

    before = api.built.journal.max_notification_id()
    assert people() == (2, 2)
    two = {"kept": first, "absorbed": second, "reason": SENT}
    api.done("/person-mergers", two)
    work(api)
    assert people() == (1, 1)
    assert people(known_at=before) == (2, 2)
    indicator = indicator_id(project, "B05.people")
    parts = api.get(f"/indicators/{indicator}/contributions")["items"]
    assert {(part["subject"], part["counted_as"]) for part in parts} == {
        (first, None),
        (second, first),
    }
    told = api.get(f"/projects/{project}/changes", compared_with=before)
    (line,) = told["lines"]
    assert (line["line"], [event["type"] for event in line["events"]]) == (
        "B05",
        ["project.SubjectsMerged@1"],
    )
    rows = api.get(f"/ledgers/{project}/changes", register="indicators", compared_with=before)
    assert [row["key"] for row in rows["items"]] == [{"absorbed": second}]
    size = len(list(api.built.journal.read_ledger(project)))
    write(api.built, tmp_path / "bundle", (project, size))
    (tmp_path / "scratch").mkdir()
    assert Replay(tmp_path / "bundle", project, VIEWS, tmp_path / "scratch").run().same
    rows, _ = fold((projects, indicators), open_bundle(tmp_path / "bundle").entries(project))
    alone = MemoryAnswers(rows, SYSTEM)
    come = {one.indicator["code"]: one for one in progress(alone, project, today_here())}
    assert come["B05.people"].total == 1
    api.done("/person-splits", two)
    work(api)
    assert people() == (2, 2)


class Register:
    """Two records of a demonstration's register, and a project that counts people."""

    def __init__(self, room: Office) -> None:
        self.room = room
        self.kept, self.absorbed = self.registered(), self.registered()
        self.project = self.do(
            lambda desk, e: contract_project(desk, e, DEMONSTRATION, TERMS), SIGNED
        ).stream
        made = definition("B05.people", measure="persons", unit="人")
        self.do(lambda desk, e: define_indicator(desk, e, self.project, made), SIGNED)

    def do(self, command: Callable[[Any, Entry], Receipt], day: date = SERVED) -> Receipt:
        e = entry(day, now=self.room.clock.now())
        return self.room.workshop.records.carry_out(e.principal, e, lambda desk: command(desk, e))

    def registered(self) -> Id:
        facts = PersonRegistered(details=Details(birth=BORN, community="丹州社区"))
        return self.do(
            lambda desk, e: register_person(desk, e, DEMONSTRATION, facts, id=new_id())
        ).stream

    def serve(self, person: Id, kind: str = "home_service") -> Receipt:
        scope = msgspec.structs.replace(DEMONSTRATION, project=self.project)
        came = (Attendance(person=person),)
        seen = visit(kind=kind, attendance=came, workers=(new_id(),))
        return self.do(lambda desk, e: record_visit(desk, e, scope, seen))

    def merge(self, kept: Id, absorbed: Id) -> None:
        facts = PersonsMerged(kept=kept, absorbed=absorbed, reason=WHY)
        self.do(lambda desk, e: merge_persons(desk, e, facts))

    def split(self, kept: Id, absorbed: Id) -> None:
        facts = PersonsSplit(kept=kept, absorbed=absorbed, reason=WHY)
        self.do(lambda desk, e: split_persons(desk, e, facts))

    def counted(self) -> int:
        self.room.follow()
        with self.room.workshop.asking.within(SYSTEM) as answers:
            (come,) = progress(answers, self.project, LAST)
        return come.total

    def links(self) -> list[tuple[Id, Id]]:
        self.room.follow()
        with self.room.workshop.asking.within(SYSTEM) as answers:
            return [(row["absorbed"], row["kept"]) for row in answers.rows(MERGED)]

    def told(self) -> int:
        """How often the project was told that two are one."""
        rows = self.room.journal.read_ledger(self.project)
        return sum(isinstance(decode(row.state).facts, SubjectsMerged) for row in rows)


@pytest.fixture
def register(database_url: str, tmp_path: Path) -> Iterator[Register]:
    with office(database_url, tmp_path) as room:
        yield Register(room)


def test_a_merger_that_nobody_heard_of_is_caught_up_with_in_the_morning(register: Register) -> None:
    """The events were read before this duty was known, as after an upgrade."""
    known = [duty for duty in DUTIES if duty is not SETTLE]
    register.serve(register.kept)
    register.serve(register.absorbed)
    register.merge(register.kept, register.absorbed)
    register.room.settle(known)
    assert register.counted() == 2
    register.room.clock.set(at(SERVED + timedelta(days=1), 6))
    register.room.tick([SETTLE_ALL])
    register.room.settle(DUTIES)
    assert (register.counted(), register.told()) == (1, 1)


def test_workers_that_were_off_tell_it_when_they_are_back(register: Register) -> None:
    register.serve(register.kept)
    register.serve(register.absorbed)
    register.merge(register.kept, register.absorbed)
    assert register.counted() == 2
    register.room.settle(DUTIES)
    assert register.counted() == 1


def test_it_is_told_once_however_often_it_is_looked_at(register: Register) -> None:
    register.serve(register.kept)
    register.serve(register.absorbed)
    register.merge(register.kept, register.absorbed)
    for day in range(3):
        register.room.clock.set(at(SERVED + timedelta(days=day), 6 if day else 10))
        register.room.tick([SETTLE_ALL])
        register.room.settle(DUTIES)
    assert register.told() == 1


def test_a_chain_is_told_link_by_link_and_taken_back_where_it_breaks(register: Register) -> None:
    third = register.registered()
    register.serve(register.absorbed)
    register.serve(third)
    register.merge(register.kept, register.absorbed)
    register.merge(third, register.kept)
    register.room.settle(DUTIES)
    assert sorted(register.links()) == sorted(
        [(register.absorbed, register.kept), (register.kept, third)]
    )
    assert register.counted() == 1
    register.split(third, register.kept)
    register.room.settle(DUTIES)
    assert register.links() == [(register.absorbed, register.kept)]
    assert register.counted() == 2


def test_a_project_that_counts_none_of_them_is_told_nothing(register: Register) -> None:
    register.serve(register.registered())
    register.merge(register.kept, register.absorbed)
    register.room.settle(DUTIES)
    assert (register.links(), register.counted()) == ([], 1)


def test_a_project_that_begins_to_count_the_absorbed_record_is_told_then(
    register: Register,
) -> None:
    register.serve(register.kept)
    made = register.serve(register.absorbed, kind="phone_contact")
    register.merge(register.kept, register.absorbed)
    register.room.settle(DUTIES)
    assert register.links() == []
    people, why = indicator_id(register.project, "B05.people"), "督导核实后计入"
    register.do(
        lambda desk, e: allocate_delivery(
            desk, e, register.project, made.stream, made.events[0], people, why
        )
    )
    assert register.counted() == 2
    register.room.settle(DUTIES)
    assert register.links() == [(register.absorbed, register.kept)]
    assert register.counted() == 1


def test_a_split_that_nobody_heard_of_is_caught_up_with_too(register: Register) -> None:
    register.serve(register.kept)
    register.serve(register.absorbed)
    register.merge(register.kept, register.absorbed)
    register.room.settle(DUTIES)
    register.split(register.kept, register.absorbed)
    register.room.settle([duty for duty in DUTIES if duty is not SETTLE])
    assert register.counted() == 1
    register.room.clock.set(at(SERVED + timedelta(days=1), 6))
    register.room.tick([SETTLE_ALL])
    register.room.settle(DUTIES)
    assert (register.links(), register.counted()) == ([], 2)


def test_several_workers_at_once_tell_it_once(register: Register) -> None:
    register.serve(register.kept)
    register.serve(register.absorbed)
    register.merge(register.kept, register.absorbed)
    register.room.follow()
    tasks = [
        Asked(task=new_id(), duty=SETTLE.name, subjects=(register.absorbed,), operator=OPERATOR)
        for _ in range(6)
    ]
    register.room.register.ask(*tasks)
    runner = Runner(register.room.workshop)
    with ThreadPoolExecutor(6) as several:
        list(several.map(lambda each: runner.run(SETTLE, each.task), tasks))
    done = [register.room.register.find(each.task) for each in tasks]
    assert sorted(task.result or "" for task in done if task) == [*["0"] * 5, "1"]
    assert (register.told(), register.counted()) == (1, 1)
