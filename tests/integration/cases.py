"""Cases that are opened and planned, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.identity import Id
from tests.integration.http import Running

WORDS = "夜里常常独自哭泣"


def opening(api: Running, client: Id, **more: Any) -> dict[str, Any]:
    given = {"station": api.station, "client": client, "case_type": "loneliness"}
    return {**given, "audience": "elderly", **more}


def opened(api: Running, client: Id, **more: Any) -> Id:
    made: Id = api.done("/cases", opening(api, client, **more))["stream"]
    return made


def in_days(api: Running, days: int) -> str:
    return (api.built.clock.now().date() + timedelta(days=days)).isoformat()


def plan(api: Running) -> dict[str, Any]:
    goal = {"number": 1, "measure": "UCLA-20", "due": in_days(api, 60), "words": WORDS}
    return {"goals": [goal], "theory_model": "任务中心"}
