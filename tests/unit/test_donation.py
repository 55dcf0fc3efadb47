"""What may be recorded of gifts and goods in stock, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.desk import Receipt
from domain.donation import (
    Donation,
    DonationPledged,
    DonationReceiptIssued,
    DonationReceived,
    DonationReturned,
    Gift,
    GiftMoneyPaidOut,
    GoodsBack,
    ReceiptWaived,
    pledge_donation,
    receive_donation,
    return_donation,
    settle_receipt,
    take_donation,
)
from domain.donation_stock import (
    GoodsHandedOut,
    GoodsStored,
    GoodsWrittenOff,
    Restriction,
    StockItem,
    count_stock,
    store_goods,
    write_off_goods,
)
from domain.event import Reason
from domain.identity import Id, derived_id
from domain.need import Need
from domain.neighbours import Supply
from domain.private import private
from tests.gifts import OIL, RICE, changes, rice
from tests.station import SCOPE, TODAY, MemoryDesk, entry, refused

REASON = Reason(code="wrong_count", text="清点时多数了十袋")
NEED, OTHER_NEED, DELIVERY = derived_id("need"), derived_id("other need"), derived_id("delivery")
PLEDGE = DonationPledged(kind="goods", value=500_000, organisation="惠民粮油店")


def received(*goods: Gift, cash: int = 0, valuation: Any = "invoice") -> DonationReceived:
    return DonationReceived(kind="donation", goods=goods, cash=cash, valuation=valuation)


def take(
    desk: MemoryDesk, *goods: Gift, cash: int = 0, restriction: Restriction | None = None
) -> Receipt:
    """Take a gift in, and return what was written."""
    pledge = DonationPledged(
        kind="goods", value=0, organisation="惠民粮油店", restriction=restriction
    )
    return take_donation(desk, entry(), SCOPE, pledge, received(*goods, cash=cash))


def lot(desk: MemoryDesk, id: Id = RICE) -> StockItem:
    return desk.load(StockItem, id)


def hand_out(
    desk: MemoryDesk, quantity: int, *, need: Id = NEED, kind: str = "stock_item", id: Id = RICE
) -> None:
    assert isinstance(desk.load_any(kind, id), Supply)
    supply = desk.load_any(kind, id)
    supply.hand_out(entry(), quantity, need, DELIVERY, "lines.0.quantity", value=0)
    desk.save(entry(), supply)


def test_a_pledge_is_received_into_the_stock_and_receipted() -> None:
    desk = MemoryDesk()
    donation = pledge_donation(desk, entry(), SCOPE, PLEDGE).stream
    made = receive_donation(desk, entry(), donation, received(rice(), cash=30_000))
    receipt = DonationReceiptIssued(number="甘财票001", issuer="市慈善会", form="statutory")
    settle_receipt(desk, entry(), donation, receipt)
    facts = desk.facts(donation)[1]
    assert isinstance(facts, DonationReceived)
    assert (facts.money, facts.items) == (530_000, 100)
    assert (lot(desk).on_hand, desk.load(Donation, donation).balance) == (100, 30_000)
    stored = desk.streams[RICE][0]
    assert (stored.causation, stored.id in made.events) == (made.events[0], True)


def test_a_gift_that_nobody_pledged_is_taken_in_one_command() -> None:
    desk = MemoryDesk()
    donor = derived_id("donor")
    pledge = DonationPledged(kind="goods", value=0, donor=private(donor, "identity", "王秀兰"))
    made = take_donation(desk, entry(), SCOPE, pledge, received(rice()))
    assert [type(facts) for facts in desk.facts()] == [
        DonationPledged,
        DonationReceived,
        GoodsStored,
    ]
    kept = desk.facts(made.stream)[0]
    assert isinstance(kept, DonationPledged)
    assert kept.donor is not None
    assert kept.donor.text is None


def test_a_donor_is_named_or_anonymous() -> None:
    nobody = DonationPledged(kind="money", value=1)
    both = DonationPledged(kind="money", value=1, organisation="某公司", anonymous=True)
    for pledge in (nobody, both):
        with refused("donation.no_donor", "donor"):
            pledge_donation(MemoryDesk(), entry(), SCOPE, pledge)
    with refused("donation.quantity_impossible", "value"):
        pledge_donation(
            MemoryDesk(), entry(), SCOPE, DonationPledged(kind="money", value=-1, anonymous=True)
        )


def test_something_comes_in_valued_on_a_basis_and_each_lot_once() -> None:
    desk = MemoryDesk()
    donation = pledge_donation(desk, entry(), SCOPE, PLEDGE).stream
    for facts, code in (
        (received(), "donation.nothing_received"),
        (received(cash=-1), "donation.nothing_received"),
        (received(rice(), valuation=None), "donation.no_valuation_basis"),
        (received(rice(), rice()), "donation.lot_twice"),
        (received(rice(0)), "donation.quantity_impossible"),
        (received(rice(expires=TODAY - timedelta(days=1))), "donation.expired"),
    ):
        with refused(code):
            receive_donation(desk, entry(), donation, facts)


def test_a_receipt_is_issued_or_waived_once_and_for_what_came() -> None:
    desk = MemoryDesk()
    donation = pledge_donation(desk, entry(), SCOPE, PLEDGE).stream
    waived = ReceiptWaived(reason="anonymous")
    with refused("donation.not_received"):
        settle_receipt(desk, entry(), donation, waived)
    receive_donation(desk, entry(), donation, received(rice()))
    settle_receipt(desk, entry(), donation, waived)
    receipt = DonationReceiptIssued(number="1", issuer="市慈善会", form="acknowledgement")
    with refused("donation.receipt_settled"):
        settle_receipt(desk, entry(), donation, receipt)


def test_no_more_goods_leave_than_are_there() -> None:
    desk = MemoryDesk()
    take(desk, rice(100))
    with refused("donation.more_than_stock", "lines.0.quantity"):
        hand_out(desk, 101)
    with refused("donation.quantity_impossible", "lines.0.quantity"):
        hand_out(desk, 0)
    hand_out(desk, 100)
    assert lot(desk).on_hand == 0
    with refused("donation.more_than_stock"):
        hand_out(desk, 1)


def test_what_is_kept_for_one_need_is_not_given_to_another() -> None:
    desk = MemoryDesk()
    take(desk, rice(10))
    keeping = lot(desk)
    keeping.reserve(entry(), 8, NEED, "quantity")
    with refused("donation.more_than_stock", "quantity"):
        keeping.reserve(entry(), 3, OTHER_NEED, "quantity")
    desk.save(entry(), keeping)
    with refused("donation.more_than_stock"):
        hand_out(desk, 3, need=OTHER_NEED)
    hand_out(desk, 5, need=NEED)
    assert (lot(desk).on_hand, lot(desk).available()) == (5, 2)
    releasing = lot(desk)
    releasing.release(entry(), NEED)
    assert releasing.available() == 5


def test_expired_goods_are_not_handed_out() -> None:
    desk = MemoryDesk()
    take(desk, rice(expires=TODAY))
    supply = lot(desk)
    need = Need(NEED, SCOPE)
    with refused("donation.expired"):
        late = entry(TODAY + timedelta(days=1)).occurred
        supply.check_given_on(desk, need, late, "lines.0.quantity")
    supply.check_given_on(desk, need, entry().occurred, "lines.0.quantity")


def test_nothing_goes_back_or_is_written_off_before_it_came() -> None:
    desk = MemoryDesk()
    donation = take(desk, rice(10), cash=500).stream
    before = entry(TODAY - timedelta(days=1))
    back = GoodsBack(stock_item=RICE, quantity=1)
    for facts, field in (
        (DonationReturned(reason="退", cash=1), "cash"),
        (DonationReturned(reason="退", goods=(back,)), "goods.0.quantity"),
    ):
        with refused("donation.not_there_yet", field):
            return_donation(desk, before, donation, facts)
        return_donation(desk, entry(), donation, facts)
    with refused("donation.not_there_yet", "quantity"):
        write_off_goods(desk, before, RICE, GoodsWrittenOff(quantity=1, reason="lost"))


def test_goods_that_were_bought_are_good_when_they_come_in_and_stay_on_record_once_given() -> None:
    desk = MemoryDesk()
    bought = GoodsStored(name="食用油", quantity=20, unit="桶", value=120_000)
    spoilt = msgspec.structs.replace(bought, expires=TODAY - timedelta(days=1))
    with refused("donation.expired", "facts.expires"):
        store_goods(desk, entry(), SCOPE, spoilt, id=OIL)
    stored = store_goods(desk, entry(), SCOPE, bought, id=OIL)
    hand_out(desk, 1, id=OIL)
    with refused("donation.more_than_stock", "quantity"):
        void_record(desk, entry(), OIL, stored.events[0], REASON)


def test_no_more_money_leaves_than_the_balance() -> None:
    desk = MemoryDesk()
    donation = take(desk, cash=30_000).stream
    with refused("donation.more_than_balance"):
        hand_out(desk, 30_001, kind="donation", id=donation)
    hand_out(desk, 30_000, kind="donation", id=donation)
    assert desk.load(Donation, donation).balance == 0
    assert isinstance(desk.facts(donation)[-1], GiftMoneyPaidOut)


def test_a_restricted_gift_serves_its_purpose_only() -> None:
    desk = MemoryDesk()
    restriction = Restriction(purposes=("winter_relief",), audience="elderly")
    donation = desk.load(Donation, take(desk, rice(), cash=1, restriction=restriction).stream)
    for supply in (lot(desk), donation):
        supply.check_given_for("winter_relief", "elderly", "supply")
        for purpose, audience in (("schooling", "elderly"), ("winter_relief", "youth")):
            with refused("donation.restricted", "supply"):
                supply.check_given_for(purpose, audience, "supply")


def test_goods_are_written_off_counted_and_bought() -> None:
    desk = MemoryDesk()
    bought = GoodsStored(name="食用油", quantity=20, unit="桶", value=120_000)
    store_goods(desk, entry(), SCOPE, bought, id=OIL)
    write_off_goods(desk, entry(), OIL, GoodsWrittenOff(quantity=2, reason="damaged"))
    with refused("donation.more_than_stock"):
        write_off_goods(desk, entry(), OIL, GoodsWrittenOff(quantity=19, reason="lost"))
    with refused("donation.difference_unexplained", "explanation"):
        count_stock(desk, entry(), OIL, 17)
    with refused("donation.quantity_impossible", "counted"):
        count_stock(desk, entry(), OIL, -1, "找不到")
    count_stock(desk, entry(), OIL, 17, "一桶破损未登记")
    count_stock(desk, entry(), OIL, 17)
    assert (lot(desk, OIL).on_hand, lot(desk, OIL).value_of(2, DELIVERY)) == (17, 12_000)
    with refused("donation.correct_the_receipt", "donation"):
        store_goods(
            desk, entry(), SCOPE, GoodsStored(name="油", quantity=1, unit="桶", donation=RICE)
        )


def test_a_count_that_is_written_after_goods_moved_is_taken_anew() -> None:
    desk = MemoryDesk()
    take(desk, rice(10))
    first, second, third = (TODAY + timedelta(days=days) for days in (1, 2, 3))
    late = entry(first, now=at(third))
    write_off_goods(desk, entry(second), RICE, GoodsWrittenOff(quantity=4, reason="damaged"))
    with refused("donation.moved_since", "counted"):
        count_stock(desk, late, RICE, 10, "第一天盘点十袋相符")
    with refused("donation.moved_since", "counted"):
        count_stock(desk, entry(at(second, 8)), RICE, 10, "当天早上盘点十袋相符")
    with refused("donation.not_there_yet", "counted"):
        count_stock(desk, entry(TODAY - timedelta(days=1)), RICE, 10, "到货之前")
    count_stock(desk, entry(at(second, 10)), RICE, 6)
    that_day = msgspec.structs.replace(entry(at(second, 8)).occurred, precision="day")
    count_stock(desk, msgspec.structs.replace(entry(second), occurred=that_day), RICE, 6)
    count_stock(desk, entry(third), RICE, 5, "一袋受潮")
    with refused("donation.moved_since", "counted"):
        count_stock(desk, late, RICE, 6, "又一次补记")
    assert lot(desk).on_hand == 5


def test_what_is_kept_for_a_need_is_not_written_off_or_counted_away() -> None:
    desk = MemoryDesk()
    take(desk, rice(10))
    kept = lot(desk)
    kept.reserve(entry(), 8, NEED, "quantity")
    desk.save(entry(), kept)
    gone = GoodsWrittenOff(quantity=3, reason="expired")
    with refused("donation.kept_for_needs", "quantity"):
        write_off_goods(desk, entry(), RICE, gone)
    with refused("donation.kept_for_needs", "counted"):
        count_stock(desk, entry(), RICE, 7, "少了三袋")
    with refused("donation.more_than_stock", "quantity"):
        write_off_goods(desk, entry(), RICE, GoodsWrittenOff(quantity=11, reason="expired"))
    count_stock(desk, entry(), RICE, 8, "少了两袋")
    free = lot(desk)
    free.release(entry(), NEED)
    desk.save(entry(), free)
    write_off_goods(desk, entry(), RICE, gone)
    assert lot(desk).available() == 5


def test_a_gift_goes_back_to_its_donor_out_of_stock_and_balance() -> None:
    desk = MemoryDesk()
    donation = take(desk, rice(100), cash=30_000).stream
    with refused("donation.more_than_balance", "cash"):
        return_donation(desk, entry(), donation, DonationReturned(reason="退", cash=30_001))
    too_much = DonationReturned(reason="退", goods=(GoodsBack(stock_item=RICE, quantity=101),))
    with refused("donation.more_than_stock", "goods.0.quantity"):
        return_donation(desk, entry(), donation, too_much)
    with refused("donation.quantity_impossible"):
        return_donation(desk, entry(), donation, DonationReturned(reason="退"))
    back = DonationReturned(
        reason="捐赠人要求退回", cash=10_000, goods=(GoodsBack(stock_item=RICE, quantity=40),)
    )
    return_donation(desk, entry(), donation, back)
    assert (lot(desk).on_hand, desk.load(Donation, donation).balance) == (60, 20_000)
    other = take(desk, cash=1).stream
    with refused("donation.lot_of_another", "goods.0.stock_item"):
        return_donation(desk, entry(), other, back_of(RICE))
    empty = pledge_donation(desk, entry(), SCOPE, PLEDGE).stream
    with refused("donation.not_received"):
        return_donation(desk, entry(), empty, DonationReturned(reason="退", cash=1))


def back_of(stock_item: Id) -> DonationReturned:
    return DonationReturned(reason="退", goods=(GoodsBack(stock_item=stock_item, quantity=1),))


def test_the_stock_follows_a_corrected_receipt() -> None:
    desk = MemoryDesk()
    made = take(desk, rice(100))
    target = made.events[1]
    more = changes(rice(90), rice(5, stock_item=OIL, name="食用油", unit="桶"), cash=700)
    correct_record(desk, entry(), made.stream, target, more, REASON)
    assert (lot(desk).on_hand, lot(desk, OIL).on_hand) == (90, 5)
    assert desk.load(Donation, made.stream).balance == 700
    correct_record(desk, entry(), made.stream, target, changes(rice(95)), REASON)
    assert (lot(desk).on_hand, lot(desk, OIL).on_hand) == (95, 0)
    with refused("donation.sums_differ", "money"):
        wrong = changes(rice(95)) | {"money": 1}
        correct_record(desk, entry(), made.stream, target, wrong, REASON)


def test_the_stock_follows_a_void_receipt_and_back() -> None:
    desk = MemoryDesk()
    made = take(desk, rice(100), cash=500)
    void_record(desk, entry(), made.stream, made.events[1], REASON)
    assert (lot(desk).on_hand, desk.load(Donation, made.stream).balance) == (0, 0)
    reinstate_record(desk, entry(), made.stream, made.events[1], REASON)
    assert (lot(desk).on_hand, desk.load(Donation, made.stream).balance) == (100, 500)


def test_what_has_left_is_not_corrected_away() -> None:
    desk = MemoryDesk()
    made = take(desk, rice(100), cash=500)
    hand_out(desk, 60)
    hand_out(desk, 400, kind="donation", id=made.stream)
    with refused("donation.more_than_stock", "quantity"):
        correct_record(
            desk, entry(), made.stream, made.events[1], changes(rice(59), cash=500), REASON
        )
    with refused("donation.more_than_balance", "cash"):
        void_record(desk, entry(), made.stream, made.events[1], REASON)
    correct_record(desk, entry(), made.stream, made.events[1], changes(rice(60), cash=400), REASON)
    assert lot(desk).on_hand == 0


def test_what_is_kept_for_a_need_is_not_corrected_away() -> None:
    desk = MemoryDesk()
    made = take(desk, rice(10))
    kept = lot(desk)
    kept.reserve(entry(), 8, NEED, "quantity")
    desk.save(entry(), kept)
    with refused("donation.more_than_stock", "quantity"):
        correct_record(desk, entry(), made.stream, made.events[1], changes(rice(7)), REASON)
    correct_record(desk, entry(), made.stream, made.events[1], changes(rice(8)), REASON)
    assert lot(desk).available() == 0


def test_a_donated_lot_is_corrected_through_its_receipt_only() -> None:
    desk = MemoryDesk()
    take(desk, rice(100))
    stored = desk.streams[RICE][0].id
    with refused("donation.correct_the_receipt"):
        void_record(desk, entry(), RICE, stored, REASON)
    store_goods(desk, entry(), SCOPE, GoodsStored(name="油", quantity=2, unit="桶"), id=OIL)
    correct_record(desk, entry(), OIL, desk.streams[OIL][0].id, {"quantity": 3}, REASON)
    assert lot(desk, OIL).on_hand == 3


def test_a_corrected_receipt_does_not_take_over_a_lot_of_another_donation() -> None:
    desk = MemoryDesk()
    take(desk, rice(100))
    made = take(desk, rice(5, stock_item=OIL))
    with refused("donation.lot_of_another"):
        correct_record(desk, entry(), made.stream, made.events[1], changes(rice(7)), REASON)


def test_a_receipt_does_not_take_over_a_lot_of_another_receipt() -> None:
    desk = MemoryDesk()
    made = take(desk, rice(100))
    second = receive_donation(desk, entry(), made.stream, received(rice(30, stock_item=OIL)))
    target = second.events[0]
    with refused("donation.lot_of_another_receipt", "goods.0.stock_item"):
        correct_record(desk, entry(), made.stream, target, changes(rice(30)), REASON)
    with refused("donation.lot_of_another_receipt", "goods.0.stock_item"):
        receive_donation(desk, entry(), made.stream, received(rice(5)))
    void_record(desk, entry(), made.stream, made.events[1], REASON)
    with refused("donation.lot_of_another_receipt"):
        correct_record(desk, entry(), made.stream, target, changes(rice(30)), REASON)
    reinstate_record(desk, entry(), made.stream, made.events[1], REASON)
    right = changes(rice(31, stock_item=OIL))
    correct_record(desk, entry(), made.stream, target, right, REASON)
    assert (lot(desk).on_hand, lot(desk, OIL).on_hand) == (100, 31)


def test_a_lot_that_two_receipts_name_follows_the_one_that_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = MemoryDesk()
    made = take(desk, rice(100))
    second = receive_donation(desk, entry(), made.stream, received(rice(30, stock_item=OIL)))
    with monkeypatch.context() as before_it_was_refused:
        before_it_was_refused.setattr(Donation, "_check_lots", lambda *_: None)
        correct_record(desk, entry(), made.stream, second.events[0], changes(rice(30)), REASON)
    assert (lot(desk).on_hand, lot(desk, OIL).on_hand) == (30, 0)
    right = changes(rice(30, stock_item=OIL))
    correct_record(desk, entry(), made.stream, second.events[0], right, REASON)
    assert (lot(desk).on_hand, lot(desk, OIL).on_hand) == (100, 30)


def test_goods_of_a_delivery_come_back_into_their_lot() -> None:
    desk = MemoryDesk()
    take(desk, rice(10))
    hand_out(desk, 4)
    returning = lot(desk)
    returning.take_back(entry(), 3, NEED, DELIVERY, value=0)
    desk.save(entry(), returning)
    assert lot(desk).on_hand == 9
    handed = desk.facts(RICE)[1]
    assert handed == GoodsHandedOut(need=NEED, delivery=DELIVERY, quantity=4, value=0)
