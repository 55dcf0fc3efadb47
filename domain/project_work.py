"""What is done for a project: where it counts, and who approves what changes in a closed period.

After a period's close the figures stand as reported. What still changes in it is approved by the
internal supervisor of the station, else by the operator's quality lead, where the operator keeps
a register of its staff (glossary, decided 6).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

import msgspec

from domain.counting import Counted
from domain.desk import Desk
from domain.entry import Entry, Scope
from domain.event import Occurred
from domain.identity import Id
from domain.neighbours import Contract
from domain.references import colleague
from domain.refusals import refusal

MAY_NOT_APPROVE = refusal("period.may_not_approve")

C = TypeVar("C", bound=Counted)


def allocated(desk: Desk, entry: Entry, scope: Scope, facts: C) -> C:
    """Put into countable facts the indicators of their project that they count to.

    The project must lie in the same operator and serve the station; work of no project counts
    nowhere.
    """
    if scope.project is None:
        return facts
    contract: Contract = desk.load_any("project", scope.project, "project")
    contract.check_area(scope, "station")
    _check_taken(desk, entry, scope, contract, entry.occurred)
    return msgspec.structs.replace(facts, allocations=contract.allocate(facts))


def check_taken(desk: Desk, entry: Entry, scope: Scope, occurred: Occurred) -> None:
    """Refuse work of a day on which its project takes none, or of a closed period unapproved."""
    if scope.project is None:
        return
    contract: Contract = desk.load_any("project", scope.project, "project")
    _check_taken(desk, entry, scope, contract, occurred)


def _check_taken(
    desk: Desk, entry: Entry, scope: Scope, contract: Contract, occurred: Occurred
) -> None:
    contract.check_open_on(occurred.day, entry)
    if contract.closed_on(occurred.day):
        check_adjusting(desk, entry, scope, contract.stations)


def check_periods(desk: Desk, entry: Entry, scope: Scope, *days: Occurred) -> None:
    """Refuse to change what happened on days of a closed period, unless somebody approved.

    Work that stands on a day on which the project takes none any more, since it was suspended,
    ended or shortened later, can be set right and declared void all the same.
    """
    if scope.project is None:
        return
    contract: Contract = desk.load_any("project", scope.project, "project")
    for occurred in days:
        contract.check_unclosed_on(occurred.day, entry)
    if any(contract.closed_on(occurred.day) for occurred in days):
        check_adjusting(desk, entry, scope, contract.stations)


def check_adjusting(desk: Desk, entry: Entry, scope: Scope, stations: Collection[Id]) -> None:
    """Refuse as approver of what changes in a closed period whoever is not to answer for it.

    `stations` are the project's, which count where the record is of none. Raises `not_found` for
    whoever is not of a register that is kept.
    """
    if entry.approved_by is None:
        return  # that it needs an approval at all was asked before
    found = colleague(desk, scope.operator, entry.approved_by, "approved_by")
    own = stations if scope.station is None else (scope.station,)
    if found is not None and not found.may_approve_adjustments_on(entry.today, own):
        raise MAY_NOT_APPROVE("approved_by")
