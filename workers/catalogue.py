"""All duties there are."""

from __future__ import annotations

from workers.alert import MAKE_UP, TELL
from workers.case import CHECK_ALL, CHECK_CASE, CHECK_STAFF, CHECK_STATION
from workers.duty import Duty
from workers.erasure import ERASE, ERASE_STAFF, ERASE_WORDS
from workers.handing_over import MAKE_BUNDLE
from workers.indicators import CHECK_ALL_SCHEDULES, CHECK_SCHEDULE
from workers.reactor import reading_again
from workers.subject import SETTLE, SETTLE_ALL
from workers.tidying import TIDY
from workers.token import END_TOKENS
from workers.workbook import MAKE_WORKBOOK

_REACTING: tuple[Duty, ...] = (
    CHECK_CASE,
    CHECK_STAFF,
    CHECK_STATION,
    CHECK_ALL,
    CHECK_SCHEDULE,
    CHECK_ALL_SCHEDULES,
    ERASE,
    ERASE_STAFF,
    ERASE_WORDS,
    MAKE_BUNDLE,
    MAKE_WORKBOOK,
    SETTLE,
    SETTLE_ALL,
    TIDY,
    TELL,
    MAKE_UP,
    END_TOKENS,
)

DUTIES: tuple[Duty, ...] = (*_REACTING, reading_again(_REACTING))
