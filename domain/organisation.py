"""Operators, and the stations under them: under whose name everything is recorded.

An operator's own events are sealed in a ledger of the operator, a station's in the station's
(events.md, BC1). A ledger belongs to one operator for ever; so a station that passes to another
operator ends here and goes on there as its successor, and the first operator's record stays
whole. Every slice gets the scope of its records from `scope_of_station`.
"""

from __future__ import annotations

import unicodedata
from datetime import date

import msgspec
from stdnum.cn import uscc as credit_code
from stdnum.exceptions import ValidationError

from domain.aggregate import Aggregate
from domain.bounds import Register
from domain.claim import UniqueClaim, claim
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope, check_possible
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id, new_id
from domain.neighbours import Contract
from domain.refusals import FORBIDDEN, Conflict, refusal
from domain.station import (
    Station,
    StationEstablished,
    StationTransferredToOperator,
    settle_name,
)
from domain.station_name import normal_region

USCC_INVALID = refusal("organisation.uscc_invalid")
USCC_TAKEN = refusal("organisation.uscc_taken", Conflict)
OPERATOR_SUSPENDED = refusal("organisation.operator_suspended", Conflict)
NOT_SUSPENDED = refusal("organisation.not_suspended", Conflict)
ALIAS_KNOWN = refusal("organisation.alias_known", Conflict)
PROJECT_ELSEWHERE = refusal("organisation.project_elsewhere")


@fact()
class OperatorRegistered(Facts, frozen=True, kw_only=True, tag="organisation.OperatorRegistered@1"):
    """An agency that runs stations under contract (承接机构), by its 统一社会信用代码.

    What is recorded under a `demonstration` operator is invented, and marked so for ever.
    """

    name: str
    uscc: Register
    demonstration: bool = False


@fact()
class OperatorNameAliasAdded(
    Facts, frozen=True, kw_only=True, tag="organisation.OperatorNameAliasAdded@1"
):
    """Another name under which documents know the operator."""

    alias: str


@fact()
class OperatorSuspended(Facts, frozen=True, kw_only=True, tag="organisation.OperatorSuspended@1"):
    """Nothing is recorded under it until it is resumed; `references.check_at_work` says what is."""

    reason: str


@fact()
class OperatorResumed(Facts, frozen=True, kw_only=True, tag="organisation.OperatorResumed@1"):
    """The suspension ends."""

    reason: str


@fact()
class StaffRegisterBegun(Facts, frozen=True, kw_only=True, tag="organisation.StaffRegisterBegun@1"):
    """The first member of staff was taken on: who is named as staff from now on must be one."""


class OperatorOrg(Aggregate):
    """An operator. Its id is the operator of everything recorded under it."""

    kind = "operator"
    lasting = (Facts,)
    registered: OperatorRegistered
    suspended = False
    keeps_staff = False

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.aliases: set[str] = set()

    def evolve(self, event: AnyEvent) -> None:
        """Keep its names, and whether it may work."""
        match event.facts:
            case OperatorRegistered():
                self.registered = event.facts
            case OperatorNameAliasAdded(alias=alias):
                self.aliases.add(alias)
            case OperatorSuspended():
                self.suspended = True
            case OperatorResumed():
                self.suspended = False
            case StaffRegisterBegun():
                self.keeps_staff = True

    def add_alias(self, entry: Entry, alias: str) -> None:
        """Know the operator by one more name."""
        if alias in self.aliases or alias == self.registered.name:
            raise ALIAS_KNOWN("alias")
        self.record(entry, OperatorNameAliasAdded(alias=alias))

    def suspend(self, entry: Entry, reason: str) -> None:
        """Stop it from recording."""
        self.check_active()
        self.record(entry, OperatorSuspended(reason=reason))

    def resume(self, entry: Entry, reason: str) -> None:
        """Let it go on."""
        if not self.suspended:
            raise NOT_SUSPENDED("operator")
        self.record(entry, OperatorResumed(reason=reason))

    def check_active(self, field: str = "operator") -> None:
        """Refuse while it is suspended."""
        if self.suspended:
            raise OPERATOR_SUSPENDED(field)


def register_operator(
    desk: Desk, entry: Entry, facts: OperatorRegistered, *, id: Id | None = None
) -> Receipt:
    """Register an operator; only the installation's administrator may.

    The credit code is checked by GB 32100-2015 and kept in its plain form. Raises
    `organisation.uscc_taken` for one under which an operator is registered already.
    """
    _check_administrator(desk)
    check_possible(entry.occurred, entry.now)
    facts = msgspec.structs.replace(facts, uscc=normal_uscc(facts.uscc))
    operator = id or new_id()
    scope = Scope(operator=operator, demonstration=facts.demonstration)
    started = OperatorOrg.start(entry, scope, facts, id=operator)
    return desk.save(entry, started, _claim_uscc(desk, entry, started))


