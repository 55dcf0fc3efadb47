"""Money as people say it: facts keep 分, pages tell and ask for 元."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from api.pages.shapes import Shape, shapes_of
from domain.bounds import InFen
from projections.amounts import written
from projections.engine.view import Row

YUAN = re.compile(r"([0-9]{1,10}|[0-9]{1,3}(?:[,，][0-9]{3}){1,3})(?:\.([0-9]{1,2}))?")
"""元, in thousands or not, and, behind the point, 角 and 分. A comma is no point."""


FEN = "分"
"""The unit of a line of money, whose quantity is its amount."""


@dataclass(frozen=True)
class Money:
    """An amount in 分."""

    fen: int

    @property
    def yuan(self) -> str:
        """The amount in 元 as a field of a form has it: 1414.50."""
        return f"{self.fen // 100}.{self.fen % 100:02}"

    def __str__(self) -> str:
        """Return the amount in 元 as it is told: 1,414 or 1,414.50."""
        return written(self.fen, "元")


def is_money(said: object) -> bool:
    """Say whether what a record says is money."""
    return isinstance(said, Money)


def fen_of(text: str) -> int | None:
    """Return how many 分 an amount in 元 is that somebody typed; None where it is no amount."""
    found = YUAN.fullmatch(text)
    if found is None:
        return None
    yuan = found[1].replace(",", "").replace("，", "")
    return int(yuan) * 100 + int((found[2] or "").ljust(2, "0"))


def in_line(told: Mapping[str, Any], name: str, shape: Shape) -> Shape:
    """Return what a field takes beside the others of its line: a quantity of 分 is money."""
    if name == "quantity" and told.get("unit") == FEN:
        return replace(shape, marks=(*shape.marks, InFen()))
    return shape


def with_money(kind: type[msgspec.Struct], told: Row) -> Row:
    """Return what facts of a kind say, amounts of money as such."""
    shapes = {name: in_line(told, name, shape) for name, shape in shapes_of(kind).items()}
    return {
        name: _said(shapes[name], value) if name in shapes else value
        for name, value in told.items()
        if not (name == "unit" and value == FEN)  # told in 元, it stands beside the number
    }


def _said(shape: Shape, value: Any) -> Any:
    if isinstance(value, list | tuple) and shape.inner is not None:
        return [_said(shape.inner, each) for each in value]
    if isinstance(value, dict) and (kind := shape.struct_of(value)) is not None:
        return with_money(kind, value)
    return Money(value) if shape.is_money and isinstance(value, int) else value
