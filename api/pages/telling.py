"""What tells one record from the next in a list: a few open words of what it says."""

from __future__ import annotations

from typing import Any

from domain.event import AnyEvent, Correction
from domain.identity import is_id
from domain.private import Private
from projections.engine.view import Row

BOOKKEEPING = ("claim.", "worker_day.", "case.CaseMarked", "case.CaseUnmarked")
"""Events that the rules write for themselves begin so; people did not write them down."""
OFFICE = ("token.", "reading.", "export.", "alert.")
"""What is written besides the work, of access and of alerts: it is no news of the work."""
TELLING = (
    "title", "variant", "line", "value", "code", "form", "number", "minutes", "quantity", "amount",
    "item", "unit", "place", "stage", "field", "record", "token", "reason", "until", "name",
)  # fmt: skip
"""Fields that tell records of a kind apart, the most telling first."""
FILES = ("case", "group", "activity")
MOST = 3
LONGEST = 40


def telling(event: AnyEvent) -> list[tuple[str, Any]]:
    """Return up to three fields of a record with what they say; nothing that is sealed.

    Of a correction it is what the record says from then on, or said until it was void.
    """
    facts: Any = event.facts
    if isinstance(facts, Correction):
        says = facts.after or facts.before
        facts = facts if says is None else says.facts
    told: list[tuple[str, Any]] = []
    if event.stream_type in FILES:
        told.append((event.stream_type, event.stream))
    told += [(name, getattr(facts, name)) for name in TELLING if _tells(getattr(facts, name, None))]
    came = len(getattr(facts, "attendance", ()))
    if came:
        told.append(("attendance", came))
    return [(name, _short(said)) for name, said in told[:MOST]]


def _tells(said: Any) -> bool:
    plain = isinstance(said, (str, int)) and not isinstance(said, (bool, Private))
    return plain and said != ""


def _short(said: Any) -> Any:
    if isinstance(said, str) and not is_id(said) and len(said) > LONGEST:
        return said[: LONGEST - 1] + "…"
    return said


def with_telling(rows: list[Row], found: Any) -> list[Row]:
    """Return rows of the audit trail, each with what tells it apart; `found` finds an event."""
    out = []
    for row in rows:
        known = found(row["event"])
        out.append({**row, "tells": [] if known is None else telling(known[1])})
    return out
