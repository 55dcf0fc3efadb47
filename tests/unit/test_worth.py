"""What the parts of a lot are worth, of which the pieces are not all worth the same."""

from __future__ import annotations

import pytest

from domain.donation_stock import GoodsHandedOut, GoodsStored, GoodsTakenBack, StockItem
from domain.identity import derived_id
from tests.station import SCOPE, entry

RICE, NEED, DELIVERY = derived_id("rice"), derived_id("need"), derived_id("delivery")


def uneven(quantity: int, value: int) -> StockItem:
    """A lot whose pieces are not all worth the same."""
    facts = GoodsStored(name="大米", quantity=quantity, unit="袋", value=value)
    return StockItem.start(entry(), SCOPE, facts, id=RICE)


def test_what_was_given_before_its_worth_was_kept_is_worth_its_share_rounded_down() -> None:
    found = uneven(7, 1_000)
    found.record(entry(), GoodsHandedOut(need=NEED, delivery=DELIVERY, quantity=3))
    assert found.given == {DELIVERY: (3, 428)}
    found.record(entry(), GoodsTakenBack(need=NEED, delivery=DELIVERY, quantity=1))
    assert found.given == {DELIVERY: (2, 286)}
    for quantity in (2, 0):
        back = GoodsTakenBack(need=NEED, delivery=DELIVERY, quantity=quantity)
        found.record(entry(), back)
        assert found.given == {DELIVERY: (0, 0)}


@pytest.mark.parametrize(
    ("quantity", "value", "given", "again", "worth"),
    [
        (3, 10, (1, 3), (2, 7), 7),  # what others have leaves just that
        (3, 10, (2, 7), (2, 7), 7),  # more than others leave: as much as it was
        (5, 12, (1, 2), (2, 4), 4),  # the rest is worth as much as it can be, and no more
        (5, 12, (2, 4), (2, 4), 5),  # the rest would be worth more than it can be
    ],
)
def test_what_is_given_once_more_is_worth_what_it_was_where_the_rest_can_be_worth_the_rest(
    quantity: int, value: int, given: tuple[int, int], again: tuple[int, int], worth: int
) -> None:
    found, other = uneven(quantity, value), derived_id("other delivery")
    pieces, of = given
    found.record(entry(), GoodsHandedOut(need=NEED, delivery=other, quantity=pieces, value=of))
    assert found.value_again(*again, DELIVERY) == worth


def test_a_delivery_is_worth_its_share_of_what_no_other_has_its_own_with_it() -> None:
    found = uneven(3, 10)
    found.record(entry(), GoodsHandedOut(need=NEED, delivery=DELIVERY, quantity=1, value=3))
    assert found.value_of(2, DELIVERY) == 6
    assert found.value_of(2, derived_id("other delivery")) == 7
