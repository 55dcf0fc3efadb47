"""The form for 更正: what stands beside what was typed, and what that would have corrected.

Only what differs from what stands is sent, so that nobody confirms what they never touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from api.pages.fields import (
    Field,
    ListLine,
    Texts,
    Typed,
    fields_of,
    happened_fields,
    left_out,
    lines_of,
)
from api.pages.filled_in import NOT_OFFERED, plain, read
from api.pages.money import fen_of
from domain.event import Effective

OPEN_LINES = 3
"""Longer lists are folded, so that the reason below them is in reach."""
GONE = "gone"
"""The name under which lines are named that should be taken out."""


@dataclass(frozen=True)
class CorrectionForm:
    """What a record says now, and what somebody typed beside it."""

    says: Effective[Any]
    typed: Typed

    @cached_property
    def happened(self) -> tuple[Field, ...]:
        """The fields that say when it happened."""
        return happened_fields(self.says)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields that say what happened."""
        return tuple(fields_of(self.says.facts))

    @cached_property
    def lines(self) -> tuple[ListLine, ...]:
        """The lines of its lists, and an empty one where somebody can be added."""
        return tuple(lines_of(self.says.facts))

    @cached_property
    def left_out(self) -> list[str]:
        """The fields that are corrected over HTTP alone."""
        return left_out(self.says.facts)

    def said(self, field: Field) -> Texts:
        """Return what the field shows: what was typed, else what stands."""
        return self.typed.get(field.name, field.stands)

    def differs(self, field: Field) -> bool:
        """Say whether something else was typed than stands."""
        said = self.said(field)
        if field.look == "several":
            return {code for code in said if code} != set(field.stands)
        if field.look == "money" and (fen := fen_of(plain(said))) is not None:
            return fen != fen_of(plain(field.stands))
        return plain(said) != plain(field.stands)

    def opens(self, lines: Sequence[ListLine], wrong: str | None) -> bool:
        """Say whether a list stands open: a short one, and one in which something was typed."""
        fields = [field for line in lines for field in line.fields]
        touched = any(field.name == wrong or self.differs(field) for field in fields)
        gone = {line.name for line in lines} & set(self.typed.get(GONE, ()))
        return touched or bool(gone) or sum(not line.new for line in lines) <= OPEN_LINES

    @property
    def changes(self) -> list[tuple[ListLine | None, Field]]:
        """The fields that should be different, each with its line where it is of one."""
        own: list[tuple[ListLine | None, Field]] = [
            (None, field) for field in (*self.happened, *self.fields)
        ]
        lines = [line for line in self.lines if not line.new or line in self.added]
        inside = [(line, field) for line in lines for field in line.fields]
        return [(line, field) for line, field in (*own, *inside) if self.differs(field)]

    @property
    def gone(self) -> list[ListLine]:
        """The lines that should be taken out. Raises `page.not_offered` for others."""
        named = {name for name in self.typed.get(GONE, ()) if name}
        found = [line for line in self.lines if line.name in named and not line.new]
        if len(found) < len(named):
            raise NOT_OFFERED(GONE)
        return found

    @property
    def added(self) -> list[ListLine]:
        """The new lines that say how many there were."""
        return [
            line
            for line in self.lines
            if line.new and any(self.differs(each) for each in line.fields if each.label == "count")
        ]

    def facts(self) -> dict[str, Any]:
        """Return the fields of the facts that should be different, as a correction sends them.

        Raises `page.*`, naming the field.
        """
        whole = msgspec.json.decode(msgspec.json.encode(self.says.facts))
        touched = set()
        stood = (field for line in self.lines if not line.new for field in line.fields)
        for field in (*self.fields, *stood):
            if self.differs(field):
                path = field.name.split(".")[1:]
                _put(whole, path, read(field, self.said(field)))
                touched.add(path[0])
        for line in self.gone:
            whole[line.label][line.number] = None
            touched.add(line.label)
        for line in self.added:
            entry = {field.label: read(field, self.said(field)) for field in line.fields}
            whole[line.label] = [*whole.get(line.label, ()), entry]
            touched.add(line.label)
        return {name: _without_gone(whole[name]) for name in touched}

    def occurred(self) -> dict[str, Any] | None:
        """Return when it happened, as a correction sends it; None where that stays.

        Raises `page.no_minute` and `page.not_offered`.
        """
        if not any(self.differs(field) for field in self.happened):
            return None
        stands = msgspec.to_builtins(self.says.occurred)
        return {
            name: read(field, self.said(field)) if self.differs(field) else stands.get(name)
            for name, field in zip(("start", "end", "precision"), self.happened, strict=True)
            if self.differs(field) or name in stands
        }

    def field_of(self, named: str | None) -> str | None:
        """Return the name in the form of a field that a refusal names.

        Once a line is taken out the rest are numbered otherwise, and none is found.
        """
        if named is None or self.typed.get(GONE):
            return None
        names = {field.name: field.name for field in self._all}
        for line in self.lines:
            if line.new:
                here = f"facts.{line.label}.{line.number}"
                names |= {f"{here}.{field.label}": field.name for field in line.fields}
        ways = (named, f"facts.{named}", named.replace("occurred.", "happened."))
        return next((names[way] for way in ways if way in names), None)

    def label_of(self, named: str | None) -> str | None:
        """Return what a field is called that a refusal names; None where the form has no such."""
        return next((field.label for field in self._all if field.name == named), None)

    @property
    def _all(self) -> Iterator[Field]:
        yield from (*self.happened, *self.fields)
        for line in self.lines:
            yield from line.fields


def _put(whole: Any, path: list[str], value: Any) -> None:
    """Put a value where a path of names and numbers leads."""
    for name in path[:-1]:
        whole = whole[int(name) if isinstance(whole, list) else name]
    whole[path[-1]] = value


def _without_gone(value: Any) -> Any:
    return [entry for entry in value if entry is not None] if isinstance(value, list) else value
