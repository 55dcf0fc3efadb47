"""Who is asking: every command and every query carries a principal."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

import msgspec

from domain.identity import Id
from domain.refusals import Forbidden, refusal

Role = Literal[
    "administrator",  # of this installation: registers operators
    "operator_manager",
    "station_head",
    "project_lead",
    "supervisor",
    "worker",
    "evaluator",
    "system",
]

ENDED = refusal("access.ended", Forbidden)
READ_ONLY = refusal("access.read_only", Forbidden)


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A person or process, its role, and the scope that everything it does is held to.

    `operator` is None only for the installation's administrator and for the system itself;
    `stations` empty means every station of the operator. A third-party evaluator is held further:
    to one `ledger`, writing to nothing but the `evaluation`, and not from the moment `until` on.
    """

    actor: Id
    role: Role
    operator: Id | None = None
    stations: tuple[Id, ...] = ()
    ledger: Id | None = None
    evaluation: Id | None = None
    until: datetime | None = None

    def covers(self, operator: Id, station: Id | None, ledger: Id | None) -> bool:
        """Say whether something of that operator, station and ledger lies in this scope."""
        if self.operator is not None and self.operator != operator:
            return False
        if self.ledger is not None and self.ledger != ledger:
            return False
        return not self.stations or station is None or station in self.stations

    def reaches(self, stations: Collection[Id]) -> bool:
        """Say whether everything of some stations lies in this scope; none named means all."""
        return not self.stations or (bool(stations) and set(stations) <= set(self.stations))

    def ended(self, now: datetime) -> bool:
        """Say whether this access is over; the moment it ends at is outside it."""
        return self.until is not None and now >= self.until

    def check_access(self, now: datetime) -> None:
        """Refuse everything once the access is over."""
        if self.ended(now):
            raise ENDED("Authorization")

    def check_writes(self, *streams: Id) -> None:
        """Refuse an evaluator's writing to anything but the evaluation."""
        if self.evaluation is not None and any(one != self.evaluation for one in streams):
            raise READ_ONLY("Authorization")
