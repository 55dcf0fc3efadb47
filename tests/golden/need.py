"""Samples of needs and aid."""

from domain.counting import Allocation, Attendance
from domain.identity import derived_id
from domain.need import (
    MatchRejected,
    NeedChanged,
    NeedMatched,
    NeedRecorded,
    NeedUnmet,
    NeedVerifiedAtHome,
)
from domain.need_aid import AidDelivered, AidFollowedUp, AidLine, AidReturned
from tests.golden import DAY, PERSON, PROJECT, WORKER, sample, sealed, with_corrections

IN_PROJECT = {"project": PROJECT, "ledger": PROJECT}
HOUSEHOLD, LOT = derived_id("golden", "household"), derived_id("golden", "stream", "stock_item")
DELIVERY = derived_id("golden", "delivery")
COUNTS = (Allocation(indicator=derived_id("golden", "indicator"), measure="households"),)
FAMILY = (Attendance(person=PERSON, groups=("minimum_living",), household=HOUSEHOLD),)

SAMPLES = [
    sample(
        "need",
        NeedRecorded(
            category="goods",
            item="大米",
            purpose="winter_relief",
            urgency="urgent",
            source="survey",
            quantity=2,
            household=HOUSEHOLD,
            person=PERSON,
            audience="family",
            detail=sealed("detail", "casework"),
        ),
        **IN_PROJECT,
    ),
    *with_corrections(
        sample(
            "need",
            NeedVerifiedAtHome(
                kind="home_verification",
                audience="family",
                allocations=COUNTS,
                household=HOUSEHOLD,
                attendance=FAMILY,
                verifier=WORKER,
                confirmed=False,
                finding=sealed("finding", "casework"),
            ),
            **IN_PROJECT,
        )
    ),
    sample(
        "need",
        NeedChanged(
            item="棉被", purpose="winter_relief", quantity=1, urgency="urgent", reason="降温"
        ),
        **IN_PROJECT,
    ),
    sample(
        "need",
        NeedMatched(match=LOT, match_kind="stock_item", approver=WORKER, quantity=2),
        **IN_PROJECT,
    ),
    sample("need", MatchRejected(match=LOT, reason="已有人送"), **IN_PROJECT),
    sample("need", NeedUnmet(reason="迁出本街道"), **IN_PROJECT),
    *with_corrections(
        sample(
            "need",
            AidDelivered(
                kind="relief_delivery",
                audience="family",
                allocations=COUNTS,
                household=HOUSEHOLD,
                attendance=FAMILY,
                money=10_000,
                items=2,
                lines=(AidLine(supply=LOT, name="大米", quantity=2, unit="袋", value=10_000),),
                purpose="winter_relief",
                receiver=PERSON,
                received_by=sealed("received_by"),
                signature=derived_id("golden", "stream", "attachment"),
                verifier=WORKER,
                verified_on=DAY,
                approver=WORKER,
                deliverer=WORKER,
                emergency=True,
            ),
            **IN_PROJECT,
        )
    ),
    *with_corrections(
        sample(
            "need",
            AidDelivered(kind="relief_delivery", address=sealed("address", "contact")),
            **IN_PROJECT,
        )
    ),
    *with_corrections(
        sample(
            "need",
            NeedVerifiedAtHome(
                kind="home_verification", verifier=WORKER, address=sealed("address", "contact")
            ),
            **IN_PROJECT,
        )
    ),
    sample(
        "need",
        AidReturned(delivery=DELIVERY, supply=LOT, quantity=1, reason="吃不完"),
        **IN_PROJECT,
    ),
    sample(
        "need",
        AidFollowedUp(delivery=DELIVERY, fit="mismatch", words=sealed("words", "casework")),
        **IN_PROJECT,
    ),
]
