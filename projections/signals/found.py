"""All signals of a project or a station, with the thresholds used and the lag of its records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec

from projections.finding import Finding, in_order, told
from projections.signals.lag import histogram, lag, late_no_more, mass_entry
from projections.signals.order import after_death, out_of_order, targets_after_work
from projections.signals.presence import long_days, nights, two_places
from projections.signals.sameness import possible_duplicates, same_files, same_words
from projections.signals.sums import above_membership, impossible_sums
from projections.signals.work import Work

Look = Callable[[Work], Iterator[Finding]]
CONCERNS: Mapping[str, tuple[Look, ...]] = {
    "lag": (lag, late_no_more, mass_entry),
    "presence": (two_places, long_days, nights),
    "sameness": (possible_duplicates, same_words, same_files),
    "order": (out_of_order, targets_after_work, after_death),
    "sums": (above_membership, impossible_sums),
}
"""What can be looked for, by concern."""


def signals(work: Work, concerns: Collection[str] = ()) -> list[Finding]:
    """Return what is worth asking about, of some concerns or of all."""
    wanted = [looks for name, looks in CONCERNS.items() if not concerns or name in concerns]
    return in_order(chain.from_iterable(look(work) for looks in wanted for look in looks))


def answer(work: Work, concerns: Collection[str] = ()) -> dict[str, Any]:
    """Return the signals as JSON has them."""
    return {
        "thresholds": msgspec.to_builtins(work.thresholds),
        "cutoffs": [day.isoformat() for day in work.cutoffs],
        "records": len(work.works),
        "lag_days": histogram(work.told.values()),
        "findings": [told(one) for one in signals(work, concerns)],
    }
