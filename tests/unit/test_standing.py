"""What a report stands on and an evaluation freezes: the same as in memory, and as little of it."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, date, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from deploy.bench.history import History
from domain.contract import set_target
from domain.counting import Allocation, Attendance
from domain.event import AnyEvent
from domain.identity import Id, derived_id
from domain.indicators import IndicatorTargetSet, Placement, Target
from domain.journal.codec import encode
from domain.journal.entries import JournalRow
from domain.journal.seal import Edge, leaf_hash
from domain.journal.verify import Ledger, Policy, Report
from domain.period import FigureClaimed
from domain.project import Project
from domain.reporting import claim_figure
from domain.visit import HomeServiceDelivered, Visit
from projections.catalogue import VIEWS
from projections.differences import count_of_claim, differing_claims
from projections.engine.ask import MemoryAnswers
from projections.engine.fold import fold
from projections.frozen import frozen
from projections.indicators import CLAIM, indicators
from projections.midterm import gather, midterm
from projections.project import projects
from projections.reported import standing
from projections.snapshot import snapshot
from projections.visit import visits
from tests.contracts import defined, within
from tests.fuyuan import adopted, report
from tests.journalled import rows_of
from tests.station import WORKER, MemoryDesk, entry, principal

HELD, REPORTED = date(2018, 10, 26), date(2018, 12, 7)
PEOPLE = tuple(derived_id("served", str(number)) for number in range(12))
FEW = 60
"""So many rows in memory: most of a history waits in files."""


def define(desk: MemoryDesk, project: Id) -> Id:
    """Add an indicator of people, each counted once and so many each month, on a line."""
    place = Placement(table="B", line="B05", column="people")
    made = defined(
        desk, project, "B05.persons", measure="persons", unit="人", kinds=(), placement=place
    )
    due = IndicatorTargetSet(
        indicator=made,
        per="month",
        target=Target(value=3, unit="人"),
        effective_from=HELD,
        source="附件",
    )
    set_target(desk, entry(), project, due)
    return made


@pytest.fixture(scope="module")
def fuyuan() -> tuple[Id, list[AnyEvent]]:
    """A project with its deliveries, and claims; one of them speaks of one delivery."""
    desk = MemoryDesk()
    project = adopted(desk)
    report(desk, project)
    contract = desk.load(Project, project)
    made: list[AnyEvent] = []
    persons = define(desk, project)
    for number in range(90):
        came = Attendance(person=PEOPLE[number % len(PEOPLE)])
        facts = HomeServiceDelivered(
            kind="home_service", audience="elderly", minutes=40, attendance=(came,)
        )
        each_once = Allocation(indicator=persons, measure="persons")
        counted = replace(facts, allocations=(*contract.allocate(facts), each_once))
        day = entry(HELD + timedelta(days=number % 60))
        made += Visit.start(day, within(project), counted).collect_events()
    said = FigureClaimed(report="midterm", value=400, unit="人次", author=WORKER, event=made[0].id)
    claim_figure(desk, entry(), project, said)
    return project, [*desk.log, *made]


@pytest.mark.parametrize("day", [HELD, HELD + timedelta(days=7), REPORTED])
def test_a_report_stands_on_what_the_whole_ledger_says(
    fuyuan: tuple[Id, list[AnyEvent]], day: date
) -> None:
    project, events = fuyuan
    folded = fold((projects, indicators), rows_of(events))[0]
    known = gather(MemoryAnswers(folded, principal()), project, day)
    stood = standing(rows_of(events), day, FEW)
    assert (stood.position, stood.hash) == (len(events), snapshot(indicators, folded))
    assert known.contributions
    assert len(stood.rows.contributions) <= len(known.contributions)
    assert midterm(stood.rows) == midterm(known)
    (line,) = [line for line in midterm(known).lines if line.line == "B05"]
    assert [month.month for month in line.cells["people"].months][:1] == ["2018-10"]
    assert differing_claims(stood.rows, "midterm") == differing_claims(known, "midterm")
    claims = [row["claim"] for row in folded.records(CLAIM)]
    assert claims
    for claim in claims:
        assert count_of_claim(stood.rows, claim) == count_of_claim(known, claim)


def test_what_is_frozen_is_the_root_and_the_hash_of_every_view() -> None:
    rows = list(rows_of(History(5).events(400)))
    made = frozen(VIEWS, iter(rows), FEW)
    assert made is not None
    assert made.root == Edge().extend(leaf_hash(row.leaf) for row in rows).root().hex()
    assert (made.position, made.number) == (400, 400)
    folded = fold(VIEWS, rows)[0]
    assert [(each.view, each.hash) for each in made.views] == [
        (view.name, snapshot(view, folded)) for view in VIEWS
    ]
    assert frozen(VIEWS, iter(()), FEW) is None


def many(template: AnyEvent, count: int) -> Iterator[JournalRow]:
    """Write one delivery down so many times, each under an id of its own."""
    state, moment = encode(template), template.captured_at.astimezone(UTC)
    for number in range(1, count + 1):
        own = f"{number:08x}{template.id[8:]}"
        written = state.replace(template.id.encode(), own.encode())
        yield JournalRow(number, template.ledger, number, moment, own, written)


def peak(reckon: Callable[[Iterator[JournalRow]], object], rows: Iterator[JournalRow]) -> int:
    """Return how many bytes are held at most while something is reckoned."""
    gc.collect()
    tracemalloc.start()
    try:
        reckon(rows)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "reckon",
    [
        lambda rows: frozen((visits,), rows, 500),
        lambda rows: standing(rows, REPORTED, 500),
    ],
    ids=["frozen", "standing"],
)
def test_twenty_times_the_records_take_no_more_memory(
    reckon: Callable[[Iterator[JournalRow]], object],
) -> None:
    """Entries are read some two thousand at a time, so 1,000 are half of what is held at most."""
    counts = (Allocation(indicator=derived_id("indicator"), measure="times"),)
    facts = HomeServiceDelivered(kind="home_service", minutes=40, allocations=counts)
    (delivery,) = Visit.start(entry(HELD), within(derived_id("project")), facts).collect_events()
    reckon(many(delivery, 10))  # what is made once and kept is made before
    few, whole = peak(reckon, many(delivery, 1_000)), peak(reckon, many(delivery, 20_000))
    assert whole < 3 * few


def test_a_verifier_keeps_no_hashes_but_of_the_files_that_are_left_to_name(tmp_path: Path) -> None:
    place = tmp_path / "ledgers" / derived_id("ledger")
    place.mkdir(parents=True)

    def check(count: int, enclosed: set[str]) -> set[str]:
        with (place / "entries.ndjson").open("w") as file:
            file.writelines(f'{{"sha256":"{number:064x}"}}\n' for number in range(count))
        Ledger(place, Policy(), Report(), enclosed).check(None)
        return enclosed

    one, other = f"{7:064x}", "ab" * 32
    assert check(20, {one, other}) == {other}
    check(10, set())
    few = peak(lambda _: check(1_000, {other}), iter(()))
    whole = peak(lambda _: check(20_000, {other}), iter(()))
    assert whole < 3 * few
