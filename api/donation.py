"""Donations and stock over HTTP: pledge, receive, receipt, return; store, write off, count."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from api.commands import (
    Code,
    Command,
    CommandIn,
    Commanding,
    Fen,
    Model,
    Quantity,
    ReceiptOut,
    Text,
    Unit,
    Uuid,
    Words,
    example,
)
from api.questions import DatedListed, Listed, Page, Question
from api.routing import routes
from domain import donation, donation_stock
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.identity import Id, new_id
from domain.organisation import scope_of_station
from domain.private import private
from projections.donation import DONATION, LOT, RECEIVED, STOCK

router = routes("donations")
STATION = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"


class RestrictionIn(Model):
    """What the giver wants it used for, and for whom."""

    purposes: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    audience: Code | None = None

    def value(self) -> donation_stock.Restriction:
        """Return it as the domain has it."""
        return donation_stock.Restriction(purposes=self.purposes, audience=self.audience)


class GiftIn(Model):
    """Goods that came in; the lot that they become may be named on the device."""

    name: Text
    quantity: Quantity
    unit: Unit
    value: Fen = 0
    batch: Text | None = None
    expires: date | None = None
    stock_item: Uuid | None = None

    def gift(self) -> donation.Gift:
        """Return it as the domain has it."""
        return donation.Gift(**self.model_dump() | {"stock_item": self.stock_item or new_id()})


class ReceivedIn(CommandIn):
    """What came in: goods on some valuation, money, or both."""

    goods: Annotated[tuple[GiftIn, ...], Field(max_length=100)] = ()
    cash: Fen = 0
    valuation: donation.Valuation | None = None
    audience: Code | None = None

    model_config = example(
        {
            "goods": [{"name": "大米", "quantity": 100, "unit": "袋", "value": 500_000}],
            "valuation": "invoice",
        }
    )

    def facts(self) -> donation.DonationReceived:
        """Return the facts."""
        return donation.DonationReceived(
            kind="donation",
            audience=self.audience,
            goods=tuple(gift.gift() for gift in self.goods),
            cash=self.cash,
            valuation=self.valuation,
        )


class PledgeIn(CommandIn):
    """A pledge: of an organisation, of a person whose name is sealed, or anonymous.

    `donor` is somebody on the register, or bears the id of an earlier gift in the register of
    donations; without one, whoever is named gets an id of their own.
    """

    station: Uuid
    project: Uuid | None = None
    kind: donation.Kind
    value: Fen = 0
    organisation: Text | None = None
    donor: Uuid | None = None
    donor_name: Words | None = None
    anonymous: bool = False
    description: Text | None = None
    restriction: RestrictionIn | None = None

    model_config = example(
        {"station": STATION, "kind": "goods", "value": 500_000, "organisation": "惠民粮油店"}
    )

    def facts(self) -> donation.DonationPledged:
        """Return the facts."""
        return donation.DonationPledged(
            kind=self.kind,
            value=self.value,
            donor=private(self.donor or new_id(), "identity", self.donor_name),
            organisation=self.organisation,
            anonymous=self.anonymous,
            description=self.description,
            restriction=self.restriction.value() if self.restriction else None,
        )


@router.post("/donations", status_code=201)
def pledge_donation(sent: PledgeIn, command: Commanding) -> ReceiptOut:
    """Record a pledge (认捐)."""
    facts = sent.facts()

    def decide(desk: Desk, entry: Entry) -> Receipt:
        scope = scope_of_station(desk, sent.station, sent.project)
        _check_donor(desk, sent, command)
        return donation.pledge_donation(desk, entry, scope, facts)

    return command.carry_out(sent, decide, location="/api/v1/streams/{id}")


def _check_donor(desk: Desk, sent: PledgeIn, command: Command) -> None:
    """Refuse a donor of whom nothing is to be seen here."""

    def gave(donor: Id) -> bool:
        with command.parts.asking.within(command.principal) as answers:
            return bool(answers.rows(DONATION, where={"donor": donor}, limit=1))

    if sent.donor is not None:
        donation.check_donor(desk, sent.donor, gave)


@router.post("/donations/{id}/arrivals", status_code=201)
def receive_donation(id: Uuid, sent: ReceivedIn, command: Commanding) -> ReceiptOut:
    """Receive a donation (到账, 入库): goods go into the stock in the same step."""
    facts = sent.facts()
    return command.carry_out(
        sent, lambda desk, entry: donation.receive_donation(desk, entry, id, facts), on=id
    )


class GivenIn(PledgeIn):
    """A gift that nobody had pledged: the donor, and what came in."""

    goods: Annotated[tuple[GiftIn, ...], Field(max_length=100)] = ()
    cash: Fen = 0
    valuation: donation.Valuation | None = None

    model_config = example(
        {"station": STATION, "kind": "money", "cash": 100_000, "anonymous": True}
    )

    def received(self) -> donation.DonationReceived:
        """Return what came in."""
        return donation.DonationReceived(
            kind="donation",
            goods=tuple(gift.gift() for gift in self.goods),
            cash=self.cash,
            valuation=self.valuation,
        )


@router.post("/received-donations", status_code=201)
def take_donation(sent: GivenIn, command: Commanding) -> ReceiptOut:
    """Record a gift and its receipt in one."""
    pledged, received = sent.facts(), sent.received()

    def decide(desk: Desk, entry: Entry) -> Receipt:
        scope = scope_of_station(desk, sent.station, sent.project, day=entry.day)
        _check_donor(desk, sent, command)
        return donation.take_donation(desk, entry, scope, pledged, received)

    return command.carry_out(sent, decide, location="/api/v1/streams/{id}")


class ReceiptIn(CommandIn):
    """A receipt's number and issuer."""

    number: Text
    issuer: Text
    form: Literal["statutory", "acknowledgement"]


