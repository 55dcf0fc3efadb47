"""What a delivery is held to when it is written late, set right, or the need changes after it."""

from __future__ import annotations

from datetime import timedelta

from domain.corrections import correct_record
from domain.donation_stock import GoodsStored, Restriction, store_goods
from domain.identity import derived_id
from domain.need import NeedChanged
from domain.need_aid import AidLine
from domain.need_giving import change_need
from tests.relief import REASON, aid, bags, deliver, in_stock, lines, ready, street
from tests.station import SCOPE, TODAY, entry, refused

OIL = derived_id("oil")


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
    other = NeedChanged(
        item="书", purpose="summer_study", quantity=1, urgency="normal", reason="开学"
    )
    later = entry(TODAY + timedelta(days=2))
    change_need(desk, entry(TODAY + timedelta(days=1)), id, other)
    correct_record(desk, later, id, held, lines(bags(2)), REASON)
    assert in_stock(desk) == 98
    bottle = AidLine(supply=OIL, name="食用油", quantity=1, unit="桶", value=1)
    with refused("donation.restricted", "lines.1.supply"):
        correct_record(desk, later, id, held, lines(bags(2), bottle), REASON)
