"""A project with an indicator that is behind, morning by morning."""

from __future__ import annotations

from datetime import date

import msgspec

from domain.clock import at
from domain.contract import (
    define_indicator,
    set_target,
)
from domain.counting import Attendance
from domain.entry import Scope
from domain.identity import new_id
from domain.indicators import IndicatorTargetSet, Target, TargetPeriod, indicator_id
from domain.visit import HomeServiceDelivered, record_visit
from projections.alert import ALERT
from projections.engine.view import Row
from tests.contracts import SIGNED, TERMS, contract_project, definition
from tests.offices import Office
from tests.station import SCOPE, MemoryDesk, entry
from workers.catalogue import DUTIES
from workers.duty import SYSTEM

DEMONSTRATION = msgspec.structs.replace(SCOPE, demonstration=True)


class Contracted:
    """A project with one indicator: home services, so many each month or by the end."""

    def __init__(
        self, room: Office, per: TargetPeriod, target: int, scope: Scope = DEMONSTRATION
    ) -> None:
        self.room, self.desk, self.told = room, MemoryDesk(), 0
        self.project = contract_project(self.desk, entry(SIGNED), scope, TERMS).stream
        define_indicator(self.desk, entry(SIGNED), self.project, definition())
        self.indicator = indicator_id(self.project, "B05.times")
        due = IndicatorTargetSet(
            indicator=self.indicator,
            per=per,
            target=Target(value=target, unit="次"),
            effective_from=TERMS.start,
            source="合同第三条",
        )
        set_target(self.desk, entry(SIGNED), self.project, due)

    def deliver(self, day: date, times: int) -> None:
        scope = msgspec.structs.replace(DEMONSTRATION, project=self.project)
        for _ in range(times):
            facts = HomeServiceDelivered(
                kind="home_service", minutes=40, workers=(new_id(),), attendance=(Attendance(),)
            )
            record_visit(self.desk, entry(day), scope, facts)

    def morning(self, day: date) -> list[tuple[str, str]]:
        """Let the morning of a day come; return the open alerts by their first day, and level."""
        self.room.clock.set(at(day, 7, 30))
        self.room.append(self.desk.log[self.told :])
        self.told = len(self.desk.log)
        self.room.settle(DUTIES)
        self.room.tick(DUTIES)
        self.room.settle(DUTIES)
        return [
            (f"{row['since']:%Y-%m-%d}", row["level"])
            for row in self.alerts()
            if row["state"] == "open"
        ]

    def alerts(self) -> list[Row]:
        with self.room.workshop.asking.within(SYSTEM) as answers:
            return answers.rows(ALERT, order=("raised_at",))
