"""What may be recorded of needs and of the aid that meets them, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance, person_times
from domain.donation_stock import StockItem
from domain.identity import derived_id
from domain.need import (
    MatchRejected,
    Need,
    NeedChanged,
    NeedMatched,
    NeedRecorded,
    NeedUnmet,
)
from domain.need_giving import (
    change_need,
    deliver_aid,
    give_up_need,
    match_need,
    record_need,
    reject_match,
)
from tests.relief import (
    ELSEWHERE,
    HEAD,
    HOME,
    MOTHER,
    REASON,
    RICE,
    aid,
    bags,
    balance,
    deliver,
    delivered,
    in_stock,
    money,
    need,
    ready,
    street,
    verify,
)
from tests.station import SCOPE, TODAY, WORKER, entry, refused


def test_a_verified_need_is_met_out_of_stock_and_balance_at_once() -> None:
    desk = street(cash=30_000)
    id = ready(desk)
    made = deliver_aid(desk, entry(), id, aid(bags(4), money(20_000)))
    facts = delivered(desk, id)
    assert (facts.kind, facts.money, facts.items) == ("relief_delivery", 40_000, 4)
    assert (facts.household, facts.audience, facts.purpose) == (HOME, "family", "winter_relief")
    assert (facts.verifier, facts.verified_on, facts.deliverer) == (WORKER, TODAY, WORKER)
    assert person_times(facts.attendance) == 2
    assert facts.attendance[0].groups == ("minimum_living",)
    assert (in_stock(desk), balance(desk)) == (96, 10_000)
    handed = desk.streams[RICE][-1]
    assert (handed.facts.delivery, handed.causation) == (made.events[0], made.events[0])


def test_nothing_is_delivered_that_nobody_looked_at() -> None:
    desk = street()
    id = need(desk)
    with refused("need.not_verified"):
        deliver(desk, id, aid(bags(1)))
    verify(desk, id, confirmed=False)
    with refused("need.not_verified"):
        deliver(desk, id, aid(bags(1)))


def test_who_looked_last_says_whether_the_need_is_there() -> None:
    desk = street(came=TODAY - timedelta(days=3))
    id = need(desk)
    verify(desk, id, TODAY - timedelta(days=3))
    gone = verify(desk, id, TODAY - timedelta(days=1), confirmed=False).events[0]
    with refused("need.not_verified"):
        deliver(desk, id, aid(bags(1)))
    before = deliver(desk, id, aid(bags(1)), TODAY - timedelta(days=2))
    verify(desk, id)
    held = deliver(desk, id, aid(bags(1)))
    correct_record(desk, entry(), id, before, {"minutes": 30}, REASON)
    with refused("need.not_verified"):
        earlier = msgspec.structs.replace(entry().occurred, start=at(TODAY - timedelta(days=3), 10))
        correct_record(desk, entry(), id, gone, {}, REASON, earlier)
    void_record(desk, entry(), id, held, REASON)


def test_of_two_who_looked_at_once_the_one_written_down_later_is_believed() -> None:
    desk = street()
    id = ready(desk)
    verify(desk, id, confirmed=False)
    with refused("need.not_verified"):
        deliver(desk, id, aid(bags(1)))
    verify(desk, id)
    deliver(desk, id, aid(bags(1)))


def test_a_verification_holds_for_thirty_days() -> None:
    desk = street()
    id = ready(desk)
    with refused("need.not_verified"):
        deliver(desk, id, aid(bags(1)), TODAY + timedelta(days=31))
    with refused("need.not_verified"):
        deliver(desk, id, aid(bags(1)), TODAY - timedelta(days=1))
    deliver(desk, id, aid(bags(1)), TODAY + timedelta(days=30))


def test_a_need_that_changed_is_verified_again() -> None:
    desk = street()
    id = ready(desk)
    first = deliver(desk, id, aid(bags(2)))
    tomorrow = TODAY + timedelta(days=1)
    changed = NeedChanged(
        item="棉被", purpose="winter_relief", quantity=1, urgency="urgent", reason="降温"
    )
    change_need(desk, entry(tomorrow), id, changed)
    for later in (0, 1):
        with refused("need.not_verified"):
            deliver(desk, id, aid(bags(1)), tomorrow + timedelta(days=later))
    correct_record(desk, entry(tomorrow), id, first, {"minutes": 30}, REASON)
    with refused("need.quantity_impossible", "quantity"):
        change_need(
            desk,
            entry(tomorrow),
            id,
            NeedChanged(item="棉被", purpose="x", quantity=0, urgency="low", reason="x"),
        )


def test_somebody_off_the_register_is_helped_in_an_emergency_only() -> None:
    desk = street()
    id = need(desk, household=None)
    verify(desk, id)
    stranger = aid(bags(1), attendance=(Attendance(),), receiver=None, received_by=None)
    with refused("need.no_receiver", "receiver"):
        deliver(desk, id, stranger)
    with refused("need.off_register", "household"):
        deliver(desk, id, aid(bags(1), attendance=(Attendance(),)))
    deliver(desk, id, aid(bags(1), attendance=(Attendance(),), emergency=True))
    registered = ready(desk)
    with refused("need.off_register", "household"):
        deliver(desk, registered, aid(bags(1), attendance=(Attendance(count=2),)))


def test_a_match_keeps_goods_until_it_is_given_up() -> None:
    desk = street(rice=10)
    first, second = ready(desk), ready(desk)
    keep = NeedMatched(match=RICE, match_kind="stock_item", approver=HEAD, quantity=8)
    match_need(desk, entry(), first, keep)
    with refused("need.matched_already", "match"):
        match_need(desk, entry(), first, keep)
    with refused("donation.more_than_stock", "lines.0.quantity"):
        deliver(desk, second, aid(bags(3)))
    reject_match(desk, entry(), first, MatchRejected(match=RICE, reason="已有人送"))
    with refused("need.not_matched", "match"):
        reject_match(desk, entry(), first, MatchRejected(match=RICE, reason="已有人送"))
    deliver(desk, second, aid(bags(3)))
    with refused("need.quantity_impossible", "quantity"):
        match_need(
            desk,
            entry(),
            first,
            NeedMatched(match=WORKER, match_kind="volunteer", approver=HEAD, quantity=0),
        )
    match_need(
        desk, entry(), first, NeedMatched(match=WORKER, match_kind="volunteer", approver=HEAD)
    )


def test_a_need_that_will_not_be_met_is_closed_and_keeps_nothing() -> None:
    desk = street(rice=10, cash=100)
    id = ready(desk)
    gift = derived_id("gift")
    for match, kind in ((RICE, "stock_item"), (gift, "donation"), (WORKER, "volunteer")):
        matched = NeedMatched(match=match, match_kind=kind, approver=HEAD)  # type: ignore[arg-type]
        match_need(desk, entry(), id, matched)
    give_up_need(desk, entry(), id, NeedUnmet(reason="迁出本街道"))
    assert desk.load(StockItem, RICE).available() == 10
    with refused("need.closed"):
        deliver(desk, id, aid(bags(1)))
    with refused("need.closed"):
        verify(desk, id)
    with refused("need.closed"):
        give_up_need(desk, entry(), id, NeedUnmet(reason="迁出"))


def test_a_verification_that_a_delivery_needs_is_not_voided() -> None:
    desk = street()
    id = need(desk)
    looked = verify(desk, id).events[0]
    event = deliver(desk, id, aid(bags(1)))
    with refused("need.not_verified"):
        void_record(desk, entry(), id, looked, REASON)
    with refused("need.not_verified"):
        correct_record(desk, entry(), id, looked, {"confirmed": False}, REASON)
    void_record(desk, entry(), id, event, REASON)
    void_record(desk, entry(), id, looked, REASON)
    with refused("need.not_verified"):
        reinstate_record(desk, entry(), id, event, REASON)


def test_a_need_is_of_somebody_on_the_register_or_of_nobody_known() -> None:
    desk = street()
    unknown = NeedRecorded(category="goods", item="米", purpose="x", household=ELSEWHERE)
    with refused("not_found", "household"):
        record_need(desk, entry(), SCOPE, unknown)
    with refused("not_found", "person"):
        record_need(
            desk,
            entry(),
            SCOPE,
            NeedRecorded(category="goods", item="米", purpose="x", person=WORKER),
        )
    with refused("need.quantity_impossible", "quantity"):
        record_need(
            desk, entry(), SCOPE, NeedRecorded(category="goods", item="米", purpose="x", quantity=0)
        )
    mothers = NeedRecorded(category="goods", item="米", purpose="x", person=MOTHER)
    made = record_need(desk, entry(), SCOPE, mothers)
    assert desk.load(Need, made.stream).recorded.household == HOME
