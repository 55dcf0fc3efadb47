"""What each field of a record takes, read from the types of its facts; no kind is known here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from domain.bounds import InFen, Worded
from domain.identity import CANONICAL, Id
from domain.private import KeptFor, Private


@dataclass(frozen=True)
class Shape:
    """A type without `None` and without its marks."""

    kind: Any
    marks: tuple[Any, ...] = ()
    optional: bool = False

    @property
    def is_id(self) -> bool:
        """Whether it names something."""
        return CANONICAL in self.marks

    @property
    def is_money(self) -> bool:
        """Whether it is money, in 分."""
        return any(isinstance(mark, InFen) for mark in self.marks)

    @property
    def is_struct(self) -> bool:
        """Whether it has fields of its own."""
        return isinstance(self.kind, type) and issubclass(self.kind, msgspec.Struct)

    def struct_of(self, told: Mapping[str, Any]) -> type[msgspec.Struct] | None:
        """Return what kind of thing is told; of several that it may be, its tag says which."""
        kinds = [shape_of(kind) for kind in get_args(self.kind) or (self.kind,)]
        structs: list[type[msgspec.Struct]] = [one.kind for one in kinds if one.is_struct]
        if len(structs) > 1:
            structs = [one for one in structs if one.__struct_config__.tag == told.get("@type")]
        return structs[0] if structs else None

    @property
    def bound(self) -> Worded:
        """The bounds of a text."""
        return next((mark for mark in self.marks if isinstance(mark, Worded)), Worded())

    def unwritten(self, whom: Id) -> Private | None:
        """Return what words of casework about somebody, or their address, would be kept as; None of
        anything else.

        Names are not among them: they may be somebody else's.
        """
        kept = next((mark for mark in self.marks if isinstance(mark, KeptFor)), None)
        if kept is None or kept.purposes[0] not in ("casework", "contact"):
            return None
        return Private(person=whom, purpose=kept.purposes[0])

    @property
    def inner(self) -> Shape | None:
        """The shape of a list's entries; None of what is no list."""
        return shape_of(get_args(self.kind)[0]) if get_origin(self.kind) is tuple else None


def shape_of(hint: Any) -> Shape:
    """Return what a field takes."""
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *marks = get_args(hint)
        found = shape_of(inner)
        return replace(found, marks=(*found.marks, *marks))
    if origin in (Union, UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not NoneType]
        return replace(shape_of(kinds[0]), optional=True) if len(kinds) == 1 else Shape(hint)
    return Shape(hint)


@cache
def shapes_of(kind: type[msgspec.Struct]) -> dict[str, Shape]:
    """Return what each field of a struct takes."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: shape_of(hints[name]) for name in kind.__struct_fields__}
