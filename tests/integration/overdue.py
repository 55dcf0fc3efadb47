"""A station whose cases grow overdue, day by day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from domain.aggregate import Aggregate
from domain.case_commands import hold_session, open_case, take_step
from domain.case_facts import CaseResumed, CaseSuspended
from domain.clock import at
from domain.desk import Receipt
from domain.entry import Entry
from domain.event import Reason
from domain.identity import Id
from projections.alert import ALERT
from projections.engine.view import Row
from tests.casework import SUPERVISOR, CaseworkDesk, days, opening, session
from tests.offices import Office
from tests.station import SCOPE, entry
from workers.catalogue import DUTIES
from workers.duty import SYSTEM

DEMONSTRATION = msgspec.structs.replace(SCOPE, demonstration=True)


REASON = Reason(code="entry_error", text="登记时看错了日期")


class Station:
    """A station whose days pass one by one; what people record is seen by the workers at once."""

    def __init__(self, room: Office) -> None:
        self.room = room
        self.desk = CaseworkDesk()
        self.told = 0
        self.case = self.on(0, lambda e: open_case(self.desk, e, DEMONSTRATION, opening())).stream

    def on(
        self, day: int, command: Callable[[Entry], Receipt], recorded: int | None = None
    ) -> Receipt:
        """Record something that happened on a day, then or some days later."""
        now = day if recorded is None else recorded
        self.room.clock.set(at(days(now), 12))
        late: dict[str, Any] = {"late_reason": "外出培训", "approved_by": SUPERVISOR}
        receipt = command(entry(days(day), now=self.room.clock.now(), **late))
        self.room.append(self.desk.log[self.told :])
        self.told = len(self.desk.log)
        self.room.settle(DUTIES)
        return receipt

    def session(self, day: int, recorded: int | None = None) -> Id:
        return self.on(
            day, lambda e: hold_session(self.desk, e, self.case, session()), recorded
        ).events[0]

    def set_right(self, day: int, change: Callable[[Aggregate, Entry], object]) -> None:
        def command(e: Entry) -> Receipt:
            aggregate = self.desk.load_stream(self.case)
            change(aggregate, e)
            return self.desk.save(e, aggregate)

        self.on(day, command)

    def rest(self, day: int, *, over: bool = False) -> None:
        """Let the case rest, or the rest be over."""
        step = CaseResumed(reason="已出院回家") if over else CaseSuspended(reason="住院治疗")
        self.on(day, lambda e: take_step(self.desk, e, self.case, step))

    def toggle(self, day: int, target: Id) -> None:
        """Void a session, or reinstate a void one."""

        def change(case: Aggregate, e: Entry) -> None:
            if case.records[target].void:
                case.reinstate(e, target, REASON)
            else:
                case.void(e, target, REASON)

        self.set_right(day, change)

    def mornings(self, first: int, last: int) -> None:
        for day in range(first, last + 1):
            self.room.clock.set(at(days(day), 7, 1))
            self.room.tick(DUTIES)
            self.room.settle(DUTIES)

    def alerts(self) -> list[Row]:
        with self.room.workshop.asking.within(SYSTEM) as answers:
            return answers.rows(ALERT, order=("raised_at",))

    def open_since(self) -> list[int]:
        """The open alerts, by the day since which nobody was in contact."""
        return [(row["since"] - days(0)).days for row in self.alerts() if row["state"] == "open"]
