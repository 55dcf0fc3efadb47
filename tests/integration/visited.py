"""A home service as a program sends it, and one that is on record, over HTTP."""

from __future__ import annotations

from typing import Any

from domain.identity import new_id
from tests.integration.http import Running

SOMEBODY = [{"role": "resident", "source": "counted"}]


def service(api: Running, **more: Any) -> dict[str, Any]:
    """What is sent of one."""
    sent = {"station": api.station, "kind": "home_service", "minutes": 40}
    return {**sent, "attendance": SOMEBODY, **more}


def visit(api: Running, **more: Any) -> str:
    """Record one by a worker; return its event."""
    sent = service(api, **{"workers": [new_id()], **more})
    event: str = api.done("/visits", sent)["events"][0]
    return event
