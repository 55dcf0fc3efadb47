"""Aid as it is given: lines out of stock or money, to a household, against a signature.

The rules here look at one delivery alone. Goods that did not fit are what S4 reports as a failure
of its own work, and that somebody looks at home before they are delivered is what it asks for.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

import msgspec

from domain.bounds import AtMost, Fen, Pieces, Title, Unit, Worded, yuan
from domain.counting import Attendance, IndividualWork
from domain.desk import Desk
from domain.event import Facts, fact
from domain.identity import Id
from domain.neighbours import Participant, Supply
from domain.policy import GivingPolicy
from domain.private import CaseworkWords, IdentityWords
from domain.refusals import Conflict, refusal

NOTHING_DELIVERED = refusal("need.nothing_delivered")
QUANTITY_IMPOSSIBLE = refusal("need.quantity_impossible")
SUMS_DIFFER = refusal("need.sums_differ")
NO_SIGNATURE = refusal("need.no_signature")
NO_RECEIVER = refusal("need.no_receiver")
OFF_REGISTER = refusal("need.off_register")
NOT_OF_HOUSEHOLD = refusal("need.not_of_household")
NOT_APPROVED = refusal("need.not_approved")
DUTIES_TOGETHER = refusal("need.duties_together")
VALUE_OF_SUPPLY = refusal("need.value_of_supply")
MORE_THAN_DELIVERED = refusal("need.more_than_delivered", Conflict)
RETURNED_BEFORE = refusal("need.returned_before")

SupplyKind = Literal["stock_item", "donation"]
"""Goods come out of a stock item, money out of a donation's balance."""


class AidLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So much of one supply. Of money, quantity and value are the same, in 分."""

    supply: Id
    name: Title
    quantity: Pieces
    unit: Unit
    value: Fen = 0
    supply_kind: SupplyKind = "stock_item"


@fact(corrections=True)
class AidDelivered(IndividualWork, frozen=True, kw_only=True, tag="need.AidDelivered@1"):
    """发放: aid was handed over. Attendance are the members of the household that it reaches.

    `money` is the value of all lines in 分, `items` the number of goods. `signature` is the
    attachment that shows who signed; `receiver` is a registered person, else `received_by`
    has the name. Who verified, approved and delivered stands in the record itself, and so does the
    operator's own `policy` by which it was decided.
    """

    fixed: ClassVar[frozenset[str]] = frozenset(
        {"kind", "variant", "purpose", "household", "policy", "door"}
    )

    lines: Annotated[tuple[AidLine, ...], AtMost(100)] = ()
    purpose: Annotated[str, Worded(most=200, lines=False)] = ""
    receiver: Id | None = None
    received_by: IdentityWords | None = None
    signature: Id | None = None
    verifier: Id | None = None
    verified_on: date | None = None
    approver: Id | None = None
    deliverer: Id | None = None
    emergency: bool = False
    policy: GivingPolicy | None = None

    @property
    def terms(self) -> GivingPolicy:
        """The policy that it was decided by; the defaults where the operator had adopted none."""
        return self.policy or GivingPolicy()


@fact()
class AidReturned(Facts, frozen=True, kw_only=True, tag="need.AidReturned@1"):
    """The household gave aid of a delivery back."""

    happens: ClassVar = True
    delivery: Id
    supply: Id
    quantity: int
    reason: str


@fact()
class AidFollowedUp(Facts, frozen=True, kw_only=True, tag="need.AidFollowedUp@1"):
    """回访: whether what was delivered fitted the need (合适/不匹配)."""

    happens: ClassVar = True
    delivery: Id
    fit: Literal["fitting", "mismatch"]
    words: CaseworkWords | None = None


def check_delivery(facts: AidDelivered) -> None:
    """Refuse a delivery that is empty, unsigned, or to nobody known."""
    if not facts.lines:
        raise NOTHING_DELIVERED("lines")
    for number, line in enumerate(facts.lines):
        if line.quantity < 1 or line.value < 0:
            raise QUANTITY_IMPOSSIBLE(f"lines.{number}.quantity")
    money, items = sums(facts)
    if (facts.money, facts.items) != (money, items):
        raise SUMS_DIFFER("money", yuan=yuan(money), money=money, items=items)
    if facts.signature is None:
        raise NO_SIGNATURE("signature")
    if facts.receiver is None and facts.received_by is None:
        raise NO_RECEIVER("receiver")
    _check_household(facts.attendance, facts.household, facts.emergency)


def sums(facts: AidDelivered) -> tuple[int, int]:
    """Return the value of all lines in 分, and the number of goods."""
    goods = sum(line.quantity for line in facts.lines if line.supply_kind == "stock_item")
    return sum(line.value for line in facts.lines), goods


def given_out(facts: AidDelivered | None) -> dict[Id, int]:
    """Return how much of each supply a delivery takes; none where there is no delivery."""
    taken: dict[Id, int] = {}
    for line in facts.lines if facts is not None else ():
        taken[line.supply] = taken.get(line.supply, 0) + line.quantity
    return taken


def _check_household(
    attendance: tuple[Attendance, ...], household: Id | None, emergency: bool
) -> None:
    present = [entry for entry in attendance if entry.status == "present"]
    members = [entry for entry in present if entry.person is not None]
    if (household is None or not members) and not emergency:
        raise OFF_REGISTER("household")
    for number, entry in enumerate(attendance):
        if entry.person is not None and household not in (None, entry.household):
            raise NOT_OF_HOUSEHOLD(f"attendance.{number}.person")


def worth_of(facts: AidDelivered | None, supply: Id) -> int:
    """Return what all of one supply is worth in a delivery, in 分."""
    lines = () if facts is None else facts.lines
    return sum(line.value for line in lines if line.supply == supply)


def valued(
    desk: Desk,
    facts: AidDelivered,
    delivery: Id,
    kept: dict[Id, int],
    was: AidDelivered | None = None,
) -> tuple[AidLine, ...]:
    """Return the lines of a delivery with the values that their supplies say.

    Several lines of one supply share what it is worth in all; what came back, and is not `kept`, is
    worth as much as the rest. Those of a supply of which nobody touched what it `was` stay as they
    are. Refused: another value, name or unit than the supply's.
    """
    total = given_out(facts)
    whole: dict[Id, int] = {}
    for number, line in enumerate(facts.lines):
        if was is not None and _lines_of(was, line.supply) == _lines_of(facts, line.supply):
            continue
        if line.quantity < 1:
            raise QUANTITY_IMPOSSIBLE(f"lines.{number}.quantity")
        supply: Supply = desk.load_any(line.supply_kind, line.supply, f"lines.{number}.supply")
        supply.check_called(line.name, line.unit, f"lines.{number}")
        of, left = total[line.supply], kept[line.supply]
        part = left if left > 0 else of
        whole[line.supply] = _scaled(supply.value_of(part, delivery), of, part)
    lines = _shared(facts, whole)
    for number, (line, worth) in enumerate(zip(facts.lines, lines, strict=True)):
        if line.value != worth.value and (line.value or was is not None):
            raise VALUE_OF_SUPPLY(
                f"lines.{number}.value", yuan=yuan(worth.value), value=worth.value
            )
    return tuple(lines)


def valued_again(
    desk: Desk, facts: AidDelivered, delivery: Id, kept: dict[Id, int]
) -> AidDelivered:
    """Return a delivery that is reinstated, what is `kept` of it worth what its supplies say."""
    whole: dict[Id, int] = {}
    for number, line in enumerate(facts.lines):
        of, left = given_out(facts)[line.supply], kept[line.supply]
        if left < 1:
            continue
        said = worth_of(facts, line.supply) * left // of
        supply: Supply = desk.load_any(line.supply_kind, line.supply, f"lines.{number}.supply")
        worth = supply.value_again(left, said, delivery)
        if worth != said:
            whole[line.supply] = _scaled(worth, of, left)
    facts = msgspec.structs.replace(facts, lines=tuple(_shared(facts, whole)))
    return msgspec.structs.replace(facts, money=sums(facts)[0])


def _scaled(worth: int, of: int, part: int) -> int:
    """Return what a whole is worth of which a part is, its share rounded down."""
    return -(-worth * of // part)


def _shared(facts: AidDelivered, whole: dict[Id, int]) -> list[AidLine]:
    """Return the lines, those of some supplies sharing what these are worth in all."""
    total, so_far, lines = given_out(facts), dict.fromkeys(whole, 0), []
    for line in facts.lines:
        if line.supply not in whole:
            lines.append(line)
            continue
        before, after = so_far[line.supply], so_far[line.supply] + line.quantity
        worth, of = whole[line.supply], total[line.supply]
        value, so_far[line.supply] = worth * after // of - worth * before // of, after
        lines.append(msgspec.structs.replace(line, value=value))
    return lines


def _lines_of(facts: AidDelivered, supply: Id) -> list[AidLine]:
    return [line for line in facts.lines if line.supply == supply]


def is_separated(facts: AidDelivered) -> bool:
    """Say whether a delivery is worth so much that three people answer for it.

    Of goods with no value on record nobody can say that they are worth less.
    """
    unvalued = any(line.value == 0 for line in facts.lines)
    return unvalued or facts.money >= facts.terms.separate_from


def answered_for(facts: AidDelivered) -> tuple[object, ...]:
    """Return what people answer for, and who: lines, verifier, approver, deliverer."""
    return (facts.lines, facts.verifier, facts.approver, facts.deliverer)


def check_receiver(desk: Desk, receiver: Id | None, day: date) -> None:
    """Refuse as receiver somebody who had died or moved away by then."""
    if receiver is not None:
        person: Participant = desk.load_any("person", receiver, "receiver")
        person.check_served_on(day, "receiver")


def check_separation(facts: AidDelivered) -> None:
    """Refuse a delivery for which fewer than three people answer, from the policy's value on."""
    if not is_separated(facts):
        return
    said: dict[str, str | int] = {
        "yuan": yuan(facts.terms.separate_from),
        "policy": facts.terms.version,
    }
    if facts.approver is None:
        raise NOT_APPROVED("approver", **said)
    for one, other, field in (
        (facts.approver, facts.verifier, "approver"),
        (facts.approver, facts.deliverer, "approver"),
        (facts.verifier, facts.deliverer, "deliverer"),
    ):
        if one == other:
            raise DUTIES_TOGETHER(field, **said)
