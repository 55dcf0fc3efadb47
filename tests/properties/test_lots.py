"""Whatever is given of a lot, comes back, is void or reinstated: its parts are worth the lot."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.corrections import correct_record, reinstate_record, void_record
from domain.donation_stock import GoodsStored, StockItem, store_goods
from domain.identity import Id, derived_id
from domain.need import Need
from domain.need_aid import AidDelivered, AidLine, AidReturned
from domain.need_giving import return_aid
from domain.refusals import ShiluError
from tests.neighbours import Neighbourhood
from tests.relief import COLLEAGUE, HEAD, REASON, aid, deliver, ready, street
from tests.station import SCOPE, TODAY, entry

OIL = derived_id("oil")
LATER = entry(TODAY + timedelta(days=2))
STEPS = st.tuples(
    st.sampled_from(["deliver", "void", "reinstate", "return", "less"]),
    st.integers(1, 4),
    st.integers(0, 5),
)


def cartons(quantity: int, value: int = 0) -> AidLine:
    return AidLine(supply=OIL, name="牛奶", quantity=quantity, unit="箱", value=value)


def give(desk: Neighbourhood, need: Id, *lines: AidLine) -> Id:
    return deliver(desk, need, aid(*lines, approver=HEAD, deliverer=COLLEAGUE))


def take(desk: Neighbourhood, need: Id, held: list[Id], step: tuple[str, int, int]) -> None:
    """Take a step, if the rules let it through."""
    kind, quantity, number = step
    if kind == "deliver":
        held.append(give(desk, need, *(cartons(1) for _ in range(quantity))))
    elif number < len(held):
        target = held[number]
        if kind == "void":
            void_record(desk, LATER, need, target, REASON)
        elif kind == "reinstate":
            reinstate_record(desk, LATER, need, target, REASON)
        elif kind == "return":
            back = AidReturned(delivery=target, supply=OIL, quantity=quantity, reason="吃不完")
            return_aid(desk, entry(), need, back)
        else:
            found = desk.load(Need, need)
            gone = sum(each for _, each in found.returned.get((target, OIL), ()))
            kept = max(quantity - gone, 1)
            value = -(-desk.load(StockItem, OIL).value_of(kept, target) * quantity // kept)
            line = {"supply": OIL, "name": "牛奶", "quantity": quantity, "unit": "箱"}
            facts = {"lines": [{**line, "value": value}], "money": value, "items": quantity}
            correct_record(desk, LATER, need, target, facts, REASON)


@settings(deadline=None, max_examples=150)
@given(
    quantity=st.integers(2, 9),
    value=st.integers(0, 60),
    steps=st.lists(STEPS, min_size=4, max_size=14),
)
def test_the_parts_of_a_lot_are_worth_the_lot_whatever_becomes_of_them(
    quantity: int, value: int, steps: list[tuple[str, int, int]]
) -> None:
    desk, held = street(), list[Id]()
    lot = GoodsStored(name="牛奶", quantity=quantity, unit="箱", value=value)
    store_goods(desk, entry(), SCOPE, lot, id=OIL)
    need = ready(desk)
    for step in steps:
        with suppress(ShiluError):
            take(desk, need, held, step)
        desk.stand_up()
    if rest := desk.load(StockItem, OIL).on_hand:
        give(desk, need, cartons(rest))
    found = desk.load(Need, need)
    standing = [one for one in held_by(found) if not found.records[one].void]
    kept = [found.worth_kept(one, found.delivery(one), OIL) for one in standing]
    assert sum(kept) == value
    of_lot = {id: has for id, has in desk.load(StockItem, OIL).given.items() if any(has)}
    assert sum(worth for _, worth in of_lot.values()) == value


def held_by(need: Need) -> list[Id]:
    """Return the deliveries of a need, void ones too."""
    records = need.records.items()
    return [id for id, one in records if isinstance(one.effective.facts, AidDelivered)]
