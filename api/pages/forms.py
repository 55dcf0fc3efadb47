"""What short forms of pages have in common: what was typed, and the command under its own key.

A form of one step carries the key that was made when it was shown, so that pressing twice, or
sending it again over a bad line, does it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, Request, Response
from pydantic import BaseModel, ValidationError

from api.commands import Command
from api.pages.asked_language import language_of
from api.pages.fields import Typed
from api.pages.language import Speech
from api.pages.reader import Reader
from domain.identity import is_id
from domain.refusals import INVALID, ShiluError
from domain.wording import TOO_LONG

Body = TypeVar("Body", bound=BaseModel)


async def said(request: Request) -> dict[str, str]:
    """Take what was typed into the fields of a form, whatever it is; of each the first."""
    form = await request.form(max_files=0)
    return {name: text.strip() for name, text in form.items() if isinstance(text, str)}


Said = Annotated[dict[str, str], Depends(said)]


async def typed(request: Request) -> Typed:
    """Take what was typed, whatever it is: nothing of it may be lost on a refusal."""
    form = await request.form(max_files=0)
    return {
        name: tuple(text for text in form.getlist(name) if isinstance(text, str)) for name in form
    }


Sent = Annotated[Typed, Depends(typed)]


def as_sent(model: type[Body], typed: Mapping[str, Any]) -> Body:
    """Return what was typed as a command has it. Raises `invalid` or `text.too_long` of a field."""
    try:
        return model.model_validate(dict(typed))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        if first["type"] == "string_too_long":
            raise TOO_LONG(field, most=first["ctx"]["max_length"]) from None
        raise INVALID(field) from None


def command_of(reader: Reader, key: str, *told: object) -> Command:
    """Return the command that a form asks for; told twice under one key it is the same one.

    Raises `invalid` where the key is none that a page made.
    """
    if not is_id(key):
        raise INVALID("key")
    content = msgspec.json.encode([reader.actor, reader.role, *told], order="sorted")
    asked = reader.asked
    return Command(asked.principal, asked.parts, Response(), key, sha256(content).digest(), None)


def day_in(text: str | None, field: str) -> date | None:
    """Read a day; None where nothing was typed. Raises `invalid`."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise INVALID(field) from None


def in_words(request: Request, refused: ShiluError, labels: Mapping[str, str]) -> str:
    """Return the sentence of a refusal, after the name of the field that it names."""
    speech = Speech(language_of(request))
    words, label = refused.text(speech.language), labels.get(refused.field or "")
    return f"{speech.text(label)}{speech.text('record.colon')}{words}" if label else words
