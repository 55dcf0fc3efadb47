"""The form of one delivery (发放): what was matched with the need, whom it reaches, who signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.pages.fields import Field, Texts
from api.pages.filled_in import read
from api.pages.money import FEN, Money
from api.pages.recording_form import NewForm
from api.pages.roster import heads
from domain.event import Facts
from domain.identity import Id
from domain.need import NOT_MATCHED, MatchRejected, NeedMatched
from projections.donation import LOT
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.household import HOUSEHOLD, MEMBER
from projections.need import out_with_household

LINES, REACHED, RECEIVER, RECEIVED_BY = "lines", "reached", "receiver", "received_by"
EMERGENCY, APPROVER, DELIVERER = "emergency", "approver", "deliverer"
OTHERS = heads(("client",))[0]
"""How many are reached where nobody of them is on the register."""


@dataclass(frozen=True)
class Portion:
    """What was matched with a need, and how much of it is to be delivered still; money in 分."""

    supply: Id
    kind: str
    name: str
    unit: str
    left: int

    @property
    def field(self) -> Field:
        """How it is asked how much was delivered."""
        name, left = f"{LINES}.{self.supply}", max(self.left, 0)
        if self.unit == FEN:
            stands = (Money(left).yuan if left else "",)
            return Field(name, "money", "money", stands, optional=True, most=15)
        stands = (str(left) if left else "",)
        return Field(name, "quantity", "number", stands, optional=True, most=19)

    def line(self, quantity: int) -> dict[str, Any]:
        """Return a line of the delivery, as the command has it."""
        return {
            "supply": self.supply,
            "supply_kind": self.kind,
            "name": self.name,
            "unit": self.unit,
            "quantity": quantity,
        }


def portions(answers: Answers, need: Row, told: Iterable[Facts]) -> tuple[Portion, ...]:
    """Return the goods and the money that a need is matched with now; volunteers bring nothing."""
    matched: dict[Id, NeedMatched] = {}
    for facts in told:
        match facts:
            case NeedMatched(match=supply, match_kind="stock_item" | "donation"):
                matched[supply] = facts
            case MatchRejected(match=supply):
                matched.pop(supply, None)
    rows = answers.rows(LOT, where={"stock_item": sorted(matched)}) if matched else []
    lots = {row["stock_item"]: (row["name"], row["unit"]) for row in rows}
    out = out_with_household(answers, need["need"])
    return tuple(
        Portion(
            supply,
            facts.match_kind,
            *lots.get(supply, (need["item"], FEN)),
            facts.quantity - out.get(supply, 0),
        )
        for supply, facts in matched.items()
    )


def household_on(answers: Answers, need: Row, day: date) -> tuple[tuple[Id, ...], Id | None]:
    """Return who is of a need's household on a day, and who heads it; of none, whose need it is."""
    home, whose = {"household": need["household"]}, need["person"]
    there = answers.rows(MEMBER, where=home, since={"ends": day}, until={"begins": day})
    heads = answers.rows(HOUSEHOLD, where=home)
    members = tuple(row["person"] for row in there) or ((whose,) if whose else ())
    return members, heads[0]["head"] if heads else None


@dataclass(frozen=True)
class DeliveryForm(NewForm):
    """The form for one need: what is there to deliver, who is of the household that day, and who
    of them heads it."""

    need: Row
    portions: tuple[Portion, ...]
    members: tuple[Id, ...]
    head: Id | None

    @property
    def all(self) -> tuple[Field, ...]:
        """Every field that it may ask for."""
        return (*self.happened, *(each.field for each in self.portions), OTHERS)

    @property
    def reached(self) -> Texts:
        """Who is ticked as reached: to begin with whose need it is, else the whole household."""
        if self.typed:
            return self.typed.get(REACHED, ())
        whose = self.need["person"]
        return (whose,) if whose in self.members else self.members

    @property
    def listed(self) -> Texts:
        """Who can be ticked: the household, and whoever was ticked."""
        return tuple(dict.fromkeys((*self.members, *self.reached)))

    @property
    def receiver(self) -> str:
        """Who is chosen as receiver: to begin with whose need it is, else the household's head."""
        if self.typed:
            return self.line(RECEIVER)
        whose = self.need["person"] or self.head
        return whose if whose in self.members else ""

    def lines(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield what was delivered, each with the form's field; what was left empty was not.

        Raises `page.*`, and `need.not_matched` for what is matched with the need no more.
        """
        asked = {each.field.name for each in self.portions}
        for name, texts in self.typed.items():
            if name.startswith(f"{LINES}.") and name not in asked and any(texts):
                raise NOT_MATCHED(LINES)
        for each in self.portions:
            quantity = read(each.field, self.typed.get(each.field.name, ()))
            if quantity is not None:
                yield each.field.name, each.line(quantity)

    def attendance(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield whom it reaches, each with the form's field. Raises `page.*`."""
        whose = self.need["person"]
        for person in dict.fromkeys(self.reached):
            role = "client" if person == whose else "family"
            yield f"{REACHED}.{person}", {"person": person, "role": role}
        if count := read(OTHERS, self.typed.get(OTHERS.name, ())):
            yield OTHERS.name, {"count": count, "source": "counted"}

    def content(self) -> dict[str, Any]:
        """Return what the command is sent, but for the signature. Raises what `lines` does."""
        told = {
            LINES: [line for _, line in self.lines()],
            "attendance": [line for _, line in self.attendance()],
            EMERGENCY: bool(self.line(EMERGENCY)),
            **{name: self.line(name) or None for name in (RECEIVER, RECEIVED_BY)},
            **{name: self.line(name) or None for name in (APPROVER, DELIVERER)},
        }
        return {**self.envelope(), **{name: it for name, it in told.items() if it is not None}}
