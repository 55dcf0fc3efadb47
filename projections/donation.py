"""The register of donations and the stock (RP-09: in, out, balance), movement by movement.

Balances are sums of movements, so that a corrected receipt or a void delivery needs no special
case: what was taken in is taken away again, and added as it is now.
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.donation import (
    DonationPledged,
    DonationReceiptIssued,
    DonationReceived,
    DonationReturned,
    GiftMoneyPaidBack,
    GiftMoneyPaidOut,
    ReceiptWaived,
)
from domain.donation_stock import (
    GoodsHandedOut,
    GoodsReleased,
    GoodsReserved,
    GoodsStored,
    GoodsTakenBack,
    GoodsWrittenOff,
    StockCounted,
)
from projections.engine.view import Add, Effect, Put, Record, Table, View

DONATION = Table(
    "donation",
    key={"donation": "uuid"},
    columns={
        "kind": "text",
        "organisation": "text",
        "donor": "uuid",
        "anonymous": "bool",
        "description": "text",
        "pledged_on": "date",
        "pledged": "int",
        "purposes": "text",
        "received": "int",
        "items": "int",
        "cash": "int",
        "paid_out": "int",
        "returned_cash": "int",
        "balance": "int",
        "receipt": "text",
        "receipt_number": "text",
        "receipt_issuer": "text",
        "receipt_on": "date",
    },
    indexes=(("operator", "pledged_on"),),
)
RECEIVED = Table(
    "donation_received",
    key={"event": "uuid"},
    columns={
        "donation": "uuid",
        "day": "date",
        "money": "int",
        "cash": "int",
        "items": "int",
        "valuation": "text",
        "recorded_at": "moment",
    },
    indexes=(("operator", "day"), ("donation",)),
)
LOT = Table(
    "stock_lot",
    key={"event": "uuid"},
    columns={
        "stock_item": "uuid",
        "name": "text",
        "unit": "text",
        "quantity": "int",
        "value": "int",
        "donation": "uuid",
        "batch": "text",
        "expires": "date",
        "purposes": "text",
        "day": "date",
    },
    indexes=(("operator", "expires"), ("stock_item",), ("donation",)),
)
STOCK = Table(
    "stock",
    key={"stock_item": "uuid"},
    columns={
        "stored": "int",
        "handed_out": "int",
        "taken_back": "int",
        "written_off": "int",
        "counted_difference": "int",
        "on_hand": "int",
        "reserved": "int",
    },
    indexes=(("stock_item",),),
)

donations = View("donations", 1, (DONATION, RECEIVED, LOT, STOCK))


@donations.on(DonationPledged)
def pledged(record: Record[DonationPledged]) -> Iterator[Effect]:
    """A donor's gift; of a person only the pseudonymous id."""
    facts = record.facts
    columns = {
        "kind": facts.kind,
        "organisation": facts.organisation,
        "donor": facts.donor.person if facts.donor else None,
        "anonymous": facts.anonymous,
        "description": facts.description,
        "pledged_on": record.occurred.day,
        "pledged": facts.value,
        "purposes": " ".join(facts.restriction.purposes) if facts.restriction else None,
    }
    yield Put(DONATION, (record.event.stream,), columns)


@donations.on(DonationReceived)
def received(record: Record[DonationReceived]) -> Iterator[Effect]:
    """What came in: its own row, and onto the donation's sums."""
    facts = record.facts
    columns = {
        "donation": record.event.stream,
        "day": record.occurred.day,
        "money": facts.money,
        "cash": facts.cash,
        "items": facts.items,
        "valuation": facts.valuation,
        "recorded_at": record.at,
    }
    yield Put(RECEIVED, (record.id,), columns)
    sums = {
        "received": facts.money,
        "items": facts.items,
        "cash": facts.cash,
        "balance": facts.cash,
    }
    yield Add(DONATION, (record.event.stream,), sums)


@donations.on(GiftMoneyPaidOut)
def paid_out(record: Record[GiftMoneyPaidOut]) -> Iterator[Effect]:
    """Money left with a delivery."""
    amount = record.facts.amount
    yield Add(DONATION, (record.event.stream,), {"paid_out": amount, "balance": -amount})


