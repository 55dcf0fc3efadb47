"""Goods in stock: stored, kept for a need, handed out, written off, counted.

A stock item is one lot: what came in at once, with its batch, expiry and the giver's wish. Its
quantity is the sum of its movements and never goes below zero, so that nothing is handed out
that was not there. A donated lot follows its receipt: what is wrong is set right there.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from domain.aggregate import Aggregate
from domain.bounds import AtMost, Fen, InFen, Pieces, Reference, Signed, Title, Unit
from domain.desk import Desk, Receipt
from domain.donation_days import NOT_THERE_YET, Outflow, check_given, check_receipt
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Effective, Facts, Occurred, Reason, fact
from domain.identity import Id
from domain.neighbours import Aided, Move
from domain.refusals import Conflict, refusal

QUANTITY_IMPOSSIBLE = refusal("donation.quantity_impossible")
MORE_THAN_STOCK = refusal("donation.more_than_stock", Conflict)
RESTRICTED = refusal("donation.restricted")
EXPIRED = refusal("donation.expired")
CORRECT_THE_RECEIPT = refusal("donation.correct_the_receipt")
OTHER_GOODS = refusal("donation.other_goods")
MOVED_SINCE = refusal("donation.moved_since", Conflict)
KEPT_FOR_NEEDS = refusal("donation.kept_for_needs", Conflict)
DIFFERENCE_UNEXPLAINED = refusal("donation.difference_unexplained")


Worth = Annotated[Signed, InFen()]


class Restriction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a giver wants the gift used for: the purposes of needs, and for whom. Empty is any."""

    purposes: Annotated[tuple[Title, ...], AtMost(20)] = ()
    audience: Title | None = None


@fact(corrections=True)
class GoodsStored(Facts, frozen=True, kw_only=True, tag="donation.GoodsStored@1"):
    """入库: a lot came in. `value` is what all of it is worth, in 分."""

    happens: ClassVar = True
    name: Title
    quantity: Pieces
    unit: Unit
    value: Fen = 0
    donation: Id | None = None
    batch: Reference | None = None
    expires: date | None = None
    restriction: Restriction | None = None


@fact()
class GoodsReserved(Facts, frozen=True, kw_only=True, tag="donation.GoodsReserved@1"):
    """Part of the lot is kept for a need."""

    need: Id
    quantity: int


@fact()
class GoodsReleased(Facts, frozen=True, kw_only=True, tag="donation.GoodsReleased@1"):
    """It is kept for that need no more."""

    need: Id
    quantity: int


@fact()
class GoodsHandedOut(Facts, frozen=True, kw_only=True, tag="donation.GoodsHandedOut@1"):
    """发放: part of the lot left with a delivery. `from_reserve` was kept for that need.

    `value` is by how much the delivery is worth more by it; unset in what was stored before it was
    kept, when each part was worth its share, rounded down.
    """

    need: Id
    delivery: Id
    quantity: int
    from_reserve: int = 0
    value: Worth | None = None


@fact()
class GoodsTakenBack(Facts, frozen=True, kw_only=True, tag="donation.GoodsTakenBack@1"):
    """Part of a delivery is in the lot again: it was returned, or its record was set right.

    `value` is by how much the delivery is worth less by it; unset in what was stored before it was
    kept. Of a quantity of none, that alone was set right.
    """

    need: Id
    delivery: Id
    quantity: int
    value: Worth | None = None


@fact()
class GoodsWrittenOff(Facts, frozen=True, kw_only=True, tag="donation.GoodsWrittenOff@1"):
    """报损: part of the lot is gone, or can be used no more."""

    happens: ClassVar = True
    quantity: int
    reason: Literal["expired", "damaged", "lost", "returned_to_donor", "other"]
    explanation: str | None = None


@fact()
class StockCounted(Facts, frozen=True, kw_only=True, tag="donation.StockCounted@1"):
    """盘点: what was found; `difference` is found less expected."""

    happens: ClassVar = True
    counted: int
    difference: Signed
    explanation: str | None = None


MOVES = (GoodsHandedOut, GoodsTakenBack, GoodsWrittenOff, StockCounted)
"""What changes how much of a lot is there, beside its own record."""


