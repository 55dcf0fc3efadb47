"""What a preview says in words, and who leans on a record."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import msgspec
import pytest

from domain.identity import Id, derived_id
from projections.engine.ask import MemoryAnswers
from projections.engine.fold import Rows
from projections.engine.view import Table
from projections.evaluation import evaluations
from projections.evaluation_tables import DRAWN, FINDING, REQUEST
from projections.evidence import DOCUMENT, documents
from projections.finding import TEXTS
from projections.indicators import CLAIM, indicators
from projections.leaning import Leaning, leaning
from projections.naming import Language, with_days
from projections.preview import Preview
from projections.preview_alerts import AlertChange
from projections.preview_figures import ClosedFigure, ClosedPeriod, FigureChange
from projections.preview_words import words_of
from projections.project import SUBMISSION, projects
from tests.station import OPERATOR, STATION, TODAY, principal

PROJECT, STREAM, RECORD = derived_id("project"), derived_id("stream"), derived_id("record")
INDICATOR, OTHER = derived_id("indicator"), derived_id("other")
NOBODY = Leaning(documents=[], evaluations=[], claims=[], submissions=[])
NOTHING = Preview(
    position=7,
    events=[],
    rows=[],
    rows_left_off=0,
    figures=[],
    closed_periods=[],
    alerts=[],
    leaning=NOBODY,
)
FIGURE = FigureChange(
    indicator=INDICATOR,
    code="B05.minutes",
    name="上门服务时长",
    measure="minutes",
    unit="分钟",
    table="B",
    line="B05",
    before=80,
    after=40,
    months={"2018-10": (80, 40)},
)
LESS_EXACT = msgspec.structs.replace(
    FIGURE, unit="人", before=3, after=3, months={}, unnamed=(10, 14), estimated=(0, 14)
)
CLOSED = ClosedPeriod(
    first=date(2018, 7, 1),
    last=date(2018, 9, 30),
    snapshot=5,
    figures=[
        ClosedFigure(
            indicator=INDICATOR,
            code="B05.minutes",
            name="上门服务时长",
            unit="分钟",
            as_reported=40,
            known_now=80,
            would_become=90,
        )
    ],
)


def alert(effect: Any) -> AlertChange:
    return AlertChange(
        effect=effect,
        alert=derived_id("alert", effect),
        rule="AL-15",
        subject_type="indicator",
        subject=INDICATOR,
        level="red",
        since=TODAY,
        due=TODAY,
        decided=None if effect == "about" else "each_morning",
    )


WHOLE = msgspec.structs.replace(
    NOTHING,
    rows=[{"register": "visits"}, {"register": "cases"}, {"register": "visits"}],
    rows_left_off=4,
    figures=[FIGURE, LESS_EXACT],
    closed_periods=[CLOSED],
    alerts=[alert(effect) for effect in ("about", "raised", "resolved", "escalated")],
    leaning=Leaning(documents=[{}], evaluations=[{}, {}], claims=[{}], submissions=[{}]),
)


BY_LINE: dict[Language, str] = {"zh": "（B05.时长）", "en": "(B05.minutes)"}


def test_where_nothing_would_change_that_is_said() -> None:
    assert [each.code for each in words_of(NOTHING)] == ["preview_nothing"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_all_that_would_change_is_said_in_words_with_its_figures(language: Language) -> None:
    said = {each.code: each.words(language) for each in words_of(WHOLE)}
    for code, figures in {
        "preview_closed_figure": (
            "40",
            "80",
            "90",
            with_days("2018-07-01", language),
            BY_LINE[language],
        ),
        "preview_figure": ("80 → 40", "2018-10"),
        "preview_unnamed": ("10 → 14",),
        "preview_estimated": ("0 → 14",),
        "preview_rows": ("7", {"zh": "个案、走访", "en": "cases, visits"}[language]),
        "preview_evaluations": ("2",),
        "preview_alert_raised": ("1", {"zh": "落后", "en": "behind schedule"}[language]),
    }.items():
        assert all(figure in said[code] for figure in figures), code
    assert [words for words in said.values() if "AL-" in words] == []


def test_money_is_spoken_of_in_yuan_and_kept_in_fen() -> None:
    months = {"2018-10": (50_005, 40_000)}
    given = msgspec.structs.replace(
        FIGURE, code="A16.money", unit="分", before=50_005, after=40_000, months=months
    )
    (found,) = words_of(msgspec.structs.replace(NOTHING, figures=[given]))
    assert "（A16.金额）：500.05 → 400.00（元；2018-10 500.05 → 400.00）" in found.words("zh")
    assert [(each.value, each.unit) for each in found.figures] == [(50_005, "分"), (40_000, "分")]


def test_every_text_of_the_catalogue_is_said_somewhere() -> None:
    known = set(tomllib.loads((TEXTS / "preview.toml").read_text("utf-8")))
    assert {each.code for each in (*words_of(WHOLE), *words_of(NOTHING))} == known


class Kept:
    """A project's rows, put there by hand."""

    def __init__(self) -> None:
        self.rows = Rows((documents, evaluations, indicators, projects))

    def put(self, table: Table, name: str, **columns: Any) -> Id:
        """Put a row with an id of its own, and return the id."""
        key = derived_id(table.name, name)
        whole = [derived_id("sample"), key] if len(table.key) == 2 else [key]
        scope = {"operator": OPERATOR, "station": STATION}
        self.rows.shelves[table.name].rows[PROJECT, *whole] = table.blank() | scope | columns
        return key

    def lean(self, *indicators: Id, project: Id | None = PROJECT) -> Leaning:
        answers = MemoryAnswers(self.rows, principal())
        lines = ("B05",) if indicators else ()
        return leaning(answers, STREAM, RECORD, project, indicators, lines, TODAY)


