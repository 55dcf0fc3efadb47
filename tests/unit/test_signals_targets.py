"""Signals of when targets were set: after what they measure, or changed after it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.clock import at
from domain.contract import set_target
from domain.counting import Attendance
from domain.identity import derived_id
from domain.indicators import IndicatorTargetSet, Target
from domain.project import Project
from domain.visit import HomeServiceDelivered, Visit
from projections.engine.view import Row
from projections.progress import progress
from projections.signals.found import signals
from projections.signals.work import VIEWS, RecordsOf, Work, read
from tests.contracts import contracted, defined, within
from tests.folding import told
from tests.station import TODAY, WORKER, MemoryDesk, entry
from tests.street import figures, found

INDICATOR = derived_id("indicator")


def target(written: int, holds: int = 0, *, per: str = "project", value: int = 5) -> Row:
    """A target written some days after today, which holds from another day on."""
    return {
        "target": derived_id("target", str(written), str(value)),
        "indicator": INDICATOR,
        "per": per,
        "form": "number",
        "low": value,
        "high": value,
        "unit": "次",
        "words": None,
        "amendment": None,
        "effective_from": TODAY + timedelta(days=holds),
        "recorded_at": at(TODAY + timedelta(days=written)),
        "position": written,
    }


def delivered(*days: int, targets: list[Row]) -> Work:
    """Deliveries some days after today, and targets of their indicator."""
    made: list[Row] = [
        {
            "indicator": INDICATOR,
            "event": derived_id("made", str(day)),
            "day": TODAY + timedelta(days=day),
        }
        for day in days
    ]
    return Work(works=(), targets=targets, contributions=made, codes={INDICATOR: "B05.times"})


@pytest.mark.parametrize(("written", "before"), [(1, 2), (0, 1), (-9, 0), (10, 3)])
@pytest.mark.parametrize("holds", [-20, 0, 1, 10])
def test_a_target_that_was_set_after_what_it_measures(
    written: int, before: int, holds: int
) -> None:
    """The figure counts every delivery, from whatever day on the target is said to hold."""
    after = found(delivered(-9, 0, 9, targets=[target(written, holds)]), "target_after_work")
    assert [figures(one) for one in after] == [{"before": before, "all": 3}] * (before > 0)
    for one in after:
        assert len(one.events) == before + 1
        assert one.details["first"] == (TODAY - timedelta(days=9)).isoformat()


@pytest.mark.parametrize(
    ("written", "holds", "before", "counted"),
    [(8, 6, 1, 2), (8, 8, 1, 2), (8, 5, 3, 4), (6, 6, 0, 2)],
)
def test_a_target_of_a_month_measures_whole_months(
    written: int, holds: int, before: int, counted: int
) -> None:
    """Today is 26 October: what was done before November is no matter of November's target."""
    due = target(written, holds, per="month")
    after = found(delivered(1, 2, 6, 20, targets=[due]), "target_after_work")
    assert [figures(one) for one in after] == [{"before": before, "all": counted}] * (before > 0)


@pytest.mark.parametrize(
    ("low", "high", "now", "expected"), [(3, 3, "3次", 1), (5, 8, "5–8次", 1), (5, 5, "5次", 0)]
)
def test_a_target_that_was_changed_after_what_it_measures(
    low: int, high: int, now: str, expected: int
) -> None:
    first = target(-10, -10, value=5)
    second = {**target(1, 1, value=low), "high": high, "amendment": derived_id("amendment")}
    known = delivered(-9, 0, 9, targets=[second, first])
    changed = found(known, "target_changed_after_work")
    assert [(figures(one), one.details["was"], one.details["now"]) for one in changed] == [
        ({"before": 2, "all": 3}, "5次", now)
    ] * expected
    assert not found(known, "target_after_work")
    for one in changed:
        assert one.about[0].id == INDICATOR
        assert {first["target"], second["target"]} <= set(one.events)
        assert now in one.words("zh")


def test_a_target_for_another_span_is_another_target() -> None:
    mid, whole = target(-10, -10, per="midterm"), target(1, 1, per="project")
    known = delivered(-9, 9, targets=[mid, whole])
    assert len(found(known, "target_after_work")) == 1
    assert not found(known, "target_changed_after_work")


@pytest.mark.parametrize("holds", [date(2018, 9, 29), date(2018, 7, 1)])
def test_what_the_figure_counts_is_what_the_target_measures(holds: date) -> None:
    """Five services in August, and in September a target of five."""
    desk = MemoryDesk()
    project = contracted(desk)
    indicator = defined(desk, project)
    contract = desk.load(Project, project)
    for number in range(5):
        day = at(date(2018, 8, 1 + number))
        made = HomeServiceDelivered(
            kind="home_service", minutes=40, workers=(WORKER,), attendance=(Attendance(),)
        )
        counted = replace(made, allocations=contract.allocate(made))
        desk.save(entry(day), Visit.start(entry(day, now=day), within(project), counted))
    written = date(2018, 9, 29)
    five = Target(value=5, unit="次")
    due = IndicatorTargetSet(
        indicator=indicator, per="midterm", target=five, effective_from=holds, source="补充约定"
    )
    set_target(desk, entry(at(written), now=at(written, 18)), project, due)
    answers = told(VIEWS, desk.log)
    (shown,) = progress(answers, project, date(2018, 9, 30))
    (one,) = signals(read(answers, RecordsOf(project=project), date(2018, 9, 30)), ["order"])
    assert (one.code, figures(one)) == ("target_after_work", {"before": 5, "all": shown.total})
    earlier = read(answers, RecordsOf(project=project), holds - timedelta(days=1))
    assert not signals(earlier, ["order"])
