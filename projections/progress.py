"""How far each indicator has come, against its targets as they stood on a day.

Written once against `Answers`, so that it works on the live tables, on the fold up to a position
and on an evaluator's machine. Different units never add, and nothing is capped or averaged.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal

import msgspec

from domain.counting import DISTINCT
from domain.identity import Id
from domain.subject import counted_as
from projections.amounts import counted
from projections.engine.ask import Answers, Where
from projections.engine.view import Row, Table
from projections.indicators import (
    CONTRIBUTION,
    INDICATOR,
    MERGED,
    PROGRESS,
    STATUS,
    SUBJECT,
    TARGET,
    UNCERTAIN,
)

Reached = Literal["short", "met", "over"]


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """完成率: an actual over what is due, never capped (glossary, counting rules 10 and 11).

    `low` and `high` differ where a range is due; the percentage is of its low end.
    """

    numerator: int
    low: int
    high: int
    as_of: date
    formula: str = "completion@1"

    @property
    def reached(self) -> Reached:
        """Short of the low end, within the range, or above its high end."""
        if self.numerator < self.low:
            return "short"
        return "over" if self.numerator > self.high else "met"

    @property
    def tenths(self) -> int | None:
        """Tenths of a percent, rounded half up; None where nothing is due."""
        if self.low == 0:
            return None
        return (2 * 1000 * self.numerator + self.low) // (2 * self.low)


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A target in force: its row, and how far it is reached where it is a number or a range."""

    target: Row
    completion: Completion | None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator: its row, what came in each month and altogether, and what is due.

    Amounts are in the measure's own unit: minutes, 分. A monthly target is held against the last
    month asked for. A figure of persons counts those on record; there came `unnamed` besides, who
    cannot be told apart (counting rule 2). Of person-times so many are `estimated`.
    """

    indicator: Row
    months: dict[str, int]
    total: int
    due: tuple[Due, ...]
    status: Row | None = None
    unnamed: int = 0
    estimated: int = 0

    @property
    def most(self) -> int:
        """The figure's upper end: 人数 of named and unnamed people is a range (rule 2)."""
        return self.total + self.unnamed


def targets_on(targets: Iterable[Row], day: date) -> dict[tuple[Id, str], Row]:
    """Return the targets that held on a day: (indicator, per) → the last that had begun by then."""
    held: dict[tuple[Id, str], Row] = {}
    for row in sorted(targets, key=lambda row: (row["effective_from"], row["position"])):
        if row["effective_from"] <= day:
            held[row["indicator"], row["per"]] = row
    return held


def statuses_on(statuses: Iterable[Row], day: date) -> dict[Id, Row]:
    """Return the last status declared of each qualitative indicator by a day."""
    held: dict[Id, Row] = {}
    for row in sorted(statuses, key=lambda row: (row["day"], row["position"])):
        if row["day"] <= day:
            held[row["indicator"]] = row
    return held


def completion(actual: int, target: Row, day: date) -> Completion | None:
    """Return how far a target is reached; None for one in words."""
    if target["form"] == "words":
        return None
    low, high = (counted(target[end], target["unit"]) for end in ("low", "high"))
    return Completion(numerator=actual, low=low, high=high, as_of=day)


def progress(answers: Answers, project: Id, day: date, since: date | None = None) -> list[Progress]:
    """Return every indicator of a project, in the contract's order, up to a day.

    `since` leaves out what was done before that day; what is due stays what is due.
    """
    ledger = {"ledger": project}
    defined = answers.rows(INDICATOR, where=ledger, order=("position",))
    held = targets_on(answers.rows(TARGET, where=ledger), day)
    declared = statuses_on(answers.rows(STATUS, where=ledger), day)
    month = f"{day:%Y-%m}"
    months = _months(answers, project, defined, since, day)
    return [
        _of(row, months.get(row["indicator"], {}), held, declared, day, month) for row in defined
    ]


Came = dict[str, tuple[Counter[str], frozenset[str]]]
"""Month → amount, unnamed and estimated, and the subjects where each counts once."""


def _of(
    row: Row,
    came: Came,
    held: dict[tuple[Id, str], Row],
    declared: dict[Id, Row],
    day: date,
    month: str,
) -> Progress:
    distinct = row["measure"] in DISTINCT
    everybody = frozenset().union(*(subjects for _, subjects in came.values()))
    sums: Counter[str] = Counter()
    for counts, _ in came.values():
        sums.update(counts)
    months = {
        each: len(subjects) if distinct else counts["amount"]
        for each, (counts, subjects) in sorted(came.items())
    }
    total = len(everybody) if distinct else sums["amount"]
    due = [
        Due(
            target=held[row["indicator"], per],
            completion=completion(
                months.get(month, 0) if per == "month" else total, held[row["indicator"], per], day
            ),
        )
        for per in ("month", "midterm", "project")
        if (row["indicator"], per) in held
    ]
    status = declared.get(row["indicator"])
    return Progress(
        indicator=row,
        months=months,
        total=total,
        due=tuple(due),
        status=status,
        unnamed=sums["unnamed"],
        estimated=sums["estimated"],
    )


