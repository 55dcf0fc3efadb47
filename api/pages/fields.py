"""Which fields of a record a form can correct, and what was typed into them.

The form knows no kind of record: the types of its facts say what each field takes. Ids are no
fields, nor is what follows from other records; those are corrected over HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, get_args, get_origin

import msgspec

from api.pages.language import words
from api.pages.money import Money, in_line
from api.pages.shapes import Shape, shapes_of
from domain.bounds import WORDS
from domain.catalogue import activity_kinds
from domain.counting import BENEFICIARY_ROLES, Attendance, IndividualWork
from domain.event import Effective, Precision
from domain.identity import Id
from domain.private import Private, holds_private

Look = Literal["moment", "day", "number", "money", "line", "text", "choice", "several", "words"]
Texts = tuple[str, ...]
Typed = Mapping[str, Texts]
"""What came with a form: name → texts, in order."""

FOLLOWING = frozenset(
    {"allocations", "standing", "restriction", "plan_demanded", "plan_approved_on"}
)
"""Fields that follow from other records."""
CATALOGUED = ("audience", "variant", "services")
"""Texts that are codes of the catalogue `words()`, in a section of their own."""
LINES = 100
"""How many lines of one list a form shows; longer lists are corrected over HTTP."""
LONG = 4000
YES_NO = ("true", "false")
NUMBER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True)
class Field:
    """One field: its `name` in the form, its last part, how it is asked for, what stands now.

    `most` are the characters that it takes. Of sealed words nothing stands in the form; `words`
    says whose they are, and is not `sealed` where none were written yet.
    """

    name: str
    label: str
    look: Look
    stands: Texts
    choices: Texts = ()
    optional: bool = False
    most: int = LONG
    words: Private | None = None


@dataclass(frozen=True)
class ListLine:
    """One line of a list, such as somebody who took part; the one that is `new` holds nothing."""

    name: str
    label: str
    number: int
    fields: tuple[Field, ...]
    whom: Id | None = None
    new: bool = False


def happened_fields(says: Effective[Any]) -> tuple[Field, ...]:
    """Return the fields that say when it happened."""
    when = says.occurred
    end = "" if when.end is None else f"{when.end:%Y-%m-%dT%H:%M}"
    return (
        Field("happened.start", "occurred.start", "moment", (f"{when.start:%Y-%m-%dT%H:%M}",)),
        Field("happened.end", "occurred.end", "moment", (end,), optional=True),
        Field(
            "happened.precision",
            "occurred.precision",
            "choice",
            (when.precision,),
            choices=get_args(Precision),
        ),
    )


def fields_of(facts: msgspec.Struct, under: str = "facts") -> Iterator[Field]:
    """Yield the fields of facts, or of a line, that a form can ask for."""
    whom = _whom(facts)
    beside = {"unit": getattr(facts, "unit", None)}
    for name, shape in _open(facts):
        value, called = getattr(facts, name), f"{under}.{name}"
        if value is None and whom is not None:
            value = shape.unwritten(whom)
        if isinstance(value, msgspec.Struct) and not isinstance(value, Private):
            if not holds_private(type(value)):
                yield from fields_of(value, called)
        elif (field := _field(called, name, in_line(beside, name, shape), value)) is not None:
            yield field


def asked_as(kind: type[msgspec.Struct], name: str, called: str) -> Field:
    """Return how a field of facts that are yet to be written is asked for, as `called` in the form.

    Raises TypeError for one that no form can ask for.
    """
    shape = shapes_of(kind)[name]
    if shape.kind is Private:
        return Field(called, name, "text", ("",), optional=True, most=WORDS)
    default = next(each.default for each in msgspec.structs.fields(kind) if each.name == name)
    field = _field(called, name, shape, None if default is msgspec.NODEFAULT else default)
    if field is None:
        raise TypeError(f"{kind.__name__}.{name}")
    return field


def lines_of(facts: msgspec.Struct) -> Iterator[ListLine]:
    """Yield the lines of all lists of facts, and an empty one where somebody can be added."""
    for name, shape in _open(facts):
        if not _is_list(shape) or len(getattr(facts, name)) > LINES:
            continue
        for number, entry in enumerate(getattr(facts, name)):
            here = f"facts.{name}.{number}"
            whom = getattr(entry, "person", None)
            yield ListLine(here, name, number, tuple(fields_of(entry, here)), whom)
        if shape.inner is not None and shape.inner.kind is Attendance:
            here = f"facts.{name}.new"
            fields = tuple(
                replace(field, stands=("",)) if field.label == "count" else field
                for field in fields_of(Attendance(), here)
            )
            yield ListLine(here, name, len(getattr(facts, name)), fields, new=True)


def left_out(facts: msgspec.Struct) -> list[str]:
    """Return the fields that can be corrected, and not in a form."""
    asked = {field.name.split(".")[1] for field in fields_of(facts)}
    asked |= {line.label for line in lines_of(facts)}
    return [name for name, _ in _open(facts) if name not in asked]


def _open(facts: msgspec.Struct) -> Iterator[tuple[str, Shape]]:
    """Yield what is not fixed and does not follow from others."""
    closed: frozenset[str] = FOLLOWING | getattr(facts, "fixed", frozenset())
    if isinstance(facts, Attendance):
        # Groups are the register's; whoever is named is one.
        closed = frozenset({"groups"} if facts.person is None else {"groups", "count"})
    if isinstance(facts, IndividualWork) and facts.place is None:
        closed |= {"place"}
    for name, shape in shapes_of(type(facts)).items():
        if name not in closed:
            yield name, shape


def _whom(facts: msgspec.Struct) -> Id | None:
    """Return the one registered person whom a record is about; None where that is not clear.

    What several of a household got is about whoever took it.
    """
    lines: tuple[Attendance, ...] = getattr(facts, "attendance", ())
    served = {line.person for line in lines if line.role in BENEFICIARY_ROLES}
    named = (served | {getattr(facts, "whom", None)}) - {None}
    receiver: Id | None = getattr(facts, "receiver", None)
    return named.pop() if len(named) == 1 else receiver


def _is_list(shape: Shape) -> bool:
    """Say whether a list has lines of several fields, none of which is sealed."""
    inner = shape.inner
    return inner is not None and inner.is_struct and not holds_private(inner.kind)


def _field(name: str, label: str, shape: Shape, value: Any) -> Field | None:
    """Return how one field is asked for; None where a form cannot."""
    optional = shape.optional
    if shape.is_id or (label == "kind" and value not in activity_kinds()):
        return None
    if shape.inner is not None:
        return _several(name, label, shape.inner, value)
    if get_origin(shape.kind) is Literal:
        return Field(name, label, "choice", _written(value), get_args(shape.kind), optional)
    if shape.kind is bool:
        return Field(name, label, "choice", _written(value), YES_NO, optional)
    if shape.is_money:
        stands = "" if value is None else Money(value).yuan
        return Field(name, label, "money", (stands,), optional=optional, most=15)
    if shape.kind is int:
        return Field(name, label, "number", _written(value), optional=optional, most=19)
    if shape.kind is date:
        return Field(name, label, "day", _written(value), optional=optional)
    if shape.kind is Private and value is not None:
        return Field(name, label, "words", ("",), optional=True, most=WORDS, words=value)
    return _text(name, label, shape, value) if shape.kind is str else None


def _text(name: str, label: str, shape: Shape, value: str | None) -> Field:
    codes = tuple(activity_kinds()) if label == "kind" else _codes(label)
    if codes:
        choices = _with(codes, _written(value))
        return Field(name, label, "choice", _written(value), choices, shape.optional)
    look: Look = "text" if shape.bound.lines else "line"
    return Field(name, label, look, _written(value), optional=shape.optional, most=shape.bound.most)


def _several(name: str, label: str, inner: Shape, value: Texts) -> Field | None:
    codes = get_args(inner.kind) if get_origin(inner.kind) is Literal else _codes(label)
    if not codes or inner.is_id:
        return None
    return Field(name, label, "several", tuple(value), _with(codes, value), optional=True)


def _codes(label: str) -> Texts:
    """Return the catalogue's codes of a field; none where people may write what they like."""
    if label not in CATALOGUED:
        return ()
    return tuple(key.partition(".")[2] for key in words() if key.startswith(f"{label}."))


def _with(codes: Texts, stand: Iterable[str]) -> Texts:
    return (*codes, *(code for code in stand if code and code not in codes))


def _written(value: Any) -> Texts:
    """Return a value as a field of a form has it."""
    if isinstance(value, bool):
        return (YES_NO[not value],)
    return ("" if value is None else str(value),)
