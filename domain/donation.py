"""Donations: pledged, received, receipted or the receipt waived, returned.

Receiving puts donated goods into the stock in the same transaction, and money onto the
donation's own balance; aid is given from either. The law asks for donor, kind and quantity,
organisation, handler and date (慈善法), and that an anonymous or waived receipt is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from domain.aggregate import Aggregate
from domain.bounds import AtMost, Fen, Pieces, Reference, Title, Unit, yuan
from domain.counting import Occurrence
from domain.desk import Desk, Receipt
from domain.donation_days import Outflow, check_given, check_receipt
from domain.donation_stock import (
    OTHER_GOODS,
    QUANTITY_IMPOSSIBLE,
    GoodsStored,
    GoodsWrittenOff,
    Restriction,
    StockItem,
    check_lot,
    check_restriction,
)
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Correction, Effective, Facts, Occurred, fact
from domain.identity import Id
from domain.neighbours import Aided, Move
from domain.private import IdentityWords
from domain.project_work import allocated
from domain.refusals import Conflict, NotFound, refusal

NO_DONOR = refusal("donation.no_donor")
NOTHING_RECEIVED = refusal("donation.nothing_received")
NO_VALUATION_BASIS = refusal("donation.no_valuation_basis")
SUMS_DIFFER = refusal("donation.sums_differ")
LOT_TWICE = refusal("donation.lot_twice")
LOT_OF_ANOTHER = refusal("donation.lot_of_another", Conflict)
LOT_OF_ANOTHER_RECEIPT = refusal("donation.lot_of_another_receipt", Conflict)
NOT_RECEIVED = refusal("donation.not_received", Conflict)
RECEIPT_SETTLED = refusal("donation.receipt_settled", Conflict)
MORE_THAN_BALANCE = refusal("donation.more_than_balance", Conflict)

FEN = "分"
Kind = Literal["goods", "money", "service"]
Valuation = Literal["invoice", "market", "donor_declared"]


class Gift(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Goods as received: they become the lot `stock_item`. `value` is of all of them, in 分."""

    stock_item: Id
    name: Title
    quantity: Pieces
    unit: Unit
    value: Fen = 0
    batch: Reference | None = None
    expires: date | None = None


