"""Groups that are planned, filled and meet, over HTTP."""

from __future__ import annotations

from typing import Any

from domain.identity import Id
from tests.integration.http import Running
from tests.integration.registered import person


def planned(api: Running, **more: Any) -> Id:
    given = {
        "station": api.station,
        "title": "智能，不落伍",
        "aims": ["学会使用智能手机"],
        "audience": "elderly",
        "variant": "learning",
        "sessions": 2,
        "size_min": 2,
        "size_max": 15,
    }
    made: Id = api.done("/groups", given | more)["stream"]
    return made


def enrolled(api: Running, group: Id, people: int = 2) -> list[Id]:
    members = [person(api) for _ in range(people)]
    for member in members:
        api.done(f"/groups/{group}/members", {"member": member})
    return members


def meeting(number: int, *people: Id, **more: Any) -> dict[str, Any]:
    there = [{"person": someone} for someone in people]
    return {"number": number, "phase": "formation", "minutes": 90, "attendance": there, **more}
