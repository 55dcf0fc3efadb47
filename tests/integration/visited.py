"""A visit that is on record, over HTTP."""

from __future__ import annotations

from typing import Any

from domain.identity import new_id
from tests.integration.http import Running


def visit(api: Running, **more: Any) -> str:
    sent = {
        "station": api.station,
        "kind": "home_service",
        "workers": [new_id()],
        "minutes": 40,
        "attendance": [{"role": "resident", "source": "counted"}],
        **more,
    }
    event: str = api.done("/visits", sent)["events"][0]
    return event
