"""The mid-term report of 福源 out of the view's rows, and what it must not print unnoticed."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from domain.counting import Attendance, Counted
from domain.event import AnyEvent
from domain.identity import Id, new_id
from domain.indicators import Placement, indicator_id
from domain.period import FigureClaimed
from domain.project import Project
from domain.reporting import claim_figure
from domain.visit import HomeServiceDelivered, Visit, record_visit
from projections.differences import (
    Difference,
    count_of_claim,
    differences,
    differing_claims,
)
from projections.engine.ask import MemoryAnswers
from projections.indicators import OUT_OF_SCOPE, indicators
from projections.midterm import Midterm, ProjectRows, gather, midterm
from projections.midterm_printed import printed
from projections.progress import figure
from projections.project import projects
from projections.reported import standing
from tests.contracts import contracted, defined, within
from tests.folding import told
from tests.fuyuan import PRINTED, adopted, deliveries, report
from tests.journalled import rows_of
from tests.station import WORKER, MemoryDesk, entry

HELD = date(2018, 10, 26)
REPORTED = date(2018, 12, 7)


class Reported:
    """福源 at its mid-term: adopted, delivered, reported, and asked."""

    def __init__(self) -> None:
        desk = MemoryDesk()
        self.project = adopted(desk)
        report(desk, self.project)
        contract = desk.load(Project, self.project)
        made = [self._event(contract, facts) for facts in deliveries()]
        self.answers: MemoryAnswers = told((projects, indicators), [*desk.log, *made])
        self.rows: ProjectRows = gather(self.answers, self.project, REPORTED)
        self.midterm: Midterm = midterm(self.rows)

    def _event(self, contract: Project, facts: Counted) -> AnyEvent:
        counted = replace(facts, allocations=contract.allocate(facts))
        (event,) = Visit.start(entry(HELD), within(self.project), counted).collect_events()
        return event

    def indicator(self, code: str) -> Id:
        return indicator_id(self.project, code)

    def differences(self) -> list[Difference]:
        return differences(self.midterm, list(self.rows.claims))


@pytest.fixture(scope="module")
def reported() -> Reported:
    return Reported()


def test_both_tables_come_out_as_printed(reported: Reported) -> None:
    documents = {line["id"]: line["retained_documents"] for line in PRINTED["table_b"]}
    made = printed(reported.midterm, documents)
    statuses = [line.pop("status") for line in made["table_a"]]
    assert made["table_a"] == PRINTED["table_a"]
    # figures.md: 9 done, 5 partial, 2 not done, in the order of the table.
    p, d, n = "partial", "done", "not_done"
    assert statuses == [p, d, d, p, d, d, p, p, p, d, d, d, d, n, d, n]
    assert made["table_b"] == PRINTED["table_b"]
    assert made["as_of"] == PRINTED["as_of"]


def test_totals_come_with_their_parts_and_keep_unplanned_lines_apart(reported: Reported) -> None:
    made = printed(reported.midterm)
    assert made["totals"] == PRINTED["totals"]
    for column, total in reported.midterm.totals.items():
        cells = {line.line: line.cells.get(column) for line in reported.midterm.table("B")}
        actual = [cell.actual for name in total.actual_lines if (cell := cells[name])]
        assert sum(each or 0 for each in actual) == total.actual
        planned = [cell.planned for name in total.planned_lines if (cell := cells[name])]
        assert sum(each or 0 for each in planned) == total.planned


def test_other_columns_and_words_stand_beside_the_two(reported: Reported) -> None:
    extra = printed(reported.midterm)["extra"]
    assert extra["B18"] == PRINTED["extra"]["B18"]
    assert extra["B19"] == PRINTED["extra"]["B19"]
    assert (extra["B01"], extra["B20"]) == ({"times": "持续进行"}, {"times": "常规开放"})


def test_nine_items_are_done_five_in_part_and_two_not(reported: Reported) -> None:
    states = reported.midterm.states
    assert (states["done"], states["partial"], states["not_done"]) == (9, 5, 2)


def test_every_figure_is_the_sum_of_its_contributions(reported: Reported) -> None:
    cells = [cell for line in reported.midterm.lines for cell in line.cells.values()]
    figures = [cell for cell in cells if cell.actual is not None]
    assert len(figures) > 20
    for cell in figures:
        rows = figure(reported.answers, cell.indicator, until=REPORTED)
        assert cell.actual == sum(row["amount"] for row in rows)


def test_a_report_of_an_earlier_day_knows_only_what_was_done_by_then(reported: Reported) -> None:
    before = gather(reported.answers, reported.project, date(2018, 10, 25))
    assert midterm(before).totals["times"].actual == 0


def test_deliveries_that_no_goal_names_are_listed(reported: Reported) -> None:
    rows = reported.answers.rows(OUT_OF_SCOPE)
    kinds = {row["kind"] for row in rows}
    assert {"tutoring", "drop_in"} <= kinds
    assert sum(row["person_times"] for row in rows if row["kind"] == "tutoring") == 150
    assert not {"home_service", "publicity"} & kinds


def found(reported: Reported, kind: str, line: str) -> list[Difference]:
    return [each for each in reported.differences() if (each.kind, each.line) == (kind, line)]


def test_tables_that_say_the_same_thing_twice_must_agree(reported: Reported) -> None:
    twice = {
        (each.line, each.other, each.what): (each.said.value, each.counted[0].value)
        for each in reported.differences()
        if each.kind == "tables_differ" and each.said
    }
    assert twice == {
        ("A05", "B09", "planned"): (1, 2),
        ("A05", "B09", "actual"): (1, 2),
        ("A09", "B13", "planned"): (3, 2),
    }


def test_a_line_planned_in_one_unit_and_delivered_in_another_shows(reported: Reported) -> None:
    (changed,) = [each for each in reported.differences() if each.kind == "unit_changes"]
    assert changed.line == "B19"
    assert changed.said is not None
    assert (changed.said.value, changed.said.unit) == (1, "个")
    assert {(each.value, each.unit) for each in changed.counted} == {(14, "次"), (312, "人次")}


def test_a_claim_that_includes_volunteers_differs_from_the_count(reported: Reported) -> None:
    (differs,) = found(reported, "claim_differs", "B16")
    assert differs.said is not None
    assert (differs.said.value, differs.counted[0].value) == (240, 150)
    assert differs.words is not None
    assert "240人次" in differs.words


@pytest.mark.parametrize("line", ["B06", "B07", "B08", "B09", "B10", "B11", "B13", "B15", "B19"])
def test_a_claim_in_persons_is_never_passed_off_as_person_times(
    reported: Reported, line: str
) -> None:
    others = found(reported, "claim_in_other_unit", line)
    assert others
    for each in others:
        assert each.said is not None
        assert each.said.unit == "人"
        assert "人" not in {counted.unit for counted in each.counted}


def test_a_claim_that_is_borne_out_is_no_difference(reported: Reported) -> None:
    figures = [
        replace_claim(reported, value=150, unit="人次", qualifier=None),
        replace_claim(reported, value=140, unit="人次", qualifier="余"),
        replace_claim(reported, value=160, unit="人次", qualifier="近"),
    ]
    for claim in figures:
        made = differences(reported.midterm, [claim])
        assert not [each for each in made if each.claim]
    off = replace_claim(reported, value=151, unit="人次", qualifier="余")
    assert [each for each in differences(reported.midterm, [off]) if each.claim]


def test_a_claim_of_which_nothing_is_counted_shows(reported: Reported) -> None:
    others = [each for each in reported.differences() if each.kind == "claim_uncounted"]
    said = {each.line: each.said.value for each in others if each.said}
    assert said == {"3.2.5-2": 30, "4.1": 200}


def test_a_claim_about_one_event_is_held_against_that_event(reported: Reported) -> None:
    first = next(
        row
        for row in reported.rows.contributions
        if row["indicator"] == reported.indicator("B16.person_times")
    )
    about = {"line": None, "indicator": None, "event": first["event"], "qualifier": None}
    came = reported.rows.contributions
    borne_out = replace_claim(reported, value=25, **about)
    assert not [each for each in differences(reported.midterm, [borne_out], came) if each.claim]
    off = replace_claim(reported, value=40, **about)
    (differs,) = [each for each in differences(reported.midterm, [off], came) if each.claim]
    assert (differs.kind, differs.line) == ("claim_differs", "B16")
    assert differs.counted[0].value == 25


@pytest.mark.parametrize("of", ["indicator", "event"])
@pytest.mark.parametrize(
    ("measure", "unit", "counted"), [("times", "次", 1), ("minutes", "小时", 2)]
)
@pytest.mark.parametrize("printed_besides", [False, True])
def test_a_claim_of_what_no_table_prints_is_held_against_its_count(
    of: str, measure: str, unit: str, counted: int, printed_besides: bool
) -> None:
    """Given a delivery to an indicator that no table prints, and perhaps to one of another unit
    that one does, when its figure or that of the delivery is claimed, then a true claim is borne
    out and a false one is not, in a report that is asked and in one that is handed in."""
    desk = MemoryDesk()
    project = contracted(desk)
    indicator = defined(desk, project, "9", measure=measure, unit=unit)
    if printed_besides:
        place = Placement(table="B", line="B05", column="person_times")
        defined(desk, project, "B05", measure="person_times", unit="人次", placement=place)
    service = HomeServiceDelivered(
        kind="home_service", minutes=120, attendance=(Attendance(count=3),)
    )
    event = record_visit(desk, entry(), within(project), service).events[0]
    about = {
        "indicator": indicator if of == "indicator" else None,
        "event": event if of == "event" else None,
    }
    claims = [
        claim_figure(
            desk,
            entry(),
            project,
            replace(
                FigureClaimed(report="midterm", value=value, unit=unit, author=WORKER), **about
            ),
        ).events[0]
        for value in (counted, 7)
    ]
    rows = gather(told((projects, indicators), desk.log), project, REPORTED)
    found_here = differences(midterm(rows), rows.claims, rows.contributions)
    (false,) = [each for each in found_here if each.claim]
    assert (false.claim, false.kind, false.line) == (claims[1], "claim_differs", "9")
    assert [figure.value for figure in false.counted] == [counted]
    for asked in (rows, standing(rows_of(desk.log), REPORTED).rows):
        assert list(differing_claims(asked, "midterm")) == [claims[1]]
    assert printed(midterm(rows))["table_a"] == []


def test_the_claims_of_one_report_that_differ_are_known_by_their_ids(reported: Reported) -> None:
    differing = differing_claims(reported.rows, "midterm")
    claims = {row["claim"]: row for row in reported.rows.claims}
    said = {each.claim for each in reported.differences() if each.claim}
    assert set(differing) == said
    assert {"B16", "4.1"} <= {claims[each]["line"] for each in differing}
    assert differing_claims(reported.rows, "annual") == {}
    (b16,) = [claim for claim in differing if claims[claim]["line"] == "B16"]
    assert [(one.line, one.value, one.unit) for one in differing[b16]] == [("B16", 150, "人次")]
    assert count_of_claim(reported.rows, b16) == differing[b16]
    assert count_of_claim(reported.rows, new_id()) is None


def test_an_explanation_holds_for_the_count_that_it_was_given_for(reported: Reported) -> None:
    for explained_for, holds in (("B16 150人次", True), ("B16 149人次", False), (None, False)):
        claim = replace_claim(reported, explanation="含志愿者", explained_for=explained_for)
        (differs,) = [each for each in differences(reported.midterm, [claim]) if each.claim]
        assert (differs.explanation, differs.explained) == ("含志愿者", holds)


@pytest.mark.parametrize(
    ("qualifier", "value", "agrees"),
    [
        ("余", 150, True),
        ("余", 137, True),  # 13 of 137 are less than a tenth
        ("余", 136, False),  # 14 of 136 are more
        ("余", 1, False),
        ("余", 151, False),
        ("近", 151, True),
        ("近", 166, True),
        ("近", 167, False),
        ("近", 1000, False),
        ("近", 150, False),  # nearly 150 is less than 150
        ("约", 151, False),
    ],
)
def test_a_qualifier_bears_a_claim_out_within_a_tenth(
    reported: Reported, qualifier: str, value: int, agrees: bool
) -> None:
    """150 person-times are counted of B16."""
    claim = replace_claim(reported, value=value, unit="人次", qualifier=qualifier)
    differing = [each for each in differences(reported.midterm, [claim]) if each.claim]
    assert (not differing) == agrees


def replace_claim(reported: Reported, **changes: object) -> dict[str, object]:
    claim = next(row for row in reported.rows.claims if row["line"] == "B16")
    return {**claim, **changes}
