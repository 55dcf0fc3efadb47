"""Personal data inside facts: a sealed field, and the only place where facts name a person's words.

A command puts the words in with `private(person, purpose, text)`; on the way into the journal
each is sealed under that person's key for that purpose and bound to its event and field, so that
what is hashed and kept never holds plaintext. Reading gives the sealed field back; whoever has
the right opens it through the vault.

A field of facts says for which purposes its words are kept (`note: CaseworkWords`), since the
purpose decides who opens them; what is recorded anew is held to it (`domain.bounds`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, get_type_hints

import msgspec

from domain.identity import Id

Purpose = Literal["identity", "contact", "casework", "health"]


class Private(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One personal field. `event` and `field` are where it was first written: what binds it.

    `text` exists between a command and the journal only. `fingerprint` is the same for the same
    words of one operator (`domain.fingerprint`); most fields have none.
    """

    person: Id
    purpose: Purpose
    event: Id | None = None
    field: str | None = None
    sealed: str | None = None
    text: str | None = None
    fingerprint: str | None = None

    def __repr__(self) -> str:
        """Show whose and what for, never the words."""
        return f"Private(person={self.person}, purpose={self.purpose})"


@dataclass(frozen=True)
class KeptFor:
    """For which purposes the words of a field may be kept; the first is the usual one."""

    purposes: tuple[Purpose, ...]


IdentityWords: TypeAlias = Annotated[Private, KeptFor(("identity",))]
"""A name, a number, what a person is told apart by."""
ContactWords: TypeAlias = Annotated[Private, KeptFor(("contact",))]
CaseworkWords: TypeAlias = Annotated[Private, KeptFor(("casework",))]
HealthWords: TypeAlias = Annotated[Private, KeptFor(("health",))]
ConditionWords: TypeAlias = Annotated[Private, KeptFor(("casework", "health"))]
"""How somebody was found, which may be about their health."""


def private(person: Id, purpose: Purpose, text: str | None) -> Private | None:
    """Mark words as a person's; None and the empty text stay None."""
    return Private(person=person, purpose=purpose, text=text) if text else None


Seal = Callable[[Private, Id, str], str]
Mark = Callable[[Private], str | None]
"""Gives the fingerprint of words that are still readable."""


def unmarked(field: Private) -> None:
    """Give no fingerprint."""


def seal_fields(facts: Any, event: Id, seal: Seal, path: str = "", mark: Mark = unmarked) -> Any:
    """Return the same facts with every unsealed private field sealed for `event`."""
    if isinstance(facts, Private):
        return _sealed(facts, event, seal, path, mark)
    if isinstance(facts, tuple):
        return tuple(
            seal_fields(part, event, seal, f"{path}.{n}", mark) for n, part in enumerate(facts)
        )
    if isinstance(facts, msgspec.Struct) and holds_private(type(facts)):
        changed = {
            name: seal_fields(
                getattr(facts, name), event, seal, f"{path}.{name}" if path else name, mark
            )
            for name in facts.__struct_fields__
        }
        return msgspec.structs.replace(facts, **changed)
    return facts


def _sealed(field: Private, event: Id, seal: Seal, path: str, mark: Mark) -> Private:
    if field.text is None:
        return field
    return Private(
        person=field.person,
        purpose=field.purpose,
        event=event,
        field=path,
        sealed=seal(field, event, path),
        fingerprint=mark(field),
    )


def private_fields(facts: Any, path: str = "") -> Iterator[tuple[str, Private]]:
    """Yield the private fields inside facts with their paths, to which they are bound as sealed."""
    if isinstance(facts, Private):
        yield path, facts
    elif isinstance(facts, tuple):
        for number, part in enumerate(facts):
            yield from private_fields(part, f"{path}.{number}")
    elif isinstance(facts, msgspec.Struct):
        for name in private_names(type(facts)):
            yield from private_fields(getattr(facts, name), f"{path}.{name}" if path else name)


def marked_words(facts: Any) -> list[Private]:
    """Return the sealed words inside facts that have a fingerprint, in order of their fields."""
    return [words for words in _words(facts) if words.fingerprint is not None]


def unsealed(facts: Any) -> bool:
    """Say whether facts hold words that are still to be sealed."""
    return any(words.text is not None for words in _words(facts))


def _words(facts: Any) -> list[Private]:
    found: list[Private] = []
    _gather(facts, found)
    return found


def _gather(facts: Any, found: list[Private]) -> None:
    if isinstance(facts, Private):
        found.append(facts)
    elif isinstance(facts, tuple):
        for part in facts:
            _gather(part, found)
    elif isinstance(facts, msgspec.Struct):
        for name in private_names(type(facts)):
            if part := getattr(facts, name):
                _gather(part, found)


@cache
def private_names(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the fields of a kind of struct that are private or hold private fields inside."""
    hints = get_type_hints(kind)
    return tuple(name for name in kind.__struct_fields__ if _mentions_private(hints[name]))


@cache
def holds_private(kind: type[msgspec.Struct]) -> bool:
    """Say whether a kind of struct has a private field anywhere inside."""
    return bool(private_names(kind))


def _mentions_private(hint: Any) -> bool:
    if hint is Any or hint is Private or isinstance(hint, TypeVar):
        # What stands there is known of a value only: the facts on either side of a correction.
        return True
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return holds_private(hint)
    return any(_mentions_private(part) for part in getattr(hint, "__args__", ()))
