"""Claims are held against what they name: nothing else that is counted bears them out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.contract import retire_indicator, set_target
from domain.counting import Attendance
from domain.identity import Id, new_id
from domain.indicators import IndicatorTargetSet, Placement, Target
from domain.period import FigureClaimed
from domain.project import Project
from domain.visit import HomeServiceDelivered, HomeVisitMade, record_visit
from projections.contradictions.coverage import coverage
from projections.contradictions.known import VIEWS, Known, known
from projections.differences import count_of_claim, differences, differing_claims
from projections.midterm import gather, midterm
from projections.reported import standing
from tests.contracts import FIRST, SIGNED, contracted, defined, within
from tests.folding import told
from tests.journalled import rows_of
from tests.station import WORKER, MemoryDesk, entry

REPORTED = date(2018, 12, 7)
BOTH = ("home_service", "home_visit")


class Contracted:
    """A project of which lines are printed, with the claims that were stored about them."""

    def __init__(self) -> None:
        self.desk = MemoryDesk()
        self.project = contracted(self.desk)

    def prints(self, line: str, kinds: tuple[str, ...], **more: Any) -> Id:
        """Define an indicator that counts 次 of some kinds on a line."""
        place = Placement(**{"table": "B", "line": line, "column": "times", **more})
        code = f"{place.table}{line}.{len(self.desk.log)}"
        return defined(self.desk, self.project, code, kinds=kinds, placement=place)

    def serve(self, services: int, visits: int = 0) -> Id:
        """Deliver; return the last one."""
        came = (Attendance(),)
        service = HomeServiceDelivered(kind="home_service", minutes=40, attendance=came)
        visit = HomeVisitMade(kind="home_visit", minutes=40, attendance=came)
        for facts in [service] * services + [visit] * visits:
            event = record_visit(self.desk, entry(), within(self.project), facts).events[0]
        return event

    def stored(self, value: int, unit: str = "次", **named: Any) -> Id:
        """Put a claim on record as it could be before it was held to one line."""
        found = self.desk.load(Project, self.project)
        facts = FigureClaimed(report="midterm", value=value, unit=unit, author=WORKER, **named)
        found.record(entry(), facts)
        return self.desk.save(entry(), found).events[0]

    def listed(self) -> dict[Id, tuple[str, str, list[float]]]:
        """Return each claim that is listed: how, on which line, and what is counted there.

        A report that is asked and one that is handed in list the same.
        """
        rows = gather(told(VIEWS, self.desk.log), self.project, REPORTED)
        shown: dict[Id, tuple[str, str, list[float]]] = {
            each.claim: (each.kind, each.line, [figure.value for figure in each.counted])
            for each in differences(midterm(rows), rows.claims, rows.contributions)
            if each.claim is not None
        }
        handed_in = standing(rows_of(self.desk.log), REPORTED).rows
        assert set(differing_claims(rows, "midterm")) == set(shown)
        assert set(differing_claims(handed_in, "Mid-Term")) == set(shown)
        return shown

    def known(self) -> Known:
        """Return what the rules know."""
        return known(told(VIEWS, self.desk.log), self.project, REPORTED)


@pytest.fixture
def two_lines() -> Contracted:
    """B08 counts 3 次, B16 counts 7, and so does an indicator that no table prints."""
    made = Contracted()
    made.prints("B08", ("home_service",))
    made.prints("B16", BOTH)
    defined(made.desk, made.project, "9.9", kinds=BOTH)
    made.serve(3, 4)
    return made


def of(made: Contracted, code: str) -> Id:
    contract = made.desk.load(Project, made.project)
    (found,) = (
        id for id, each in contract.indicators.defined.items() if each.code.startswith(code)
    )
    return found


@pytest.mark.parametrize("beside", ["BB16", "9.9"])
def test_a_claim_of_a_line_is_held_against_the_line_whatever_it_names_beside(
    two_lines: Contracted, beside: str
) -> None:
    """Given B08 at 3 and indicators elsewhere at 7, when 7 stands claimed of B08 with one of
    these, then it differs from B08; and where 3 does, it is borne out."""
    indicator = of(two_lines, beside)
    false = two_lines.stored(7, line="B08", indicator=indicator)
    two_lines.stored(3, line="B08", indicator=indicator)
    assert two_lines.listed() == {false: ("claim_differs", "B08", [3])}


@pytest.mark.parametrize("line", ["b08", "B08 ", "3.2.4-3"])
def test_a_claim_of_what_no_line_prints_is_borne_out_by_no_indicator(
    two_lines: Contracted, line: str
) -> None:
    """Given a claim stored of a line that there is not, when its indicator counts just that, then
    it is listed as uncounted, and among the claims of no line, under none that there is."""
    claim = two_lines.stored(7, line=line, indicator=of(two_lines, "BB16"))
    assert two_lines.listed() == {claim: ("claim_uncounted", line, [])}
    read = two_lines.known()
    assert [one["claim"] for one in coverage(read)["claims_of_no_line"]] == [claim]
    assert [row for each in read.lines("B") for row in read.claims(each)] == []


def test_a_claim_of_an_indicator_alone_is_told_with_its_line(two_lines: Contracted) -> None:
    """Given claims of an indicator of B16 with no line and with B08, when each line is asked,
    then the former is B16's and the latter B08's."""
    indicator = of(two_lines, "BB16")
    alone = two_lines.stored(7, indicator=indicator)
    elsewhere = two_lines.stored(7, line="B08", indicator=indicator)
    read = two_lines.known()
    claims = {line.line: [row["claim"] for row in read.claims(line)] for line in read.lines("B")}
    assert claims == {"B08": [elsewhere], "B16": [alone]}
    assert list(two_lines.listed()) == [elsewhere]


def test_a_claim_of_an_event_that_nobody_knows_is_uncounted(two_lines: Contracted) -> None:
    claim = two_lines.stored(7, event=new_id())
    assert two_lines.listed() == {claim: ("claim_uncounted", "", [])}


@pytest.mark.parametrize("unit", ["人", "次 ", "场"])
def test_a_claim_in_a_unit_that_its_line_has_not_is_never_borne_out(
    two_lines: Contracted, unit: str
) -> None:
    claim = two_lines.stored(3, unit, line="B08")
    assert two_lines.listed() == {claim: ("claim_in_other_unit", "B08", [3])}


@pytest.mark.parametrize("first", [0, 1])
def test_what_one_table_plans_and_the_other_does_not_is_no_difference_between_them(
    first: int,
) -> None:
    """Given lines 5 and B08 of the same work, when one plans 5 次 and then the other 4 次."""
    made = Contracted()
    kinds = ("home_service",)
    beside = made.prints("5", kinds, table="A", column="count", counterpart="B08")
    twins = (beside, made.prints("B08", kinds))
    made.serve(2)

    def planning(value: int, indicator: Id) -> list[tuple[str, str | None, str | None]]:
        due = IndicatorTargetSet(
            indicator=indicator,
            per="project",
            target=Target(value=value, unit="次"),
            effective_from=FIRST,
            source="合同",
        )
        set_target(made.desk, entry(SIGNED), made.project, due)
        return [(each.line, each.other, each.what) for each in made.known().differences]

    assert planning(5, twins[first]) == []
    assert planning(4, twins[not first]) == [("5", "B08", "planned")]


def test_a_tenth_more_than_claimed_is_still_more_than_that() -> None:
    made = Contracted()
    made.prints("B08", ("home_service",))
    made.serve(11)
    made.stored(10, line="B08", qualifier="余")
    assert made.listed() == {}


@pytest.mark.parametrize(
    ("unit", "kind", "place", "counted"),
    [
        ("次", "claim_differs", "B08", 1),  # printed, whatever counts it besides
        ("分钟", "claim_differs", "9.8", 40),  # no table prints it
        ("起", "claim_in_other_unit", "B08", 1),  # nothing counts it: what is printed is told
    ],
)
def test_a_claim_of_one_event_is_held_against_what_is_printed_in_its_unit_or_else_counted(
    unit: str, kind: str, place: str, counted: int
) -> None:
    made = Contracted()
    made.prints("B08", ("home_service",))
    defined(made.desk, made.project, "9.8", measure="minutes", unit="分钟")
    defined(made.desk, made.project, "9.9")
    claim = made.stored(5, unit, event=made.serve(2))
    assert made.listed() == {claim: (kind, place, [counted])}


def test_a_claim_of_one_event_that_no_table_prints_is_held_against_what_counts_it() -> None:
    made = Contracted()
    made.prints("B08", ("home_visit",))
    defined(made.desk, made.project, "9.8", measure="minutes", unit="分钟")
    claim = made.stored(5, "起", event=made.serve(2))
    assert made.listed() == {claim: ("claim_in_other_unit", "9.8", [40])}


def test_a_claim_of_what_was_never_done_is_held_against_nothing_done() -> None:
    made = Contracted()
    made.prints("B08", ("home_service",))
    claim = made.stored(1, line="B08")
    assert made.listed() == {claim: ("claim_differs", "B08", [0])}
    rows = gather(told(VIEWS, made.desk.log), made.project, REPORTED)
    count = count_of_claim(rows, claim)
    assert count is not None
    assert [(each.line, each.value, each.unit) for each in count] == [("B08", 0, "次")]


def test_a_claim_of_what_somebody_declares_in_words_is_uncounted() -> None:
    made = Contracted()
    place = Placement(table="A", line="5", column="count")
    words: dict[str, Any] = {"unit": None, "kinds": (), "qualitative": True, "placement": place}
    defined(made.desk, made.project, "A5", **words)
    claim = made.stored(1, line="5")
    assert made.listed() == {claim: ("claim_uncounted", "5", [])}


def test_lines_of_one_name_in_both_tables_must_both_bear_a_claim_out() -> None:
    """Given a line 5 in each table, at 3 and at 7, when 7 is claimed of line 5, then it differs
    from the one; when the indicator tells which is meant, it is held against that alone."""
    made = Contracted()
    made.prints("5", ("home_service",), table="A", column="count")
    meant = made.prints("5", BOTH)
    made.serve(3, 4)
    claim = made.stored(7, line="5")
    made.stored(7, line="5", indicator=meant)
    assert made.listed() == {claim: ("claim_differs", "5", [3])}


def test_lines_of_one_name_in_different_units_are_told_apart_by_the_unit() -> None:
    made = Contracted()
    place = Placement(table="A", line="5", column="count")
    defined(made.desk, made.project, "A5", measure="minutes", unit="分钟", placement=place)
    made.prints("5", ("home_service",))
    made.serve(2)
    made.stored(80, "分钟", line="5")
    made.stored(2, line="5")
    assert made.listed() == {}


def test_a_figure_that_a_line_prints_no_more_bears_out_no_claim_of_the_line() -> None:
    """Given an indicator retired at 9 and another in its place at 2, when 9 is claimed of the line,
    then it differs; of the retired indicator by name it is borne out."""
    made = Contracted()
    retired = made.prints("B08", ("home_service",))
    made.serve(9)
    retire_indicator(made.desk, entry(), made.project, retired, "合同第四条取消")
    made.prints("B08", ("home_service",))
    made.serve(2)
    claim = made.stored(9, line="B08")
    made.stored(9, line="B08", indicator=retired)
    made.stored(9, indicator=retired)
    made.stored(2, line="B08")
    assert made.listed() == {claim: ("claim_differs", "B08", [2])}
