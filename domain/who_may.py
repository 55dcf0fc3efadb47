"""Who may do what: one table, by the kind of what is written.

The daily work of a station (visits, cases, groups, activities, goods, papers, the people it serves)
is everybody's who works for the operator, each within their scope. What the table names is for
those who answer for it, and by whoever is held to stations it is done only where none but these are
concerned: whoever let a colleague go, gave a post in which is approved, or ended a project that
others work in, would decide for stations that they do not even see.

The administrator begins an installation by the first token, with operators, stations and first
records, and is not asked. What the machine does by itself (`system`) follows from what people
decided. Evaluators are held to their evaluation.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol, runtime_checkable

from domain.aggregate import Aggregate
from domain.event import Correction, Facts, name_of
from domain.identity import Id
from domain.principal import Principal, Role
from domain.refusals import Forbidden, refusal

MAY_NOT = refusal("role.may_not", Forbidden)
BEYOND_STATIONS = refusal("role.beyond_stations", Forbidden)

Roles = frozenset[Role]
ADMINISTRATOR: Roles = frozenset({"administrator"})
MANAGER: Roles = frozenset({"operator_manager"})
HEADS: Roles = MANAGER | {"station_head"}
LEADERS: Roles = HEADS | {"project_lead"}
EVERYBODY: Roles = LEADERS | {"supervisor", "worker"}

TABLE: dict[str, Roles] = {
    "organisation": ADMINISTRATOR,
    "organisation.OperatorNameAliasAdded": ADMINISTRATOR | MANAGER,
    "organisation.StaffRegisterBegun": HEADS,
    "station": ADMINISTRATOR | HEADS,
    "station.StationTransferredToOperator": ADMINISTRATOR,
    "staff": HEADS,
    "staff.StaffAbsenceRecorded": EVERYBODY,
    "project.ProjectContracted": LEADERS,
    "project.ContractAmended": LEADERS,
    "project.ProjectSuspended": LEADERS,
    "project.ProjectResumed": LEADERS,
    "project.ProjectEnded": LEADERS,
    "project.GoalDefined": LEADERS,
    "project.IndicatorDefined": LEADERS,
    "project.IndicatorTargetSet": LEADERS,
    "project.IndicatorRetired": LEADERS,
    "project.PeriodClosed": LEADERS,
    "project.PeriodReopened": LEADERS,
    "evidence.FormSetPublished": LEADERS,
    "evidence.FormSetRetired": LEADERS,
    "alert_rule": HEADS,
    "policy": ADMINISTRATOR | MANAGER | {"supervisor"},
    "registry.ErasureRequested": HEADS,
    "unregistered.WordsErasureRequested": HEADS,
}
"""A slice, or one kind of facts of it, which goes first. What is not named is daily work."""


@runtime_checkable
class Reaching(Protocol):
    """What may concern several stations, although it belongs to none or to one of them."""

    @property
    def stations(self) -> Collection[Id]:
        """The stations that are concerned; none named means all of the operator."""
        ...


def check_who_may(who: Principal, *decided: Aggregate) -> None:
    """Refuse what somebody's role, or the stations that they are held to, do not let them write.

    By when this is asked, a command names nothing that is not there for them. Raises
    `role.may_not` and `role.beyond_stations`.
    """
    if who.role in ("administrator", "system") or who.evaluation is not None:
        return
    for aggregate in decided:
        for event in aggregate.pending:
            _check(who, aggregate, _kind(event.facts))


def _check(who: Principal, aggregate: Aggregate, kind: str) -> None:
    roles = TABLE.get(kind, TABLE.get(kind.partition(".")[0], EVERYBODY))
    if roles == EVERYBODY:
        return
    if who.role not in roles:
        raise MAY_NOT("role", posts=", ".join(sorted(roles)))
    if who.stations and not _concerned(aggregate) <= {*who.stations}:
        raise BEYOND_STATIONS("role")


def _kind(facts: Facts) -> str:
    """Return the kind of facts; of a correction, the kind that it sets right."""
    name = name_of(type(facts))
    if isinstance(facts, Correction):
        for change in ("Corrected", "Voided", "Reinstated"):
            name = name.removesuffix(change)
    return name


def _concerned(aggregate: Aggregate) -> set[Id | None]:
    """Return the stations that a record concerns; None stands for all of the operator."""
    reach = aggregate.stations if isinstance(aggregate, Reaching) else ()
    return {*reach} or {aggregate.scope.station}
