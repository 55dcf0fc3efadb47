"""Forms with a list to tick, as a page shows them, and what a record says of who was there."""

from __future__ import annotations

import re
from typing import Any

from domain.identity import Id

Sent = dict[str, str | list[str]]


def listed(shown: str) -> list[Id]:
    """Return whom a page has on its list."""
    return re.findall(r'name="listed" value="([^"]*)"', shown)


def begins(shown: str, field: str) -> str:
    """Return what stands in a field of one line, or is chosen."""
    asked = rf'<(?:input|select) id="{re.escape(field)}".*?(?=</div>)'
    (after,) = re.findall(asked, shown, re.DOTALL)
    found = re.search(r'value="([^"]*)" selected', after) or re.search(r'value="([^"]*)"', after)
    assert found is not None
    return found[1]


def roster(record: dict[str, Any]) -> dict[Any, str]:
    """Return who was there and who was not: the person, or the role of those who were counted."""
    return {
        line.get("person") or line.get("role", "client"): line.get("status", "present")
        for line in record["facts"]["attendance"]
    }