def _claim_uscc(desk: Desk, entry: Entry, operator: OperatorOrg) -> UniqueClaim:
    """Hold the code for ever, in the operator's ledger; operators from before hold none.

    One agency under two operators would have its work in two figures, each too small. Only the
    administrator, who sees all operators, can be refused, so that no operator hears of another.
    What is invented holds apart from what is real: a demonstration keeps no agency out.
    """
    code, scope = operator.registered.uscc, operator.scope
    key = ("demonstration", code) if scope.demonstration else (code,)
    return claim(desk, entry, scope, "uscc", key, operator.id, USCC_TAKEN("uscc"))


def normal_uscc(text: str) -> str:
    """Return a credit code in its plain form, full-width characters and spaces undone."""
    try:
        return credit_code.validate(unicodedata.normalize("NFKC", text))
    except ValidationError as error:
        raise USCC_INVALID("uscc") from error


def add_operator_alias(desk: Desk, entry: Entry, operator: Id, alias: str) -> Receipt:
    """Know an operator by one more name."""
    found = desk.load(OperatorOrg, operator, "operator")
    found.add_alias(entry, alias)
    return desk.save(entry, found)


def suspend_operator(desk: Desk, entry: Entry, operator: Id, reason: str) -> Receipt:
    """Suspend an operator; only the installation's administrator may."""
    _check_administrator(desk)
    found = desk.load(OperatorOrg, operator, "operator")
    found.suspend(entry, reason)
    return desk.save(entry, found)


def resume_operator(desk: Desk, entry: Entry, operator: Id, reason: str) -> Receipt:
    """End a suspension; only the installation's administrator may."""
    _check_administrator(desk)
    found = desk.load(OperatorOrg, operator, "operator")
    found.resume(entry, reason)
    return desk.save(entry, found)


def establish_station(
    desk: Desk, entry: Entry, operator: Id, facts: StationEstablished, *, id: Id | None = None
) -> Receipt:
    """Establish a station under an operator that is not suspended.

    Its region's code is kept in its plain form. Raises `station.region_invalid`, and
    `station.name_taken` while the operator has an open one of this name in the region.
    """
    facts = msgspec.structs.replace(facts, region_code=normal_region(facts.region_code))
    started = _station(desk, entry, operator, facts, id or new_id())
    return desk.save(entry, started, *settle_name(desk, entry, started, "name"))


def transfer_station(
    desk: Desk, entry: Entry, station: Id, facts: StationTransferredToOperator
) -> Receipt:
    """Hand a station to another operator, under which it goes on as `facts.successor`.

    Both are written in one transaction. Only the administrator may, who alone sees two operators.
    Refused: a second operator for the same time, the operator that has it already, one that has an
    open station of this name in the region, a day still to come.
    """
    _check_administrator(desk)
    found = desk.load(Station, station, "station")
    found.transfer(entry, facts)
    begun = msgspec.structs.replace(found.established, predecessor=station)
    successor = _station(desk, entry, facts.new_operator, begun, facts.successor, "new_operator")
    names = (
        *settle_name(desk, entry, found),
        *settle_name(desk, entry, successor, "new_operator"),
    )
    return desk.save(entry, found, successor, *names)


def scope_of_station(
    desk: Desk, station: Id, project: Id | None = None, *, day: date | None = None
) -> Scope:
    """Return the scope of a record of this station, and of this project where it belongs to one.

    Refused: an operator suspended, a station closed or handed over, a project of another operator
    or outside whose area the station lies. With `day`, work that was done while the station was
    still open is let through.
    """
    found = desk.load(Station, station, "station")
    found.check_open(day)
    desk.load(OperatorOrg, found.scope.operator, "station").check_active("station")
    if project is None:
        return found.scope
    contract: Contract = desk.load_any("project", project, "project")
    if contract.scope.operator != found.scope.operator:
        raise PROJECT_ELSEWHERE("project")
    contract.check_area(found.scope, "project")
    return msgspec.structs.replace(found.scope, project=project)


def begin_staff_register(desk: Desk, entry: Entry, operator: Id) -> tuple[OperatorOrg, ...]:
    """Write on an operator's stream that it keeps its staff here; return what is to be saved.

    So whoever holds the operator knows it, without asking a view. Nothing where it is known.
    """
    found = desk.load(OperatorOrg, operator, "operator")
    if found.keeps_staff:
        return ()
    found.record(entry.beside(), StaffRegisterBegun())
    return (found,)


def scope_of_operator(desk: Desk, operator: Id) -> Scope:
    """Return the scope of what belongs to an operator and to no station: its staff."""
    found = desk.load(OperatorOrg, operator, "operator")
    found.check_active()
    return found.scope


def _station(
    desk: Desk,
    entry: Entry,
    operator: Id,
    facts: StationEstablished,
    id: Id,
    field: str = "operator",
) -> Station:
    check_possible(entry.occurred, entry.now)
    found = desk.load(OperatorOrg, operator, field)
    found.check_active(field)
    station = Station(id, msgspec.structs.replace(found.scope, station=id))
    # A transfer writes on two streams, and only its first event takes the name that the entry has.
    event = entry.event if facts.predecessor is None else new_id()
    station.record(entry, facts, event=event)
    return station


def _check_administrator(desk: Desk) -> None:
    if desk.principal.role != "administrator":
        raise FORBIDDEN()
