"""What the registers of donations, stock and needs make of gifts, deliveries and corrections."""

from __future__ import annotations

from domain.corrections import correct_record, reinstate_record, void_record
from domain.donation import (
    Donation,
    DonationPledged,
    DonationReceiptIssued,
    DonationReturned,
    GoodsBack,
    ReceiptWaived,
    pledge_donation,
    return_donation,
    settle_receipt,
)
from domain.donation_stock import GoodsWrittenOff, StockItem, count_stock, write_off_goods
from domain.identity import Id, derived_id
from domain.need import MatchRejected, NeedChanged, NeedMatched, NeedUnmet
from domain.need_aid import AidFollowedUp, AidReturned
from domain.need_giving import (
    change_need,
    follow_up_aid,
    give_up_need,
    match_need,
    reject_match,
    return_aid,
)
from projections.donation import DONATION, LOT, RECEIVED, STOCK, donations
from projections.engine.ask import MemoryAnswers
from projections.engine.view import Row, Table
from projections.need import DELIVERY, FOLLOW_UP, LINE, NEED, RETURNED, VERIFICATION, need, needs
from tests.folding import told
from tests.gifts import changes, rice
from tests.neighbours import Neighbourhood
from tests.relief import (
    HEAD,
    HOME,
    REASON,
    RICE,
    SIGNATURE,
    aid,
    bags,
    deliver,
    lines,
    money,
    ready,
    street,
)
from tests.station import SCOPE, TODAY, WORKER, entry

GIFT = derived_id("gift")


def asked(desk: Neighbourhood) -> MemoryAnswers:
    return told((donations, needs), desk.log)


def one(desk: Neighbourhood, table: Table) -> Row:
    (row,) = asked(desk).rows(table)
    return row


def balances(desk: Neighbourhood) -> tuple[int, int]:
    """Return goods on hand and money left, as the register has them and the aggregates too."""
    shown = one(desk, STOCK)["on_hand"], one(desk, DONATION)["balance"]
    held = desk.load(StockItem, RICE).on_hand, desk.load(Donation, GIFT).balance
    assert shown == held
    return shown


def test_a_gift_stands_in_the_register_and_its_goods_in_the_stock() -> None:
    desk = street(cash=30_000)
    gift, lot = one(desk, DONATION), one(desk, LOT)
    assert (gift["organisation"], gift["received"], gift["items"]) == ("粮油店", 530_000, 100)
    assert (lot["name"], lot["quantity"], lot["donation"]) == ("大米", 100, GIFT)
    assert balances(desk) == (100, 30_000)
    assert one(desk, RECEIVED)["day"] == TODAY


def test_every_movement_shows_in_the_balances() -> None:
    desk = street(cash=30_000)
    id = ready(desk)
    match_need(
        desk,
        entry(),
        id,
        NeedMatched(match=RICE, match_kind="stock_item", approver=HEAD, quantity=6),
    )
    assert one(desk, STOCK)["reserved"] == 6
    event = deliver(desk, id, aid(bags(4), money(20_000)))
    assert one(desk, STOCK)["reserved"] == 2
    assert balances(desk) == (96, 10_000)
    void_record(desk, entry(), id, event, REASON)
    assert balances(desk) == (100, 30_000)
    reinstate_record(desk, entry(), id, event, REASON)
    correct_record(desk, entry(), id, event, lines(bags(3), money(10_000)), REASON)
    assert balances(desk) == (97, 20_000)
    return_aid(
        desk, entry(), id, AidReturned(delivery=event, supply=RICE, quantity=1, reason="吃不完")
    )
    write_off_goods(desk, entry(), RICE, GoodsWrittenOff(quantity=5, reason="damaged"))
    count_stock(desk, entry(), RICE, 92, "少一袋")
    back = DonationReturned(
        reason="退", cash=1_000, goods=(GoodsBack(stock_item=RICE, quantity=2),)
    )
    return_donation(desk, entry(), GIFT, back)
    assert balances(desk) == (90, 19_000)
    stock = one(desk, STOCK)
    moved = stock["stored"] - stock["handed_out"] + stock["taken_back"] - stock["written_off"]
    assert moved + stock["counted_difference"] == stock["on_hand"]


