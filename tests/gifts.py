"""Gifts, and what stands of them."""

from __future__ import annotations

from typing import Any

from domain.donation import (
    Gift,
)
from domain.identity import derived_id

RICE, OIL = derived_id("rice"), derived_id("oil")


def rice(quantity: int = 100, **more: Any) -> Gift:
    given = {"stock_item": RICE, "name": "大米", "quantity": quantity, "unit": "袋"}
    return Gift(**given | {"value": quantity * 5_000} | more)  # type: ignore[arg-type]


def changes(*goods: Gift, cash: int = 0) -> dict[str, Any]:
    """Return what a person sends to correct a receipt."""
    lines = [{name: getattr(gift, name) for name in Gift.__struct_fields__} for gift in goods]
    return {
        "goods": lines,
        "cash": cash,
        "money": cash + sum(gift.value for gift in goods),
        "items": sum(gift.quantity for gift in goods),
    }
