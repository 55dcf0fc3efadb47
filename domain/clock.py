"""Time, injected everywhere: the server's clock, or a simulated one for demonstrations."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Civil time of every record; a fixed offset, since China has kept one without summer time
for as long as there have been social-work stations."""


class Clock(Protocol):
    """Tells the time, with its zone."""

    def now(self) -> datetime:
        """Return the present moment."""
        ...


class SystemClock:
    """The server's clock."""

    def now(self) -> datetime:
        """Return the present moment in Asia/Shanghai."""
        return datetime.now(UTC).astimezone(SHANGHAI)


class SimulatedClock:
    """A clock that is set by hand; only demonstration operators may be recorded under it."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the moment it was last set to."""
        return self.moment

    def set(self, moment: datetime) -> None:
        """Move it."""
        self.moment = moment


def civil_date(moment: datetime) -> date:
    """Return the civil date (Asia/Shanghai) on which a moment falls."""
    return moment.astimezone(SHANGHAI).date()


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """Return a moment of a civil day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)
