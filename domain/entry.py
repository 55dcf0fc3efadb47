"""How something is written down: by whom, when it happened, when it was captured, how it is known.

Every command takes an entry beside its facts. The rules for writing ahead of time live here, since
they are the same for every kind of record; those for writing late in `recording`, since they are
the operator's.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from domain.clock import civil_date
from domain.event import Basis, Channel, Occurred
from domain.identity import Id, new_id
from domain.principal import Principal
from domain.refusals import refusal

APPROVAL_AFTER_DAYS = 30
"""After how many days writing late needs an approval where the operator sets nothing else."""
SHORTEST_REASON = 5
"""Characters: fewer say nothing of why."""
CLOCK_SKEW = timedelta(minutes=5)
"""How far a device's clock may be ahead of the server's."""

IN_FUTURE = refusal("entry.in_future")
ENDS_BEFORE_START = refusal("entry.ends_before_start")
TOO_LONG_AGO = refusal("entry.too_long_ago")
CAPTURED_IMPOSSIBLE = refusal("entry.captured_impossible")
REASON_TOO_SHORT = refusal("entry.reason_too_short")


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Where a record belongs. `demonstration` marks an operator that is one."""

    operator: Id
    station: Id | None = None
    project: Id | None = None
    demonstration: bool = False

    @property
    def ledger(self) -> Id:
        """The ledger that seals it: the project's, else the station's, else the operator's."""
        return self.project or self.station or self.operator


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope's part that the writer supplies. `now` is the server's clock."""

    principal: Principal
    now: datetime
    occurred: Occurred
    command: Id
    event: Id = msgspec.field(default_factory=new_id)
    captured_at: datetime | None = None
    channel: Channel = "web"
    basis: Basis = "observed"
    device: str | None = None
    on_behalf_of: Id | None = None
    evidence: tuple[Id, ...] = ()
    late_reason: str | None = None
    approved_by: Id | None = None
    correlation: Id | None = None
    causation: Id | None = None

    @property
    def day(self) -> date:
        """The civil date on which it happened."""
        return self.occurred.day

    @property
    def today(self) -> date:
        """The civil date by the server's clock: what is said to be earlier moves no deadline."""
        return civil_date(self.now)

    def beside(self) -> Entry:
        """Return this entry for a further stream that the same command writes to.

        Its events have ids of their own and name the command's first event as their cause.
        """
        return msgspec.structs.replace(self, event=new_id(), causation=self.causation or self.event)


def check_possible(occurred: Occurred, now: datetime) -> None:
    """Refuse a time that cannot be: in the future, backwards, or before any station existed."""
    if occurred.start > now or (occurred.end is not None and occurred.end > now):
        raise IN_FUTURE("occurred.start")
    if occurred.end is not None and occurred.end < occurred.start:
        raise ENDS_BEFORE_START("occurred.end")
    if occurred.start.year < 2000:
        raise TOO_LONG_AGO("occurred.start")


def check_captured(captured_at: datetime, now: datetime) -> None:
    """Refuse a time of capture that no device's clock can rightly have told."""
    if captured_at > now + CLOCK_SKEW or captured_at.year < 2000:
        raise CAPTURED_IMPOSSIBLE("captured_at")


def check_why(text: str, field: str = "reason") -> None:
    """Refuse a reason of fewer than 5 characters, by the name of the field that it was sent in."""
    if len(text.strip()) < SHORTEST_REASON:
        raise REASON_TOO_SHORT(field)
