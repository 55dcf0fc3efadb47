"""How long after the work it is written down, by whom, and how much just before somebody looks.

Lag is counted in civil days between the day that a record is of, as it stands, and the step that
first told that day (`projections.signals.telling`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from domain.clock import civil_date
from domain.identity import Id
from projections.engine.view import Row
from projections.finding import Figure, Finding, FindingSubject, ordered
from projections.signals.telling import Telling
from projections.signals.work import SignalThresholds, Work

BUCKETS = ((0, 0), (1, 1), (2, 3), (4, 7), (8, 30), (31, None))
"""Days of lag, from and to; the last has no end."""


def histogram(told: Iterable[Telling]) -> dict[str, int]:
    """Count records by their days of lag: "0", "1", "2-3", … "31+"."""
    found = dict.fromkeys((_name(*bucket) for bucket in BUCKETS), 0)
    for each in told:
        for first, last in BUCKETS:
            if last is None or each.lag <= last:
                found[_name(first, last)] += 1
                break
    return found


def _name(first: int, last: int | None) -> str:
    if last is None:
        return f"{first}+"
    return f"{first}" if first == last else f"{first}-{last}"


def lag(work: Work) -> Iterator[Finding]:
    """Find those of whose records some are late: how many, how late.

    A record counts for whoever told the day that it is of: who wrote it down, or moved it there.
    """
    limits = work.thresholds
    by_writer: dict[Id, list[Telling]] = {}
    for one in work.told.values():
        by_writer.setdefault(one.step["actor"], []).append(one)
    for writer, told in by_writer.items():
        late = [one for one in told if one.lag > limits.late_days]
        if len(late) < limits.late_records:
            continue
        days = [Figure(name=name, value=n, unit="条") for name, n in histogram(told).items()]
        yield Finding(
            code="record_lag",
            about=(FindingSubject(kind="staff", id=writer),),
            details={"histogram": ", ".join(f"{one.name}: {one.value}" for one in days)},
            figures=(
                Figure(name="records", value=len(told), unit="条"),
                Figure(name="late", value=len(late), unit="条"),
                Figure(name="longest", value=max(one.lag for one in late), unit="天"),
                *days,
            ),
            thresholds={"late_days": limits.late_days, "late_records": limits.late_records},
            events=_behind(late),
        )


def late_no_more(work: Work) -> Iterator[Finding]:
    """Find those who corrected the days of late records so that these are late no more.

    A mistaken day is set right so, and lateness is hidden so: that is for people to tell apart.
    """
    limits = work.thresholds
    by_corrector: dict[Id, list[Telling]] = {}
    for one in work.told.values():
        if one.lag <= limits.late_days < one.longest:
            by_corrector.setdefault(one.settled["actor"], []).append(one)
    for corrector, cleared in by_corrector.items():
        if len(cleared) < limits.late_records:
            continue
        yield Finding(
            code="late_no_more",
            about=(FindingSubject(kind="staff", id=corrector),),
            figures=(
                Figure(name="records", value=len(cleared), unit="条"),
                Figure(name="longest", value=max(one.longest for one in cleared), unit="天"),
            ),
            thresholds={"late_days": limits.late_days, "late_records": limits.late_records},
            events=_behind(cleared),
        )


def _behind(told: Iterable[Telling]) -> tuple[Id, ...]:
    """Return the records, and the steps that gave them their days."""
    steps = (row for one in told for row in (one.written, one.step, one.settled))
    return ordered({row["event"] for row in steps})


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """How many records were written in so many days before those looked at, and since when."""

    measured_on: str
    since: date
    days: int
    written: int

    def usual(self, days: int) -> int:
        """Return how many records so many days had, rounded down."""
        return self.written * days // self.days

    def exceeded(self, written: int, limits: SignalThresholds) -> bool:
        """Say whether so many records before a date are so much more than usual.

        Where nothing was written earlier, one record is taken: a few days without say little.
        """
        usual = max(self.written, 1) * limits.before_days
        return written * self.days * 100 >= usual * limits.usual_percent


class Eve(NamedTuple):
    """What was written in the days before a date, and the rhythm before them."""

    inside: list[Row]
    rhythm: Rhythm
    limits: SignalThresholds

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
    written = [{**one.written, "day": one.day, "lag_days": one.lag} for one in work.told.values()]
    for cutoff in work.cutoffs:
        yield from _before(work, cutoff, WORK, written)
        yield from _before(work, cutoff, DOCUMENTS, work.documents)


def _before(work: Work, cutoff: date, mass: Mass, rows: list[Row]) -> Iterator[Finding]:
    limits = work.thresholds
    days = timedelta(days=limits.before_days - 1)
    if cutoff - date.min < days:
        return  # it is no day before which anything can be on record
    begins = cutoff - days
    known = [(civil_date(row["recorded_at"]), row) for row in rows]
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
