"""Whoever sends a number, a truth value or a day sends just that: nothing is made of a likeness.

Left to itself the framework takes true and "40" for numbers, "yes" for true, and a number for a
day since 1970. A record would then say what nobody wrote. Days and times come as text, in which
JSON has to write them, so they cannot simply be asked for as they are.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic_core.core_schema import CoreSchema, no_info_before_validator_function

_DATED = re.compile(r"\d{4}-\d\d-\d\d")
_NO_SCHEMAS = frozenset({"metadata", "config", "default", "expected", "cls"})
"""Keys of a schema under which no schema is."""


def strict(schema: CoreSchema) -> CoreSchema:
    """Return how a body is read, with no number, truth value or day made of something else."""
    made: CoreSchema = _strict(schema)
    return made


def _strict(part: Any) -> Any:
    match part:
        case {"type": "int" | "bool"}:
            return {**part, "strict": True}
        case {"type": "date" | "datetime"}:
            return no_info_before_validator_function(_written, part)
        case {"type": "function-before", "function": {"function": known}} if known is _written:
            return part  # of a model that is part of another
        case {"type": "model-fields", "fields": fields}:
            return {**part, "fields": {name: _strict(field) for name, field in fields.items()}}
        case dict():
            return {
                name: inner if name in _NO_SCHEMAS else _strict(inner)
                for name, inner in part.items()
            }
        case list() | tuple():
            return type(part)(_strict(inner) for inner in part)
        case _:
            return part


def _written(value: Any) -> Any:
    """Refuse what is no text of a day or a time, as a count of seconds."""
    if isinstance(value, (bool, int, float)) or (
        isinstance(value, str) and _DATED.match(value) is None
    ):
        raise ValueError("not a day or a time as RFC 3339 writes it")
    return value
