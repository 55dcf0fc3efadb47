"""What was typed into the fields of a form, read as facts have it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from api.commands import on_the_calendar
from api.pages.fields import NUMBER, YES_NO, Field, Texts
from api.pages.language import is_day
from api.pages.money import fen_of
from domain.clock import SHANGHAI
from domain.refusals import refusal

NO_NUMBER = refusal("page.no_number")
NO_MONEY = refusal("page.no_money")
NO_DAY = refusal("page.no_day")
NO_MINUTE = refusal("page.no_minute")
NOT_OFFERED = refusal("page.not_offered")
NOT_FILLED = refusal("page.not_filled")


def read(field: Field, said: Texts) -> Any:
    """Return what was typed into a field, as facts have it. Raises `page.*`, naming the field."""
    if field.look == "several":
        kept = [code for code in field.stands if code in said]
        return kept + [_offered(field, code) for code in said if code and code not in kept]
    text = plain(said)
    if text:
        return _read(field, text)
    if field.optional:
        return None
    if field.look in ("line", "text"):
        return ""  # whether that may be, the bounds of the facts say
    raise NOT_FILLED(field.name)


def _read(field: Field, text: str) -> Any:
    match field.look:
        case "number" if NUMBER.fullmatch(text) is None:
            raise NO_NUMBER(field.name)
        case "number":
            return int(text)
        case "money":
            if (fen := fen_of(text)) is None:
                raise NO_MONEY(field.name)
            return fen
        case "day" if not is_day(text):
            raise NO_DAY(field.name)
        case "moment":
            return minute(text, field.name).isoformat()
        case "choice":
            code = _offered(field, text)
            return code == YES_NO[0] if field.choices == YES_NO else code
        case "words" if field.words is not None:
            return {"person": field.words.person, "purpose": field.words.purpose, "text": text}
    return text


def minute(text: str, name: str) -> datetime:
    """Read a civil minute. Raises `page.no_minute`."""
    try:
        told = datetime.fromisoformat(text)
        return on_the_calendar(told.replace(tzinfo=SHANGHAI) if told.tzinfo is None else told)
    except ValueError:
        raise NO_MINUTE(name) from None


def _offered(field: Field, code: str) -> str:
    if code not in field.choices:
        raise NOT_OFFERED(field.name)
    return code


def plain(said: Texts) -> str:
    """Return one text as it is kept; a browser sends each line's end as two characters."""
    return (said[0] if said else "").replace("\r\n", "\n").strip()
