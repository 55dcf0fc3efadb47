"""Every kind of record that can be corrected is held to its bounds when it is.

Each is taken as its golden file has it, and every field of it, however deep, is sent wrong.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

from domain.corrected import changed
from domain.event import CORRECTIONS, Facts, topic_of
from domain.identity import CANONICAL
from domain.journal.codec import decode
from domain.private import Private
from domain.refusals import ShiluError
from tests import golden

for each in golden.slices():
    golden.kinds(each)
KINDS = sorted(CORRECTIONS, key=topic_of)
WRONG: dict[Any, list[Any]] = {
    "id": ["nonsense", "", "0C6783B3-DDC4-5E68-9CE2-62C07EA2074B", "a\0b", "a\ud800b"],
    str: ["长" * 4001, "a\0b", "a\x1bb", "a\ud800b", "11010519491231002X"],
    int: [-1, 2**70, 10**16],
    Private: [
        {"person": "nonsense", "purpose": "casework", "text": "a"},
        {"person": golden.WORKER, "purpose": "casework"},  # words of nothing
        {"person": golden.WORKER, "purpose": "casework", "text": ""},
    ],
}
ACTOR = golden.WORKER
Path = tuple[str | int, ...]


def kind_of(hint: Any) -> tuple[Any, Any]:
    """Return what to send wrong for a type, and the type without None and marks."""
    if get_origin(hint) is Annotated:
        inner, *marks = get_args(hint)
        return ("id", inner) if CANONICAL in marks else kind_of(inner)
    if get_origin(hint) in (typing.Union, types.UnionType):
        return kind_of(next(part for part in get_args(hint) if part is not type(None)))
    return hint, hint


def wrong_in(hint: Any, value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Give everything wrong that can be sent for a field: where, and what."""
    name, plain = kind_of(hint)
    for wrong in WRONG.get(name, ()):
        yield path, wrong
    if get_origin(plain) is tuple:
        yield from wrong_in(get_args(plain)[0], value[0] if value else None, (*path, 0))
    elif isinstance(plain, type) and issubclass(plain, msgspec.Struct) and plain is not Private:
        yield (*path, "unheard_of"), 1
        for inner, of in get_type_hints(plain, include_extras=True).items():
            if inner in plain.__struct_fields__:
                yield from wrong_in(of, getattr(value, inner, None), (*path, inner))


def spoilt(value: Any, path: Path, wrong: Any) -> Any:
    """Return a value as JSON has it with one place in it wrong, made where it was not."""
    if not path:
        return wrong
    first, *rest = path
    if isinstance(first, int):
        inner = value[first] if value else None
        return [spoilt(inner, tuple(rest), wrong), *(value or ())[1:]]
    known = value or {}
    return {**known, first: spoilt(known.get(first), tuple(rest), wrong)}


def sent(facts: Facts, path: Path, wrong: Any) -> dict[str, Any]:
    """Return what a caller would send to have one place of a record wrong."""
    stands = msgspec.json.decode(msgspec.json.encode(facts))
    name = str(path[0])
    return {name: spoilt(stands.get(name), path[1:], wrong)}


def a_record(kind: type[Facts]) -> Facts:
    facts: Facts = decode(golden.file_of(topic_of(kind)).read_bytes()).facts
    return facts


@pytest.mark.parametrize("kind", KINDS, ids=topic_of)
def test_no_field_of_a_record_can_be_corrected_to_nonsense(kind: type[Facts]) -> None:
    facts = a_record(kind)
    hints = get_type_hints(kind, include_extras=True)
    tried: list[tuple[Path, Any]] = [(("unheard_of",), 1)]
    for name in kind.__struct_fields__:
        tried += wrong_in(hints[name], getattr(facts, name), (name,))
    taken = []
    for path, wrong in tried:
        try:
            changed(facts, sent(facts, path, wrong), ACTOR)
        except ShiluError as error:
            assert str(error.field).startswith(f"facts.{path[0]}")  # noqa: PT017
        else:
            taken.append((path, wrong))
    assert taken == []


@pytest.mark.parametrize("kind", KINDS, ids=topic_of)
def test_a_record_as_it_stands_is_within_its_bounds(kind: type[Facts]) -> None:
    facts = a_record(kind)
    assert changed(facts, {}, ACTOR) == facts
