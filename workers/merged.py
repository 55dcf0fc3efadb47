"""Which records of the register are one person's, as the journal says and no view needs to know."""

from __future__ import annotations

from domain.identity import Id
from domain.journal.codec import decode
from domain.registry import PersonsMerged, PersonsSplit
from workers.duty import Workshop


def records_of(workshop: Workshop, person: Id) -> list[Id]:
    """Return a person's id, and those of the records that were merged into theirs."""
    found, known = [person], 0
    while known < len(found):
        kept, known = found[known], known + 1
        absorbed: dict[Id, None] = {}
        for row in workshop.journal.read_stream(kept):
            match decode(row.state).facts:
                case PersonsMerged(kept=one, absorbed=other) if one == kept:
                    absorbed[other] = None
                case PersonsSplit(kept=one, absorbed=other) if one == kept:
                    absorbed.pop(other, None)
        found += [other for other in absorbed if other not in found]
    return found
