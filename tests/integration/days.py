"""The day at the stations, asked as a test runs: a suite begun before midnight ends after it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from domain.clock import SHANGHAI


def today_here(later: int = 0) -> date:
    """The civil day that the server has now, or so many days later."""
    return datetime.now(SHANGHAI).date() + timedelta(days=later)
