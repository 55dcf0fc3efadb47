"""What every command passes as it is saved, whatever desk it was decided at.

These rules hold for all kinds of work alike, so no slice asks them. They stand in this order: what
is told of another operator is told first, and whoever may not write learns no more than that.
"""

from __future__ import annotations

from collections.abc import Iterable

from domain.aggregate import Aggregate
from domain.desk import Desk
from domain.entry import Entry
from domain.event import AnyEvent
from domain.recording import check_timely
from domain.references import check_at_work, check_envelope, check_operator
from domain.who_may import check_who_may


def decided(
    desk: Desk, entry: Entry, read: Iterable[tuple[Aggregate, str]], *aggregates: Aggregate
) -> list[AnyEvent]:
    """Return what aggregates decided, checked against all that was `read` for it.

    Each aggregate was read for the field that it comes with. The first of those that decided is
    what the command is about. Raises the refusals of `references`, `recording`, `who_may` and
    `principal`.
    """
    about = aggregates[0]
    check_operator(about, (*read, *((written, "id") for written in aggregates)))
    check_envelope(desk, entry, about.scope.operator)
    check_at_work(desk, entry, *aggregates)
    check_timely(desk, entry, *aggregates)
    check_who_may(entry.principal, *aggregates)
    desk.principal.check_writes(*(each.id for each in aggregates if not each.by_readers))
    return [event for aggregate in aggregates for event in aggregate.collect_events()]
