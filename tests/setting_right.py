"""Setting a case's records right, as its tests do it: by kind, fifty days after the opening."""

from __future__ import annotations

from typing import Any

from domain.case import Case
from domain.corrections import correct_record, reinstate_record, void_record
from domain.event import Reason
from domain.identity import Id
from tests.casework import (
    CaseworkDesk,
    days,
    on,
)
from tests.station import LATE, entry

REASON = Reason(code="wrong_time", text="日期录入错误")


def record_of(desk: CaseworkDesk, case: Id, kind: type, number: int = 0) -> Id:
    """Return the id of a case's record of a kind, the first unless told otherwise."""
    records = desk.load(Case, case).records
    of_kind = [id for id, one in records.items() if isinstance(one.effective.facts, kind)]
    return of_kind[number]


def correct(
    desk: CaseworkDesk, case: Id, target: Id, day: int | None = None, **fields: Any
) -> None:
    """Correct a record's day or fields, fifty days after the opening."""
    occurred = None if day is None else on(days(day))
    correct_record(desk, entry(days(50), **LATE), case, target, fields, REASON, occurred)


def void(desk: CaseworkDesk, case: Id, target: Id) -> None:
    void_record(desk, entry(days(50)), case, target, REASON)


def reinstate(desk: CaseworkDesk, case: Id, target: Id) -> None:
    reinstate_record(desk, entry(days(50)), case, target, REASON)
