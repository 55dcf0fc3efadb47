"""How the demonstration is played: acts in the order in which they were written down.

An act says what happened on which day and when somebody wrote it down. The simulated clock stands
at that moment while the act's command is carried out, so that some records are late, as in life.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from domain.clock import SimulatedClock, at
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.event import Basis, Occurred
from domain.identity import Id, derived_id, new_id
from domain.journal.records import Records
from domain.principal import Principal, Role

Decide = Callable[[Desk, Entry], Receipt]


def named(*parts: str | int) -> Id:
    """Return the demonstration's id for something, always the same."""
    return derived_id("demonstration", *map(str, parts))


OPERATOR = named("operator")
STATION = named("station")
PROJECT = named("project", "fuyuan")
OPERATOR_SCOPE = Scope(operator=OPERATOR, demonstration=True)
STATION_SCOPE = Scope(operator=OPERATOR, station=STATION, demonstration=True)
PROJECT_SCOPE = Scope(operator=OPERATOR, station=STATION, project=PROJECT, demonstration=True)
STAFF = tuple(named("staff", number) for number in range(6))
SUPERVISORS, LEAD, ELDERLY_WORKER, FAMILY_WORKER, DISABLED_WORKER = (
    STAFF[:2], STAFF[2], STAFF[3], STAFF[4], STAFF[5],
)  # fmt: skip


@dataclass(frozen=True)
class Act:
    """One command: its name, what it decides, when it happened and when it was written down."""

    name: str
    decide: Decide
    happened: datetime
    written: datetime
    minutes: int = 0
    actor: Id = LEAD
    role: Role = "worker"
    basis: Basis = "observed"
    late_reason: str | None = None
    principal: Principal | None = None
    """Whoever acts in a scope of their own, as an evaluator does."""


def act(
    name: str,
    day: date,
    decide: Decide,
    *,
    hour: int = 9,
    minute: int = 0,
    days_later: int = 0,
    minutes: int = 0,
    actor: Id = LEAD,
    role: Role = "worker",
    basis: Basis = "observed",
    late_reason: str | None = None,
    principal: Principal | None = None,
) -> Act:
    """Return an act of a day, written down that evening or some days later."""
    happened = at(day, hour, minute)
    written = happened + timedelta(days=days_later, minutes=minutes + 45)
    return Act(name, decide, happened, written, minutes, actor, role, basis, late_reason, principal)


def event_of(act: Act) -> Id:
    """Return the id of an act's first event: of its moment, and always the same."""
    moment = int(act.happened.timestamp() * 1000)
    return new_id(moment, sha256(act.name.encode()).digest())


def starts(command: Callable[..., Receipt], scope: Scope, facts: object, id: Id) -> Decide:
    """Return the decision to start a stream."""
    return lambda desk, entry: command(desk, entry, scope, facts, id=id)


def goes_on(command: Callable[..., Receipt], id: Id, *facts: object) -> Decide:
    """Return the decision to go on with a stream."""
    return lambda desk, entry: command(desk, entry, id, *facts)


class Stage:
    """Carries acts out, in the order in which they were written down."""

    def __init__(self, records: Records, clock: SimulatedClock) -> None:
        self.records = records
        self.clock = clock

    def play(self, acts: Iterable[Act], played: Callable[[], object] = int) -> int:
        """Play acts and return how many were not on record yet; `played` is called after each."""
        new = 0
        for one in sorted(acts, key=lambda act: (act.written, act.name)):
            new += not self.play_one(one).repeated
            played()
        return new

    def play_one(self, act: Act) -> Receipt:
        """Carry one act out."""
        self.clock.set(act.written)
        operator = None if act.role == "administrator" else OPERATOR
        who = act.principal or Principal(actor=act.actor, role=act.role, operator=operator)
        end = act.happened + timedelta(minutes=act.minutes) if act.minutes else None
        entry = Entry(
            principal=who,
            now=act.written,
            occurred=Occurred(start=act.happened, end=end),
            command=named("command", act.name),
            event=event_of(act),
            captured_at=act.written,
            basis=act.basis,
            late_reason=act.late_reason,
            correlation=named("project", "fuyuan"),
        )
        return self.records.carry_out(
            who,
            entry,
            lambda desk: act.decide(desk, entry),
            fingerprint=sha256(act.name.encode()).digest(),
        )
