"""Cases of a worker, as the caseload shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.identity import Id
from tests.integration.http import Running
from tests.integration.registered import person


def opened(api: Running, days_ago: int, client: Id | None = None) -> Id:
    day = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
    sent: dict[str, Any] = {
        "station": api.station,
        "client": client or person(api),
        "case_type": "loneliness",
        "audience": "elderly",
        "occurred": {"start": day},
        "late_reason": "补录旧档案",
    }
    case: Id = api.done("/cases", sent)["stream"]
    return case
