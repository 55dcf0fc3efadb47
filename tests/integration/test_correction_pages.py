"""更正 by people: what stands, what it should say, what that would change, then the deed."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.identity import new_id
from tests.integration.contracted import contracted, named, service
from tests.integration.counted import today
from tests.integration.forms import (
    ALL_HIDDEN,
    WHY,
    confirm,
    head,
    in_a_closed_period,
    send,
    shown_again,
)
from tests.integration.http import Running
from tests.integration.pages import ORIGIN

LANGUAGE = re.compile(r'<form method="post" action="([^"]*lang=[^"]*)">(.*?)</form>', re.DOTALL)
WORDS = "老人说腿疼好些了"
DOOR = "示例街道8号楼2单元301室"


@pytest.fixture
def event(api: Running) -> str:
    made: str = service(api, contracted(api))["events"][0]
    api.follow()
    return made


def says(api: Running, event: str) -> Any:
    return api.get(f"/records/{event}")[-1]


def test_a_record_is_corrected_after_what_would_change_was_shown(
    api: Running, reader: TestClient, event: str
) -> None:
    assert f'href="/records/{event}/correction"' in reader.get(f"/records/{event}").text
    form = html.unescape(reader.get(f"/records/{event}/correction").text)
    assert 'name="facts.minutes" value="40"' in form
    assert "确认更正" not in form
    before = head(api)
    shown = send(reader, event, **WHY, facts__minutes="55", late_reason="广场<b>")
    text = html.unescape(shown.text)
    assert shown.status_code == 200, text
    assert "40 → 55" in text
    assert "现在是：" in text
    assert "<b>" not in shown.text
    assert head(api) == before
    assert shown_again(shown).keys() == {
        "code", "text", "facts.minutes", "late_reason", "key", "seen"
    }  # fmt: skip
    done = confirm(reader, event, shown)
    assert (done.status_code, done.headers["location"]) == (303, f"/records/{event}")
    assert confirm(reader, event, shown).status_code == 303
    assert head(api) == before + 1
    changes = {each["field"]: each["after"] for each in says(api, event)["changes"]}
    assert changes == {"minutes": 55}


def test_lines_and_times_are_corrected_too(api: Running, reader: TestClient) -> None:
    start = today() - timedelta(minutes=90)
    lines = [{"role": "client", "source": "counted"}, {"role": "family", "count": 2}]
    made = service(
        api,
        contracted(api),
        attendance=lines,
        occurred={"start": start.isoformat(), "end": (start + timedelta(minutes=50)).isoformat()},
    )
    event = made["events"][0]
    api.follow()
    later = f"{start + timedelta(minutes=70):%Y-%m-%dT%H:%M}"
    shown = send(
        reader, event, **WHY,
        happened__end=later,
        facts__services=["", "housework", "meals"],
        facts__attendance__0__count="4",
        facts__attendance__new__count="3", facts__attendance__new__role="volunteer",
        gone="facts.attendance.1",
    )  # fmt: skip
    assert shown.status_code == 200, html.unescape(shown.text)
    assert confirm(reader, event, shown).status_code == 303
    after = api.built.records.find(says(api, event)["event"])
    assert after is not None
    facts = after[1].facts.after.facts
    assert [(line.role, line.count) for line in facts.attendance] == [
        ("client", 4),
        ("volunteer", 3),
    ]
    assert facts.services == ("housework", "meals")
    assert f"{after[1].facts.after.occurred.end:%Y-%m-%dT%H:%M}" == later


def test_sealed_words_are_written_anew_and_never_shown(api: Running, reader: TestClient) -> None:
    event = service(api, contracted(api), note="老人说腿疼")["events"][0]
    api.follow()
    form = reader.get(f"/records/{event}/correction").text
    assert "腿疼" not in form
    shown = send(reader, event, **WHY, facts__note=WORDS)
    assert shown.status_code == 200
    effects = shown.text.partition('id="effects"')[2]
    assert effects.count(WORDS) == 1, "it goes with the form, and nowhere else"
    assert confirm(reader, event, shown).status_code == 303
    record = reader.get(f"/records/{event}").text
    assert WORDS not in record
    found = api.built.records.find(says(api, event)["event"])
    assert found is not None
    assert found[1].facts.after.facts.note.sealed is not None
    assert WORDS.encode() not in found[0].leaf


def test_what_is_refused_is_said_of_its_field_and_nothing_typed_is_lost(
    api: Running, reader: TestClient, event: str
) -> None:
    before = head(api)
    typed = {"late_reason": "上品山庄停电", "code": "wrong_count", "text": "分钟数录入错误"}
    for wrong, words in (
        ({"facts__minutes": "四十"}, "时长（分钟）：请填写整数"),
        ({"facts__minutes": "99999"}, "时长（分钟）：数值须在"),
        ({"facts__minutes": "800"}, "时长（分钟）："),
        ({"facts__minutes": ""}, "时长（分钟）："),
        ({"facts__audience": "nobody"}, "服务人群：请从列出的选项中选择"),
        ({"facts__attendance__0__count": "0"}, "人数："),
        ({"late_reason": "张三 13800001234"}, "迟报原因：此处内容公开保存"),
        ({"late_reason": "一\0二"}, "迟报原因：含有无法保存的控制字符"),
        ({"happened__start": "昨天"}, "开始时间：请填写日期和时间"),
        ({"happened__start": "2999-01-01T00:00"}, "开始时间：日期不在项目期内"),
        ({"happened__end": "2018-01-01T00:00"}, "结束时间：结束时间早于开始时间"),
        ({"text": "错了"}, "原因说明：请说明原因"),
        ({"text": "长" * 501}, "原因说明：内容过长：最多 500 个字符"),
        ({"code": "nonsense"}, "类别：请从列出的选项中选择"),
        ({"late_reason": "长" * 501}, "迟报原因：内容过长"),
        ({"facts__attendance__new__count": "999999"}, "人数：数值须在"),
        ({"gone": "facts.attendance.9"}, "请从列出的选项中选择"),
        ({"seen": "-1"}, "填写的内容不符合要求"),
        ({"key": "13800001234"}, "不是有效的编号"),
    ):
        answer = send(reader, event, **{**typed, "facts__minutes": "50", **wrong})
        text = html.unescape(answer.text)
        assert answer.status_code in (409, 422), (wrong, text)
        said = re.findall(r'role="alert" id="said"><span>(.*?)</span>', text, re.DOTALL)
        assert said, wrong
        assert said[0].startswith(words), (wrong, said)
        for name, value in {**typed, "facts__minutes": "50", **wrong}.items():
            if name in ("code", "gone", "seen", "key"):
                continue
            assert value in text, (name, value)
    assert head(api) == before


@pytest.mark.parametrize(
    ("kind", "typed", "facts"),
    [
        ("phone_contact", {"verified": "true", "minutes": "12"}, {"verified": True, "minutes": 12}),
        ("home_visit", {"purpose": "health", "household_size": "3"}, {"household_size": 3}),
        ("home_visit", {"audience": "disabled"}, {"audience": "disabled"}),
    ],
)
def test_visits_and_calls_are_corrected_by_their_own_fields(
    api: Running, reader: TestClient, kind: str, typed: dict[str, str], facts: dict[str, Any]
) -> None:
    made = service(api, contracted(api), kind=kind, place="3 号楼")["events"][0]
    api.follow()
    shown = send(reader, made, **WHY, **{f"facts__{name}": text for name, text in typed.items()})
    assert confirm(reader, made, shown).status_code == 303, html.unescape(shown.text)
    after = {each["field"]: each["after"] for each in says(api, made)["changes"]}
    assert after.keys() - {"allocations"} == typed.keys(), "what it counts to is found anew"
    assert after | facts == after


def test_where_one_household_was_met_is_written_sealed(api: Running, reader: TestClient) -> None:
    """given a visit to somebody on record / then its form asks for an address, and for no place"""
    event = service(api, contracted(api), attendance=named(api))["events"][0]
    api.follow()
    form = reader.get(f"/records/{event}/correction").text
    assert 'name="facts.address"' in form
    assert "facts.place" not in form
    shown = send(reader, event, **WHY, facts__address=DOOR)
    assert confirm(reader, event, shown).status_code == 303, html.unescape(shown.text)
    found = api.built.records.find(says(api, event)["event"])
    assert found is not None
    assert found[1].facts.after.facts.address.sealed is not None
    assert DOOR.encode() not in found[0].leaf


def test_nothing_changed_is_refused(reader: TestClient, event: str) -> None:
    same = send(reader, event, **WHY, facts__minutes="40")
    assert same.status_code == 422
    assert "更正前后内容相同" in same.text


def test_what_somebody_else_corrected_meanwhile_is_not_undone(
    api: Running, reader: TestClient, event: str
) -> None:
    form = reader.get(f"/records/{event}/correction")
    seen = dict(ALL_HIDDEN.findall(form.text))["seen"]
    shown = send(reader, event, **WHY, facts__minutes="50", seen=seen)
    api.done(f"/records/{event}/corrections", {"facts": {"minutes": 45}, "reason": WHY})
    before = head(api)
    late = confirm(reader, event, shown)
    assert (late.status_code, head(api)) == (409, before)
    assert "现在是：45" in re.sub(r"\s+", "", html.unescape(late.text))
    assert send(reader, event, **WHY, facts__minutes="50", seen=seen).status_code == 409


def test_a_day_moved_far_back_asks_why_and_who_approves(
    api: Running, reader: TestClient, event: str
) -> None:
    back = {"happened__start": f"{today() - timedelta(days=35):%Y-%m-%dT10:00}"}
    assert 'name="late_reason"' not in reader.get(f"/records/{event}/correction").text
    first = send(reader, event, **WHY, **back)
    assert (first.status_code, 'name="late_reason"' in first.text) == (422, True)
    why = {"late_reason": "日期写错"}
    second = send(reader, event, **WHY, **back, **why)
    assert (second.status_code, 'name="approved_by"' in second.text) == (422, True)
    assert 'value="日期写错"' in second.text
    shown = send(reader, event, **WHY, **back, **why, approved_by=new_id())
    assert shown.status_code == 200, html.unescape(shown.text)
    assert confirm(reader, event, shown).status_code == 303
    assert says(api, event)["late_reason"] == "日期写错"


def test_a_record_of_a_closed_period_is_corrected_once_somebody_approves(
    api: Running, reader: TestClient
) -> None:
    event = in_a_closed_period(api)
    refused = send(reader, event, **WHY, facts__minutes="50")
    assert (refused.status_code, 'name="approved_by"' in refused.text) == (409, True)
    shown = send(reader, event, **WHY, facts__minutes="50", approved_by=new_id())
    assert "已锁期" in shown.text
    assert confirm(reader, event, shown).status_code == 303


def test_the_form_comes_from_our_own_pages_and_from_whoever_may_write(
    api: Running, reader: TestClient, event: str
) -> None:
    before = head(api)
    sent = {**WHY, "facts.minutes": "50", "key": new_id(), "seen": "1"}
    foreign = reader.post(
        f"/records/{event}/correction", data=sent, headers={"Origin": "https://elsewhere.example"}
    )
    assert foreign.status_code == 422
    nobody = reader.post(f"/records/{new_id()}/correction", data=sent, headers=ORIGIN)
    assert nobody.status_code == 404
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    unreadable = reader.post(
        f"/records/{event}/correction", content=b"\xff\xfe", headers=ORIGIN | kind
    )
    assert unreadable.status_code == 400
    file = reader.post(f"/records/{event}/correction", files={"text": b"x"}, headers=ORIGIN)
    assert file.status_code == 400
    assert head(api) == before


def test_a_correction_itself_and_a_void_record_have_no_form_to_correct(
    api: Running, reader: TestClient, event: str
) -> None:
    made = api.done(f"/records/{event}/voidings", {"reason": WHY})
    api.follow()
    assert reader.get(f"/records/{made['events'][0]}/correction").status_code == 404
    assert send(reader, made["events"][0], **WHY).status_code == 404
    assert f"/records/{event}/correction" not in reader.get(f"/records/{event}").text
    void = send(reader, event, **WHY, facts__minutes="50")
    assert (void.status_code, "已作废" in void.text) == (409, True)
    for way in ("correction", "voiding"):
        page = reader.get(f"/records/{event}/{way}")
        assert (page.status_code, 'role="alert"' in page.text) == (200, True)
        assert "<textarea" not in page.text
        assert 'id="text"' not in page.text
        assert "作废前的内容" in page.text
        assert f'href="/records/{event}/reinstatement"' in page.text


def test_a_record_in_force_has_no_form_to_reinstate_it(reader: TestClient, event: str) -> None:
    page = reader.get(f"/records/{event}/reinstatement")
    assert (page.status_code, "现在的内容" in page.text) == (200, True)
    assert 'id="text"' not in page.text


def test_in_another_language_it_shows_the_same_with_what_was_typed(
    api: Running, reader: TestClient, event: str
) -> None:
    shown = send(reader, event, **WHY, facts__minutes="55", late_reason="广场<b>")
    (other,) = LANGUAGE.findall(shown.text)
    address, inputs = html.unescape(other[0]), ALL_HIDDEN.findall(other[1])
    assert address == f"/records/{event}/correction?lang=en#effects"
    assert "key" not in dict(inputs), "only the second form does it"
    before = head(api)
    typed = {name: html.unescape(value) for name, value in inputs}
    english = reader.post(address.partition("#")[0], data=typed, headers=ORIGIN)
    assert (english.status_code, head(api)) == (200, before)
    assert "40 → 55" in english.text
    for name, value in (("text", WHY["text"]), ("late_reason", "广场&lt;b&gt;")):
        assert f'name="{name}" value="{value}"' in english.text
    assert confirm(reader, event, english).status_code == 303


def test_from_what_would_change_one_goes_back_to_what_was_typed(
    reader: TestClient, event: str
) -> None:
    shown = send(reader, event, **WHY, facts__minutes="55")
    assert '<a class="more" href="#asked">' in shown.text
    assert 'id="asked"' in shown.text
    assert 'name="facts.minutes" value="55"' in shown.text.partition('id="effects"')[0]


def test_a_form_that_is_sent_too_late_leads_back_to_its_page(
    api: Running, reader: TestClient, event: str
) -> None:
    reader.cookies.clear()
    late = send(reader, event, **WHY, facts__minutes="55")
    way = f"/signin?next=/records/{event}/correction"
    assert (late.status_code, late.headers["location"]) == (303, way)


def test_it_speaks_english_too(reader: TestClient, event: str) -> None:
    shown = reader.post(
        f"/records/{event}/correction?lang=en",
        data={**WHY, "facts.minutes": "55"},
        headers=ORIGIN,
    )
    text = html.unescape(shown.text)
    for words in ("Correct it", "40 → 55", "What it should say", "Now: ", "not recorded yet"):
        assert words in text
