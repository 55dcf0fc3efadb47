"""What changed in a report between two moments, as people read it."""

from __future__ import annotations

import re
from datetime import timedelta

from fastapi.testclient import TestClient

from tests.integration.counted import PRINTED, contract, page, row, today, visit
from tests.integration.http import Running

SAID = re.compile(r'role="alert" id="said"><span>(.+?)</span>')


def test_a_line_stands_as_it_was_and_as_it_is_with_the_records_between(
    api: Running, reader: TestClient
) -> None:
    project = contract(api, printed=PRINTED)
    earlier = visit(api, project)
    then = today().isoformat()
    later = [visit(api, project), visit(api, project)]
    shown = page(api, reader, f"/projects/{project}/changes", since=then)
    assert row(shown, "数量 · 实际").split()[-2:] == ["1", "3"]
    assert [event for event in (earlier, *later) if f"/records/{event}" in shown] == later
    english = page(api, reader, f"/projects/{project}/changes", since=then, lang="en")
    assert row(english, "count · actual").split()[-2:] == ["1", "3"]


def test_a_correction_is_told_as_one_with_its_reason(api: Running, reader: TestClient) -> None:
    project = contract(api, printed=PRINTED)
    record = visit(api, project)
    then = today().isoformat()
    reason = {"reason": {"code": "duplicate", "text": "同一次走访记了两遍"}}
    api.done(f"/records/{record}/voidings", reason)
    shown = page(api, reader, f"/projects/{project}/changes", since=then)
    assert row(shown, "数量 · 实际").split()[-2:] == ["1", "0"]
    assert "作废" in shown
    assert "重复" in shown


def test_without_a_moment_the_last_report_is_the_one_to_compare_with(
    api: Running, reader: TestClient
) -> None:
    project = contract(api, printed=PRINTED)
    visit(api, project)
    api.done(f"/projects/{project}/submissions", {"report": "midterm", "no_figures": True})
    assert "没有变化" in page(api, reader, f"/projects/{project}/changes")
    visit(api, project)
    shown = page(api, reader, f"/projects/{project}/changes")
    assert row(shown, "数量 · 实际").split()[-2:] == ["1", "2"]
    assert "那时提交了报告" in shown


def test_moments_in_the_wrong_order_are_told_beside_the_form_with_what_was_typed(
    api: Running, reader: TestClient
) -> None:
    path = f"/projects/{contract(api)}/changes"
    first = today().isoformat()
    second = today().isoformat()
    api.follow()
    assert reader.get(path, params={"since": first, "at": second}).status_code == 200
    for language, words in (("zh", "前一时刻要早于后一时刻"), ("en", "must lie before the second")):
        refused = reader.get(path, params={"since": second, "at": first, "lang": language})
        assert refused.status_code == 422
        (said,) = SAID.findall(refused.text)
        assert words in said
        for name, moment in (("since", second), ("at", first)):
            assert f'name="{name}" type="datetime-local" value="{moment[:16]}"' in refused.text
    future = (today() + timedelta(days=2)).isoformat()
    for params in ({"since": future}, {"since": future, "at": second}):
        refused = reader.get(path, params={**params, "lang": "zh"})
        assert (refused.status_code, len(SAID.findall(refused.text))) == (422, 1)


def test_what_is_no_moment_is_refused_by_the_name_of_its_field(
    api: Running, reader: TestClient
) -> None:
    path = f"/projects/{contract(api)}/changes"
    for field, label in (("since", "与这一时刻相比"), ("at", "查看某一时刻已知的情况")):
        refused = reader.get(path, params={field: "yesterday"})
        assert refused.status_code == 422
        assert re.search(rf"<span>{label}.*?：填写的内容不符合要求", refused.text)
