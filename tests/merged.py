"""Indicators that count people, some of whom were registered twice."""

from __future__ import annotations

from domain.indicators import Placement

PEOPLE = Placement(table="B", line="B05", column="people")
