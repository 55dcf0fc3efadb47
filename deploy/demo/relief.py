"""A08 and B14: one family in hardship, a gift, a look at home, goods handed over to four people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from hashlib import sha256

from deploy.demo.people import FAMILY, HOUSEHOLD, MOTHER
from deploy.demo.stage import (
    FAMILY_WORKER,
    LEAD,
    PROJECT_SCOPE,
    SUPERVISORS,
    Act,
    act,
    event_of,
    goes_on,
    named,
    starts,
)
from domain.counting import Attendance
from domain.desk import Desk, Receipt
from domain.donation import (
    DonationPledged,
    DonationReceived,
    Gift,
    ReceiptWaived,
    settle_receipt,
    take_donation,
)
from domain.entry import Entry
from domain.evidence_file import AttachmentStored, store_attachment
from domain.need import NeedMatched, NeedRecorded, NeedVerifiedAtHome
from domain.need_aid import AidDelivered, AidFollowedUp, AidLine
from domain.need_giving import (
    deliver_aid,
    follow_up_aid,
    match_need,
    record_need,
    verify_need,
)

NEED, GIFT, LOT = named("need"), named("donation"), named("lot")
SIGNATURE = named("attachment", "signature")
SHEET = "<p>物资签领表（演示）：过冬物资包 1 套，已签收</p>".encode()
"""What was signed: the demonstration has no scan, so these words stand for it."""


def relief() -> Iterator[Act]:
    """Yield the way of the gift from its giver to the family."""
    need = NeedRecorded(
        category="goods", item="取暖器和棉被", purpose="winter_warmth", household=HOUSEHOLD,
        person=MOTHER.id, audience="family", urgency="urgent",
    )  # fmt: skip
    yield act("need", date(2018, 10, 31), starts(record_need, PROJECT_SCOPE, need, NEED))
    pledged = DonationPledged(kind="goods", value=68_000, organisation="示例爱心超市")
    gift = Gift(stock_item=LOT, name="过冬物资包", quantity=1, unit="套", value=68_000)
    received = DonationReceived(kind="donation", goods=(gift,), valuation="market")
    yield act("donation", date(2018, 11, 2), partial(_take, pledged, received))
    waived = goes_on(settle_receipt, GIFT, ReceiptWaived(reason="waived"))
    yield act("donation/receipt", date(2018, 11, 2), waived, hour=15)
    looked = NeedVerifiedAtHome(
        kind="home_verification", verifier=FAMILY_WORKER, minutes=30,
        attendance=(Attendance(person=MOTHER.id, role="family"),),
    )  # fmt: skip
    verify = goes_on(verify_need, NEED, looked)
    yield act("need/verified", date(2018, 11, 3), verify, actor=FAMILY_WORKER)
    matched = NeedMatched(match=LOT, match_kind="stock_item", approver=SUPERVISORS[0])
    yield act("need/matched", date(2018, 11, 5), goes_on(match_need, NEED, matched))
    paper = AttachmentStored(sha256=sha256(SHEET).hexdigest(), size=len(SHEET), mime="text/html")
    signed = starts(store_attachment, PROJECT_SCOPE, paper, SIGNATURE)
    yield act("need/signature", date(2018, 11, 6), signed, hour=8)
    delivered = AidDelivered(
        kind="relief_delivery",
        lines=(AidLine(supply=LOT, name="过冬物资包", quantity=1, unit="套"),),
        purpose="winter_warmth",
        attendance=tuple(Attendance(person=one.id, role="family") for one in FAMILY),
        receiver=MOTHER.id,
        signature=SIGNATURE,
        deliverer=LEAD,
        workers=(LEAD,),
    )
    handed = act("need/delivered", date(2018, 11, 6), goes_on(deliver_aid, NEED, delivered))
    yield handed
    fitted = AidFollowedUp(delivery=event_of(handed), fit="fitting")
    follow = goes_on(follow_up_aid, NEED, fitted)
    yield act("need/followed", date(2018, 11, 20), follow, actor=FAMILY_WORKER)


def _take(
    pledged: DonationPledged, received: DonationReceived, desk: Desk, entry: Entry
) -> Receipt:
    return take_donation(desk, entry, PROJECT_SCOPE, pledged, received, id=GIFT)
