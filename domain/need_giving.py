"""The commands of needs and aid: each loads what its rules must know, and saves once.

Matching keeps goods for a need, delivering takes them out of their supply, returning puts them
back: the need and the supply are always saved together.
"""

from __future__ import annotations

from typing import Any

import msgspec

from domain.aggregate import Aggregate
from domain.attending import attend
from domain.desk import Desk, Receipt
from domain.door import with_door
from domain.entry import Entry, Scope
from domain.event import Effective
from domain.identity import Id
from domain.need import (
    MatchRejected,
    Need,
    NeedChanged,
    NeedMatched,
    NeedRecorded,
    NeedUnmet,
    NeedVerifiedAtHome,
)
from domain.need_aid import (
    QUANTITY_IMPOSSIBLE,
    AidDelivered,
    AidFollowedUp,
    AidReturned,
    check_receiver,
    given_out,
    is_separated,
    sums,
    valued,
)
from domain.neighbours import Participant
from domain.policy import GivingPolicy, in_force
from domain.project_work import allocated
from domain.references import check_another, check_approver, check_named


def record_need(
    desk: Desk, entry: Entry, scope: Scope, facts: NeedRecorded, *, id: Id | None = None
) -> Receipt:
    """Record a need. Refused: a person or household that is not registered here."""
    if facts.quantity < 1:
        raise QUANTITY_IMPOSSIBLE("quantity")
    if facts.person is not None:
        person: Participant = desk.load_any("person", facts.person, "person")
        person.check_served_on(entry.day, "person")
        facts = msgspec.structs.replace(
            facts, household=facts.household or person.home_on(entry.day)
        )
    if facts.household is not None:
        desk.load_any("household", facts.household, "household")
    return desk.save(entry, Need.start(entry, scope, facts, id=id))


def verify_need(desk: Desk, entry: Entry, id: Id, facts: NeedVerifiedAtHome) -> Receipt:
    """Record what was found at home; it is a visit of its own kind."""
    need = desk.load(Need, id)
    check_named(desk, entry, need.scope.operator, facts)
    facts = msgspec.structs.replace(
        facts,
        kind="home_verification",
        audience=facts.audience or need.recorded.audience,
        household=need.recorded.household,
        attendance=attend(desk, entry, facts.attendance),
    )
    need.verify(entry, allocated(desk, entry, need.scope, facts))
    return desk.save(entry, need)


def change_need(desk: Desk, entry: Entry, id: Id, facts: NeedChanged) -> Receipt:
    """Say what the need is now; it must be verified again."""
    need = desk.load(Need, id)
    need.change(entry, facts)
    return desk.save(entry, need)


def match_need(desk: Desk, entry: Entry, id: Id, facts: NeedMatched) -> Receipt:
    """Decide what meets the need, and keep it.

    Refused: more than is free, another purpose, somebody named as approver who may not approve.
    """
    need = desk.load(Need, id)
    if facts.approver != entry.principal.actor:
        check_approver(desk, need.scope.operator, facts.approver, entry.day, "approver")
    need.meet(entry, facts)
    if facts.match_kind == "volunteer":
        return desk.save(entry, need)
    supply: Any = desk.load_any(facts.match_kind, facts.match, "match")
    need.check_given_for(supply, need.recorded.purpose, "match")
    supply.reserve(entry.beside(), facts.quantity, need.id, "quantity")
    return desk.save(entry, need, supply)


def reject_match(desk: Desk, entry: Entry, id: Id, facts: MatchRejected) -> Receipt:
    """Give a match up and let its goods go."""
    need = desk.load(Need, id)
    rejected = need.reject(entry, facts)
    return desk.save(entry, need, *_released(desk, entry, need, rejected))


def give_up_need(desk: Desk, entry: Entry, id: Id, facts: NeedUnmet) -> Receipt:
    """Say that the need will not be met, and let all goods go that were kept for it."""
    need = desk.load(Need, id)
    need.give_up(entry, facts)
    return desk.save(entry, need, *_released(desk, entry, need, *need.matches.values()))


def _released(desk: Desk, entry: Entry, need: Need, *matches: NeedMatched) -> list[Aggregate]:
    supplies: list[Any] = []
    for matched in matches:
        if matched.match_kind != "volunteer":
            supplies.append(desk.load_any(matched.match_kind, matched.match, "match"))
            supplies[-1].release(entry.beside(), need.id)
    return supplies


def deliver_aid(
    desk: Desk,
    entry: Entry,
    id: Id,
    facts: AidDelivered,
) -> Receipt:
    """Hand aid over, out of its supplies.

    It is decided by the operator's policy of its day. Refused: no verification at home within the
    policy's days, more than there is in stock or on
    the balance, a gift for another purpose, somebody off the register without the emergency
    flag, a receiver who had died, no signature, and from the policy's value on, without an
    approval by somebody who may give it, or where fewer than three people verify, approve and
    deliver.
    """
    need = desk.load(Need, id)
    check_named(desk, entry, need.scope.operator, facts)
    check_receiver(desk, facts.receiver, entry.day)
    facts = with_door(desk, need.scope.operator, _completed(desk, entry, need, facts))
    if facts.approver is not None and is_separated(facts):
        check_another(entry, facts.approver, "approver")
        check_approver(desk, need.scope.operator, facts.approver, entry.day, "approver")
    need.deliver(entry, allocated(desk, entry, need.scope, facts))
    held = Effective(occurred=entry.occurred, facts=facts)
    return desk.save(entry, need, *need.move(desk, entry, entry.event, None, held))


def _completed(desk: Desk, entry: Entry, need: Need, facts: AidDelivered) -> AidDelivered:
    """Put into a delivery what the need and its supplies know; who signed must be on file."""
    if facts.signature is not None:
        desk.load_any("attachment", facts.signature, "signature")
    lines = valued(desk, facts, entry.event, given_out(facts))
    matches = [need.matches[line.supply] for line in lines if line.supply in need.matches]
    policy = in_force(desk, need.scope.operator, GivingPolicy, entry.day)
    facts = msgspec.structs.replace(facts, policy=policy if policy.version else None)
    verified = need.verification(Effective(occurred=entry.occurred, facts=facts))
    facts = msgspec.structs.replace(
        facts,
        kind="relief_delivery",
        audience=facts.audience or need.recorded.audience,
        household=need.recorded.household,
        attendance=attend(desk, entry, facts.attendance),
        lines=lines,
        purpose=need.recorded.purpose,
        verifier=verified.facts.verifier if verified else None,
        verified_on=verified.occurred.day if verified else None,
        approver=facts.approver or (matches[0].approver if matches else None),
        deliverer=facts.deliverer or entry.on_behalf_of or entry.principal.actor,
    )
    money, items = sums(facts)
    return msgspec.structs.replace(facts, money=money, items=items)


def return_aid(desk: Desk, entry: Entry, id: Id, facts: AidReturned) -> Receipt:
    """Take aid of a delivery back into its supply."""
    need = desk.load(Need, id)
    kind, less = need.take_back(entry, facts)
    supply: Any = desk.load_any(kind, facts.supply, "supply")
    supply.take_back(entry.beside(), facts.quantity, need.id, facts.delivery, value=less)
    return desk.save(entry, need, supply)


def follow_up_aid(desk: Desk, entry: Entry, id: Id, facts: AidFollowedUp) -> Receipt:
    """Record whether what was delivered fitted."""
    need = desk.load(Need, id)
    need.follow_up(entry, facts)
    return desk.save(entry, need)