def test_a_corrected_receipt_moves_stock_and_balance() -> None:
    desk = street(cash=500)
    received = desk.streams[GIFT][1].id
    correct_record(desk, entry(), GIFT, received, changes(rice(90), cash=700), REASON)
    assert balances(desk) == (90, 700)
    assert (one(desk, LOT)["quantity"], one(desk, RECEIVED)["cash"]) == (90, 700)
    void_record(desk, entry(), GIFT, received, REASON)
    assert balances(desk) == (0, 0)
    assert (asked(desk).rows(LOT), asked(desk).rows(RECEIVED)) == ([], [])
    assert one(desk, DONATION)["organisation"] == "粮油店"


def test_receipts_show_or_that_none_was_wanted() -> None:
    desk = street()
    receipt = DonationReceiptIssued(number="001", issuer="市慈善会", form="statutory")
    settle_receipt(desk, entry(), GIFT, receipt)
    row = one(desk, DONATION)
    assert (row["receipt"], row["receipt_number"], row["receipt_on"]) == ("statutory", "001", TODAY)
    other = street()
    settle_receipt(other, entry(), GIFT, ReceiptWaived(reason="anonymous"))
    assert one(other, DONATION)["receipt"] == "anonymous"
    anonymous = DonationPledged(kind="money", value=1, anonymous=True)
    made = pledge_donation(other, entry(), SCOPE, anonymous)
    (row,) = asked(other).rows(DONATION, where={"donation": made.stream})
    assert (row["anonymous"], row["donor"], row["pledged"]) == (True, None, 1)


def test_a_need_leads_to_its_deliveries_and_whether_they_fitted() -> None:
    desk = street()
    id = ready(desk)
    event = deliver(desk, id, aid(bags(4)))
    returned = AidReturned(delivery=event, supply=RICE, quantity=1, reason="吃不完")
    return_aid(desk, entry(), id, returned)
    follow_up_aid(desk, entry(), id, AidFollowedUp(delivery=event, fit="mismatch"))
    known = need(asked(desk), id)
    assert known is not None
    assert (known["need"]["verified"], known["need"]["deliveries"]) == (1, 1)
    delivery = one(desk, DELIVERY)
    assert (delivery["household"], delivery["person_times"], delivery["money"]) == (HOME, 2, 20_000)
    assert (delivery["verifier"], delivery["verified_on"]) == (WORKER, TODAY)
    assert delivery["signature"] == SIGNATURE
    assert (one(desk, LINE)["quantity"], one(desk, RETURNED)["quantity"]) == (4, 1)
    assert (one(desk, FOLLOW_UP)["fit"], one(desk, VERIFICATION)["confirmed"]) == ("mismatch", True)
    assert need(asked(desk), derived_id("none")) is None


def test_a_void_delivery_takes_its_lines_along() -> None:
    desk = street()
    id = ready(desk)
    event = deliver(desk, id, aid(bags(4), bags(1)))
    correct_record(desk, entry(), id, event, lines(bags(2)), REASON)
    assert [row["quantity"] for row in asked(desk).rows(LINE)] == [2]
    void_record(desk, entry(), id, event, REASON)
    assert (asked(desk).rows(LINE), asked(desk).rows(DELIVERY)) == ([], [])
    assert one(desk, NEED)["deliveries"] == 0


def test_a_need_shows_what_it_is_now_and_how_it_ended() -> None:
    desk = street()
    id: Id = ready(desk)
    change = NeedChanged(
        item="棉被", purpose="winter_relief", quantity=2, urgency="urgent", reason="降温"
    )
    change_need(desk, entry(), id, change)
    match_need(desk, entry(), id, NeedMatched(match=WORKER, match_kind="volunteer", approver=HEAD))
    assert (one(desk, NEED)["item"], one(desk, NEED)["matches"]) == ("棉被", 1)
    reject_match(desk, entry(), id, MatchRejected(match=WORKER, reason="生病"))
    give_up_need(desk, entry(), id, NeedUnmet(reason="迁出本街道"))
    assert (one(desk, NEED)["matches"], one(desk, NEED)["unmet"]) == (0, "迁出本街道")
