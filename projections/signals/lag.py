"""How long after the work it is written down, by whom, and how much just before somebody looks.

Lag is counted in civil days between the happening and the first writing (figures of the audit).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from domain.identity import Id
from projections.engine.view import Row
from projections.finding import Figure, Finding, Subject, ordered
from projections.signals.work import Thresholds, Work, civil

BUCKETS = ((0, 0), (1, 1), (2, 3), (4, 7), (8, 30), (31, None))
"""Days of lag, from and to; the last has no end."""


def histogram(rows: Sequence[Row]) -> dict[str, int]:
    """Count first writings by their days of lag: "0", "1", "2-3", … "31+"."""
    found = dict.fromkeys((_name(*bucket) for bucket in BUCKETS), 0)
    for row in rows:
        for first, last in BUCKETS:
            if last is None or max(row["lag_days"], 0) <= last:
                found[_name(first, last)] += 1
                break
    return found


def _name(first: int, last: int | None) -> str:
    if last is None:
        return f"{first}+"
    return f"{first}" if first == last else f"{first}-{last}"


def lag(work: Work) -> Iterator[Finding]:
    """Find writers of whose records some are late: how many, how late."""
    by_writer: dict[Id, list[Row]] = {}
    for row in work.writings:
        by_writer.setdefault(row["actor"], []).append(row)
    limits = work.thresholds
    for writer, rows in by_writer.items():
        late = [row for row in rows if row["lag_days"] > limits.late_days]
        if len(late) < limits.late_records:
            continue
        days = [Figure(name=name, value=n, unit="条") for name, n in histogram(rows).items()]
        yield Finding(
            code="record_lag",
            about=(Subject(kind="staff", id=writer),),
            details={"histogram": ", ".join(f"{one.name}: {one.value}" for one in days)},
            figures=(
                Figure(name="records", value=len(rows), unit="条"),
                Figure(name="late", value=len(late), unit="条"),
                Figure(name="longest", value=max(row["lag_days"] for row in late), unit="天"),
                *days,
            ),
            thresholds={"late_days": limits.late_days, "late_records": limits.late_records},
            events=ordered(row["event"] for row in late),
        )


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """How many records were written in so many days before those looked at, and since when."""

    measured_on: str
    since: date
    days: int
    written: int

    def usual(self, days: int) -> int:
        """Return how many records so many days had, rounded down."""
        return self.written * days // self.days

    def exceeded(self, written: int, limits: Thresholds) -> bool:
        """Say whether so many records before a date are so much more than usual.

        Where nothing was written earlier, one record is taken: a few days without say little.
        """
        usual = max(self.written, 1) * limits.before_days
        return written * self.days * 100 >= usual * limits.usual_percent


class Eve(NamedTuple):
    """What was written in the days before a date, and the rhythm before them."""

    inside: list[Row]
    rhythm: Rhythm
    limits: Thresholds

    @property
    def late(self) -> int:
        """Count what was written more than `late_days` after it happened."""
        return sum(1 for row in self.inside if row["lag_days"] > self.limits.late_days)


def _written_up(eve: Eve) -> bool:
    """Say whether late work makes the mass: who writes at once in busy weeks enters nothing."""
    return eve.late >= eve.limits.mass_records


def _measured(eve: Eve) -> bool:
    """Say whether the rhythm is of as many days as are looked at; shorter ones say little.

    Documents have no day of their own beside that of their writing, so that none is late.
    """
    return eve.rhythm.days >= eve.limits.before_days


class Mass(NamedTuple):
    """What may be entered in mass, what is asked of it besides, and by which thresholds."""

    code: str
    asks: Callable[[Eve], bool]
    thresholds: tuple[str, ...]


COMPARED = ("before_days", "mass_records", "usual_percent")
WORK = Mass("mass_work", _written_up, (*COMPARED, "late_days"))
DOCUMENTS = Mass("mass_documents", _measured, COMPARED)


def mass_entry(work: Work) -> Iterator[Finding]:
    """Find dates before which more was written down than usual: late work, and documents."""
    for cutoff in work.cutoffs:
        yield from _before(work, cutoff, WORK, work.writings)
        yield from _before(work, cutoff, DOCUMENTS, work.documents)


def _before(work: Work, cutoff: date, mass: Mass, rows: list[Row]) -> Iterator[Finding]:
    limits = work.thresholds
    begins = cutoff - timedelta(days=limits.before_days - 1)
    known = [(civil(row["recorded_at"]), row) for row in rows]
    inside = [row for day, row in known if begins <= day <= cutoff]
    rhythm = _rhythm(work, begins, [day for day, _ in known if day < begins])
    if rhythm is None or len(inside) < limits.mass_records:
        return
    eve = Eve(inside, rhythm, limits)
    if not rhythm.exceeded(len(inside), limits) or not mass.asks(eve):
        return
    yield Finding(
        code=mass.code,
        details={
            "date": cutoff.isoformat(),
            "since": rhythm.since.isoformat(),
            "measured_on": rhythm.measured_on,
        },
        figures=_figures(eve, sum(1 for row in inside if row["day"] < begins)),
        thresholds={name: getattr(limits, name) for name in mass.thresholds},
        events=ordered(row["event"] for row in inside),
    )


def _figures(eve: Eve, of_before: int) -> tuple[Figure, ...]:
    """Return what was written in the days beside the rhythm; `of_before` is earlier work."""
    written, rhythm, days = len(eve.inside), eve.rhythm, eve.limits.before_days
    return (
        Figure(name="written", value=written, unit="条"),
        Figure(name="late", value=eve.late, unit="条"),
        Figure(name="usual", value=rhythm.usual(days), unit="条"),
        Figure(name="earlier", value=rhythm.written, unit="条"),
        Figure(name="usual_days", value=rhythm.days, unit="天"),
        Figure(name="all", value=written + rhythm.written, unit="条"),
        Figure(name="of_before", value=of_before, unit="条"),
        Figure(name="days", value=days, unit="天"),
    )


def _rhythm(work: Work, begins: date, earlier: list[date]) -> Rhythm | None:
    """Return the rhythm before the days looked at; None where nothing lies before them."""
    measured = _measured_from(work, begins, earlier)
    if measured is None:
        return None
    measured_on, since = measured
    return Rhythm(
        measured_on=measured_on, since=since, days=(begins - since).days, written=len(earlier)
    )


def _measured_from(work: Work, begins: date, earlier: list[date]) -> tuple[str, date] | None:
    """Return from which day on the rhythm before the days looked at is measured, and on what.

    From the first day of work, or of writing where that came first: who wrote nothing until the
    end had work to write down since then. Where neither lies before `begins`, from the start of
    the project; None where there is nothing before at all.
    """
    days = {
        "work": min((row["day"] for row in work.works), default=begins),
        "writing": min(earlier, default=begins),
    }
    first = min(days.values())
    if first < begins:
        return ("work" if days["work"] == first else "writing"), first
    if work.began is not None and work.began < begins:
        return "project", work.began
    return None