def test_documents_about_the_stream_or_the_record_lean_on_it() -> None:
    kept = Kept()
    mine = [kept.put(DOCUMENT, "stream", subject=STREAM), kept.put(DOCUMENT, "one", subject=RECORD)]
    kept.put(DOCUMENT, "other", subject=OTHER)
    found = kept.lean()
    assert {row["document"] for row in found.documents} == set(mine)


def test_an_evaluation_names_it_by_sample_request_or_finding() -> None:
    kept = Kept()
    evaluation = derived_id("evaluation")
    sample = derived_id("sample")
    key = (PROJECT, sample, RECORD)
    scope = {"operator": OPERATOR, "station": None, "evaluation": evaluation}
    kept.rows.shelves[DRAWN.name].rows[key] = DRAWN.blank() | scope
    asked = kept.put(REQUEST, "sheet", record=RECORD, evaluation=evaluation)
    raised = kept.put(FINDING, "missing", record=RECORD, evaluation=evaluation)
    kept.put(REQUEST, "other", record=OTHER, evaluation=evaluation)
    named = {(row["named_in"], row["id"]) for row in kept.lean().evaluations}
    assert named == {("sample", sample), ("request", asked), ("finding", raised)}


def test_an_evaluation_that_drew_the_whole_file_names_each_record_of_it() -> None:
    kept = Kept()
    sample = derived_id("sample")
    scope = {"operator": OPERATOR, "station": None, "evaluation": derived_id("evaluation")}
    kept.rows.shelves[DRAWN.name].rows[PROJECT, sample, STREAM] = DRAWN.blank() | scope
    assert [row["id"] for row in kept.lean().evaluations] == [sample]


def test_claims_about_its_figures_and_reports_of_its_days_lean_on_it() -> None:
    kept = Kept()
    claims = {
        kept.put(CLAIM, "event", event=RECORD),
        kept.put(CLAIM, "indicator", indicator=INDICATOR),
        kept.put(CLAIM, "line", line="B05"),
    }
    kept.put(CLAIM, "other", line="B06")
    kept.put(SUBMISSION, "early", until=date(2018, 9, 30))
    report = kept.put(SUBMISSION, "midterm", until=TODAY)
    found = kept.lean(INDICATOR)
    assert {row["claim"] for row in found.claims} == claims
    assert [row["submission"] for row in found.submissions] == [report]
    none = kept.lean()
    assert ([row["event"] for row in none.claims], none.submissions) == ([RECORD], [])
    assert kept.lean(project=None).claims == []