class GoodsBack(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that go back to the donor."""

    stock_item: Id
    quantity: int


@fact()
class DonationPledged(Facts, frozen=True, kw_only=True, tag="donation.DonationPledged@1"):
    """认捐: somebody promises a gift worth `value` 分. A person's name is sealed."""

    happens: ClassVar = True
    kind: Kind
    value: Fen
    donor: IdentityWords | None = None
    organisation: str | None = None
    anonymous: bool = False
    description: str | None = None
    restriction: Restriction | None = None


@fact(corrections=True)
class DonationReceived(Occurrence, frozen=True, kw_only=True, tag="donation.DonationReceived@1"):
    """到账/入库: goods, money or both came in, by the valuation of `valuation`.

    `money` is the whole value in 分, `cash` the part that is money; `items` counts the goods.
    """

    fixed: ClassVar[frozenset[str]] = frozenset({"kind", "variant"})

    goods: Annotated[tuple[Gift, ...], AtMost(100)] = ()
    cash: Fen = 0
    valuation: Valuation | None = None


@fact()
class DonationReceiptIssued(
    Facts, frozen=True, kw_only=True, tag="donation.DonationReceiptIssued@1"
):
    """A receipt: statutory (捐赠票据), by a body entitled to it, or an acknowledgement."""

    happens: ClassVar = True
    number: Reference
    issuer: Title
    form: Literal["statutory", "acknowledgement"]


@fact()
class ReceiptWaived(Facts, frozen=True, kw_only=True, tag="donation.ReceiptWaived@1"):
    """The donor is anonymous, or wants none."""

    happens: ClassVar = True
    reason: Literal["anonymous", "waived"]
    explanation: str | None = None


@fact()
class DonationReturned(Facts, frozen=True, kw_only=True, tag="donation.DonationReturned@1"):
    """Goods or money, or part of them, went back to the donor."""

    happens: ClassVar = True
    reason: str
    goods: tuple[GoodsBack, ...] = ()
    cash: Fen = 0


@fact()
class GiftMoneyPaidOut(Facts, frozen=True, kw_only=True, tag="donation.GiftMoneyPaidOut@1"):
    """Money of the gift left with a delivery, in 分."""

    need: Id
    delivery: Id
    amount: Fen


@fact()
class GiftMoneyPaidBack(Facts, frozen=True, kw_only=True, tag="donation.GiftMoneyPaidBack@1"):
    """Money of a delivery came back: it was returned, or its record was set right."""

    need: Id
    delivery: Id
    amount: Fen


class Donation(Aggregate):
    """One donor's gift, from the pledge on."""

    kind = "donation"
    pledge: DonationPledged
    receipt_settled = False
    moved = 0

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.out = Outflow()

    def evolve(self, event: AnyEvent) -> None:
        """Keep the pledge, whether a receipt is settled, and the money that moved."""
        match event.facts:
            case DonationPledged():
                self.pledge = event.facts
            case DonationReceiptIssued() | ReceiptWaived():
                self.receipt_settled = True
            case DonationReturned(cash=amount):
                self._move(event, -amount)
            case GiftMoneyPaidOut(amount=amount, need=need):
                self._move(event, -amount, need)
            case GiftMoneyPaidBack(amount=amount, need=need):
                self._move(event, amount, need)

    def _move(self, event: AnyEvent, amount: int, need: Id | None = None) -> None:
        self.moved += amount
        self.out.take(event.occurred, amount, need)

    @property
    def balance(self) -> int:
        """The money of the gift that is still there, in 分."""
        received: list[int] = [each.facts.cash for each in self.effective(DonationReceived)]
        return self.moved + sum(received)

    def receive(self, entry: Entry, facts: DonationReceived) -> None:
        """Take goods or money in."""
        check_received(facts)
        self._check_lots(facts)
        self.record(entry, facts)

    def settle_receipt(self, entry: Entry, facts: DonationReceiptIssued | ReceiptWaived) -> None:
        """Issue the receipt, or record that none is wanted; once."""
        self._check_received()
        if self.receipt_settled:
            raise RECEIPT_SETTLED("id")
        self.record(entry, facts)

    def give_back(self, desk: Desk, entry: Entry, facts: DonationReturned) -> None:
        """Return money to the donor; the goods leave their lots beside it."""
        self._check_received()
        if facts.cash:
            self._check_balance(facts.cash, "cash")
        self.record(entry, facts)
        if facts.cash:
            check_given(desk, self.id, self._came(), self.out, entry.occurred.latest, "cash")

    def check_given_for(self, purpose: str, audience: str | None, field: str) -> None:
        """Refuse a use that the giver has not allowed."""
        check_restriction(self.pledge.restriction, purpose, audience, field)

    def check_given_on(self, desk: Desk, need: Aided, given: Occurred, field: str) -> None:
        """Refuse to have given out by a day more money than had come in by then."""
        check_given(desk, self.id, self._came(), self.out, given.latest, field, need)

    def _came(self) -> list[Move]:
        received = self.effective(DonationReceived)
        return [(held.occurred.day, held.facts.cash) for held in received]

    def check_called(self, name: str, unit: str, field: str) -> None:
        """Refuse money that is not counted in 分; it may be called anything."""
        if unit != FEN:
            raise OTHER_GOODS(f"{field}.unit", name=name, unit=FEN)

    def value_of(self, quantity: int, delivery: Id) -> int:
        """Money is worth itself."""
        return quantity

    def value_again(self, quantity: int, value: int, delivery: Id) -> int:
        """Money is worth itself."""
        return quantity

    def reserve(self, entry: Entry, quantity: int, need: Id, field: str) -> None:
        """See that the money is there; money is not kept apart."""
        self._check_balance(quantity, field)

    def release(self, entry: Entry, need: Id) -> None:
        """Do nothing: nothing was kept apart."""

    def hand_out(
        self, entry: Entry, quantity: int, need: Id, delivery: Id, field: str, *, value: int
    ) -> None:
        """Pay money out for a delivery."""
        self._check_balance(quantity, field)
        self.record(entry, GiftMoneyPaidOut(need=need, delivery=delivery, amount=quantity))

    def take_back(self, entry: Entry, quantity: int, need: Id, delivery: Id, *, value: int) -> None:
        """Put money of a delivery back."""
        self.record(entry, GiftMoneyPaidBack(need=need, delivery=delivery, amount=quantity))

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Hold a corrected receipt to the same rules, and refuse to take back money paid out."""
        if after is not None:
            check_received(after.facts)
            self._check_lots(after.facts, target)
        more = (after.facts.cash if after else 0) - (before.facts.cash if before else 0)
        if self.balance + more < 0:
            raise MORE_THAN_BALANCE("cash", yuan=yuan(self.balance), balance=self.balance)

    def consequences(self, desk: Any, entry: Entry, made: AnyEvent) -> tuple[Aggregate, ...]:
        """Let the lots follow their receipt, and see that what was given had come by then still.

        A lot that an older correction let two receipts name follows the one that is left.
        """
        change: Correction = made.facts
        sides = [side for side in (change.before, change.after) if side is not None]
        wanted = {
            gift.stock_item: (held.occurred, self.stored(gift))
            for held in self.effective(DonationReceived)
            for gift in held.facts.goods
        }
        lots = []
        for id in dict.fromkeys(gift.stock_item for side in sides for gift in side.facts.goods):
            lot = self._lot(desk, id)
            occurred, stored = wanted.get(id, (sides[-1].occurred, None))
            lot.follow_receipt(desk, entry.beside(), occurred, stored, change.reason)
            lots.append(lot)
        before, after = (
            None if side is None else (side.occurred.day, side.facts.cash)
            for side in (change.before, change.after)
        )
        check_receipt(desk, self.id, self._came(), self.out, before, after)
        return tuple(lots)

    def stored(self, gift: Gift) -> GoodsStored:
        """Return received goods as the lot that they become."""
        return GoodsStored(
            name=gift.name,
            quantity=gift.quantity,
            unit=gift.unit,
            value=gift.value,
            donation=self.id,
            batch=gift.batch,
            expires=gift.expires,
            restriction=self.pledge.restriction,
        )

    def _lot(self, desk: Desk, id: Id) -> StockItem:
        try:
            lot = desk.load(StockItem, id)
        except NotFound:
            return StockItem(id, self.scope)
        if lot.lot.donation != self.id:
            raise LOT_OF_ANOTHER("goods")
        return lot

    def _check_lots(self, facts: DonationReceived, target: Id | None = None) -> None:
        """Refuse a lot that another receipt of this donation brought in, be that one void.

        A lot is what came in at once: it cannot follow two receipts.
        """
        held = {
            gift.stock_item
            for id, written in self.records.items()
            if id != target
            for gift in written.effective.facts.goods
        }
        for number, gift in enumerate(facts.goods):
            if gift.stock_item in held:
                raise LOT_OF_ANOTHER_RECEIPT(f"goods.{number}.stock_item")

    def _check_received(self) -> None:
        if not self.effective(DonationReceived):
            raise NOT_RECEIVED("id")

    def _check_balance(self, amount: int, field: str) -> None:
        if amount < 1:
            raise QUANTITY_IMPOSSIBLE(field)
        if amount > self.balance:
            raise MORE_THAN_BALANCE(field, yuan=yuan(self.balance), balance=self.balance)


def check_donor(desk: Desk, donor: Id, gave: Callable[[Id], bool]) -> None:
    """Refuse as donor whoever is neither on the register nor gave before, within one's scope.

    `gave` says whether an earlier gift that one sees bears the id. Under an id of elsewhere, words
    would be sealed with the key of somebody whom another station knows, and erased with theirs.
    """
    try:
        desk.load_any("person", donor, "donor")
    except NotFound:
        if not gave(donor):
            raise


def check_received(facts: DonationReceived) -> None:
    """Refuse a receipt of nothing, goods valued on no basis, and sums that do not add up."""
    if facts.cash < 0 or (facts.cash == 0 and not facts.goods):
        raise NOTHING_RECEIVED("cash")
    if facts.goods and facts.valuation is None:
        raise NO_VALUATION_BASIS("valuation")
    _check_distinct(facts.goods)
    money, items = _sums(facts)
    if (facts.money, facts.items) != (money, items):
        raise SUMS_DIFFER("money", yuan=yuan(money), money=money, items=items)


def _check_distinct(goods: tuple[Gift, ...] | tuple[GoodsBack, ...]) -> None:
    if len({each.stock_item for each in goods}) < len(goods):
        raise LOT_TWICE("goods")


def _sums(facts: DonationReceived) -> tuple[int, int]:
    value = sum(gift.value for gift in facts.goods)
    return facts.cash + value, sum(gift.quantity for gift in facts.goods)


def pledge_donation(
    desk: Desk, entry: Entry, scope: Scope, facts: DonationPledged, *, id: Id | None = None
) -> Receipt:
    """Record a pledge. Refused: no donor named, and not anonymous either."""
    check_pledge(facts)
    return desk.save(entry, Donation.start(entry, scope, facts, id=id))


def check_pledge(facts: DonationPledged) -> None:
    """Refuse a pledge of nobody, or of less than nothing."""
    named = facts.donor is not None or bool((facts.organisation or "").strip())
    if named == facts.anonymous:
        raise NO_DONOR("donor")
    if facts.value < 0:
        raise QUANTITY_IMPOSSIBLE("value")


def receive_donation(desk: Desk, entry: Entry, id: Id, facts: DonationReceived) -> Receipt:
    """Receive what was pledged, or part of it: goods go into the stock, money onto the balance."""
    donation = desk.load(Donation, id)
    return desk.save(entry, donation, *_receive(desk, entry, donation, facts))


def take_donation(
    desk: Desk,
    entry: Entry,
    scope: Scope,
    pledged: DonationPledged,
    received: DonationReceived,
    *,
    id: Id | None = None,
) -> Receipt:
    """Record a gift that nobody had pledged before it came: pledge and receipt in one."""
    check_pledge(pledged)
    donation = Donation.start(entry, scope, pledged, id=id)
    return desk.save(entry, donation, *_receive(desk, entry, donation, received))


def _receive(
    desk: Desk, entry: Entry, donation: Donation, facts: DonationReceived
) -> list[StockItem]:
    money, items = _sums(facts)
    facts = msgspec.structs.replace(facts, kind="donation", money=money, items=items)
    donation.receive(entry, allocated(desk, entry, donation.scope, facts))
    lots = []
    for number, gift in enumerate(facts.goods):
        stored = check_lot(donation.stored(gift), entry.day, f"goods.{number}")
        lots.append(StockItem.start(entry.beside(), donation.scope, stored, id=gift.stock_item))
    return lots


def settle_receipt(
    desk: Desk, entry: Entry, id: Id, facts: DonationReceiptIssued | ReceiptWaived
) -> Receipt:
    """Issue a receipt for a donation, or record that none is wanted."""
    donation = desk.load(Donation, id)
    donation.settle_receipt(entry, facts)
    return desk.save(entry, donation)


def return_donation(desk: Desk, entry: Entry, id: Id, facts: DonationReturned) -> Receipt:
    """Return a gift, or part of it, to the donor: goods leave the stock, money the balance."""
    donation = desk.load(Donation, id)
    if not facts.goods and not facts.cash:
        raise QUANTITY_IMPOSSIBLE("cash")
    _check_distinct(facts.goods)
    donation.give_back(desk, entry, facts)
    lots = []
    for number, back in enumerate(facts.goods):
        lot = desk.load(StockItem, back.stock_item, f"goods.{number}.stock_item")
        if lot.lot.donation != donation.id:
            raise LOT_OF_ANOTHER(f"goods.{number}.stock_item")
        gone = GoodsWrittenOff(quantity=back.quantity, reason="returned_to_donor")
        lot.write_off(entry.beside(), gone, f"goods.{number}.quantity")
        lots.append(lot)
    return desk.save(entry, donation, *lots)