@donations.on(GiftMoneyPaidBack)
def paid_back(record: Record[GiftMoneyPaidBack]) -> Iterator[Effect]:
    """Money of a delivery is there again."""
    amount = record.facts.amount
    yield Add(DONATION, (record.event.stream,), {"paid_out": -amount, "balance": amount})


@donations.on(DonationReturned)
def returned(record: Record[DonationReturned]) -> Iterator[Effect]:
    """Money went back to the donor; goods leave their own lots."""
    cash = record.facts.cash
    yield Add(DONATION, (record.event.stream,), {"returned_cash": cash, "balance": -cash})


@donations.on(DonationReceiptIssued)
def receipt_issued(record: Record[DonationReceiptIssued]) -> Iterator[Effect]:
    """The receipt's number and issuer."""
    columns = {
        "receipt": record.facts.form,
        "receipt_number": record.facts.number,
        "receipt_issuer": record.facts.issuer,
        "receipt_on": record.occurred.day,
    }
    yield Put(DONATION, (record.event.stream,), columns)


@donations.on(ReceiptWaived)
def receipt_waived(record: Record[ReceiptWaived]) -> Iterator[Effect]:
    """No receipt, and why."""
    columns = {"receipt": record.facts.reason, "receipt_on": record.occurred.day}
    yield Put(DONATION, (record.event.stream,), columns)


@donations.on(GoodsStored)
def stored(record: Record[GoodsStored]) -> Iterator[Effect]:
    """A lot: what it is in a row of its own, how much onto the balance."""
    facts, item = record.facts, record.event.stream
    columns = {
        "stock_item": item,
        "name": facts.name,
        "unit": facts.unit,
        "quantity": facts.quantity,
        "value": facts.value,
        "donation": facts.donation,
        "batch": facts.batch,
        "expires": facts.expires,
        "purposes": " ".join(facts.restriction.purposes) if facts.restriction else None,
        "day": record.occurred.day,
    }
    yield Put(LOT, (record.id,), columns)
    yield Add(STOCK, (item,), {"stored": facts.quantity, "on_hand": facts.quantity})


@donations.on(GoodsReserved)
def reserved(record: Record[GoodsReserved]) -> Iterator[Effect]:
    """Kept for a need."""
    yield Add(STOCK, (record.event.stream,), {"reserved": record.facts.quantity})


@donations.on(GoodsReleased)
def released(record: Record[GoodsReleased]) -> Iterator[Effect]:
    """Free again."""
    yield Add(STOCK, (record.event.stream,), {"reserved": -record.facts.quantity})


@donations.on(GoodsHandedOut)
def handed_out(record: Record[GoodsHandedOut]) -> Iterator[Effect]:
    """Left with a delivery, some of it from what was kept."""
    facts = record.facts
    amounts = {
        "handed_out": facts.quantity,
        "on_hand": -facts.quantity,
        "reserved": -facts.from_reserve,
    }
    yield Add(STOCK, (record.event.stream,), amounts)


@donations.on(GoodsTakenBack)
def taken_back(record: Record[GoodsTakenBack]) -> Iterator[Effect]:
    """Of a delivery, there again."""
    quantity = record.facts.quantity
    yield Add(STOCK, (record.event.stream,), {"taken_back": quantity, "on_hand": quantity})


@donations.on(GoodsWrittenOff)
def written_off(record: Record[GoodsWrittenOff]) -> Iterator[Effect]:
    """Gone or spoilt."""
    quantity = record.facts.quantity
    yield Add(STOCK, (record.event.stream,), {"written_off": quantity, "on_hand": -quantity})


@donations.on(StockCounted)
def counted(record: Record[StockCounted]) -> Iterator[Effect]:
    """Found more or less than expected."""
    difference = record.facts.difference
    amounts = {"counted_difference": difference, "on_hand": difference}
    yield Add(STOCK, (record.event.stream,), amounts)
