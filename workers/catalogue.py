"""All duties there are."""

from __future__ import annotations

from workers.duty import Duty
from workers.reactor import reading_again
from workers.tidying import TIDY

_REACTING: tuple[Duty, ...] = (TIDY,)

DUTIES: tuple[Duty, ...] = (*_REACTING, reading_again(_REACTING))
