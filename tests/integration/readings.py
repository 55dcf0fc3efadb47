"""Words that were opened, and what is kept of who did."""

from __future__ import annotations

from typing import Any

from tests.integration.http import Running

WORDS = "情绪低落，惦记在外地的孩子"


WHY = "准备下次家访，需要了解上次情况"


def served(api: Running, who: str) -> dict[str, Any]:
    """A home service for somebody on record, without a word about them."""
    line = {"role": "client", "source": "sign-in", "person": who}
    return {
        "station": api.station,
        "kind": "home_service",
        "minutes": 40,
        "attendance": [line],
    }


def readings(api: Running) -> list[Any]:
    page = api.get("/audit", limit=200)
    return [row for row in page["items"] if row["type"].startswith("reading.")]
