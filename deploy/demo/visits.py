"""A02 and B05: 88 home services of 40 minutes from August to November, 22 people a month.

Some are written down late, some wrongly and set right, one is void: what an audit looks at.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from deploy.demo.people import ELDERLY, Somebody, home_of
from deploy.demo.stage import ELDERLY_WORKER, PROJECT_SCOPE, Act, act, event_of, named, starts
from domain.corrections import correct_record, void_record
from domain.counting import Attendance
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.event import Reason
from domain.identity import Id
from domain.private import private
from domain.visit import HomeServiceDelivered, record_visit

MONTHS = (8, 9, 10, 11)
LATE = {5: 4, 17: 6, 29: 5, 41: 9, 66: 4}
"""Which visits were written down how many days later."""
NOTES = ("情绪平稳，愿意聊家常", "膝盖疼，出门少了", "惦记在外地的孩子", "睡眠不好，想多说说话")


def visits() -> Iterator[Act]:
    """Yield the 88 visits, and what was set right among them."""
    for number in range(88):
        yield _visit(number, ELDERLY[number % 22], _day(number))
    yield from _set_right()


def _day(number: int) -> date:
    """Two visits on each of eleven working days in each of the four months."""
    month, place = MONTHS[number // 22], number % 22
    return date(2018, month, 1) + timedelta(days=2 + (place // 2) * 2)


def _visit(number: int, one: Somebody, day: date, name: str = "visit", minutes: int = 40) -> Act:
    facts = HomeServiceDelivered(
        kind="home_service",
        audience="elderly",
        minutes=35 if number == 12 and name == "visit" else minutes,
        workers=(ELDERLY_WORKER,),
        attendance=(Attendance(person=one.id, role="client"),),
        household=home_of(one),
        services=("emotional_support", "housework"),
        note=private(one.id, "casework", NOTES[number % 4]),
    )
    later = LATE.get(number, 0) if name == "visit" else 0
    id = named(name, number)
    return act(
        f"{name}/{number}", day, starts(record_visit, PROJECT_SCOPE, facts, id),
        hour=9 + 5 * (number % 2), minutes=minutes, days_later=later, actor=ELDERLY_WORKER,
        late_reason="走访当日平板电脑没有网络，返回后补录" if later else None,
    )  # fmt: skip


def _set_right() -> Iterator[Act]:
    """Visit 12 was written with 35 minutes; visit 30 was written twice, and the second is void."""
    of = named("visit", 12), event_of(_visit(12, ELDERLY[12], _day(12)))
    wrong = Reason(code="entry_error", text="时长录入错误，签到表为40分钟")
    yield act(
        "correction/12", _day(12) + timedelta(days=1), partial(_correct, *of, wrong),
        actor=ELDERLY_WORKER,
    )  # fmt: skip
    second = _visit(30, ELDERLY[8], _day(30), name="twice")
    yield second
    twice = Reason(code="duplicate", text="同一次走访重复录入")
    void = partial(_void, named("twice", 30), event_of(second), twice)
    yield act("voiding/30", _day(30) + timedelta(days=2), void, actor=ELDERLY_WORKER)


def _correct(stream: Id, target: Id, reason: Reason, desk: Desk, entry: Entry) -> Receipt:
    return correct_record(desk, entry, stream, target, {"minutes": 40}, reason)


def _void(stream: Id, target: Id, reason: Reason, desk: Desk, entry: Entry) -> Receipt:
    return void_record(desk, entry, stream, target, reason)
