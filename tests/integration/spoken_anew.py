"""Says something new in every sealed field of every record that can be set right, over HTTP.

Whatever is corrected carries the facts before and after, and whatever is voided or reinstated
carries them on: words that come this way have no command's model of their own.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import msgspec

from domain.event import CORRECTIONS, FACTS, Facts
from domain.identity import Id
from domain.journal.codec import decode
from domain.private import Private, private_names
from tests.integration.http import Running
from tests.integration.spoken_life import REASON
from tests.purposes import sealed_fields

Place = tuple[str, str]
"""A kind of facts, and its field that is sealed or holds what is sealed."""


def places() -> set[Place]:
    """Return every such field of every kind of record that can be set right."""
    return {
        (name, field)
        for name, kind in FACTS.items()
        if kind in CORRECTIONS
        for field in private_names(kind)
    }


def set_right(api: Running, client: Id) -> dict[str, Place]:
    """Correct, void and reinstate all that was recorded; return each new word with its place."""
    said: dict[str, Place] = {}
    for row in list(api.built.journal.read(0, 100_000)):
        event = decode(row.state)
        recorded: type[Facts] = type(event.facts)
        if recorded not in CORRECTIONS:
            continue
        kind = next(name for name, one in FACTS.items() if one is recorded)
        for field in private_names(recorded):
            words = _words(said, (kind, field))
            sent = _anew(getattr(event.facts, field), client, words, f"{kind}.{field}")
            body = {"facts": {field: sent}, "reason": REASON}
            shown = api.post(f"/records/{event.id}/corrections/preview", body)
            assert shown.status_code == 200, shown.text
            api.done(f"/records/{event.id}/corrections", body)
        voided = api.post(f"/records/{event.id}/voidings", {"reason": REASON})
        if voided.status_code == 201:  # else others rest on it
            api.done(f"/records/{event.id}/reinstatements", {"reason": REASON})
    return said


def _words(said: dict[str, Place], place: Place) -> Callable[[], str]:
    def made() -> str:
        word = f"canary{secrets.token_hex(12)}"
        said[word] = place
        return word

    return made


def _anew(value: Any, client: Id, words: Callable[[], str], place: str) -> Any:
    """Return what stands in a field as it is sent, with new words wherever there may be some."""
    if value is None:
        usual, *_ = dict(sealed_fields())[place]
        return {"person": client, "purpose": usual, "text": words()}
    if isinstance(value, Private):
        return {"person": value.person, "purpose": value.purpose, "text": words()}
    if isinstance(value, tuple):
        return [_anew(one, client, words, place) for one in value]
    if isinstance(value, msgspec.Struct):
        inside = private_names(type(value))
        facts = {name: getattr(value, name) for name in value.__struct_fields__}
        return {
            name: _anew(one, client, words, f"{place}.{name}")
            if name in inside
            else msgspec.to_builtins(one)
            for name, one in facts.items()
        }
    return msgspec.to_builtins(value)
