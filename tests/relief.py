"""A street with rice and money to give, and families that need them."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from domain.counting import Attendance
from domain.desk import Receipt
from domain.donation import Donation, DonationPledged, DonationReceived, Gift, take_donation
from domain.donation_stock import Restriction, StockItem
from domain.entry import Scope
from domain.event import Reason
from domain.identity import Id, derived_id
from domain.need import (
    Need,
    NeedRecorded,
    NeedVerifiedAtHome,
)
from domain.need_aid import AidDelivered, AidLine
from domain.need_giving import (
    deliver_aid,
    record_need,
    verify_need,
)
from tests.neighbours import Neighbour, Neighbourhood
from tests.station import SCOPE, TODAY, WORKER, entry

REASON = Reason(code="wrong_count", text="多记了一袋大米")

HOME, ELSEWHERE = derived_id("home"), derived_id("elsewhere")

MOTHER, SON, STRANGER = derived_id("mother"), derived_id("son"), derived_id("stranger")

RICE, SIGNATURE = derived_id("rice"), derived_id("signature")

HEAD, COLLEAGUE = derived_id("head"), derived_id("colleague")

FAMILY = (Attendance(person=MOTHER), Attendance(person=SON, role="family"))


def street(
    *,
    rice: int = 100,
    cash: int = 0,
    restriction: Restriction | None = None,
    came: date = TODAY,
) -> Any:
    """A street with one family on the register, and a gift of rice at 50 yuan a bag, and cash."""
    desk = Neighbourhood(
        neighbours={
            ("household", HOME): object(),
            ("attachment", SIGNATURE): object(),
            ("person", MOTHER): Neighbour(household=HOME, groups=("minimum_living",)),
            ("person", SON): Neighbour(household=HOME),
            ("person", STRANGER): Neighbour(household=ELSEWHERE),
        }
    )
    pledge = DonationPledged(kind="goods", value=0, organisation="粮油店", restriction=restriction)
    bags = Gift(stock_item=RICE, name="大米", quantity=rice, unit="袋", value=rice * 5_000)
    received = DonationReceived(kind="donation", goods=(bags,), cash=cash, valuation="invoice")
    take_donation(desk, entry(came), SCOPE, pledge, received, id=derived_id("gift"))
    return desk


def need(desk: Neighbourhood, *, household: Id | None = HOME, scope: Scope = SCOPE) -> Id:
    facts = NeedRecorded(
        category="goods",
        item="大米",
        purpose="winter_relief",
        household=household,
        audience="family",
    )
    return record_need(desk, entry(), scope, facts).stream


def verify(desk: Neighbourhood, id: Id, day: date = TODAY, **more: Any) -> Receipt:
    facts = NeedVerifiedAtHome(kind="", verifier=WORKER, **more)
    return verify_need(desk, entry(day), id, facts)


def bags(quantity: int) -> AidLine:
    return AidLine(supply=RICE, name="大米", quantity=quantity, unit="袋")


def money(amount: int) -> AidLine:
    gift = derived_id("gift")
    return AidLine(supply=gift, name="救助金", quantity=amount, unit="分", supply_kind="donation")


def aid(*lines: AidLine, **more: Any) -> AidDelivered:
    given = {"attendance": FAMILY, "receiver": MOTHER, "signature": SIGNATURE}
    return AidDelivered(kind="", lines=lines, **given | more)


def deliver(desk: Neighbourhood, id: Id, facts: AidDelivered, day: date = TODAY) -> Id:
    """Deliver, and return the delivery's event."""
    return deliver_aid(desk, entry(day), id, facts).events[0]


def in_stock(desk: Neighbourhood) -> int:
    return desk.load(StockItem, RICE).on_hand


def balance(desk: Neighbourhood) -> int:
    return desk.load(Donation, derived_id("gift")).balance


def delivered(desk: Neighbourhood, id: Id) -> AidDelivered:
    (held,) = desk.load(Need, id).effective(AidDelivered)
    facts: AidDelivered = held.facts
    return facts


def ready(desk: Neighbourhood) -> Id:
    """Record a need that was verified today."""
    id = need(desk)
    verify(desk, id)
    return id


def lines(*given: AidLine) -> dict[str, Any]:
    """Return what a person sends to correct the lines of a delivery: bags at 50 yuan, and money."""
    given = tuple(
        msgspec.structs.replace(line, value=line.quantity * (5_000 if line.supply == RICE else 1))
        for line in given
    )
    sent = [{name: getattr(line, name) for name in AidLine.__struct_fields__} for line in given]
    goods = [line for line in given if line.supply_kind == "stock_item"]
    return {
        "lines": sent,
        "money": sum(line.value for line in given),
        "items": sum(line.quantity for line in goods),
    }