class StockItem(Aggregate):
    """One lot of goods."""

    kind = "stock_item"

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.moved = self.found = 0
        self.moves: list[Occurred] = []
        self.out = Outflow()
        self.given: dict[Id, tuple[int, int]] = {}
        self.reserved: dict[Id, int] = {}
        self._with_receipt = False

    def evolve(self, event: AnyEvent) -> None:
        """Move the quantity, and keep what is reserved for whom, and when goods moved."""
        if isinstance(event.facts, MOVES):
            self.moves.append(event.occurred)
        match event.facts:
            case GoodsReserved(need=need, quantity=quantity):
                self.reserved[need] = self.reserved.get(need, 0) + quantity
            case GoodsReleased(need=need):
                self.reserved.pop(need)
            case GoodsHandedOut(need=need, quantity=quantity, from_reserve=kept):
                self._give(event.facts)
                self._move(event, -quantity, need)
                if kept:
                    self.reserved[need] -= kept
            case GoodsTakenBack(quantity=quantity, need=need):
                self._give(event.facts)
                self._move(event, quantity, need)
            case GoodsWrittenOff(quantity=quantity):
                self._move(event, -quantity)
            case StockCounted(difference=difference):
                self._move(event, difference)

    def _move(self, event: AnyEvent, quantity: int, need: Id | None = None) -> None:
        """Keep a movement. What a count found was there before, nobody knows since when."""
        self.moved += quantity
        if need is None and quantity > 0:
            self.found += quantity
        else:
            self.out.take(event.occurred, quantity, need)

    def _give(self, facts: GoodsHandedOut | GoodsTakenBack) -> None:
        """Keep how much a delivery has of the lot, and what that is worth."""
        has, worth = self.given.get(facts.delivery, (0, 0))
        value, more = facts.value, isinstance(facts, GoodsHandedOut)
        if value is None:
            of, over = (self.lot.value, self.lot.quantity) if more else (worth, has)
            value = of * facts.quantity // (over or 1)
        sign = 1 if more else -1
        self.given[facts.delivery] = (has + sign * facts.quantity, worth + sign * value)

    @property
    def lot(self) -> GoodsStored:
        """What came in, as corrected; also when its record is void."""
        stored: GoodsStored = self._stored.facts
        return stored

    @property
    def _stored(self) -> Effective[Any]:
        return next(iter(self.records.values())).effective

    @property
    def on_hand(self) -> int:
        """How much is there."""
        stored: list[int] = [each.facts.quantity for each in self.effective(GoodsStored)]
        return self.moved + sum(stored)

    def available(self, need: Id | None = None) -> int:
        """How much may be given to a need: what is not kept for others."""
        return self.on_hand - sum(kept for other, kept in self.reserved.items() if other != need)

    def check_called(self, name: str, unit: str, field: str) -> None:
        """Refuse another name or unit than those under which the lot was stored."""
        lot = self.lot
        if (name, unit) != (lot.name, lot.unit):
            part = "unit" if name == lot.name else "name"
            raise OTHER_GOODS(f"{field}.{part}", name=lot.name, unit=lot.unit)

    def value_of(self, quantity: int, delivery: Id) -> int:
        """What so much of the lot is worth in a delivery, in whole 分.

        It is the share of what no other delivery has, so that all parts make up the lot, in
        whatever order they are given. A piece is worth its even share, rounded down or up: what
        was given before the lot was valued otherwise is not made up for.
        """
        left, worth = self._beside(delivery)
        if quantity > left:
            return self.lot.value * quantity // self.lot.quantity
        least, most = self._worth_of(quantity)
        return min(max(worth * quantity // left, least), most)

    def value_again(self, quantity: int, value: int, delivery: Id) -> int:
        """What so much is worth that is given once more: as much as it was.

        Unless parts that others were given since leave too little, or too much, for the rest.
        """
        left, worth = self._beside(delivery)
        if quantity > left or not _within(value, self._worth_of(quantity)):
            return value
        fits = _within(worth - value, self._worth_of(left - quantity))
        return value if fits else self.value_of(quantity, delivery)

    def _beside(self, delivery: Id) -> tuple[int, int]:
        """Return how much of the lot no other delivery has, and what that is worth."""
        others = [held for id, held in self.given.items() if id != delivery]
        taken, value = sum(has for has, _ in others), sum(worth for _, worth in others)
        return self.lot.quantity - taken, self.lot.value - value

    def _worth_of(self, quantity: int) -> tuple[int, int]:
        """Return the least and the most that so many pieces can be worth."""
        each, uneven = divmod(self.lot.value, self.lot.quantity)
        return each * quantity, (each + (uneven > 0)) * quantity

    def check_given_for(self, purpose: str, audience: str | None, field: str) -> None:
        """Refuse a use that the giver has not allowed."""
        check_restriction(self.lot.restriction, purpose, audience, field)

    def check_given_on(self, desk: Desk, need: Aided, given: Occurred, field: str) -> None:
        """Refuse to have given it out before so much had come in, or after it had expired."""
        self._check_come(given, field)
        check_given(desk, self.id, self._came(), self.out, given.latest, field, need)
        if self.lot.expires is not None and self.lot.expires < given.day:
            raise EXPIRED(field)

    def _came(self) -> list[Move]:
        stored = self.effective(GoodsStored)
        return [(held.occurred.day, held.facts.quantity + self.found) for held in stored]

    def reserve(self, entry: Entry, quantity: int, need: Id, field: str) -> None:
        """Keep part of the lot for a need."""
        self._check_available(quantity, self.available(), field)
        self.record(entry, GoodsReserved(need=need, quantity=quantity))

    def release(self, entry: Entry, need: Id) -> None:
        """Keep nothing for that need any more; nothing where nothing is kept."""
        kept = self.reserved.get(need, 0)
        if kept:
            self.record(entry, GoodsReleased(need=need, quantity=kept))

    def hand_out(
        self, entry: Entry, quantity: int, need: Id, delivery: Id, field: str, *, value: int
    ) -> None:
        """Take goods out for a delivery, first those that are kept for its need."""
        self._check_available(quantity, self.available(need), field)
        kept = min(quantity, self.reserved.get(need, 0))
        handed = GoodsHandedOut(
            need=need, delivery=delivery, quantity=quantity, from_reserve=kept, value=value
        )
        self.record(entry, handed)

    def take_back(self, entry: Entry, quantity: int, need: Id, delivery: Id, *, value: int) -> None:
        """Put goods of a delivery back."""
        taken = GoodsTakenBack(need=need, delivery=delivery, quantity=quantity, value=value)
        self.record(entry, taken)

    def write_off(self, entry: Entry, facts: GoodsWrittenOff, field: str = "quantity") -> None:
        """Take out what is gone or spoilt; what is kept for a need is let go there first."""
        self._check_come(entry.occurred, field)
        self._check_available(facts.quantity, self.on_hand, field)
        self._check_kept(self.on_hand - facts.quantity, field)
        self.record(entry, facts)

    def count(self, entry: Entry, counted: int, explanation: str | None) -> None:
        """Set the quantity to what was found; a difference is explained.

        Where less was found than is kept for needs, it is said first which of them get nothing.
        What moved since the count stands on the day on which it was written, a correction too, so
        that nobody can reckon what had been there: then it is counted anew.
        """
        self._check_come(entry.occurred, "counted")
        if any(_is_later(moved, entry.occurred) for moved in self.moves):
            raise MOVED_SINCE("counted")
        difference = counted - self.on_hand
        if counted < 0:
            raise QUANTITY_IMPOSSIBLE("counted")
        if difference and not (explanation or "").strip():
            raise DIFFERENCE_UNEXPLAINED("explanation", difference=difference)
        if difference < 0:
            self._check_kept(counted, "counted")
        facts = StockCounted(counted=counted, difference=difference, explanation=explanation)
        self.record(entry, facts)

    def follow_receipt(
        self,
        desk: Desk,
        entry: Entry,
        occurred: Occurred,
        after: GoodsStored | None,
        reason: Reason,
    ) -> None:
        """Be what the corrected receipt says: another lot, none, or there again."""
        self._with_receipt = True
        before = next(iter(self.effective(GoodsStored)), None)
        self._follow(entry, occurred, after, reason)
        now = next(iter(self.effective(GoodsStored)), None)
        self._check_receipt(desk, before, now)

    def _follow(
        self, entry: Entry, occurred: Occurred, after: GoodsStored | None, reason: Reason
    ) -> None:
        if not self.records:
            if after is not None:
                self.record(entry, check_lot(after, occurred.day, "goods"))
            return
        (target, written), *_ = self.records.items()
        if after is None:
            if not written.void:
                self.void(entry, target, reason)
            return
        if written.void:
            self.reinstate(entry, target, reason)
        effective = Effective(occurred=occurred, facts=after)
        if written.effective != effective:
            self.correct(entry, target, effective, reason)

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Refuse to take back what has left already, and to part a lot from its receipt."""
        if self.lot.donation is not None and not self._with_receipt:
            raise CORRECT_THE_RECEIPT("target")
        if after is not None:
            check_lot(after.facts, after.occurred.day, "facts")
        more = (after.facts.quantity if after else 0) - (before.facts.quantity if before else 0)
        if self.on_hand + more < sum(self.reserved.values()):
            raise MORE_THAN_STOCK("quantity", available=self.available())

    def consequences(self, desk: Any, entry: Entry, made: AnyEvent) -> tuple[Aggregate, ...]:
        """Change nothing else; see that what was given of bought goods had come by then still."""
        self._check_receipt(desk, made.facts.before, made.facts.after)
        return ()

    def _check_receipt(
        self, desk: Desk, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        was, now = (
            None if side is None else (side.occurred.day, side.facts.quantity)
            for side in (before, after)
        )
        check_receipt(desk, self.id, self._came(), self.out, was, now)

    def _check_come(self, moved: Occurred, field: str) -> None:
        if moved.latest < self._stored.occurred.day:
            raise NOT_THERE_YET(field)

    def _check_kept(self, left: int, field: str) -> None:
        kept = {need: quantity for need, quantity in self.reserved.items() if quantity}
        if left < sum(kept.values()):
            raise KEPT_FOR_NEEDS(field, kept=sum(kept.values()), needs=", ".join(kept))

    def _check_available(self, quantity: int, available: int, field: str) -> None:
        if quantity < 1:
            raise QUANTITY_IMPOSSIBLE(field)
        if quantity > available:
            raise MORE_THAN_STOCK(field, available=available)


def _within(value: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _is_later(one: Occurred, other: Occurred) -> bool:
    """Say whether one was after the other; on one day, only where both times are known."""
    exact = one.precision == other.precision == "instant"
    return one.day > other.latest or (exact and one.start > other.start)


def check_lot(facts: GoodsStored, day: date, field: str) -> GoodsStored:
    """Refuse a lot of nothing, worth less than nothing, or expired when it came in."""
    if facts.quantity < 1 or facts.value < 0:
        raise QUANTITY_IMPOSSIBLE(f"{field}.quantity")
    if facts.expires is not None and facts.expires < day:
        raise EXPIRED(f"{field}.expires")
    return facts


def check_restriction(
    restriction: Restriction | None, purpose: str, audience: str | None, field: str
) -> None:
    """Refuse a use for another purpose, or other people, than the giver wanted."""
    if restriction is None:
        return
    if restriction.purposes and purpose not in restriction.purposes:
        raise RESTRICTED(field, purposes=", ".join(restriction.purposes))
    if restriction.audience is not None and restriction.audience != audience:
        raise RESTRICTED(field, purposes=restriction.audience)


def store_goods(
    desk: Desk, entry: Entry, scope: Scope, facts: GoodsStored, *, id: Id | None = None
) -> Receipt:
    """Store goods that were bought; donated goods are stored by receiving the donation."""
    if facts.donation is not None:
        raise CORRECT_THE_RECEIPT("donation")
    check_lot(facts, entry.day, "facts")
    return desk.save(entry, StockItem.start(entry, scope, facts, id=id))


def write_off_goods(desk: Desk, entry: Entry, id: Id, facts: GoodsWrittenOff) -> Receipt:
    """Write off what is gone or spoilt."""
    lot = desk.load(StockItem, id)
    lot.write_off(entry, facts)
    return desk.save(entry, lot)


def count_stock(
    desk: Desk, entry: Entry, id: Id, counted: int, explanation: str | None = None
) -> Receipt:
    """Record what a stock-taking found."""
    lot = desk.load(StockItem, id)
    lot.count(entry, counted, explanation)
    return desk.save(entry, lot)
