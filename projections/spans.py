"""Spans of days in rows: what goes on has a last day too, so that one index finds a day's rows."""

from __future__ import annotations

from datetime import date, timedelta

from projections.engine.view import Row

OPEN = date(9999, 12, 31)
"""The last day of what goes on."""


def day_after(day: date) -> date:
    """Return the next day; after the last that there is, the last once more."""
    return day if day == OPEN else day + timedelta(days=1)


def shown(row: Row) -> Row:
    """Return a row as people read it, where what goes on has no end."""
    return {name: None if value == OPEN else value for name, value in row.items()}
