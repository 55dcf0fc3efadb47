"""Plan, actual and pace as people read them, down to the deliveries; the caseload with its days."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.identity import new_id
from domain.indicators import indicator_id
from domain.principal import Principal
from tests.integration.counted import contract, indicator, page, row, today, visit
from tests.integration.http import Running
from tests.integration.pages import browser, sign_in, token
from tests.integration.registered import person


def test_a_project_shows_plan_actual_share_and_pace_in_words(
    api: Running, reader: TestClient
) -> None:
    project = contract(api)
    for _ in range(4):
        visit(api, project)
    shown = page(api, reader, f"/projects/{project}")
    assert "时间进度" in shown
    service = row(shown, "上门服务")
    for words in ("10 次", "4 次", "40.0%", "4 / 10", "至今应完成 5 次"):
        assert words in service
    assert "进度正常" in service
    assert "严重滞后" in row(shown, "社区大讲堂")
    assert "0 / 2" in row(shown, "社区大讲堂")
    behind = page(api, reader, f"/projects/{project}", show="behind", lang="en")
    assert "Far behind" in row(behind, "社区大讲堂")
    assert "due by now: 1 time" in row(behind, "社区大讲堂")
    assert 'Goal 1 <span lang="zh-CN">老年人服务</span>' in behind


@pytest.mark.parametrize(
    ("done", "word"), [(2, "严重滞后"), (3, "滞后"), (4, "进度正常"), (10, "已达到"), (11, "超额")]
)
def test_pace_is_told_by_the_thresholds_of_the_alert(
    api: Running, reader: TestClient, done: int, word: str
) -> None:
    project = contract(api)
    for _ in range(done):
        visit(api, project)
    told = row(page(api, reader, f"/projects/{project}"), "上门服务").partition(" 至今应完成")[0]
    assert told.rpartition(" ")[2] == word


def test_a_retired_indicator_stays_on_the_page_with_what_it_came_to(
    api: Running, reader: TestClient
) -> None:
    """Given an indicator with work that is retired, when its project and its figure are read,
    then both show the work and say that it was retired, and nothing of it is due or behind."""
    project = contract(api)
    event = visit(api, project)
    api.as_role("operator_manager")
    behind = indicator_id(project, "1-2")
    for retired in (indicator_id(project, "1-1"), behind):
        sent = {"reason": "合同第四条取消"}
        api.done(f"/projects/{project}/indicators/{retired}/retirement", sent)
    shown = page(api, reader, f"/projects/{project}")
    assert row(shown, "上门服务").endswith("– 1 次 – 已停用")
    assert "已停用" in row(shown, "社区大讲堂")
    assert "社区大讲堂" not in page(api, reader, f"/projects/{project}", show="behind")
    told = page(api, reader, f"/projects/{project}/indicators/{indicator_id(project, '1-1')}")
    assert "起停用" in told
    assert f"/records/{event}" in told
    assert "合同附件一" in told


def test_projects_of_one_name_are_told_apart_by_their_contracts_numbers(
    api: Running, reader: TestClient
) -> None:
    """Given two projects of one name and one of another, when one is to be chosen, then the two
    have their numbers beside them; in the lists of projects each has."""
    for name, number in (("邻里", "2025-07"), ("邻里", "2026-07"), ("守望", "2026-08")):
        contract(api, name, number=number)
    for path in ("/recording/home_visit", "/records"):
        offered = re.findall(r"(?:邻里|守望)[^<]*(?=</option>)", page(api, reader, path))
        assert sorted(offered) == ["守望", "邻里 · 2025-07", "邻里 · 2026-07"]
    for path in ("/indicators", "/indicators/compared"):
        assert all(each in page(api, reader, path) for each in ("2025-07", "2026-07", "2026-08"))


def test_what_no_goal_names_is_listed_apart(api: Running, reader: TestClient) -> None:
    project = contract(api)
    event = visit(api, project, "phone_contact")
    shown = page(api, reader, f"/projects/{project}")
    assert "项目目标未涉及的服务" in shown
    assert row(shown.partition("项目目标未涉及的服务")[2], "电话探访").split() == [
        "电话探访",
        "1",
        "0",  # nobody was named
    ]
    assert f"/records/{event}" in page(api, reader, f"/projects/{project}/out-of-scope")


def test_what_the_report_calls_outside_the_goals_is_told_first_and_as_there(
    api: Running, reader: TestClient
) -> None:
    """Given a line of the report that no goal names, one of those in words, and a case opened that
    no indicator counts, when the project is read, then it has the report's sums, and the case
    stands apart."""
    tutoring = {"table": "B", "line": "B16", "actual_name": "课业辅导", "service_type": "tutoring"}
    open_hall = {"table": "B", "line": "B20", "actual_name": "便民大厅", "service_type": "drop_in"}
    named = {"kinds": ["home_visit"], "in_scope": False}
    besides = [
        indicator("B16.times", "辅导次数", None, **named, placement=tutoring | {"column": "times"}),
        indicator(
            "B20.times", "开放", None, kinds=["phone_contact"], in_scope=False, qualitative=True,
            placement=open_hall | {"column": "times"},
        ),
    ]  # fmt: skip
    project = contract(api, besides=besides)
    api.as_role("operator_manager")
    status = {"indicator": indicator_id(project, "B20.times"), "status": "ongoing"}
    api.done(f"/projects/{project}/statuses", status | {"text": "常规开放"})
    api.as_role("worker")
    for kind in ("home_visit", "home_visit", "phone_contact"):
        visit(api, project, kind)
    case = {"station": api.station, "project": project, "client": person(api)}
    kind_of_case = {"case_type": "loneliness", "audience": "elderly"}
    event = api.done("/cases", case | kind_of_case)["events"][0]
    shown = page(api, reader, f"/projects/{project}").partition("项目目标未涉及的服务")[2]
    services, _, uncounted = shown.partition("没有指标计数的记录")
    assert row(services, "课业辅导").split()[-2:] == ["2", "0"]
    assert "常规开放" in row(services, "便民大厅")
    assert row(services, "合计（与").split()[-2:] == ["2", "0"]
    report = api.get(f"/projects/{project}/midterm")["totals"]
    assert (report["out_of_scope_times"], report["out_of_scope_person_times"]) == (2, 0)
    assert "个案开案" not in services
    assert row(uncounted, "个案开案").split()[-2:] == ["1", "–"]
    path = f"/projects/{project}/out-of-scope"
    assert event not in page(api, reader, path)
    assert event in page(api, reader, path, show="uncounted")


def test_people_whom_nobody_named_make_a_range_and_estimates_are_told(
    api: Running, reader: TestClient
) -> None:
    """Given two visits to one person, with three neighbours counted or guessed besides,
    when people and person-times are shown, then as 1–4 and 约 5, with the records behind."""
    people = indicator("2-1", "受益人数", 5, kinds=["home_service"], measure="persons", unit="人")
    times = indicator("2-2", "受益人次", 9, kinds=["home_service"], measure="person_times")
    for each, unit in ((people, "人"), (times, "人次")):
        each["definition"]["unit"] = each["targets"][0]["target"]["unit"] = unit
    project = contract(api, besides=(people, times))
    known = {"role": "client", "person": person(api), "source": "sign-in"}
    counted = {"role": "family", "count": 2, "source": "counted"}
    guessed = {"role": "resident", "count": 1, "source": "estimated"}
    events = [visit(api, project, attendance=(known, each)) for each in (counted, guessed)]
    shown = page(api, reader, f"/projects/{project}")
    assert "1–4 人" in row(shown, "受益人数")
    assert "约 5 人次" in row(shown, "受益人次")
    told = page(api, reader, f"/projects/{project}/indicators/{indicator_id(project, '2-1')}")
    assert "另有 3 人次没有记名，无法去重：人数在 1 与 4 之间" in told
    assert "来自 2 条记录" in told
    doubted = api.get(f"/indicators/{indicator_id(project, '2-1')}/uncertain")["items"]
    assert {(each["event"], each["unnamed"]) for each in doubted} == {
        (events[0], 2), (events[1], 1),
    }  # fmt: skip
    (guess,) = api.get(f"/indicators/{indicator_id(project, '2-2')}/uncertain")["items"]
    assert (guess["event"], guess["estimated"]) == (events[1], 1)
    came = {each["code"]: each for each in api.get(f"/projects/{project}/progress")}
    assert [came["2-1"][name] for name in ("total", "unnamed", "estimated")] == [1, 3, 0]
    assert [came["2-2"][name] for name in ("total", "unnamed", "estimated")] == [5, 0, 1]


def test_a_figure_opens_down_to_its_deliveries_and_their_bytes(
    api: Running, reader: TestClient
) -> None:
    project = contract(api)
    events = [visit(api, project) for _ in range(3)]
    figure = f"/projects/{project}/indicators/{indicator_id(project, '1-1')}"
    assert figure in page(api, reader, f"/projects/{project}")
    shown = page(api, reader, figure)
    assert "来自 3 条记录" in shown
    assert "合同附件一" in shown
    for event in events:
        assert f"/records/{event}" in shown
        assert f"/records/{event}/stored" in page(api, reader, f"/records/{event}")
    assert "from 3 records" in page(api, reader, figure, lang="en")


def test_a_figure_as_known_before_leaves_out_what_was_written_later(
    api: Running, reader: TestClient
) -> None:
    project = contract(api)
    visit(api, project)
    figure = f"/projects/{project}/indicators/{indicator_id(project, '1-1')}"
    api.follow()
    signed = today().isoformat()
    visit(api, project)
    known = page(api, reader, figure, at=signed)
    assert "来自 1 条记录" in known
    assert "此后录入的内容不在其中" in known
    assert "来自 2 条记录" in page(api, reader, figure)
    long_ago = (today() - timedelta(days=900)).isoformat()
    assert reader.get(f"/projects/{project}", params={"at": long_ago}).status_code == 404


def test_one_project_opens_at_once_and_several_are_offered(
    api: Running, reader: TestClient
) -> None:
    assert "还没有项目" in page(api, reader, "/indicators")
    first = contract(api)
    api.follow()
    assert reader.get("/indicators").headers["location"] == f"/projects/{first}"
    wicked = "<script>alert(1)</script>"
    second = contract(api, wicked)
    api.follow()
    for path in ("/indicators", f"/projects/{second}", "/"):
        assert "<script>alert" not in reader.get(path).text
    assert first in page(api, reader, "/indicators")


def test_another_operators_project_is_not_there(api: Running) -> None:
    project = contract(api)
    api.follow()
    figure = f"/projects/{project}/indicators/{indicator_id(project, '1-1')}"
    with browser(api) as other:
        foreign = Principal(actor=new_id(), role="operator_manager", operator=new_id())
        sign_in(other, token(api, foreign))
        for path in (f"/projects/{project}", figure, f"/projects/{project}/out-of-scope"):
            assert other.get(path).status_code == 404
            assert other.get(path, params={"at": today().isoformat()}).status_code == 404
        assert "还没有项目" in other.get("/indicators").text


def test_the_first_page_says_what_is_behind(api: Running, reader: TestClient) -> None:
    project = contract(api)
    shown = page(api, reader, "/")
    assert f"/projects/{project}/indicators/{indicator_id(project, '1-2')}" in shown
    assert "滞后或未完成的指标" in shown
    assert "Indicators behind or not done" in page(api, reader, "/", lang="en")


def test_the_first_page_counts_what_the_project_lists(api: Running, reader: TestClient) -> None:
    project = contract(api)
    api.as_role("operator_manager")
    system = indicator("1-3", "联席会议制度", None, qualitative=True, goal="1")
    api.done(f"/projects/{project}/indicators", {"definition": system["definition"]})
    status = {"indicator": indicator_id(project, "1-3"), "status": "not_done", "text": "未建立"}
    api.done(f"/projects/{project}/statuses", status)
    first, whole = page(api, reader, "/"), page(api, reader, f"/projects/{project}")
    (told,) = re.findall(r"滞后或未完成的指标</span><b>(\d+)</b>", first)
    (listed,) = re.findall(r"滞后或未完成（(\d+)）", whole)
    (lines,) = re.findall(r"全部指标（(\d+)）", whole)
    rows = page(api, reader, f"/projects/{project}", show="behind").count('<th scope="row">')
    assert told == listed == str(rows)
    assert int(lines) > rows


def test_the_first_page_and_the_list_of_projects_show_what_was_known_and_due_then(
    api: Running, reader: TestClient
) -> None:
    project = contract(api)
    for _ in range(4):
        visit(api, project)
    before = api.built.clock.now().isoformat()
    for _ in range(6):
        visit(api, project)
    assert "上门服务" not in behind(page(api, reader, "/", at=before))
    now, then = (page(api, reader, "/", **known) for known in ({}, {"at": before}))
    assert latest(now) != latest(then)
    assert "时已知的情况" in then
    assert "/indicators?at=" in then
    early = page(api, reader, "/", at="2001-01-01T08:00")
    assert "2001年1月1日" in early
    assert "共 0 个项目" in early
    onward = reader.get("/indicators", params={"at": before})
    assert onward.status_code == 303
    assert onward.headers["location"].startswith(f"/projects/{project}?at=")
    assert "4 次" in row(page(api, reader, onward.headers["location"]), "上门服务")


def behind(shown: str) -> str:
    return section(shown, "behind")


def latest(shown: str) -> str:
    return section(shown, "latest")


def section(shown: str, name: str) -> str:
    return shown.split(f'aria-labelledby="{name}"')[1].split("</section>", maxsplit=1)[0]


def monthly(code: str, name: str, low: int) -> dict[str, Any]:
    """Contract people to be seen each month, each counted once."""
    made = indicator(code, name, low, kinds=["home_service"], measure="persons", unit="人")
    made["targets"][0] |= {"per": "month", "target": {"value": low, "unit": "人"}}
    return made


def test_a_monthly_figure_says_which_month_is_judged_what_came_in_all_and_how_many_were_met(
    api: Running, reader: TestClient
) -> None:
    project = contract(api, besides=(monthly("3-1", "独居老人走访", 2),))
    known = {"role": "client", "person": person(api), "source": "sign-in"}
    others = {"role": "resident", "count": 3, "source": "counted"}
    for attendance in ((known,), (known, others)):
        visit(api, project, attendance=attendance)
    month = f"{today():%Y-%m}"
    told = row(page(api, reader, f"/projects/{project}"), "独居老人走访")
    for words in (
        f"本月（{month}） 1 人",
        "累计 1–4 人（去重）",
        "个月中 0 个月达标",
        "50.0%",
        "1 / 2",
    ):
        assert words in told
    path = f"/projects/{project}/indicators/{indicator_id(project, '3-1')}"
    shown = " ".join(re.sub(r"<[^>]*>", " ", page(api, reader, path)).split())
    for words in (
        "累计完成（去重） 1–4 人",
        f"完成率 · 本月（{month}） 50.0% 1 / 2 人",
        "0 个月达标",
    ):
        assert words in shown
    english = row(page(api, reader, f"/projects/{project}", lang="en"), "独居老人走访")
    assert "This month" in english
    assert "in all (each once)" in english


def test_a_line_of_the_report_and_its_twin_are_counted_once_and_the_tiles_add_up(
    api: Running, reader: TestClient
) -> None:
    """Given an aim and a line of two figures that are the same work, all of them behind, beside an
    indicator that is and one declared as not done, then that work is one among three."""
    aim = {"table": "A", "line": "A09", "column": "count", "item": "讲座", "counterpart": "B13"}
    line = {"table": "B", "line": "B13", "planned_name": "讲座", "service_type": "lecture"}
    printed = [
        (aim, "A09", "讲座"),
        (line | {"column": "times"}, "B13.times", "讲座场次"),
        (line | {"column": "person_times"}, "B13.person_times", "讲座人次"),
    ]
    besides = [
        indicator(code, name, 4, kinds=["lecture"], placement=placement)
        for placement, code, name in printed
    ]
    project = contract(api, besides=besides)
    for _ in range(5):
        visit(api, project)
    api.as_role("operator_manager")
    system = indicator("1-3", "联席会议制度", None, qualitative=True, goal="1")
    api.done(f"/projects/{project}/indicators", {"definition": system["definition"]})
    status = {"indicator": indicator_id(project, "1-3"), "status": "not_done", "text": "未建立"}
    api.done(f"/projects/{project}/statuses", status)
    shown = page(api, reader, f"/projects/{project}")
    tiles = dict(re.findall(r'class="tile[^>]*><span class="quiet">(.*?)</span><b>(\d+)', shown))
    parts = [int(tiles[name]) for name in ("滞后", "严重滞后", "未完成")]
    (listed,) = re.findall(r"滞后或未完成（(\d+)）", shown)
    assert (sum(parts), parts[2], int(listed)) == (3, 1, 3)
    (first,) = re.findall(r"滞后或未完成的指标</span><b>(\d+)</b>", page(api, reader, "/"))
    assert first == listed
    assert "与 A09 同一项" in row(shown, "讲座人次")
    groups = re.findall(r"(\d+) 项滞后或未完成", shown)
    assert sum(map(int, groups)) == 3
    assert "讲座人次" in page(api, reader, f"/projects/{project}", show="behind")


def test_who_looks_at_what_was_known_then_goes_on_doing_so(
    api: Running, reader: TestClient
) -> None:
    project = contract(api)
    event = visit(api, project)
    api.follow()
    then = today()
    path = f"/projects/{project}/indicators/{indicator_id(project, '1-1')}"
    shown = page(api, reader, path, at=then.isoformat())
    for page_of in (f"/records/{event}", "/", "/indicators", "/caseload", "/records"):
        assert f'href="{page_of}?at={then:%Y-%m-%dT%H:%M}' in shown
    assert f'href="/records/{event}"' in page(api, reader, path)
