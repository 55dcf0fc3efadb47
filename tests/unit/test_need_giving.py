"""What a delivery is held to when it is written late, set right, or the need changes after it."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.donation import (
    Donation,
    DonationReceived,
    DonationReturned,
    receive_donation,
    return_donation,
)
from domain.donation_stock import (
    GoodsStored,
    GoodsWrittenOff,
    Restriction,
    StockItem,
    count_stock,
    store_goods,
    write_off_goods,
)
from domain.event import Occurred
from domain.identity import Id, derived_id
from domain.need import Need, NeedChanged
from domain.need_aid import AidDelivered, AidLine, AidReturned
from domain.need_giving import change_need, deliver_aid, return_aid
from tests.neighbours import Neighbourhood
from tests.relief import (
    COLLEAGUE,
    HEAD,
    REASON,
    RICE,
    aid,
    bags,
    balance,
    deliver,
    in_stock,
    lines,
    money,
    need,
    ready,
    street,
    verify,
)
from tests.station import LATE, SCOPE, TODAY, entry, refused

OIL = derived_id("oil")
CHANGED = NeedChanged(
    item="书", purpose="summer_study", quantity=1, urgency="normal", reason="开学"
)
MILK = GoodsStored(name="牛奶", quantity=10, unit="箱", value=10, expires=TODAY + timedelta(days=2))


THREE = {"approver": HEAD, "deliverer": COLLEAGUE}


def cartons(quantity: int) -> AidLine:
    return AidLine(supply=OIL, name="牛奶", quantity=quantity, unit="箱")


def on(day: date) -> Occurred:
    return Occurred(start=at(day))


def test_a_corrected_delivery_is_held_to_the_purpose_for_which_it_was_given() -> None:
    desk = street(restriction=Restriction(purposes=("winter_relief",)))
    oil = GoodsStored(
        name="食用油",
        quantity=9,
        unit="桶",
        value=9,
        restriction=Restriction(purposes=("summer_study",)),
    )
    store_goods(desk, entry(), SCOPE, oil, id=OIL)
    id = ready(desk)
    held = deliver(desk, id, aid(bags(1)))
    later = entry(TODAY + timedelta(days=2))
    change_need(desk, entry(TODAY + timedelta(days=1)), id, CHANGED)
    correct_record(desk, later, id, held, lines(bags(2)), REASON)
    assert in_stock(desk) == 98
    bottle = AidLine(supply=OIL, name="食用油", quantity=1, unit="桶", value=1)
    with refused("donation.restricted", "lines.1.supply"):
        correct_record(desk, later, id, held, lines(bags(2), bottle), REASON)


def test_goods_expire_by_the_day_of_the_delivery_not_of_its_correction() -> None:
    desk = street()
    store_goods(desk, entry(), SCOPE, MILK, id=OIL)
    id = ready(desk)
    held = deliver(desk, id, aid(cartons(5)))
    after = entry(TODAY + timedelta(days=9))
    correct_record(desk, after, id, held, lines(cartons(6)), REASON)
    void_record(desk, after, id, held, REASON)
    reinstate_record(desk, after, id, held, REASON)
    assert desk.load(StockItem, OIL).on_hand == 4
    with refused("donation.expired", "lines.0.quantity"):
        correct_record(desk, after, id, held, {}, REASON, on(TODAY + timedelta(days=3)))


def test_nothing_is_delivered_before_it_came() -> None:
    desk = street(cash=100)
    earlier = TODAY - timedelta(days=2)
    id = need(desk)
    verify(desk, id, earlier)
    for line in (bags(1), money(100)):
        with refused("donation.not_there_yet", "lines.0.quantity"):
            deliver(desk, id, aid(line), earlier)
        held = deliver(desk, id, aid(line))
        with refused("donation.not_there_yet", "lines.0.quantity"):
            correct_record(desk, entry(), id, held, {}, REASON, on(earlier))


def test_money_that_came_later_is_not_delivered_with_what_had_come() -> None:
    desk = street(cash=100)
    more = DonationReceived(kind="donation", cash=100)
    receive_donation(desk, entry(TODAY + timedelta(days=2)), derived_id("gift"), more)
    id = ready(desk)
    with refused("donation.not_there_yet", "lines.0.quantity"):
        deliver(desk, id, aid(money(101)))
    deliver(desk, id, aid(money(101)), TODAY + timedelta(days=2))


GIFT = derived_id("gift")
LATER = entry(TODAY + timedelta(days=9), **LATE)


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def receipt(desk: Neighbourhood) -> Id:
    """Return the record by which the first gift came in."""
    return next(iter(desk.load(Donation, GIFT).records))


@pytest.mark.parametrize("line", [bags(2), money(2)], ids=["goods", "money"])
def test_a_receipt_does_not_move_behind_the_delivery_of_what_it_brought(line: AidLine) -> None:
    desk = street(rice=2, cash=2)
    id = ready(desk)
    held = deliver(desk, id, aid(line), day(1))
    with refused("donation.given_by_then", "occurred.start"):
        correct_record(desk, LATER, GIFT, receipt(desk), {}, REASON, on(day(2)))
    correct_record(desk, LATER, id, held, {}, REASON, on(day(2)))
    correct_record(desk, LATER, GIFT, receipt(desk), {}, REASON, on(day(2)))
    correct_record(desk, LATER, GIFT, receipt(desk), {}, REASON, on(day(1)))


@pytest.mark.parametrize("line", [bags(2), money(2)], ids=["goods", "money"])
def test_what_was_delivered_had_come_also_where_all_of_it_came_back(line: AidLine) -> None:
    desk = street(rice=2, cash=2)
    id = ready(desk)
    held = deliver(desk, id, aid(line), day(1))
    back = AidReturned(delivery=held, supply=line.supply, quantity=2, reason="不需要")
    return_aid(desk, entry(day(3)), id, back)
    assert (in_stock(desk), balance(desk)) == (2, 2)
    with refused("donation.given_by_then", "occurred.start"):
        void_record(desk, LATER, GIFT, receipt(desk), REASON)
    (bags_of,) = desk.load(Donation, GIFT).effective(DonationReceived)[0].facts.goods
    one_bag = {**msgspec.structs.asdict(bags_of), "quantity": 1}
    with refused("donation.given_by_then", "occurred.start"):
        less = {"goods": [one_bag], "cash": 1, "money": bags_of.value + 1, "items": 1}
        correct_record(desk, LATER, GIFT, receipt(desk), less, REASON)
    with refused("donation.not_there_yet", "lines.0.quantity"):
        deliver(desk, id, aid(line), day(2))
    void_record(desk, LATER, id, held, REASON)
    void_record(desk, LATER, GIFT, receipt(desk), REASON)
    assert (in_stock(desk), balance(desk)) == (0, 0)


def test_bought_goods_do_not_come_in_after_their_delivery() -> None:
    desk = street()
    store_goods(desk, entry(), SCOPE, MILK, id=OIL)
    stored = desk.streams[OIL][0].id
    deliver(desk, ready(desk), aid(cartons(5)), day(1))
    with refused("donation.given_by_then", "occurred.start"):
        correct_record(desk, LATER, OIL, stored, {}, REASON, on(day(2)))
    correct_record(desk, LATER, OIL, stored, {}, REASON, on(day(1)))


def test_money_of_several_days_covers_on_each_what_was_given_by_then() -> None:
    desk = street(cash=100)
    receive_donation(desk, entry(day(3)), GIFT, DonationReceived(kind="donation", cash=100))
    id = ready(desk)
    first = deliver(desk, id, aid(money(100)), day(1))
    with refused("donation.not_there_yet", "lines.0.quantity"):
        deliver(desk, id, aid(money(1)), day(2))
    second = deliver(desk, id, aid(money(60)), day(3))
    for early in (0, 2):
        with refused("donation.not_there_yet", "lines.0.quantity"):
            correct_record(desk, LATER, id, second, {}, REASON, on(day(early)))
    with refused("donation.not_there_yet", "cash"):
        return_donation(desk, entry(day(2)), GIFT, DonationReturned(reason="退", cash=40))
    void_record(desk, LATER, id, first, REASON)
    correct_record(desk, LATER, id, second, {}, REASON, on(day(2)))
    with refused("donation.not_there_yet", "lines.0.quantity"):
        reinstate_record(desk, LATER, id, first, REASON)


def test_what_left_some_day_of_a_month_may_have_left_on_its_last() -> None:
    desk = street(cash=200)
    receive_donation(desk, entry(day(3)), GIFT, DonationReceived(kind="donation", cash=200))
    some_day = Occurred(start=at(TODAY.replace(day=1)), precision="month")
    in_october = msgspec.structs.replace(LATER, occurred=some_day)
    return_donation(desk, in_october, GIFT, DonationReturned(reason="退", cash=100))
    write_off_goods(desk, in_october, RICE, GoodsWrittenOff(quantity=1, reason="damaged"))
    earlier = need(desk)
    verify(desk, earlier, some_day.day - timedelta(days=1))
    deliver_aid(desk, in_october, earlier, aid(money(100)))
    deliver(desk, ready(desk), aid(money(200)), day(1))
    assert (in_stock(desk), balance(desk)) == (99, 0)


def test_what_went_to_a_need_that_is_not_seen_is_told_by_what_it_came_out_of() -> None:
    desk = street(cash=100)
    receive_donation(desk, entry(day(3)), GIFT, DonationReceived(kind="donation", cash=100))
    unseen, id = ready(desk), ready(desk)
    deliver(desk, unseen, aid(money(100)), day(1))
    del desk.streams[unseen]
    with refused("donation.not_there_yet", "lines.0.quantity"):
        deliver(desk, id, aid(money(1)), day(2))
    deliver(desk, id, aid(money(1)), day(3))


def test_what_a_count_found_is_there_to_be_given() -> None:
    desk = street(rice=2)
    count_stock(desk, entry(), RICE, 5, "多出三袋")
    deliver(desk, ready(desk), aid(bags(5)))
    assert in_stock(desk) == 0


def test_nothing_comes_back_before_it_was_delivered() -> None:
    desk = street(came=TODAY - timedelta(days=2))
    id = need(desk)
    verify(desk, id, TODAY - timedelta(days=2))
    held = deliver(desk, id, aid(bags(3)))
    back = AidReturned(delivery=held, supply=RICE, quantity=1, reason="吃不完")
    with refused("need.returned_before", "occurred.start"):
        return_aid(desk, entry(TODAY - timedelta(days=1)), id, back)
    for returned in (3, 1, 4):
        return_aid(desk, entry(TODAY + timedelta(days=returned)), id, back)
    later = entry(TODAY + timedelta(days=5))
    with refused("need.returned_before", "occurred.start"):
        correct_record(desk, later, id, held, {}, REASON, on(TODAY + timedelta(days=2)))
    correct_record(desk, later, id, held, {}, REASON, on(TODAY + timedelta(days=1)))


def test_a_need_does_not_change_before_a_delivery_that_stands() -> None:
    desk = street()
    id = ready(desk)
    held = deliver(desk, id, aid(bags(1)), TODAY + timedelta(days=3))
    between = entry(TODAY + timedelta(days=1), now=at(TODAY + timedelta(days=4)))
    with refused("need.delivered_since", "occurred.start"):
        change_need(desk, between, id, CHANGED)
    void_record(desk, entry(TODAY + timedelta(days=4)), id, held, REASON)
    change_need(desk, between, id, CHANGED)


def worth(desk: Neighbourhood, id: Id) -> int:
    """What is out with the household, in 分."""
    found = desk.load(Need, id)
    return sum(
        found.worth_kept(delivery, held.effective.facts, OIL)
        for delivery, held in found.records.items()
        if isinstance(held.effective.facts, AidDelivered) and not held.void
    )


@pytest.mark.parametrize("parts", [(1, 1, 1, 4), (3, 3, 1), (4, 1, 1, 1), (2, 5)])
@pytest.mark.parametrize("value", [10_000, 9_999, 20, 6])
def test_the_parts_of_a_lot_are_worth_the_lot_in_whatever_order_they_are_given(
    parts: tuple[int, ...], value: int
) -> None:
    desk = street()
    lot = GoodsStored(name="牛奶", quantity=7, unit="箱", value=value)
    store_goods(desk, entry(), SCOPE, lot, id=OIL)
    id = ready(desk)
    held = [deliver(desk, id, aid(cartons(part), **THREE)) for part in parts]
    assert worth(desk, id) == value
    shown = [
        line.value
        for one in desk.load(Need, id).effective(AidDelivered)
        for line in one.facts.lines
    ]
    assert sum(shown) == value
    void_record(desk, LATER, id, held[0], REASON)
    deliver(desk, id, aid(*(cartons(1) for _ in range(parts[0])), **THREE))
    assert worth(desk, id) == value
    back = AidReturned(delivery=held[1], supply=OIL, quantity=1, reason="吃不完")
    return_aid(desk, entry(), id, back)
    deliver(desk, id, aid(cartons(1), **THREE))
    assert worth(desk, id) == value


def test_what_is_given_of_a_lot_that_was_valued_otherwise_since_is_worth_its_even_share() -> None:
    desk = street()
    lot = GoodsStored(name="牛奶", quantity=3, unit="箱", value=10_000)
    store_goods(desk, entry(), SCOPE, lot, id=OIL)
    id = ready(desk)
    held = deliver(desk, id, aid(cartons(1)))
    correct_record(desk, LATER, OIL, desk.streams[OIL][0].id, {"value": 12_000}, REASON)
    deliver(desk, id, aid(cartons(1)))
    with refused("need.value_of_supply", "lines.0.value"):
        correct_record(
            desk, LATER, id, held, {"lines": [sent(2, 6_666)], "money": 6_666, "items": 2}, REASON
        )
    right = {"lines": [sent(2, 8_000)], "money": 8_000, "items": 2}
    correct_record(desk, LATER, id, held, right, REASON)
    assert worth(desk, id) == 12_000


def test_what_was_given_keeps_its_worth_when_its_lot_is_valued_otherwise() -> None:
    """given a delivery of a lot that is valued otherwise / when it is void and reinstated, another
    line of it set right, its own line / then only its own line is worth what the lot is now."""
    desk = street()
    lot = GoodsStored(name="牛奶", quantity=3, unit="箱", value=10_000)
    store_goods(desk, entry(), SCOPE, lot, id=OIL)
    id = ready(desk)
    held = deliver(desk, id, aid(cartons(1), bags(1)))
    correct_record(desk, LATER, OIL, desk.streams[OIL][0].id, {"value": 12_000}, REASON)
    void_record(desk, LATER, id, held, REASON)
    reinstate_record(desk, LATER, id, held, REASON)
    assert desk.load(StockItem, OIL).given[held] == (1, 3_333)
    for milk, money_of_all in ((3_333, 13_333), (4_000, 14_000)):
        (two_bags,) = lines(bags(2))["lines"]
        changes = {"lines": [sent(1, milk), two_bags], "money": money_of_all, "items": 3}
        correct_record(desk, LATER, id, held, changes, REASON)
        assert desk.load(StockItem, OIL).given[held] == (1, milk)


def test_a_reinstated_delivery_is_worth_what_the_rest_of_its_lot_leaves() -> None:
    desk = street()
    lot = GoodsStored(name="牛奶", quantity=3, unit="箱", value=4)
    store_goods(desk, entry(), SCOPE, lot, id=OIL)
    id = ready(desk)
    first = deliver(desk, id, aid(cartons(1)))
    void_record(desk, LATER, id, first, REASON)
    for _ in range(2):
        deliver(desk, id, aid(cartons(1)))
    assert worth(desk, id) == 2
    reinstate_record(desk, LATER, id, first, REASON)
    assert worth(desk, id) == 4


def test_a_delivery_set_right_is_worth_its_share_of_what_no_other_has() -> None:
    """given one of two cartons of which one came back / when it were three / then two are out, and
    with the rest worth the lot."""
    desk = street()
    lot = GoodsStored(name="牛奶", quantity=4, unit="箱", value=10)
    store_goods(desk, entry(), SCOPE, lot, id=OIL)
    id = ready(desk)
    held = deliver(desk, id, aid(cartons(2)))
    back = AidReturned(delivery=held, supply=OIL, quantity=1, reason="吃不完")
    return_aid(desk, entry(), id, back)
    correct_record(desk, LATER, id, held, {"lines": [sent(3, 8)], "money": 8, "items": 3}, REASON)
    assert worth(desk, id) == 5
    deliver(desk, id, aid(cartons(2)))
    assert worth(desk, id) == 10


def sent(quantity: int, value: int) -> dict[str, object]:
    """A line as a person sends it."""
    return {"supply": OIL, "name": "牛奶", "quantity": quantity, "unit": "箱", "value": value}
