"""Who is asking: every command and every query carries a principal."""

from __future__ import annotations

from typing import Literal

import msgspec

from domain.identity import Id

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


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A person or process, its role, and the scope that everything it does is held to.

    `operator` is None only for the installation's administrator and for the system itself;
    `stations` empty means every station of the operator.
    """

    actor: Id
    role: Role
    operator: Id | None = None
    stations: tuple[Id, ...] = ()

    def covers(self, operator: Id, station: Id | None) -> bool:
        """Say whether something of that operator and station lies in this scope."""
        if self.operator is not None and self.operator != operator:
            return False
        return not self.stations or station is None or station in self.stations
