"""What a correction sends: fields of the record, within the bounds in which one is made anew.

Whoever records something fills in a form; whoever corrects it names fields of the stored facts,
which are more than that form has. What the form would not take is refused here: unknown fields,
fields that follow from others, words about people who have no part in the record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from domain.bounds import check_bounds
from domain.counting import BENEFICIARY_ROLES, Attendance, Occurrence
from domain.event import Facts
from domain.identity import Id
from domain.own_words import OTHER_PERSON
from domain.private import Private, private_fields
from domain.refusals import refusal

BAD_FACTS = refusal("record.bad_facts")
SEALED_SENT = refusal("record.sealed_sent")
UNKNOWN_FIELD = refusal("record.unknown_field")
FIXED_FIELD = refusal("record.fixed_field")

Changes = dict[str, Any]
SENT_OF_WORDS = ("person", "purpose", "text")
Served = Callable[[Any], Id | None]
"""Gives whose words facts have where they name nobody: of a case's client, a household's head."""


def nobody(_: Any) -> None:
    """Know of nobody whom facts are about."""


def changed(facts: Facts, changes: Changes, actor: Id, served: Served = nobody) -> Any:
    """Return facts with some fields replaced, held to their types and their bounds.

    `actor` is who corrects; words about a stranger, of whom nothing is on record, go under their
    key. Raises `record.*`, `text.*`, `bounds.*`, `private.other_purpose` and
    `own_words.other_person`, each naming the field.
    """
    if "allocations" in changes:
        raise FIXED_FIELD("facts.allocations")
    _check_unsealed(changes, "facts")
    after = _converted(facts, changes)
    for name, sent in changes.items():
        if name not in facts.__struct_fields__:
            raise UNKNOWN_FIELD(f"facts.{name}")
        if name in facts.fixed and getattr(after, name) != getattr(facts, name):
            raise FIXED_FIELD(f"facts.{name}")
        _check_known(sent, getattr(after, name), f"facts.{name}")
    check_bounds(after, "facts")
    _check_words(facts, after, actor, served)
    if isinstance(facts, Occurrence):
        _check_lines(facts.attendance, after.attendance)
    return after


def _converted(facts: Facts, changes: Changes) -> Any:
    whole = {**msgspec.to_builtins(facts), **changes}
    try:
        return msgspec.convert(whole, type(facts), strict=True)
    except msgspec.ValidationError as error:
        # The library ends its message with the place: `… - at `$.minutes``.
        place = str(error).rpartition("`$")[2].rstrip("`").lstrip(".")
        raise BAD_FACTS(f"facts.{place}" if place else "facts") from None


def _check_unsealed(value: Any, field: str) -> None:
    """Refuse private fields that come sealed: only the journal seals."""
    if isinstance(value, dict):
        if "sealed" in value:
            raise SEALED_SENT(field)
        for name, part in value.items():
            _check_unsealed(part, f"{field}.{name}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            _check_unsealed(part, f"{field}.{number}")


def _check_known(sent: Any, taken: Any, field: str) -> None:
    """Refuse fields, however deep, that were sent and that nothing took."""
    if isinstance(taken, Private) and not taken.text:
        raise BAD_FACTS(f"{field}.text")  # whoever takes words out sends null in their place
    if isinstance(taken, msgspec.Struct) and isinstance(sent, dict):
        names = SENT_OF_WORDS if isinstance(taken, Private) else taken.__struct_fields__
        for name, part in sent.items():
            if name not in names:
                raise UNKNOWN_FIELD(f"{field}.{name}")
            _check_known(part, getattr(taken, name), f"{field}.{name}")
    elif isinstance(taken, tuple):
        for number, (part, one) in enumerate(zip(sent, taken, strict=True)):
            _check_known(part, one, f"{field}.{number}")


def _check_words(before: Facts, after: Facts, actor: Id, served: Served) -> None:
    """Refuse words under the key of anybody but whom they are about.

    Where words stood before, new ones are for the same purpose.
    """
    sent = [(field, words) for field, words in private_fields(after) if words.text is not None]
    if not sent:
        return
    stood = dict(private_fields(before))
    was, now = _about(before, served), _about(after, served)
    strangers = {words.person for words in stood.values()} or {actor}
    for field, words in sent:
        stands = stood.get(field)
        owners = now or strangers if stands is None else _heirs(stands.person, was, now)
        if words.person not in owners:
            raise OTHER_PERSON(f"facts.{field}")
        if stands is not None and stands.purpose != words.purpose:
            raise FIXED_FIELD(f"facts.{field}.purpose")


def _heirs(owner: Id, was: set[Id], now: set[Id]) -> set[Id]:
    """Return whose words may stand where somebody's stood.

    Theirs, and nobody else's while the record is about them: under another key what was said of
    them would outlive their erasure. Where it turns out to be about others, theirs too.
    """
    if owner in now:
        return {owner}
    return {owner} | (now if owner in was else now - was)


def _about(facts: Facts, served: Served) -> set[Id]:
    """Return the persons whom facts are about: those they name, else whom they serve."""
    named = _people_in(facts)
    if named:
        return named
    client = served(facts)
    return set() if client is None else {client}


def _people_in(value: Any) -> set[Id]:
    """Return the persons whom facts name as served; colleagues who took part are not among them."""
    if isinstance(value, Attendance) and value.role not in BENEFICIARY_ROLES:
        return set()
    if isinstance(value, tuple):
        return {person for part in value for person in _people_in(part)}
    if not isinstance(value, msgspec.Struct) or isinstance(value, Private):
        return set()
    named = {getattr(value, name, None) for name in ("person", "client", "member", "receiver")}
    inside = (_people_in(getattr(value, name)) for name in value.__struct_fields__)
    return {person for person in named if person is not None}.union(*inside)


def _check_lines(before: tuple[Attendance, ...], after: tuple[Attendance, ...]) -> None:
    """Refuse groups and households of attendance other than those that stood there.

    They are no part of what people write: they are what the register said of a person that day.
    """
    groups = {(line.person, line.groups) for line in before}
    homes = {(line.person, line.household) for line in before}
    for number, line in enumerate(after):
        if line.groups and (line.person, line.groups) not in groups:
            raise FIXED_FIELD(f"facts.attendance.{number}.groups")
        if line.household and (line.person, line.household) not in homes:
            raise FIXED_FIELD(f"facts.attendance.{number}.household")
