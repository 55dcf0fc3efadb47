"""What must be handed over before somebody leaves or a station closes: read when it is asked for.

Staff and stations do not know their cases; the views do. So the views are waited for until they
show everything recorded up to this moment, in the whole operator.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from api.commands import Command
from projections.engine.ask import Answers

WAIT_SECONDS = 5.0


@contextmanager
def everything_open(command: Command) -> Iterator[Answers]:
    """Ask the views of the caller's operator, stations beyond their own included.

    Raises `position_not_reached` where the views do not come up to date in time.
    """
    parts = command.parts
    parts.watch.wait(parts.journal.max_notification_id() or 0, WAIT_SECONDS)
    whole = msgspec.structs.replace(command.principal, stations=())
    with parts.asking.within(whole) as answers:
        yield answers