def _months(
    answers: Answers, project: Id, defined: list[Row], since: date | None, last: date
) -> dict[Id, Came]:
    """Add up the sites of a project: amounts add, subjects are the same person everywhere."""
    where = {"ledger": project}
    bounds: dict[str, Any] = {
        "since": None if since is None else {"month": f"{since:%Y-%m}"},
        "until": {"month": f"{last:%Y-%m}"},
    }
    amounts: defaultdict[tuple[Id, str], Counter[str]] = defaultdict(Counter)
    for row in answers.rows(PROGRESS, where=where, **bounds):
        for name in ("amount", "unnamed", "estimated"):
            amounts[row["indicator"], row["month"]][name] += row[name]
    once = [row["indicator"] for row in defined if row["measure"] in DISTINCT]
    who: defaultdict[tuple[Id, str], Counter[str]] = defaultdict(Counter)
    same = same_subjects(answers, project) if once else {}
    if once:
        met = answers.rows(SUBJECT, where={**where, "indicator": once}, **bounds)
        for row in as_counted(met, same):
            who[row["indicator"], row["month"]][row["subject"]] += row["events"]
    for row in as_counted(_beside(answers, CONTRIBUTION, where, since, last), same):
        amounts[row["indicator"], row["month"]]["amount"] -= row["amount"]
        who[row["indicator"], row["month"]][row["subject"]] -= 1
    for row in _beside(answers, UNCERTAIN, where, since, last):
        for name in ("unnamed", "estimated"):
            amounts[row["indicator"], row["month"]][name] -= row[name]
    found: defaultdict[Id, Came] = defaultdict(dict)
    for (indicator, month), counts in amounts.items():
        found[indicator][month] = (counts, frozenset(+who[indicator, month]))
    return found


def _beside(
    answers: Answers, table: Table, where: Where, since: date | None, last: date
) -> Iterator[Row]:
    """Yield what was done in the first and the last month, but before and after the days asked."""
    if since is not None and since.day > 1:
        before = {"day": since - timedelta(days=1)}
        yield from answers.rows(
            table, where=where, since={"day": since.replace(day=1)}, until=before
        )
    end = last.replace(day=monthrange(last.year, last.month)[1])
    if last < end:
        after = {"day": last + timedelta(days=1)}
        yield from answers.rows(table, where=where, since=after, until={"day": end})


def merged_subjects(answers: Answers, project: Id) -> dict[Id, Id]:
    """Return whom a project was told to be one person: absorbed record → kept one, link by link."""
    rows = answers.rows(MERGED, where={"ledger": project})
    return {row["absorbed"]: row["kept"] for row in rows}


def same_subjects(answers: Answers, project: Id) -> dict[Id, Id]:
    """Return as whom a project counts each of those who were absorbed."""
    return counted_as(merged_subjects(answers, project))


def as_counted(contributions: Iterable[Row], same: Mapping[Id, Id]) -> list[Row]:
    """Return contributions with each subject as the one that it is counted as."""
    return [
        {**row, "subject": same[row["subject"]]} if row["subject"] in same else row
        for row in contributions
    ]


def figure(
    answers: Answers, indicator: Id, *, since: date | None = None, until: date | None = None
) -> list[Row]:
    """Return the contributions that make a figure, by day, with whom each is counted as."""
    rows = answers.rows(
        CONTRIBUTION,
        where={"indicator": indicator},
        since={"day": since} if since else None,
        until={"day": until} if until else None,
        order=("day",),
    )
    return as_counted(rows, same_subjects(answers, rows[0]["ledger"])) if rows else []


def doubts(
    answers: Answers, indicator: Id, *, since: date | None = None, until: date | None = None
) -> list[Row]:
    """Return the deliveries that keep a figure from being exact, by day, and by how much each."""
    return answers.rows(
        UNCERTAIN,
        where={"indicator": indicator},
        since={"day": since} if since else None,
        until={"day": until} if until else None,
        order=("day",),
    )


def amount_of(measure: str, contributions: Iterable[Row]) -> int:
    """Return the figure that contributions make, as counted: a sum, or each subject once."""
    rows = list(contributions)
    if measure in DISTINCT:
        return len({row["subject"] for row in rows})
    return sum(row["amount"] for row in rows)
