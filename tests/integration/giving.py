"""Activities, gifts and files that are on record, over HTTP."""

from __future__ import annotations

from typing import Any

from domain.identity import Id, new_id
from tests.integration.days import today_here
from tests.integration.http import Running
from tests.integration.registered import person

JPEG = b"\xff\xd8\xff\xe0 sign-in sheet"


def planned(api: Running, **more: Any) -> str:
    body = {
        "station": api.station,
        "title": "融合活动",
        "kind": "integration",
        "aims": ["融入社区"],
        "planned_on": today_here().isoformat(),
        "audience": "disabled",
    }
    stream: str = api.done("/activities", body | more)["stream"]
    return stream


def upload(api: Running, content: bytes, mime: str = "image/jpeg", **query: Any) -> Any:
    return api.client.post(
        "/api/v1/attachments",
        params={"station": api.station} | query,
        content=content,
        headers={"Content-Type": mime, "Idempotency-Key": new_id()},
    )


def gift(api: Running, quantity: int = 10, cash: int = 0, **more: Any) -> tuple[str, str]:
    """Take a gift in, and return the donation and its lot."""
    lot = new_id()
    goods = {
        "name": "大米",
        "quantity": quantity,
        "unit": "袋",
        "value": quantity * 5_000,
        "stock_item": lot,
    }
    body = {
        "station": api.station,
        "kind": "goods",
        "organisation": "惠民粮油店",
        "goods": [goods],
        "cash": cash,
        "valuation": "invoice",
    }
    return api.done("/received-donations", body | more)["stream"], lot


def approved(api: Running, **more: Any) -> Id:
    activity = planned(api, **more)
    api.done(f"/activities/{activity}/reviews", {"outcome": "approved"})
    return activity


def registered(api: Running, activity: Id, people: int) -> list[Id]:
    """Register people for an activity, who sign its safety agreement too."""
    found = [person(api) for _ in range(people)]
    for one in found:
        api.done(f"/activities/{activity}/registrations", {"person": one})
        api.done(f"/activities/{activity}/safety-agreements", {"person": one})
    return found


def needed(api: Running, **of: Any) -> Id:
    """Record a need that was found at home today."""
    asked = {"station": api.station, "category": "goods", "item": "过冬大米", "purpose": "winter"}
    need: Id = api.done("/needs", asked | of)["stream"]
    api.done(f"/needs/{need}/verifications", {"confirmed": True})
    return need


def matched(api: Running, need: Id, there: int = 10) -> Id:
    """Match a need with two bags of rice out of a gift of so many, and return the lot."""
    _, lot = gift(api, there)
    match = {"match": lot, "match_kind": "stock_item", "quantity": 2}
    api.done(f"/needs/{need}/matches", match)
    return lot
