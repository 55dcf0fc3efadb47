"""Access tokens on record (令牌): who let whom in, how far and until when, and who ended it.

What opens something is kept by the journal's register of tokens, as a hash; here stands its id,
which opens nothing. So whoever looks into an operator's ledger sees who could come in on a day,
and through whom. What a token is called there is not said: it may speak of a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Protocol, TypeAlias

import msgspec

from domain.aggregate import Aggregate
from domain.bounds import AtMost, Worded, check_text
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.event import Facts, Occurred, fact
from domain.identity import Id
from domain.principal import Principal, Role
from domain.refusals import NOT_FOUND, Conflict, Forbidden, refusal

Employed = Literal["operator_manager", "station_head", "project_lead", "supervisor", "worker"]
"""In which roles an operator lets its people in."""
ISSUERS: frozenset[Role] = frozenset({"operator_manager", "system"})
"""Who lets others in: the operator answers for what its people see.

`system` is whoever works on the machine itself. The installation's administrator, who cannot read
what people said, would come to do so by a token of an operator's.
"""
ENDERS: frozenset[Role] = ISSUERS | {"administrator"}
"""Who may shut a door: that widens nobody's reach."""

OF_EVALUATIONS = "evaluation:"
"""How the labels begin by which an evaluation ends its evaluators' tokens."""
LABEL = Worded(most=100, lines=False)

MAY_NOT = refusal("token.may_not", Forbidden)
MORE_REACH = refusal("token.more_reach", Forbidden)
NO_FUTURE = refusal("token.no_future")
OF_EVALUATION = refusal("token.of_evaluation", Conflict)
ENDED = refusal("token.ended", Conflict)
SHOWN_ONCE = refusal("token.shown_once", Conflict)

TokenId: TypeAlias = Annotated[
    str, Worded(least=1, most=16, lines=False, open_to=frozenset({"resident", "mobile"}))
]
"""The first 16 hex digits of the token's hash."""


@fact()
class TokenIssued(Facts, frozen=True, kw_only=True, tag="token.TokenIssued@1"):
    """Somebody is let in: `holder` in a role, at some stations or all, for good or `until` then."""

    token: TokenId
    holder: Id
    role: Employed
    stations: Annotated[tuple[Id, ...], AtMost(100)] = ()
    until: datetime | None = None


@fact()
class TokenReplaced(Facts, frozen=True, kw_only=True, tag="token.TokenReplaced@1"):
    """A token was ended, and another opens what it did."""

    token: TokenId
    by: TokenId


@fact()
class TokenEnded(Facts, frozen=True, kw_only=True, tag="token.TokenEnded@1"):
    """A token opens nothing any more."""

    token: TokenId


class TokenDecision(Aggregate):
    """One decision about a token; who may read goes on being decided while nobody may write."""

    kind = "token"
    lasting = (Facts,)


class RegisteredToken(Protocol):
    """What the register of tokens says of one."""

    @property
    def stations(self) -> Sequence[Id]:
        """At which stations; none means all of the operator's."""
        ...

    @property
    def evaluation(self) -> Id | None:
        """The evaluation that let an evaluator in."""
        ...

    @property
    def expires_at(self) -> datetime | None:
        """When it ends."""
        ...

    def stands(self, now: datetime) -> bool:
        """Say whether it opens anything still."""
        ...


class Employee(Protocol):
    """What is asked of a member of staff."""

    def check_here(self, day: date, field: str = ...) -> None:
        """Refuse a day before they came or after they left."""
        ...


def check_label(label: str) -> None:
    """Refuse a label that could be a person's number, or by which an evaluation ends tokens."""
    check_text(label, "label", LABEL)
    if label.startswith(OF_EVALUATIONS):
        raise OF_EVALUATION("label")


def issue_token(
    desk: Desk,
    entry: Entry,
    operator: Id,
    issued: TokenIssued,
    *,
    staff: bool,
    own_until: datetime | None = None,
) -> Receipt:
    """Record that somebody is let in; `staff` says that the register of staff knows the holder.

    `own_until` is when the token ends that is used for this. Refused: whoever may let nobody in,
    a reach beyond their own, an end that has passed, staff who are not here today.
    """
    _check_may(desk, ISSUERS)
    found = desk.load_any("operator", operator, "operator")
    _check_reach(desk, issued.stations, issued.until, own_until)
    for number, station in enumerate(issued.stations):
        desk.load_any("station", station, f"stations.{number}")
    if staff:
        employee: Employee = desk.load_any("staff", issued.holder, "staff")
        employee.check_here(entry.today)
    if issued.until is not None and issued.until <= entry.now:
        raise NO_FUTURE("until")
    return _recorded(desk, entry, found.scope, issued)


def replace_token(
    desk: Desk,
    entry: Entry,
    operator: Id,
    replaced: TokenReplaced,
    known: RegisteredToken | None,
    *,
    own_until: datetime | None = None,
) -> Receipt:
    """Record that another token takes the place of one; refused as issuing it would be."""
    _check_may(desk, ISSUERS)
    found = desk.load_any("operator", operator, "operator")
    standing = _standing(desk, entry, known)
    _check_reach(desk, standing.stations, standing.expires_at, own_until)
    return _recorded(desk, entry, found.scope, replaced)


def end_token(
    desk: Desk, entry: Entry, operator: Id, ended: TokenEnded, known: RegisteredToken | None
) -> Receipt:
    """Record that a token opens nothing any more. Refused: one that is not there, or has ended.

    An evaluator's is ended by the evaluation, and else on the machine alone.
    """
    _check_may(desk, ENDERS)
    found = desk.load_any("operator", operator, "operator")
    _standing(desk, entry, known)
    return _recorded(desk, entry, found.scope, ended)


def check_lists(principal: Principal) -> None:
    """Refuse to say who may come in to anybody who may not end that."""
    if principal.role not in ENDERS:
        raise MAY_NOT("Authorization")


def within_reach(principal: Principal, stations: Sequence[Id]) -> bool:
    """Say whether a token of these stations opens no more than somebody sees."""
    return principal.reaches(stations)


def _check_may(desk: Desk, roles: frozenset[Role]) -> None:
    if desk.principal.role not in roles:
        raise MAY_NOT("Authorization")


def _check_reach(
    desk: Desk, stations: Sequence[Id], until: datetime | None, own_until: datetime | None
) -> None:
    """Refuse more than the issuer's own token opens: other stations, or for longer."""
    if not within_reach(desk.principal, stations):
        raise MORE_REACH("stations")
    if own_until is not None and (until is None or until > own_until):
        raise MORE_REACH("until")


def _standing(desk: Desk, entry: Entry, known: RegisteredToken | None) -> RegisteredToken:
    if known is None or not within_reach(desk.principal, known.stations):
        raise NOT_FOUND("token")
    if known.evaluation is not None and desk.principal.role != "system":
        raise OF_EVALUATION("token")
    if not known.stands(entry.now):
        raise ENDED("token")
    return known


def _recorded(desk: Desk, entry: Entry, scope: Scope, facts: Facts) -> Receipt:
    # It happens when it is written down, whatever the sender says.
    now = msgspec.structs.replace(entry, occurred=Occurred(start=entry.now))
    decided = TokenDecision.start(
        now, Scope(operator=scope.operator, demonstration=scope.demonstration), facts
    )
    return desk.save(now, decided)
