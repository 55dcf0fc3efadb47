"""The monthly workbook: made as a task, the same to the byte, and opened as Excel opens it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import openpyxl  # type: ignore[import-untyped] # it has no types
import pytest

from domain.contract import retire_indicator
from domain.counting import Attendance
from domain.identity import Id, new_id
from domain.journal.tasks import Asked, Task, month_end
from domain.visit import HomeServiceDelivered, record_visit
from tests.contracts import defined
from tests.integration.behind import DEMONSTRATION, Contracted
from tests.offices import Office, office
from tests.station import entry
from workers.catalogue import DUTIES
from workers.sheets import Book, Value


@pytest.fixture
def room(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with office(database_url, tmp_path) as opened:
        yield opened


def contracted(room: Office) -> Contracted:
    made = Contracted(room, "month", 10)
    made.deliver(date(2018, 7, 5), 4)
    made.deliver(date(2018, 8, 9), 3)
    made.morning(date(2018, 9, 1))
    return made


def made(room: Office, project: Id, position: int | None = None) -> Task:
    task = new_id()
    head = room.journal.max_notification_id() or 0
    asked = Asked(
        task=task,
        duty="make_workbook",
        subjects=(project,),
        position=position or head,
        due=month_end(2018, 8),
    )
    room.register.ask(asked)
    room.work(DUTIES)
    found = room.register.find(task)
    assert found is not None
    return found


def opened(room: Office, task: Task, *, formulas: bool = False) -> Any:
    file = room.workshop.exports / f"{task.result}.xlsx"
    return openpyxl.load_workbook(BytesIO(file.read_bytes()), data_only=not formulas)


def test_the_file_shows_each_figure_with_its_deliveries_and_says_as_of_when(room: Office) -> None:
    project = contracted(room)
    task = made(room, project.project)
    assert (task.error, task.progress, task.total) == (None, 8, 8)
    book = opened(room, task)
    assert book.sheetnames == ["说明", "指标进度", "分月", "明细", "目标未涉及"]
    _, header, line, *_ = book["指标进度"].iter_rows(values_only=True)
    assert header[:6] == ("指标编号", "指标", "单位", "本月完成", "本月目标", "累计完成")
    assert line[:6] == ("B05.times", "老年人上门服务", "次", 3, 10, 7)
    about = dict(book["说明"].iter_rows(values_only=True))
    assert about["统计月份"] == "2018年8月"
    assert 0 < about["记录位置"] <= (room.journal.max_notification_id() or 0)
    assert about["计数规则版本"].startswith("completion@1")
    deliveries = list(book["明细"].iter_rows(values_only=True))
    assert sum(row[4] for row in deliveries[2:9]) == 7
    assert {row[6] for row in deliveries[2:9]} <= {event.id for event in project.desk.log}


def test_kinds_and_populations_are_named_and_a_month_without_work_has_its_column(
    room: Office,
) -> None:
    """Whoever reads it reads Chinese; and a month in which nothing came is a finding."""
    project = Contracted(room, "month", 10)
    at_home = HomeServiceDelivered(
        kind="home_service",
        audience="elderly",
        minutes=40,
        workers=(new_id(),),
        attendance=(Attendance(),),
    )
    scope = msgspec.structs.replace(DEMONSTRATION, project=project.project)
    record_visit(project.desk, entry(date(2018, 7, 5)), scope, at_home)
    project.morning(date(2018, 9, 1))
    book = opened(room, made(room, project.project))
    assert column(book["明细"], 2) == ["服务类型", "上门服务"]
    assert column(book["明细"], 3) == ["服务人群", "老年人"]
    _, header, line = book["分月"].iter_rows(values_only=True)
    assert (header[3:], line[3:]) == (("2018-07", "2018-08"), (1, 0))


def test_no_line_adds_indicators_up(room: Office) -> None:
    """Visits and cases are both counted, each in its unit; a visit counts to two indicators."""
    project = contracted(room)
    defined(project.desk, project.project, "A02.times")
    defined(
        project.desk, project.project, "A01", measure="cases", unit="个", kinds=("case_opened",)
    )
    project.morning(date(2018, 9, 2))
    project.deliver(date(2018, 8, 20), 2)
    project.morning(date(2018, 9, 3))
    book = opened(room, made(room, project.project))
    assert column(book["指标进度"], 0) == ["指标编号", "B05.times", "A02.times", "A01"]
    assert column(book["指标进度"], 5) == ["累计完成", 9, 2, 0]
    assert column(book["明细"], 4) == ["数量", *[1] * 11]
    formulas = opened(room, made(room, project.project), formulas=True)
    cells = [cell for sheet in formulas for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]


def test_hours_are_told_to_a_tenth_and_their_parts_in_minutes(room: Office) -> None:
    project = contracted(room)
    defined(project.desk, project.project, "B05.hours", measure="minutes", unit="小时")
    project.morning(date(2018, 9, 2))
    project.deliver(date(2018, 8, 20), 4)
    project.morning(date(2018, 9, 3))
    book = opened(room, made(room, project.project))
    assert column(book["指标进度"], 5) == ["累计完成", 11, 2.7]
    assert column(book["分月"], 4) == ["2018-08", 7, 2.7]
    parts = [row for row in book["明细"].iter_rows(values_only=True) if row[0] == "B05.hours"]
    assert [row[4:6] for row in parts] == [(40, "分钟")] * 4
    (shape,) = {row[5].number_format for row in book["指标进度"].iter_rows(min_row=4, max_row=4)}
    assert shape == "#,##0.0#"


def column(sheet: Any, number: int) -> list[Any]:
    """What stands in a column, below the mark."""
    return [row[number] for row in sheet.iter_rows(min_row=2, values_only=True)]


def test_headers_stay_and_ids_are_text(room: Office) -> None:
    book = opened(room, made(room, contracted(room).project))
    assert {book[name].freeze_panes for name in book.sheetnames[1:]} == {"A3"}
    sheet = book["明细"]
    assert sheet.auto_filter.ref == "A2:H9"
    assert {cell.data_type for cell in sheet["G"][2:9]} == {"s"}
    assert {cell.number_format for cell in sheet["G"][2:9]} == {"@"}


def test_a_retired_indicator_has_what_it_came_to_its_day_and_nothing_due(room: Office) -> None:
    project = contracted(room)
    retired = entry(date(2018, 8, 20))
    retire_indicator(project.desk, retired, project.project, project.indicator, "合同变更取消")
    project.morning(date(2018, 9, 2))
    _, header, line, *_ = opened(room, made(room, project.project))["指标进度"].values
    told = dict(zip(header, map(str, line), strict=True))
    assert (told["累计完成"], told["停用日期"]) == ("7", "2018-08-20 00:00:00")
    assert [told[name] for name in told if "目标" in name or name == "完成率"] == ["None"] * 4


def written(room: Office, mark: str | None) -> Any:
    book = Book("表", room.clock.now(), mark)
    book.notes("说明", [("项目", "示例")])
    rows: list[list[Value]] = [["B05", 3, "次"], ["B06", 4, "次"], ["B07", 90, "分"]]
    book.table("表", ["指标", "数量", "单位"], rows)
    return openpyxl.load_workbook(BytesIO(book.close()))


def test_a_mark_stands_above_every_sheet_and_moves_nothing_else(room: Office) -> None:
    plain, marked = written(room, None), written(room, "演示数据")
    assert [sheet["A1"].value for sheet in marked] == ["演示数据"] * 2
    assert [sheet["A1"].value for sheet in plain] == ["项目", "指标"]
    assert (plain["表"].freeze_panes, marked["表"].freeze_panes) == ("A2", "A3")
    assert (plain["表"].auto_filter.ref, marked["表"].auto_filter.ref) == ("A1:C4", "A2:C5")
    for sheet in plain:
        below = list(marked[sheet.title].iter_rows(min_row=2, max_col=1, values_only=True))
        assert below == list(sheet.iter_rows(max_col=1, values_only=True))


def test_the_same_question_gives_the_same_bytes_whatever_came_since(room: Office) -> None:
    project = contracted(room)
    head = room.journal.max_notification_id() or 0
    first = made(room, project.project)
    project.deliver(date(2018, 8, 20), 2)
    project.morning(date(2018, 9, 2))
    time.sleep(1.1)
    again, now = made(room, project.project, head), made(room, project.project)
    assert first.result == again.result
    assert first.result != now.result


def test_a_project_that_is_not_there_fails_and_is_shown(room: Office) -> None:
    contracted(room)
    task = made(room, new_id())
    assert task.error == "NoProjectError"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", "＠SUM(A1)"])
def test_no_text_becomes_a_formula(text: str, room: Office) -> None:
    book = Book("试", room.clock.now())
    book.table("表", ["名称"], [[text], ["平常"]])
    sheet = openpyxl.load_workbook(BytesIO(book.close()))["表"]
    cell, plain = sheet["A2"], sheet["A3"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
    assert plain.quotePrefix is not True


def test_a_share_is_a_number_that_reads_as_a_percentage(room: Office) -> None:
    project = contracted(room)
    sheet = opened(room, made(room, project.project))["指标进度"]
    share = sheet.cell(row=3, column=11)
    assert sheet.cell(row=2, column=11).value == "完成率"
    assert (share.value, share.number_format) == (0.3, "0.0%")
