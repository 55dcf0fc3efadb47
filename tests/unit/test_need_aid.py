"""Aid that is delivered: out of what there is, to whom it was verified for, and back again."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.donation_stock import GoodsStored, Restriction, store_goods
from domain.entry import Scope
from domain.identity import derived_id
from domain.need import (
    Need,
    NeedMatched,
    NeedVerifiedAtHome,
)
from domain.need_aid import AidDelivered, AidFollowedUp, AidLine, AidReturned
from domain.need_giving import (
    deliver_aid,
    follow_up_aid,
    match_need,
    return_aid,
    verify_need,
)
from tests.neighbours import Neighbour, OneIndicator
from tests.relief import (
    COLLEAGUE,
    FAMILY,
    HEAD,
    HOME,
    REASON,
    RICE,
    STRANGER,
    aid,
    bags,
    balance,
    deliver,
    delivered,
    in_stock,
    lines,
    money,
    need,
    ready,
    street,
    verify,
)
from tests.station import OPERATOR, SCOPE, STATION, TODAY, WORKER, entry, principal, refused


def test_what_was_found_after_a_delivery_does_not_undo_it() -> None:
    desk = street()
    id = ready(desk)
    held = deliver_aid(desk, entry(at(TODAY, 10)), id, aid(bags(1))).events[0]
    verify_need(
        desk,
        entry(at(TODAY, 15)),
        id,
        NeedVerifiedAtHome(kind="", verifier=WORKER, confirmed=False),
    )
    correct_record(desk, entry(at(TODAY, 16)), id, held, {"minutes": 30}, REASON)


def test_no_more_is_delivered_than_is_in_stock_or_on_the_balance() -> None:
    desk = street(rice=3, cash=100)
    id = ready(desk)
    for line, code in (
        (bags(4), "donation.more_than_stock"),
        (money(101), "donation.more_than_balance"),
    ):
        with refused(code, "lines.0.quantity"):
            deliver(desk, id, aid(line))
    with refused("donation.more_than_stock"):
        deliver(desk, id, aid(bags(2), bags(2)))
    assert (in_stock(desk), balance(desk)) == (3, 100)


def test_a_restricted_gift_is_not_used_for_another_purpose() -> None:
    desk = street(restriction=Restriction(purposes=("schooling",)), cash=100)
    id = ready(desk)
    for line in (bags(1), money(100)):
        with refused("donation.restricted", "lines.0.supply"):
            deliver(desk, id, aid(line))
    with refused("donation.restricted", "match"):
        match_need(
            desk, entry(), id, NeedMatched(match=RICE, match_kind="stock_item", approver=HEAD)
        )


def test_above_a_value_one_person_verifies_another_approves_and_a_third_delivers() -> None:
    desk = street()
    id = ready(desk)
    with refused("need.not_approved", "approver"):
        deliver(desk, id, aid(bags(10)))
    with refused("entry.own_approval", "approver"):
        deliver(desk, id, aid(bags(10), approver=WORKER, deliverer=COLLEAGUE))
    for approver, deliverer, field in (
        (HEAD, WORKER, "deliverer"),  # WORKER verified
        (COLLEAGUE, COLLEAGUE, "approver"),
    ):
        with refused("need.duties_together", field):
            deliver(desk, id, aid(bags(10), approver=approver, deliverer=deliverer))
    held = deliver(desk, id, aid(bags(10), approver=HEAD, deliverer=COLLEAGUE))
    for field, wrong in (("approver", WORKER), ("deliverer", WORKER), ("approver", COLLEAGUE)):
        with refused("need.duties_together"):
            correct_record(desk, entry(), id, held, {field: wrong}, REASON)
    deliver(desk, id, aid(bags(9)))


def test_what_is_given_is_worth_what_its_supply_says() -> None:
    desk = street(cash=30_000)
    id = ready(desk)
    for line, field in ((bags(90), "lines.0.value"), (money(20_000), "lines.0.value")):
        with refused("need.value_of_supply", field):
            deliver(desk, id, aid(msgspec.structs.replace(line, value=1)))
    said = msgspec.structs.replace(bags(2), value=10_000)
    held = deliver(desk, id, aid(said))
    assert delivered(desk, id).money == 10_000
    less = {"lines": [{"supply": RICE, "name": "大米", "quantity": 9, "unit": "袋", "value": 1}]}
    with refused("need.value_of_supply", "lines.0.value"):
        correct_record(desk, entry(), id, held, {**less, "money": 1, "items": 9}, REASON)
    del less["lines"][0]["value"]
    with refused("need.value_of_supply", "lines.0.value"):
        correct_record(desk, entry(), id, held, {**less, "money": 0, "items": 9}, REASON)


def test_a_delivery_keeps_what_the_need_and_the_verification_say() -> None:
    desk = street()
    id = need(desk)
    looked = verify(desk, id).events[0]
    held = deliver(desk, id, aid(bags(10), approver=HEAD, deliverer=COLLEAGUE))
    for field, other in (("purpose", "banquet"), ("household", None)):
        with refused("record.fixed_field", f"facts.{field}"):
            correct_record(desk, entry(), id, held, {field: other, "emergency": True}, REASON)
    for field, other in (("verifier", HEAD), ("verified_on", "2020-01-01")):
        with refused("need.verified_otherwise", "verifier"):
            correct_record(desk, entry(), id, held, {field: other}, REASON)
    with refused("need.duties_together", "deliverer"):
        correct_record(desk, entry(), id, looked, {"verifier": COLLEAGUE}, REASON)


def test_words_of_a_delivery_may_be_of_whoever_received_it() -> None:
    desk = street()
    id = ready(desk)
    held = deliver(desk, id, aid(bags(1), receiver=STRANGER))
    sent = {"address": {"person": WORKER, "purpose": "contact", "text": "新村3号楼"}}
    with refused("own_words.other_person", "facts.address"):
        correct_record(desk, entry(), id, held, sent, REASON)
    sent["address"]["person"] = STRANGER
    correct_record(desk, entry(), id, held, sent, REASON)


def test_whom_a_delivery_named_it_may_name_again_though_they_are_not_seen_any_more() -> None:
    desk = street()
    id = ready(desk)
    held = deliver(desk, id, aid(bags(1), receiver=STRANGER))
    del desk.neighbours["person", STRANGER], desk.neighbours["household", HOME]
    correct_record(desk, entry(), id, held, {"minutes": 30}, REASON)


def test_a_delivery_follows_who_verified_when_that_was_set_right() -> None:
    desk = street()
    id = need(desk)
    looked = verify(desk, id).events[0]
    held = deliver(desk, id, aid(bags(1), deliverer=COLLEAGUE))
    correct_record(desk, entry(), id, looked, {"verifier": STRANGER}, REASON)
    correct_record(desk, entry(), id, held, {"minutes": 30}, REASON)
    with refused("need.verified_otherwise"):
        correct_record(desk, entry(), id, held, {"verifier": HEAD}, REASON)
    correct_record(desk, entry(), id, held, {"verifier": STRANGER}, REASON)
    assert delivered(desk, id).verifier == STRANGER


def test_nobody_becomes_the_approver_of_what_they_wrote() -> None:
    desk = street()
    id = ready(desk)
    desk.principal = principal(actor=COLLEAGUE)
    writer = entry(principal=desk.principal)
    held = deliver_aid(desk, writer, id, aid(bags(10), approver=HEAD, deliverer=STRANGER)).events[0]
    by_another = entry(principal=principal(actor=derived_id("clerk")))
    for corrector, approver in ((by_another, COLLEAGUE), (by_another, derived_id("clerk"))):
        with refused("entry.own_approval", "approver"):
            correct_record(desk, corrector, id, held, {"approver": approver}, REASON)
    correct_record(desk, by_another, id, held, {"approver": derived_id("deputy")}, REASON)
    correct_record(
        desk,
        entry(principal=principal(actor=derived_id("deputy"))),
        id,
        held,
        {"minutes": 30},
        REASON,
    )


def test_a_line_is_called_and_counted_as_its_supply_is() -> None:
    desk = street(cash=30_000)
    id = ready(desk)
    for wrong, field in (
        (msgspec.structs.replace(bags(1), name="金条"), "lines.0.name"),
        (msgspec.structs.replace(bags(1), unit="根"), "lines.0.unit"),
        (msgspec.structs.replace(money(100), unit="元"), "lines.0.unit"),
    ):
        with refused("donation.other_goods", field):
            deliver(desk, id, aid(wrong))
    held = deliver(desk, id, aid(bags(1)))
    gold = lines(msgspec.structs.replace(bags(1), name="金条", unit="根"))
    with refused("donation.other_goods", "lines.0.name"):
        correct_record(desk, entry(), id, held, gold, REASON)


def test_goods_of_no_known_value_are_answered_for_by_three() -> None:
    desk = street()
    id = ready(desk)
    bought = GoodsStored(name="金条", quantity=3, unit="根")
    lot = store_goods(desk, entry(), SCOPE, bought).stream
    line = AidLine(supply=lot, name="金条", quantity=1, unit="根")
    with refused("need.not_approved", "approver"):
        deliver(desk, id, aid(line))
    with refused("need.duties_together", "deliverer"):
        deliver(desk, id, aid(line, approver=HEAD))
    deliver(desk, id, aid(line, approver=HEAD, deliverer=COLLEAGUE))


def test_the_dead_receive_nothing() -> None:
    desk = street(came=TODAY - timedelta(days=9))
    id = need(desk)
    verify(desk, id, TODAY - timedelta(days=9))
    desk.neighbours["person", STRANGER] = Neighbour(died_on=TODAY - timedelta(days=5))
    with refused("forbidden", "receiver"):
        deliver(desk, id, aid(bags(1), receiver=STRANGER))
    held = deliver(desk, id, aid(bags(1)))
    with refused("forbidden", "receiver"):
        correct_record(desk, entry(), id, held, {"receiver": STRANGER}, REASON)
    lived = deliver(desk, id, aid(bags(1), receiver=STRANGER), TODAY - timedelta(days=6))
    correct_record(desk, entry(), id, lived, {"minutes": 30}, REASON)
    with refused("forbidden", "receiver"):
        correct_record(desk, entry(), id, lived, {}, REASON, entry().occurred)


def test_whoever_decided_the_match_approved_the_delivery() -> None:
    desk = street()
    id = ready(desk)
    matched = NeedMatched(match=RICE, match_kind="stock_item", approver=HEAD, quantity=10)
    match_need(desk, entry(), id, matched)
    deliver(desk, id, aid(bags(10), deliverer=COLLEAGUE))
    assert delivered(desk, id).approver == HEAD


def test_aid_reaches_the_members_of_the_household() -> None:
    desk = street()
    id = ready(desk)
    with refused("need.not_of_household", "attendance.2.person"):
        deliver(desk, id, aid(bags(1), attendance=(*FAMILY, Attendance(person=STRANGER))))


def test_a_delivery_is_signed_and_not_empty() -> None:
    desk = street()
    id = ready(desk)
    with refused("need.no_signature", "signature"):
        deliver(desk, id, aid(bags(1), signature=None))
    with refused("not_found", "signature"):
        deliver(desk, id, aid(bags(1), signature=derived_id("nowhere")))
    with refused("need.nothing_delivered", "lines"):
        deliver(desk, id, aid())
    with refused("need.quantity_impossible", "lines.0.quantity"):
        deliver(desk, id, aid(bags(0)))


def test_a_void_delivery_gives_everything_back_and_reinstated_takes_it_again() -> None:
    desk = street(cash=30_000)
    id = ready(desk)
    event = deliver(desk, id, aid(bags(4), money(20_000)))
    void_record(desk, entry(), id, event, REASON)
    assert (in_stock(desk), balance(desk)) == (100, 30_000)
    assert desk.load(Need, id).effective(AidDelivered) == []
    reinstate_record(desk, entry(), id, event, REASON)
    assert (in_stock(desk), balance(desk)) == (96, 10_000)


def test_a_delivery_is_not_reinstated_when_its_goods_went_elsewhere() -> None:
    desk = street(rice=4)
    first, second = ready(desk), ready(desk)
    event = deliver(desk, first, aid(bags(4)))
    void_record(desk, entry(), first, event, REASON)
    deliver(desk, second, aid(bags(1)))
    with refused("donation.more_than_stock", "lines.0.quantity"):
        reinstate_record(desk, entry(), first, event, REASON)


def test_the_stock_follows_a_corrected_delivery() -> None:
    desk = street(rice=10, cash=500)
    id = ready(desk)
    event = deliver(desk, id, aid(bags(4)))
    correct_record(desk, entry(), id, event, lines(bags(3)), REASON)
    assert in_stock(desk) == 7
    correct_record(desk, entry(), id, event, lines(bags(9), money(500)), REASON)
    assert (in_stock(desk), balance(desk)) == (1, 0)
    with refused("donation.more_than_stock", "lines.0.quantity"):
        answering = {"approver": HEAD, "deliverer": COLLEAGUE}
        correct_record(desk, entry(), id, event, lines(bags(11)) | answering, REASON)
    with refused("need.sums_differ", "money"):
        correct_record(desk, entry(), id, event, lines(bags(3)) | {"money": 7}, REASON)
    with refused("need.no_signature"):
        correct_record(desk, entry(), id, event, {"signature": None}, REASON)
    correct_record(desk, entry(), id, event, lines(money(500)), REASON)
    assert (in_stock(desk), balance(desk)) == (10, 0)


def test_what_comes_back_returns_to_the_stock_and_is_not_given_back_twice() -> None:
    desk = street(rice=10)
    id = ready(desk)
    event = deliver(desk, id, aid(bags(4)))
    back = AidReturned(delivery=event, supply=RICE, quantity=3, reason="吃不完")
    return_aid(desk, entry(), id, back)
    assert in_stock(desk) == 9
    with refused("need.more_than_delivered", "quantity"):
        return_aid(desk, entry(), id, back)
    with refused("need.more_than_delivered", "lines"):
        correct_record(desk, entry(), id, event, lines(bags(2)), REASON)
    with refused("need.more_than_delivered", "lines"):
        correct_record(desk, entry(), id, event, lines(money(1)), REASON)
    void_record(desk, entry(), id, event, REASON)
    assert in_stock(desk) == 10
    with refused("need.no_such_delivery", "delivery"):
        return_aid(desk, entry(), id, back)
    reinstate_record(desk, entry(), id, event, REASON)
    assert in_stock(desk) == 9


def test_aid_is_followed_up() -> None:
    desk = street()
    id = ready(desk)
    event = deliver(desk, id, aid(bags(1)))
    follow_up_aid(desk, entry(), id, AidFollowedUp(delivery=event, fit="mismatch"))
    with refused("need.no_such_delivery", "delivery"):
        follow_up_aid(desk, entry(), id, AidFollowedUp(delivery=RICE, fit="fitting"))


def test_relief_of_a_project_carries_where_it_counts() -> None:
    project = derived_id("project")
    desk = street()
    contract = OneIndicator()
    desk.neighbours["project", project] = contract
    id = need(desk, scope=Scope(operator=OPERATOR, station=STATION, project=project))
    verify(desk, id)
    deliver(desk, id, aid(bags(1)))
    assert delivered(desk, id).allocations == contract.counts
    assert desk.streams[id][-1].ledger == project
    assert desk.streams[RICE][-1].ledger == STATION
