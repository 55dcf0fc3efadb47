"""Where people are said to have been: at two places at once, at night, for more than a day holds.

Only records with an exact time and a length say where somebody was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from domain.clock import SHANGHAI
from domain.identity import Id
from projections.engine.view import Row
from projections.finding import Figure, Finding, FindingSubject, ordered
from projections.signals.work import DRAFTED, SignalThresholds, Work

Pair = tuple[Row, Row, int]
"""Two records, and by how many whole minutes they overlap."""
ON_SITE = ("supervision", "on_site")
"""Kind and variant of looking on while somebody works."""


def two_places(work: Work) -> Iterator[Finding]:
    """Find workers, volunteers, and people served, who were at two services at once."""
    for code, kind, columns, apart in PRESENT:
        for somebody, rows in _by(work.met, columns).items():
            pairs = list(_overlaps(rows, work.thresholds.overlap_minutes, apart))
            for day in sorted({first["day"] for first, _, _ in pairs}):
                of_day = [pair for pair in pairs if pair[0]["day"] == day]
                yield _twice(
                    code, FindingSubject(kind=kind, id=somebody), day, of_day, work.thresholds
                )


def _by(rows: Iterable[Row], columns: Sequence[str]) -> dict[Id, list[Row]]:
    found: dict[Id, list[Row]] = {}
    for row in rows:
        if row["ends"] is not None:
            for somebody in (each for column in columns for each in row[column].split()):
                found.setdefault(somebody, []).append(row)
    return found


def _overlaps(rows: list[Row], allowed: int, apart: Callable[[Row, Row], bool]) -> Iterator[Pair]:
    rows = sorted(rows, key=lambda row: (row["started"], row["event"]))
    open_ones: list[Row] = []
    for row in rows:
        open_ones = [one for one in open_ones if one["ends"] > row["started"]]
        for one in open_ones:
            minutes = int((min(one["ends"], row["ends"]) - row["started"]).total_seconds()) // 60
            if minutes > allowed and apart(one, row):
                yield one, row, minutes
        open_ones.append(row)


def _apart(one: Row, other: Row) -> bool:
    """Two workers' records of one visit are one place; so is whoever was met in both.

    A household is one place, and so is a case or a group at its own place. What is written as a
    place names a centre, and a centre has many rooms: only supervision on site is where the work
    is that it looks at.
    """
    met = set(one["people"].split()) & set(other["people"].split())
    at_home = one["household"] is not None and one["household"] == other["household"]
    if met or at_home:
        return False
    if one["place"] != other["place"]:
        return True
    looked_at = ON_SITE in ((row["kind"], row["variant"]) for row in (one, other))
    return bool(one["stream"] != other["stream"]) and not looked_at


def _any(_one: Row, _other: Row) -> bool:
    return True


PRESENT: tuple[tuple[str, str, tuple[str, ...], Callable[[Row, Row], bool]], ...] = (
    ("worker_twice", "staff", ("workers",), _apart),
    ("volunteer_twice", "volunteer", ("helpers", "people"), _apart),
    ("person_twice", "person", ("people",), _any),
)
"""Code, whom it is about, where they are named, and which records are apart.

Who helps in one place may be served in the other; who is served in both was met in both, and these
are not apart.
"""


def _twice(
    code: str, somebody: FindingSubject, day: date, pairs: list[Pair], limits: SignalThresholds
) -> Finding:
    rows = [row for first, second, _ in pairs for row in (first, second)]
    return Finding(
        code=code,
        about=(somebody,),
        details={
            "day": day.isoformat(),
            "kinds": ", ".join(sorted({row["kind"] for row in rows})),
        },
        figures=(
            Figure(name="records", value=len({row["event"] for row in rows}), unit="条"),
            Figure(name="minutes", value=max(minutes for _, _, minutes in pairs), unit="分钟"),
        ),
        thresholds={"overlap_minutes": limits.overlap_minutes},
        events=ordered(row["event"] for row in rows),
    )


def long_days(work: Work) -> Iterator[Finding]:
    """Find days on which the minutes recorded of one worker are more than a day of work holds."""
    spent: dict[tuple[Id, date], list[Row]] = {}
    for row in work.works:
        for worker in row["workers"].split() if row["minutes"] else ():
            spent.setdefault((worker, row["day"]), []).append(row)
    for (worker, day), rows in spent.items():
        minutes = sum(row["minutes"] for row in rows)
        if minutes > work.thresholds.day_minutes:
            yield Finding(
                code="long_day",
                about=(FindingSubject(kind="staff", id=worker),),
                details={"day": day.isoformat()},
                figures=(
                    Figure(name="minutes", value=minutes, unit="分钟"),
                    Figure(name="records", value=len(rows), unit="条"),
                ),
                thresholds={"day_minutes": work.thresholds.day_minutes},
                events=ordered(row["event"] for row in rows),
            )


Nights = dict[tuple[Id, date], list[Row]]
"""By worker and the day on which the night began: what was done or written then."""


def nights(work: Work) -> Iterator[Finding]:
    """Find series at night: work that was done then, and records and documents written then."""
    limits = work.thresholds
    done: Nights = {}
    for row in work.works:
        if row["ends"] is not None:
            for worker in row["workers"].split():
                _note(done, worker, row["started"], row, limits)
    written: Nights = {}
    for row in (*work.writings, *work.documents):
        _note(written, row["actor"], row["recorded_at"], row, limits)
    for (somebody, night), rows in done.items():
        if len(rows) >= limits.night_records:
            yield _series("held_at_night", somebody, night, rows, limits)
    for (somebody, night), rows in written.items():
        if len(rows) >= limits.night_records:
            documents = sum(1 for row in rows if row["type"] == DRAFTED)
            filed = Figure(name="documents", value=documents, unit="条")
            yield _series("written_at_night", somebody, night, rows, limits, filed)


def _series(
    code: str, somebody: Id, night: date, rows: list[Row], limits: SignalThresholds, *more: Figure
) -> Finding:
    return Finding(
        code=code,
        about=(FindingSubject(kind="staff", id=somebody),),
        details={"night": night.isoformat()},
        figures=(Figure(name="records", value=len(rows), unit="条"), *more),
        thresholds={
            name: getattr(limits, name) for name in ("night_from", "night_to", "night_records")
        },
        events=ordered(row["event"] for row in rows),
    )


def _note(done: Nights, somebody: Id, moment: datetime, row: Row, limits: SignalThresholds) -> None:
    """Keep what lies in a night."""
    night = _night(moment.astimezone(SHANGHAI), limits.night_from, limits.night_to)
    if night is not None:
        done.setdefault((somebody, night), []).append(row)


def _night(there: datetime, begins: int, ends: int) -> date | None:
    """Return the day on which the night began that a moment lies in; None of a moment by day.

    A night may end on the day after it began (22 to 6) or on the same (0 to 6); one that ends at
    the hour at which it begins is none.
    """
    if begins <= ends:
        return there.date() if begins <= there.hour < ends else None
    if there.hour >= begins:
        return there.date()
    return there.date() - timedelta(days=1) if there.hour < ends else None
