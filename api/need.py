"""Needs and aid over HTTP: record, verify at home, match, deliver, take back, follow up."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from api.commands import (
    AttendanceIn,
    Code,
    CommandIn,
    Commanding,
    Fen,
    Minutes,
    Model,
    Quantity,
    ReceiptOut,
    Text,
    Unit,
    Uuid,
    Whereabouts,
    Words,
    example,
)
from api.paging import plain
from api.questions import Asked, DatedListed, Page
from api.routing import routes
from domain import need, need_aid, need_giving
from domain.desk import Desk
from domain.identity import Id
from domain.organisation import scope_of_station
from domain.own_words import first_served, owner_of
from domain.private import private
from domain.refusals import NOT_FOUND
from projections.need import DELIVERY, NEED
from projections.need import need as need_of

router = routes("needs")
EXAMPLE_ID = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"


class NeedIn(CommandIn):
    """A need of a registered person or household; of nobody known, for an emergency."""

    station: Uuid
    project: Uuid | None = None
    category: need.Category
    item: Text
    purpose: Code
    quantity: Quantity = 1
    urgency: need.Urgency = "normal"
    source: need.Source = "visit"
    household: Uuid | None = None
    person: Uuid | None = None
    audience: Code | None = None
    detail: Words | None = None

    model_config = example(
        {
            "station": EXAMPLE_ID,
            "category": "goods",
            "item": "大米",
            "purpose": "winter_relief",
            "household": EXAMPLE_ID,
        }
    )

    def facts(self, desk: Desk) -> need.NeedRecorded:
        """Return the facts."""
        owner = owner_of(desk, self.person, self.household)
        return need.NeedRecorded(
            category=self.category,
            item=self.item,
            purpose=self.purpose,
            quantity=self.quantity,
            urgency=self.urgency,
            source=self.source,
            household=self.household,
            person=self.person,
            audience=self.audience,
            detail=private(owner, "casework", self.detail),
        )


@router.post("/needs", status_code=201)
def record_need(sent: NeedIn, command: Commanding) -> ReceiptOut:
    """Record a need."""
    return command.carry_out(
        sent,
        lambda desk, entry: need_giving.record_need(
            desk, entry, scope_of_station(desk, sent.station, sent.project), sent.facts(desk)
        ),
        location="/api/v1/needs/{id}",
    )


class HomeVerificationIn(CommandIn):
    """What was found at home; the verifier is who writes, unless another is named."""

    verifier: Uuid | None = None
    confirmed: bool = True
    minutes: Minutes | None = None
    attendance: Annotated[tuple[AttendanceIn, ...], Field(max_length=50)] = ()
    finding: Words | None = None

    def facts(self, actor: Id, desk: Desk, of: Id) -> need.NeedVerifiedAtHome:
        """Return the facts about a need."""
        attendance = tuple(line.value() for line in self.attendance)
        owner = _owner(desk, of, first_served(attendance))
        verifier = self.verifier or actor
        return need.NeedVerifiedAtHome(
            kind="home_verification",
            workers=(verifier,),
            verifier=verifier,
            confirmed=self.confirmed,
            minutes=self.minutes,
            attendance=attendance,
            finding=private(owner, "casework", self.finding),
        )


@router.post("/needs/{id}/verifications", status_code=201)
def verify_need(id: Uuid, sent: HomeVerificationIn, command: Commanding) -> ReceiptOut:
    """Record a verification at home (入户核实)."""
    actor = command.principal.actor
    return command.carry_out(
        sent,
        lambda desk, entry: need_giving.verify_need(desk, entry, id, sent.facts(actor, desk, id)),
        on=id,
    )


def _owner(desk: Desk, of: Id, named: Id | None) -> Id:
    """Return under whose key words about a need go where no other person is named."""
    person, household = desk.load(need.Need, of).serves
    return owner_of(desk, named or person, household)


class NeedChangeIn(CommandIn):
    """What the need is now."""

    item: Text
    purpose: Code
    quantity: Quantity
    urgency: need.Urgency
    reason: Text


@router.post("/needs/{id}/changes", status_code=201)
def change_need(id: Uuid, sent: NeedChangeIn, command: Commanding) -> ReceiptOut:
    """Say what the need is now; it is verified again before anything is delivered."""
    facts = need.NeedChanged(
        item=sent.item,
        purpose=sent.purpose,
        quantity=sent.quantity,
        urgency=sent.urgency,
        reason=sent.reason,
    )
    return command.carry_out(
        sent, lambda desk, entry: need_giving.change_need(desk, entry, id, facts), on=id
    )


class MatchIn(CommandIn):
    """What meets the need; the approver is who writes, unless another is named."""

    match: Uuid
    match_kind: need.MatchKind
    quantity: Quantity = 1
    approver: Uuid | None = None


@router.post("/needs/{id}/matches", status_code=201)
def match_need(id: Uuid, sent: MatchIn, command: Commanding) -> ReceiptOut:
    """Match a need with goods, money or a volunteer; goods are kept for it."""
    facts = need.NeedMatched(
        match=sent.match,
        match_kind=sent.match_kind,
        quantity=sent.quantity,
        approver=sent.approver or command.principal.actor,
    )
    return command.carry_out(
        sent, lambda desk, entry: need_giving.match_need(desk, entry, id, facts), on=id
    )


class MatchRejectionIn(CommandIn):
    """Which match is given up, and why."""

    match: Uuid
    reason: Text


@router.post("/needs/{id}/match-rejections", status_code=201)
def reject_match(id: Uuid, sent: MatchRejectionIn, command: Commanding) -> ReceiptOut:
    """Give a match up; its goods are free again."""
    facts = need.MatchRejected(match=sent.match, reason=sent.reason)
    return command.carry_out(
        sent, lambda desk, entry: need_giving.reject_match(desk, entry, id, facts), on=id
    )


class LineIn(Model):
    """So much of one supply. It is worth what the supply says; another value is refused."""

    supply: Uuid
    supply_kind: need_aid.SupplyKind = "stock_item"
    name: Text
    quantity: Quantity
    unit: Unit
    value: Fen = 0


class DeliveryIn(CommandIn):
    """What was handed over, to whom, against whose signature (an attachment)."""

    lines: Annotated[tuple[LineIn, ...], Field(max_length=50)]
    attendance: Annotated[tuple[AttendanceIn, ...], Field(max_length=50)]
    receiver: Uuid | None = None
    received_by: Words | None = None
    signature: Uuid | None = None
    approver: Uuid | None = None
    deliverer: Uuid | None = None
    emergency: bool = False
    place: Whereabouts = None

    model_config = example(
        {
            "lines": [{"supply": EXAMPLE_ID, "name": "大米", "quantity": 2, "unit": "袋"}],
            "attendance": [{"person": EXAMPLE_ID}],
            "receiver": EXAMPLE_ID,
            "signature": EXAMPLE_ID,
        }
    )

    def facts(self, actor: Id, desk: Desk, of: Id) -> need_aid.AidDelivered:
        """Return the facts about a need."""
        owner = _owner(desk, of, self.receiver)
        return need_aid.AidDelivered(
            kind="relief_delivery",
            address=private(owner, "contact", self.place),
            workers=(self.deliverer or actor,),
            attendance=tuple(line.value() for line in self.attendance),
            lines=tuple(need_aid.AidLine(**line.model_dump()) for line in self.lines),
            receiver=self.receiver,
            received_by=private(owner, "identity", self.received_by),
            signature=self.signature,
            approver=self.approver,
            deliverer=self.deliverer,
            emergency=self.emergency,
        )


@router.post("/needs/{id}/deliveries", status_code=201)
def deliver_aid(id: Uuid, sent: DeliveryIn, command: Commanding) -> ReceiptOut:
    """Hand aid over (发放, 签领): goods and money leave their supplies in the same step."""
    actor = command.principal.actor
    return command.carry_out(
        sent,
        lambda desk, entry: need_giving.deliver_aid(desk, entry, id, sent.facts(actor, desk, id)),
        on=id,
    )


class ReturnedIn(CommandIn):
    """What came back of which delivery."""

    delivery: Uuid
    supply: Uuid
    quantity: Quantity
    reason: Text


@router.post("/needs/{id}/returns", status_code=201)
def return_aid(id: Uuid, sent: ReturnedIn, command: Commanding) -> ReceiptOut:
    """Take aid back into its supply."""
    facts = need_aid.AidReturned(
        delivery=sent.delivery, supply=sent.supply, quantity=sent.quantity, reason=sent.reason
    )
    return command.carry_out(
        sent, lambda desk, entry: need_giving.return_aid(desk, entry, id, facts), on=id
    )


class DeliveryFollowUpIn(CommandIn):
    """Whether a delivery fitted (合适, 不匹配)."""

    delivery: Uuid
    fit: Literal["fitting", "mismatch"]
    person: Uuid | None = None
    words: Words | None = None

    def facts(self, desk: Desk, of: Id) -> need_aid.AidFollowedUp:
        """Return the facts about a need. Raises `not_found` for a person who is not registered."""
        if self.person is not None:
            desk.load_any("person", self.person, "person")
        owner = _owner(desk, of, self.person)
        words = private(owner, "casework", self.words)
        return need_aid.AidFollowedUp(delivery=self.delivery, fit=self.fit, words=words)


@router.post("/needs/{id}/follow-ups", status_code=201)
def follow_up(id: Uuid, sent: DeliveryFollowUpIn, command: Commanding) -> ReceiptOut:
    """Record how a delivery fitted."""
    return command.carry_out(
        sent,
        lambda desk, entry: need_giving.follow_up_aid(desk, entry, id, sent.facts(desk, id)),
        on=id,
    )


class UnmetIn(CommandIn):
    """Why it will not be met."""

    reason: Text


@router.post("/needs/{id}/unmet", status_code=201)
def give_up(id: Uuid, sent: UnmetIn, command: Commanding) -> ReceiptOut:
    """Say that a need will not be met; what was kept for it is free again."""
    facts = need.NeedUnmet(reason=sent.reason)
    return command.carry_out(
        sent, lambda desk, entry: need_giving.give_up_need(desk, entry, id, facts), on=id
    )


@router.get("/needs")
def list_needs(
    listed: DatedListed,
    household: Uuid | None = None,
    purpose: Annotated[str | None, Query(max_length=40)] = None,
    urgency: need.Urgency | None = None,
    ledger: Uuid | None = None,
) -> Page:
    """Read the register of needs and what became of them (R-13), latest first."""
    return listed.within(
        NEED,
        "recorded_on",
        where={"household": household, "purpose": purpose, "urgency": urgency, "ledger": ledger},
        descending=True,
    )


@router.get("/needs/{id}")
def read_need(id: Uuid, asked: Asked) -> dict[str, Any]:
    """Read a need, how it was verified, and all that was delivered for it."""
    asked.tag(id)
    with asked.answers() as answers:
        known = need_of(answers, id)
    if known is None:
        raise NOT_FOUND("id")
    return {
        part: plain(rows) if isinstance(rows, dict) else [plain(row) for row in rows]
        for part, rows in known.items()
    }


@router.get("/deliveries")
def list_deliveries(
    listed: DatedListed,
    household: Uuid | None = None,
    deliverer: Uuid | None = None,
    emergency: bool | None = None,
    ledger: Uuid | None = None,
) -> Page:
    """Read the register of deliveries, latest first."""
    return listed.within(
        DELIVERY,
        "day",
        where={
            "household": household,
            "deliverer": deliverer,
            "emergency": emergency,
            "ledger": ledger,
        },
        descending=True,
    )