@router.post("/donations/{id}/receipts", status_code=201)
def issue_receipt(id: Uuid, sent: ReceiptIn, command: Commanding) -> ReceiptOut:
    """Record the receipt that was issued (捐赠票据, 接收凭证)."""
    facts = donation.DonationReceiptIssued(number=sent.number, issuer=sent.issuer, form=sent.form)
    return command.carry_out(
        sent, lambda desk, entry: donation.settle_receipt(desk, entry, id, facts), on=id
    )


class WaiverIn(CommandIn):
    """Why there is no receipt."""

    reason: Literal["anonymous", "waived"]
    explanation: Text | None = None


@router.post("/donations/{id}/receipt-waivers", status_code=201)
def waive_receipt(id: Uuid, sent: WaiverIn, command: Commanding) -> ReceiptOut:
    """Record that the donor is anonymous or wants no receipt."""
    facts = donation.ReceiptWaived(reason=sent.reason, explanation=sent.explanation)
    return command.carry_out(
        sent, lambda desk, entry: donation.settle_receipt(desk, entry, id, facts), on=id
    )


class GoodsBackIn(Model):
    """Goods that go back."""

    stock_item: Uuid
    quantity: Quantity


class DonationReturnIn(CommandIn):
    """What goes back to the donor, and why."""

    reason: Text
    goods: Annotated[tuple[GoodsBackIn, ...], Field(max_length=100)] = ()
    cash: Fen = 0


@router.post("/donations/{id}/returns", status_code=201)
def return_donation(id: Uuid, sent: DonationReturnIn, command: Commanding) -> ReceiptOut:
    """Return a donation, or part of it, to the donor."""
    goods = tuple(donation.GoodsBack(**back.model_dump()) for back in sent.goods)
    facts = donation.DonationReturned(reason=sent.reason, goods=goods, cash=sent.cash)
    return command.carry_out(
        sent, lambda desk, entry: donation.return_donation(desk, entry, id, facts), on=id
    )


class StoredIn(CommandIn):
    """Goods that were bought."""

    station: Uuid
    project: Uuid | None = None
    name: Text
    quantity: Quantity
    unit: Unit
    value: Fen = 0
    batch: Text | None = None
    expires: date | None = None

    def facts(self) -> donation_stock.GoodsStored:
        """Return the facts."""
        return donation_stock.GoodsStored(
            name=self.name,
            quantity=self.quantity,
            unit=self.unit,
            value=self.value,
            batch=self.batch,
            expires=self.expires,
        )


@router.post("/stock-items", status_code=201)
def store_goods(sent: StoredIn, command: Commanding) -> ReceiptOut:
    """Store goods that were bought; donated goods come in with their donation."""
    return command.carry_out(
        sent,
        lambda desk, entry: donation_stock.store_goods(
            desk, entry, scope_of_station(desk, sent.station, sent.project), sent.facts()
        ),
        location="/api/v1/streams/{id}",
    )


class WriteOffIn(CommandIn):
    """How much is gone or spoilt, and why."""

    quantity: Quantity
    reason: Literal["expired", "damaged", "lost", "other"]
    explanation: Text | None = None


@router.post("/stock-items/{id}/write-offs", status_code=201)
def write_off(id: Uuid, sent: WriteOffIn, command: Commanding) -> ReceiptOut:
    """Write goods off (报损)."""
    facts = donation_stock.GoodsWrittenOff(
        quantity=sent.quantity, reason=sent.reason, explanation=sent.explanation
    )
    return command.carry_out(
        sent, lambda desk, entry: donation_stock.write_off_goods(desk, entry, id, facts), on=id
    )


class StockTakingIn(CommandIn):
    """What was found; a difference is explained."""

    counted: Annotated[int, Field(ge=0, le=10**9)]
    explanation: Text | None = None


@router.post("/stock-items/{id}/counts", status_code=201)
def count_stock(id: Uuid, sent: StockTakingIn, command: Commanding) -> ReceiptOut:
    """Record a stock-taking (盘点)."""
    return command.carry_out(
        sent,
        lambda desk, entry: donation_stock.count_stock(
            desk, entry, id, sent.counted, sent.explanation
        ),
        on=id,
    )


@router.get("/donations")
def list_donations(listed: DatedListed, ledger: Uuid | None = None) -> Page:
    """Read the register of donations, latest first; donors are ids, names stay sealed."""
    return listed.within(DONATION, "pledged_on", where={"ledger": ledger}, descending=True)


@router.get("/donations/{id}/arrivals")
def list_arrivals(id: Uuid, listed: DatedListed) -> Page:
    """Read what came in of one donation."""
    return listed.within(RECEIVED, "day", where={"donation": id})


@router.get("/stock")
def list_stock(
    listed: Listed,
    donation: Uuid | None = None,
    expires_until: date | None = None,
    ledger: Uuid | None = None,
) -> Page:
    """Read the lots in stock with their balances; with `expires_until`, those that run out.

    Stock is what is there, and happens on no day: what was there on one is asked with `known_at`.
    """
    page = listed.page(
        LOT,
        where={"donation": donation, "ledger": ledger},
        until={"expires": expires_until},
        order=("expires",),
    )
    balances = _balances(listed.asked, [row["stock_item"] for row in page.items])
    items = [{**row, **balances.get(row["stock_item"], {})} for row in page.items]
    return page.model_copy(update={"items": items})


def _balances(asked: Question, lots: list[Id]) -> dict[Id, dict[str, Any]]:
    if not lots:
        return {}
    with asked.answers() as answers:
        rows = answers.rows(STOCK, where={"stock_item": lots})
    return {row["stock_item"]: {name: row[name] for name in STOCK.columns} for row in rows}
