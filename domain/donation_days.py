"""What came into a supply and left it, day by day: on no day has more left than had come.

A supply's own stream knows how much is there now. When a delivery was, its need knows: its day may
be set right, and what is put right later is written into the supply on that later day. So where a
day is in question, the needs are asked; of one that whoever writes does not see, the supply's own
stream has to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from domain.desk import Desk
from domain.event import Occurred
from domain.identity import Id
from domain.neighbours import Aided, Move
from domain.refusals import Conflict, NotFound, refusal

NOT_THERE_YET = refusal("donation.not_there_yet", Conflict)
GIVEN_BY_THEN = refusal("donation.given_by_then", Conflict)


class Outflow:
    """What left a supply and came back, as its own stream tells it: to needs, and otherwise."""

    def __init__(self) -> None:
        self.otherwise: list[Move] = []
        self.needs: dict[Id, list[Move]] = {}

    def take(self, occurred: Occurred, quantity: int, need: Id | None = None) -> None:
        """Keep what left, below zero, on the last day that it may have been, or came back."""
        moves = self.otherwise if need is None else self.needs.setdefault(need, [])
        moves.append((occurred.latest if quantity < 0 else occurred.day, quantity))

    def most(self) -> int:
        """Return the most that can have been out on any day."""
        moves = (self.otherwise, *self.needs.values())
        return -sum(quantity for each in moves for _, quantity in each if quantity < 0)

    def told(self, desk: Desk, supply: Id, asked: Aided | None = None) -> Iterable[Move]:
        """Yield what moved on its days, by the needs; `asked` is one that is being decided on."""
        yield from self.otherwise
        for id, written in self.needs.items():
            try:
                need: Aided = asked if asked and asked.id == id else desk.load_any("need", id)
            except NotFound:
                yield from written
            else:
                yield from need.moves_of(supply)


def check_given(
    desk: Desk,
    supply: Id,
    came: list[Move],
    out: Outflow,
    given: date,
    field: str,
    need: Aided | None = None,
) -> None:
    """Refuse to give out on a day what had not come by then, or had left again."""
    if out.most() <= sum(quantity for day, quantity in came if day <= given):
        return
    if _short([*came, *out.told(desk, supply, need)], given):
        raise NOT_THERE_YET(field)


def check_receipt(
    desk: Desk,
    supply: Id,
    came: list[Move],
    out: Outflow,
    before: Move | None,
    after: Move | None,
) -> None:
    """Refuse a receipt that is set right so that on some day more had left than came.

    It said `before` that so much came on a day, and says `after`; None is a void one, or none.
    """
    if before is None:
        return
    (since, was), (until, now) = before, after or (date.max, 0)
    if now < was:
        until = date.max
    if until <= since or out.most() <= sum(quantity for day, quantity in came if day <= since):
        return
    short = _short([*came, *out.told(desk, supply)], since, until)
    if short is not None:
        raise GIVEN_BY_THEN("occurred.start", day=short.isoformat())


def _short(moves: list[Move], since: date, until: date = date.max) -> date | None:
    """Return the first day of a time on which more had left than come, if there is one."""
    moved: Counter[date] = Counter()
    for day, quantity in moves:
        moved[day] += quantity
    there = 0
    for day in sorted({*moved, since}):
        there += moved[day]
        if since <= day < until and there < 0:
            return day
    return None
