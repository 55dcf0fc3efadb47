"""Spans of days in rows: what goes on has a last day too, so that one index finds a day's rows."""

from __future__ import annotations

from datetime import date

from projections.engine.view import Row

OPEN = date(9999, 12, 31)
"""The last day of what goes on."""


def shown(row: Row) -> Row:
    """Return a row as people read it, where what goes on has no end."""
    return {name: None if value == OPEN else value for name, value in row.items()}
