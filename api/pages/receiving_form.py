"""The form of a gift that came in (到账, 入库): goods line by line, money, and who gave it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from api.pages.fields import Field, asked_as
from api.pages.filled_in import NOT_FILLED, read
from api.pages.recording_form import NewForm
from domain.donation import DonationPledged, DonationReceived, Gift
from projections.engine.view import Row

GOODS, LINE = "goods", "line"
"""The goods as the command has them, and as the form has each of its lines."""
LINES = 6
"""So many kinds of goods stand on a form; of more, several gifts are written down."""
PARTS = ("name", "quantity", "unit", "value", "expires")
NEEDED = ("name", "quantity", "unit")
NAMED = Field("donor_name", "donor", "line", ("",), optional=True, most=100)
"""A person's name, which is sealed."""


def _asked(kind: Any, name: str, called: str) -> Field:
    """Return how something is asked for that may be left empty, and is to begin with."""
    field = replace(asked_as(kind, name, called), optional=True, stands=("",))
    return replace(field, look="line", most=200) if field.look == "text" else field


@dataclass(frozen=True)
class GoodsLine:
    """One kind of goods."""

    number: int

    @property
    def fields(self) -> tuple[Field, ...]:
        """What is asked of it."""
        return tuple(_asked(Gift, part, f"{LINE}.{self.number}.{part}") for part in PARTS)


@dataclass(frozen=True)
class ReceivingForm(NewForm):
    """The form of a gift: of what was pledged, or of one that nobody had pledged."""

    pledged: Row | None

    @cached_property
    def donor(self) -> tuple[Field, ...]:
        """Who gave it: what was pledged says so already."""
        if self.pledged is not None:
            return ()
        return (
            _asked(DonationPledged, "organisation", "organisation"),
            NAMED,
            asked_as(DonationPledged, "anonymous", "anonymous"),
            _asked(DonationPledged, "description", "description"),
        )

    @cached_property
    def worth(self) -> tuple[Field, ...]:
        """The money, and on what the value of goods rests."""
        return tuple(_asked(DonationReceived, name, name) for name in ("cash", "valuation"))

    @cached_property
    def lines(self) -> tuple[GoodsLine, ...]:
        """The goods."""
        return tuple(map(GoodsLine, range(LINES)))

    @property
    def all(self) -> tuple[Field, ...]:
        """Every field that it may ask for."""
        goods = (field for line in self.lines for field in line.fields)
        return (*self.happened, *self.donor, *goods, *self.worth)

    def goods(self) -> Iterator[tuple[GoodsLine, dict[str, Any]]]:
        """Yield what came in, each with the form's line; lines that were left empty are none.

        Raises `page.*`, naming the field.
        """
        for line in self.lines:
            told = {
                part: read(each, self.said(each))
                for part, each in zip(PARTS, line.fields, strict=True)
            }
            said = {part: it for part, it in told.items() if it is not None}
            missed = [part for part in NEEDED if part not in said]
            if said and missed:
                raise NOT_FILLED(f"{LINE}.{line.number}.{missed[0]}")
            if said:
                yield line, said

    def content(self) -> dict[str, Any]:
        """Return what the command is sent. Raises `page.*`, naming the field."""
        goods = [said for _, said in self.goods()]
        told = {each.name: read(each, self.said(each)) for each in (*self.donor, *self.worth)}
        whole = {**self.envelope(), **told, GOODS: goods}
        return {name: it for name, it in whole.items() if it is not None}
