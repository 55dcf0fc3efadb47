"""Needs of households: recorded, verified at home, matched, met by aid, followed up.

Nothing is delivered that nobody looked at first: the verification at home is mandatory and holds
for some days only (S4: home verification before delivery). A delivery takes its goods or money
out of the supply in the same transaction; whatever sets its record right later, puts back or
takes out the difference.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, Literal

import msgspec

from domain.aggregate import Aggregate
from domain.counting import IndividualWork
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Correction, Effective, Facts, Occurred, fact
from domain.identity import Id
from domain.need_aid import (
    MORE_THAN_DELIVERED,
    QUANTITY_IMPOSSIBLE,
    RETURNED_BEFORE,
    AidDelivered,
    AidFollowedUp,
    AidLine,
    AidReturned,
    SupplyKind,
    answered_for,
    check_delivery,
    check_receiver,
    check_separation,
    given_out,
    is_separated,
    valued,
    valued_again,
    worth_of,
)
from domain.neighbours import Move, Supply
from domain.policy import check_version
from domain.private import CaseworkWords
from domain.references import OWN_APPROVAL, check_another, check_approver
from domain.refusals import Conflict, NotFound, refusal

CLOSED = refusal("need.closed", Conflict)
NOT_VERIFIED = refusal("need.not_verified", Conflict)
NO_SUCH_DELIVERY = refusal("need.no_such_delivery", NotFound)
VERIFIED_OTHERWISE = refusal("need.verified_otherwise")
NOT_MATCHED = refusal("need.not_matched", Conflict)
DELIVERED_SINCE = refusal("need.delivered_since", Conflict)
MATCHED_ALREADY = refusal("need.matched_already", Conflict)

Urgency = Literal["low", "normal", "urgent"]
Source = Literal["visit", "self", "referral", "collection_point", "survey", "microwish"]
Category = Literal["goods", "money", "service"]
MatchKind = Literal["stock_item", "donation", "volunteer"]
Changes = dict[Id, Effective[Any] | None]
"""Records as they would stand: by id, None for a void one."""


@fact()
class NeedRecorded(Facts, frozen=True, kw_only=True, tag="need.NeedRecorded@1"):
    """需求: a household needs goods, money or a service, for a purpose (a short code).

    Without a household it is of somebody whom the register does not have.
    """

    happens: ClassVar = True
    category: Category
    item: str
    purpose: str
    urgency: Urgency = "normal"
    source: Source = "visit"
    quantity: int = 1
    household: Id | None = None
    person: Id | None = None
    audience: str | None = None
    detail: CaseworkWords | None = None


@fact(corrections=True)
class NeedVerifiedAtHome(
    IndividualWork, frozen=True, kw_only=True, tag="need.NeedVerifiedAtHome@1"
):
    """入户核实: somebody went and looked; `confirmed` says whether the need is there."""

    verifier: Id
    confirmed: bool = True
    finding: CaseworkWords | None = None


@fact()
class NeedChanged(Facts, frozen=True, kw_only=True, tag="need.NeedChanged@1"):
    """The need is another now; it must be verified again."""

    happens: ClassVar = True
    item: str
    purpose: str
    quantity: int
    urgency: Urgency
    reason: str


@fact()
class NeedMatched(Facts, frozen=True, kw_only=True, tag="need.NeedMatched@1"):
    """匹配: it was decided what meets the need. Goods are kept for it from now on."""

    happens: ClassVar = True
    match: Id
    match_kind: MatchKind
    approver: Id
    quantity: int = 1


@fact()
class MatchRejected(Facts, frozen=True, kw_only=True, tag="need.MatchRejected@1"):
    """A match was given up; its goods are free again."""

    happens: ClassVar = True
    match: Id
    reason: str


@fact()
class NeedUnmet(Facts, frozen=True, kw_only=True, tag="need.NeedUnmet@1"):
    """The need will not be met, and why."""

    happens: ClassVar = True
    reason: str


class Need(Aggregate):
    """One need of one household."""

    kind = "need"
    recorded: NeedRecorded
    closed = False

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.matches: dict[Id, NeedMatched] = {}
        self.returned: dict[tuple[Id, Id], list[Move]] = {}
        self.returned_on: dict[Id, date] = {}
        self.changed: list[datetime] = []
        self.writers: dict[Id, tuple[Id | None, ...]] = {}

    @property
    def serves(self) -> tuple[Id | None, Id | None]:
        """Whom it is for: the person and the household."""
        return self.recorded.person, self.recorded.household

    def evolve(self, event: AnyEvent) -> None:
        """Keep the need as it is now, its matches, and what came back of which delivery."""
        match event.facts:
            case NeedRecorded():
                self.recorded = event.facts
            case NeedChanged(item=item, purpose=purpose, quantity=quantity, urgency=urgency):
                self.recorded = msgspec.structs.replace(
                    self.recorded, item=item, purpose=purpose, quantity=quantity, urgency=urgency
                )
                self.changed.append(event.occurred.start)
            case AidDelivered():
                self.writers[event.id] = (event.actor, event.on_behalf_of)
            case NeedMatched(match=matched):
                self.matches[matched] = event.facts
            case MatchRejected(match=matched):
                self.matches.pop(matched)
            case AidReturned(delivery=delivery, supply=supply, quantity=quantity):
                came_back = self.returned.setdefault((delivery, supply), [])
                came_back.append((event.occurred.day, quantity))
                day = event.occurred.latest
                self.returned_on[delivery] = min(day, self.returned_on.get(delivery, day))
            case NeedUnmet():
                self.closed = True

    def change(self, entry: Entry, facts: NeedChanged) -> None:
        """Say what the need is now; not of a time before a delivery that stands."""
        self.check_open()
        if facts.quantity < 1:
            raise QUANTITY_IMPOSSIBLE("quantity")
        for held in self.effective(AidDelivered):
            if entry.occurred.start <= held.occurred.start:
                raise DELIVERED_SINCE("occurred.start", day=held.occurred.day.isoformat())
        self.record(entry, facts)

    def verify(self, entry: Entry, facts: NeedVerifiedAtHome) -> None:
        """Record that somebody looked."""
        self.check_open()
        self.record(entry, facts)

    def meet(self, entry: Entry, facts: NeedMatched) -> None:
        """Decide what meets the need."""
        self.check_open()
        if facts.match in self.matches:
            raise MATCHED_ALREADY("match")
        if facts.quantity < 1:
            raise QUANTITY_IMPOSSIBLE("quantity")
        self.record(entry, facts)

    def reject(self, entry: Entry, facts: MatchRejected) -> NeedMatched:
        """Give a match up, and return it."""
        if facts.match not in self.matches:
            raise NOT_MATCHED("match")
        rejected = self.matches[facts.match]
        self.record(entry, facts)
        return rejected

    def give_up(self, entry: Entry, facts: NeedUnmet) -> None:
        """Say that it will not be met."""
        self.check_open()
        self.record(entry, facts)

    def deliver(self, entry: Entry, facts: AidDelivered) -> None:
        """Record a delivery; its supplies change beside it."""
        self.check_open()
        self._check_verified(Effective(occurred=entry.occurred, facts=facts))
        check_delivery(facts)
        check_separation(facts)
        self.record(entry, facts)

    def take_back(self, entry: Entry, facts: AidReturned) -> tuple[SupplyKind, int]:
        """Record what came back of a delivery; return the kind of its supply, and its worth."""
        delivered = self.delivery(facts.delivery)
        was = self.worth_kept(facts.delivery, delivered, facts.supply)
        left = self.kept(facts.delivery, delivered).get(facts.supply, 0)
        if not 0 < facts.quantity <= left:
            raise MORE_THAN_DELIVERED("quantity", left=left)
        day = self.records[facts.delivery].effective.occurred.day
        if entry.occurred.latest < day:
            raise RETURNED_BEFORE("occurred.start", day=day.isoformat())
        self.record(entry, facts)
        less = was - self.worth_kept(facts.delivery, delivered, facts.supply)
        return line_of(facts.supply, delivered)[1].supply_kind, less

    def follow_up(self, entry: Entry, facts: AidFollowedUp) -> None:
        """Record whether it fitted."""
        self.delivery(facts.delivery)
        self.record(entry, facts)

    def delivery(self, id: Id) -> AidDelivered:
        """Return a delivery as it stands. Raises `need.no_such_delivery`, also for a void one."""
        written = self.records.get(id)
        facts = None if written is None or written.void else written.effective.facts
        if not isinstance(facts, AidDelivered):
            raise NO_SUCH_DELIVERY("delivery")
        return facts

    def kept(self, id: Id, facts: AidDelivered | None) -> dict[Id, int]:
        """How much of each supply is out with the household: what was given less what came back."""
        if facts is None:
            return {}
        return {
            supply: quantity - sum(back for _, back in self.returned.get((id, supply), ()))
            for supply, quantity in given_out(facts).items()
        }

    def worth_kept(self, id: Id, facts: AidDelivered | None, supply: Id) -> int:
        """What that part of a supply is worth, in 分, its share of the delivery's rounded down."""
        given = given_out(facts).get(supply, 0)
        return worth_of(facts, supply) * self.kept(id, facts)[supply] // given if given else 0

    def moves_of(self, supply: Id) -> list[Move]:
        """Return what the deliveries took of a supply, and what came back (`domain.desk.Aided`)."""
        moves: list[Move] = []
        for id, written in self.records.items():
            said = written.effective
            if written.void or not isinstance(said.facts, AidDelivered):
                continue
            if taken := given_out(said.facts).get(supply, 0):
                moves.append((said.occurred.latest, -taken))
                moves += self.returned.get((id, supply), ())
        return moves

    def verification(
        self, held: Effective[AidDelivered], changes: Changes | None = None
    ) -> Effective[NeedVerifiedAtHome] | None:
        """Return the latest verification that a delivery can rest on, None where it disproved.

        It is recent enough, and the need did not change in between. Of two at one time, the one
        written down later counts.
        """
        standing = {
            id: None if written.void else written.effective for id, written in self.records.items()
        }
        found = [
            each
            for each in (standing | (changes or {})).values()
            if each is not None
            and isinstance(each.facts, NeedVerifiedAtHome)
            and self._holds(each.occurred, held)
        ]
        latest = max(reversed(found), key=lambda each: each.occurred.start, default=None)
        return None if latest is None or not latest.facts.confirmed else latest

    def _holds(self, verified: Occurred, held: Effective[AidDelivered]) -> bool:
        delivered = held.occurred
        age = (delivered.day - verified.day).days
        exact = verified.precision == delivered.precision == "instant"
        if age < 0 or (exact and verified.start > delivered.start):
            return False
        changed = any(verified.start < moment <= delivered.start for moment in self.changed)
        return age <= held.facts.terms.verified_days and not changed

    def check_open(self) -> None:
        """Refuse anything new once it was said that the need will not be met."""
        if self.closed:
            raise CLOSED("id")

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Hold a corrected delivery to the rules; keep the verification that a delivery needs."""
        side = after or before
        if side is not None and isinstance(side.facts, NeedVerifiedAtHome):
            for held in self.effective(AidDelivered):
                self._check_still_verified(held, {target: after})
        elif after is not None:
            self._check_verified(after)
            check_delivery(after.facts)
            self._check_returned(target, after.facts)
            self._check_before_return(target, before, after)
            self._check_answered(entry, target, before, after)

    def check_references(
        self, desk: Any, entry: Entry, before: Effective[Any] | None, after: Effective[Any]
    ) -> None:
        """Hold the lines and the approver of a corrected delivery to what a new one is held to.

        A line that nobody touched keeps the value that its supply had when it was given.
        """
        facts = after.facts
        if not isinstance(facts, AidDelivered):
            return
        was = facts if before is None else before.facts
        if before is not None and before.occurred.day != after.occurred.day:
            check_version(desk, self.scope.operator, facts.terms, after.occurred.day)
        for delivery, written in self.records.items():
            if written.effective is before:
                valued(desk, facts, delivery, self.kept(delivery, facts), was)
        if facts.receiver != was.receiver or (before and before.occurred.day != after.occurred.day):
            check_receiver(desk, facts.receiver, after.occurred.day)
        if facts.approver is not None and is_separated(facts):
            operator, day = self.scope.operator, after.occurred.day
            check_approver(desk, operator, facts.approver, day, "approver")

    def consequences(self, desk: Any, entry: Entry, made: AnyEvent) -> tuple[Aggregate, ...]:
        """Put back, or take out, what a corrected, void or reinstated delivery changes."""
        change: Correction = made.facts
        side = change.after or change.before
        if side is None or not isinstance(side.facts, AidDelivered):
            return ()
        after = change.after
        if change.before is None and after is not None:
            after = self._valued_again(desk, entry, change, after)
        return self.move(desk, entry, change.target, change.before, after)

    def _valued_again(
        self, desk: Any, entry: Entry, change: Correction, after: Effective[AidDelivered]
    ) -> Effective[AidDelivered]:
        """Set right what a reinstated delivery is worth, where its lot was shared out since."""
        kept = self.kept(change.target, after.facts)
        facts = valued_again(desk, after.facts, change.target, kept)
        if facts == after.facts:
            return after
        valued = Effective(occurred=after.occurred, facts=facts)
        self.correct(entry, change.target, valued, change.reason)
        return valued

    def move(
        self,
        desk: Any,
        entry: Entry,
        delivery: Id,
        before: Effective[AidDelivered] | None,
        after: Effective[AidDelivered] | None,
    ) -> tuple[Aggregate, ...]:
        """Move the supplies from what a delivery said to what it says now; return them.

        What more is given is given for the purpose that the delivery names, whatever the need
        became since, and on the delivery's day, whenever that is written down.
        """
        said, says = (None if side is None else side.facts for side in (before, after))
        was, now = self.kept(delivery, said), self.kept(delivery, says)
        supplies = []
        for id in {**now, **was}:
            more = now.get(id, 0) - was.get(id, 0)
            worth = self.worth_kept(delivery, says, id) - self.worth_kept(delivery, said, id)
            given = after if id in now and (more > 0 or _day_moved(before, after)) else None
            if not more and not worth and given is None:
                continue
            number, line = line_of(id, says if id in now else said)
            supply: Any = desk.load_any(line.supply_kind, id, f"lines.{number}.supply")
            if given is not None:
                self.check_given_for(supply, given.facts.purpose, f"lines.{number}.supply")
            if more > 0:
                field = f"lines.{number}.quantity"
                supply.hand_out(entry.beside(), more, self.id, delivery, field, value=worth)
            elif more or worth:
                supply.take_back(entry.beside(), -more, self.id, delivery, value=-worth)
            if more or worth:
                supplies.append(supply)
            if given is not None:
                supply.check_given_on(desk, self, given.occurred, f"lines.{number}.quantity")
        return tuple(supplies)

    def check_given_for(self, supply: Supply, purpose: str, field: str) -> None:
        """Refuse a supply whose giver wanted it used for something else."""
        supply.check_given_for(purpose, self.recorded.audience, field)

    def _check_verified(
        self, held: Effective[AidDelivered], changes: Changes | None = None
    ) -> Effective[NeedVerifiedAtHome]:
        verified = self.verification(held, changes)
        if verified is None:
            terms = held.facts.terms
            raise NOT_VERIFIED("id", days=terms.verified_days, policy=terms.version)
        return verified

    def _check_still_verified(self, held: Effective[AidDelivered], changes: Changes) -> None:
        """Refuse to take a delivery's verification away, or to give it to another of the three."""
        verifier = self._check_verified(held, changes).facts.verifier
        if verifier != held.facts.verifier:
            check_separation(msgspec.structs.replace(held.facts, verifier=verifier))

    def _check_answered(
        self,
        entry: Entry,
        delivery: Id,
        before: Effective[AidDelivered] | None,
        after: Effective[AidDelivered],
    ) -> None:
        """Hold those who answer for a corrected delivery to what holds for a new one.

        A reinstated one says what it said; who looked may have been set right meanwhile.
        """
        facts, verified = after.facts, self._check_verified(after)
        if before is None:
            verifier = verified.facts.verifier
            check_separation(msgspec.structs.replace(facts, verifier=verifier))
            return
        self._check_verifier(verified, before, after)
        if answered_for(facts) == answered_for(before.facts):
            return
        check_separation(facts)
        if facts.approver is not None and is_separated(facts):
            check_another(entry, facts.approver, "approver")
            if facts.approver in self.writers[delivery]:
                raise OWN_APPROVAL("approver")

    def _check_verifier(
        self,
        verified: Effective[NeedVerifiedAtHome],
        before: Effective[AidDelivered],
        after: Effective[AidDelivered],
    ) -> None:
        """Refuse another verifier, or day of it, than the verification says that now holds."""
        looked = (verified.facts.verifier, verified.occurred.day)
        said = (after.facts.verifier, after.facts.verified_on)
        was = (before.facts.verifier, before.facts.verified_on)
        if said != looked and (said != was or after.occurred != before.occurred):
            verifier, day = looked
            raise VERIFIED_OTHERWISE("verifier", verifier=verifier, day=day.isoformat())

    def _check_returned(self, delivery: Id, facts: AidDelivered) -> None:
        """Refuse that less was delivered than came back."""
        given = given_out(facts)
        for (of, supply), came_back in self.returned.items():
            if of == delivery and given.get(supply, 0) < sum(back for _, back in came_back):
                raise MORE_THAN_DELIVERED("lines", left=given.get(supply, 0))

    def _check_before_return(
        self, delivery: Id, before: Effective[Any] | None, after: Effective[Any]
    ) -> None:
        """Refuse to move a delivery to a day after its aid came back."""
        came_back = self.returned_on.get(delivery)
        if came_back and _day_moved(before, after) and came_back < after.occurred.day:
            raise RETURNED_BEFORE("occurred.start", day=after.occurred.day.isoformat())


def _day_moved(before: Effective[Any] | None, after: Effective[Any] | None) -> bool:
    if before is None or after is None:
        return False
    was, now = before.occurred, after.occurred
    return (was.day, was.latest) != (now.day, now.latest)


def line_of(supply: Id, facts: AidDelivered | None) -> tuple[int, AidLine]:
    """Return the first line of a delivery that names a supply, and its number."""
    lines = () if facts is None else facts.lines
    return next((number, line) for number, line in enumerate(lines) if line.supply == supply)
