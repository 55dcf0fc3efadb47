"""Reports on a terminal: what comes out of somebody's bundle is shown and never obeyed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deploy.changes import show_changes
from deploy.showing import show_behind, show_findings, show_midterm

HOSTILE = "[bold]小组[/] :smile: \x1b[2J\x1b]0;owned\x07"
WHOLE = "[bold]小组[/] :smile: "
LINE = {
    "id": "B01",
    "planned_name": HOSTILE,
    "actual_name": None,
    "planned_times": 5,
    "planned_person_times": None,
    "actual_times": 3,
    "actual_person_times": None,
    "retained_documents": [HOSTILE],
    "in_scope": True,
}
TOTALS = {
    "actual_times": 3,
    "like_for_like_times": [3, 5],
    "out_of_scope_times": 0,
    "actual_person_times": 0,
    "like_for_like_person_times": [0, 0],
    "out_of_scope_person_times": 0,
    "home_service_minutes": 0,
}
AIM = {"id": "A01", "item": HOSTILE, "planned": 1, "actual": HOSTILE, "unit": "个", "status": "x"}
TABLES = {"table_a": [AIM], "table_b": [LINE], "totals": TOTALS}
BEHIND = {
    "indicators": [
        {
            "code": HOSTILE,
            "total": 1,
            "counted_in": "次",
            "events": [
                {"event": "e", "day": None, "kind": HOSTILE, "subject": HOSTILE, "amount": 1}
            ],
        }
    ]
}
CHANGED = {
    "table": "visit",
    "key": {"event": HOSTILE},
    "changes": [{"field": HOSTILE, "before": None, "after": HOSTILE}],
    "events": [
        {
            "recorded_at": "2018-10-03T01:45:00+00:00",
            "event": "e",
            "change": "corrected",
            "reason": {"text": HOSTILE},
            "late_reason": None,
        }
    ],
}
FOUND = {
    "title": {"zh": HOSTILE, "en": HOSTILE},
    "words": {"zh": HOSTILE, "en": HOSTILE},
    "code": "x",
    "events": [],
}


@pytest.mark.parametrize(
    ("show", "made"),
    [
        (show_midterm, TABLES),
        (show_behind, BEHIND),
        (show_changes, [CHANGED]),
        (lambda made: show_findings([("", made)]), FOUND),
    ],
    ids=["midterm", "behind", "changes", "findings"],
)
def test_words_of_a_bundle_reach_the_terminal_as_words(
    show: Callable[[Any], None],
    made: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    show(made)
    out = capsys.readouterr().out
    assert WHOLE in out
    assert [each for each in out if not each.isprintable() and each != "\n"] == []


def test_an_item_planned_under_another_name_says_so_and_a_plan_of_none_is_a_dash(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    other = LINE | {"planned_name": "老年人小组", "actual_name": "老年人学习小组"}
    names = {"planned_name": None, "actual_name": "讲座"}
    unplanned = LINE | names | {"id": "B02", "planned_times": None, "in_scope": False}
    show_midterm(TABLES | {"table_b": [other, unplanned]})
    out = capsys.readouterr().out
    assert "（计划：老年人小组）" in out
    assert "3 / 5" in out
    assert "3 / –" in out
    assert "※" in out.partition("B02")[2].splitlines()[0]
