"""Reports on a terminal: what comes out of somebody's bundle is shown and never obeyed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from deploy.findings import in_json
from deploy.reports.behind import show_behind
from deploy.reports.changes import show_changes
from deploy.reports.checking import show_findings, show_signals
from deploy.reports.midterm import show_midterm

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
        (lambda made: show_findings([("", made)], {}), FOUND),
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


def test_what_a_terminal_would_obey_stands_escaped_in_json() -> None:
    odd = {"name\udcff": "\x1b[31m\x9b2J\u202e 㛃 \U000205c5 \U000e0001"}
    text = in_json(odd)
    assert json.loads(text) == odd
    assert [each for each in text if not each.isprintable() and each != "\n"] == []
    assert "㛃 \U000205c5" in text


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


DONE = LINE | {"planned_name": "上门", "actual_person_times": 9, "planned_person_times": 6}
INCUBATED = LINE | {"id": "B19", "planned_name": "孵化", "planned_times": None, "actual_times": 14}
SUMS = TOTALS | {"actual_times": 17, "actual_person_times": 9, "like_for_like_person_times": [9, 6]}


def shown_of(made: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return what a report prints, its lines without their ruling."""
    show_midterm(made)
    return [
        " ".join(line.replace("│", " ").split()) for line in capsys.readouterr().out.split("\n")
    ]


def test_a_share_stands_beside_what_has_a_number_due(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    aims = [
        AIM | {"item": "个案", "planned": 8, "actual": 3, "status": "partial"},
        AIM | {"id": "A02", "item": "宣传", "planned": 1, "actual": "已完成", "status": "done"},
    ]
    told = shown_of(TABLES | {"table_a": aims, "table_b": [DONE]}, capsys)
    assert "A01 个案 8 3 个 37.5% 部分完成 partial" in told
    assert "A02 宣传 1 已完成 个 – 已完成 done" in told
    assert any(line.startswith("60.0% 150.0%") for line in told)


def test_what_has_no_column_is_printed_beside_those_that_have_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    extra = {
        "B01": {"times": "持续进行"},
        "B19": {"planned_organisations": 1, "actual_organisations": 1},
    }
    lines = [LINE | {"actual_times": None, "planned_times": None}, INCUBATED]
    told = "\n".join(shown_of(TABLES | {"table_b": lines, "extra": extra}, capsys))
    for words in ("持续进行", "14 / –", "组织", "1 / 1"):
        assert words in told


def test_the_parts_of_a_total_add_up_and_name_the_lines_without_a_plan(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = shown_of(TABLES | {"table_b": [DONE, INCUBATED], "totals": SUMS}, capsys)
    (times,) = (line for line in told if line.startswith("次数"))
    (heads,) = (line for line in told if line.startswith("人次："))
    assert times.startswith(
        "次数：共 17 = 有计划数的各行 3（计划 5，完成 60.0%）+ 目标未涉及 0 + 其余 14"
    )
    assert "没有计划数的行：B19" in times
    assert "9 = 有计划数的各行 9（计划 6，完成 150.0%）+ 目标未涉及 0 + 其余 0" in heads


def test_a_finding_names_whom_and_each_record_by_its_day_and_id(
    capsys: pytest.CaptureFixture[str],
) -> None:
    events = [f"e{number}" for number in range(12)]
    records = {event: {"day": "2018-08-14", "actor": "a1"} for event in events[:11]}
    finding = FOUND | {"events": events, "about": [{"kind": "staff", "id": "w1"}]}
    made = {"lag_days": {}, "findings": [finding], "not_known": []}
    show_signals(made, records)
    told = [line.strip() for line in capsys.readouterr().out.split("\n")]
    assert "工作人员 staff w1" in told
    assert told.count("2018-08-14  e9  记录人 / by a1") == 1
    assert not any("e10" in line for line in told)
    assert "and 2 more: --json lists all" in told


def test_what_is_declared_is_explained_by_what_was_declared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    declared = {"code": "A13", "qualitative": True, "said": "已完成", "events": [], "total": 5}
    show_behind({"indicators": [declared]})
    told = capsys.readouterr().out
    assert "A13：已完成" in told
    assert "A13 = 5" not in told
