"""How far each indicator has come, against its targets as they stood on a day.

Written once against `Answers`, so that it works on the live tables, on the fold up to a position
and on an evaluator's machine. Different units never add, and nothing is capped or averaged.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

import msgspec

from domain.counting import DISTINCT
from domain.identity import Id
from domain.schedule_rule import Span
from domain.subject import counted_as
from projections.completion import Completion, Reached, completion, midterm_of, targets_on
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
from projections.monthly import Month, monthly_of, months_held, span_of
from projections.project import PROJECT


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A target in force: its row, and how far it is reached where it is a number or a range.

    `months` are those of a monthly one, each against the target that held in it; how far it is
    reached is told of the month of the day, and of no day outside the project. What is due by the
    mid-term is held to what was done by then.
    """

    target: Row
    completion: Completion | None
    months: tuple[Month, ...] = ()

    @property
    def reached(self) -> Reached | None:
        """How the whole stands, of a monthly one its last month; None where no number is due."""
        if self.months:
            return self.months[-1].reached
        return self.completion.reached if self.completion else None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator: its row, what came in each month and altogether, and what is due.

    Amounts are in the measure's own unit: minutes, 分. A monthly target is held against the last
    month asked for, as far as the project lies in it. A figure of persons counts those on record;
    there came `unnamed` besides, who cannot be told apart (counting rule 2). Of person-times so
    many are `estimated`.
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


def statuses_on(statuses: Iterable[Row], day: date) -> dict[Id, Row]:
    """Return the last status declared of each qualitative indicator by a day."""
    held: dict[Id, Row] = {}
    for row in sorted(statuses, key=lambda row: (row["day"], row["position"])):
        if row["day"] <= day:
            held[row["indicator"]] = row
    return held


def among_goals(indicator: Row, day: date) -> bool:
    """Say whether the goals of the contract named an indicator on a day, as amended by then."""
    since: date | None = indicator["in_scope_from"]
    return bool(indicator["in_scope_at_first"]) or (since is not None and since <= day)


def retired(indicator: Row, day: date) -> bool:
    """Say whether an indicator was retired by a day: then nothing is due of it any more."""
    since: date | None = indicator["retired_from"]
    return since is not None and since <= day


def progress(answers: Answers, project: Id, day: date, since: date | None = None) -> list[Progress]:
    """Return every indicator of a project, in the contract's order, up to a day.

    `since` leaves out what was done before that day; what is due stays what is due. Of one that
    was retired by the day nothing is, and what it came to stays.
    """
    ledger = {"ledger": project}
    defined = answers.rows(INDICATOR, where=ledger, order=("position",))
    targets = answers.rows(TARGET, where=ledger)
    contracted = answers.rows(PROJECT, where=ledger)
    terms = Yardstick(
        day=day,
        targets=targets,
        held=targets_on(targets, day),
        declared=statuses_on(answers.rows(STATUS, where=ledger), day),
        span=span_of(contracted, since),
    )
    came = what_came(answers, project, defined, since, day, _indicator)
    midterm, by_midterm = midterm_of(contracted), came
    if midterm is not None and midterm < day:
        due = {indicator for indicator, per in terms.held if per == "midterm"}
        held = [row for row in defined if row["indicator"] in due]
        by_midterm = what_came(answers, project, held, since, midterm, _indicator) if held else {}
    return [
        _of(row, came.get(row["indicator"], {}), by_midterm.get(row["indicator"], {}), terms)
        for row in defined
    ]


Came = dict[str, tuple[Counter[str], frozenset[str]]]
"""Month → amount, unnamed and estimated, and the subjects where each counts once."""


class Yardstick(msgspec.Struct, frozen=True, kw_only=True):
    """What a project's indicators are held to on a day, and the days of it that are told of."""

    day: date
    targets: Sequence[Row]
    held: Mapping[tuple[Id, str], Row]
    declared: Mapping[Id, Row]
    span: Span | None


def _of(row: Row, came: Came, by_midterm: Came, terms: Yardstick) -> Progress:
    distinct = row["measure"] in DISTINCT
    months = {
        each: len(subjects) if distinct else counts["amount"]
        for each, (counts, subjects) in sorted(came.items())
    }
    total, first = (total_of(row, each) for each in (came, by_midterm))
    done = {"midterm": first, "project": total}
    return Progress(
        indicator=row,
        months=months,
        total=total,
        due=() if retired(row, terms.day) else tuple(_due(row["indicator"], months, done, terms)),
        status=terms.declared.get(row["indicator"]),
        **doubt_of(came),
    )


def doubt_of(came: Came) -> dict[str, int]:
    """Return how many people came unnamed, and how many person-times are estimated."""
    return {
        name: sum(counts[name] for counts, _ in came.values()) for name in ("unnamed", "estimated")
    }


def total_of(row: Row, came: Came) -> int:
    """Return an indicator's figure: a sum, or each subject once."""
    if row["measure"] in DISTINCT:
        return len(frozenset().union(*(subjects for _, subjects in came.values())))
    return sum(counts["amount"] for counts, _ in came.values())


def _due(
    indicator: Id, months: Mapping[str, int], done: Mapping[str, int], terms: Yardstick
) -> Iterator[Due]:
    """Yield each target with what was `done` in its own time, by when it is due."""
    for per in ("month", "midterm", "project"):
        target = terms.held.get((indicator, per))
        if target is None:
            continue
        if per == "month":
            monthly = monthly_of(terms.targets, indicator)
            held = months_held(monthly, months, terms.span, terms.day)
            now = next((each for each in held if each.month == f"{terms.day:%Y-%m}"), None)
            reached = None if now is None else now.completion(terms.day)
            yield Due(target=target, completion=reached, months=held)
        else:
            yield Due(target=target, completion=completion(done[per], target, terms.day))


def _indicator(row: Row) -> Id:
    indicator: Id = row["indicator"]
    return indicator


Whose = TypeVar("Whose", bound=Hashable)


def what_came(
    answers: Answers,
    project: Id,
    asked: list[Row],
    since: date | None,
    last: date,
    whose: Callable[[Row], Whose],
) -> dict[Whose, Came]:
    """Add up what a project's indicators took, by whatever `whose` makes of a row.

    Amounts add, subjects are the same person everywhere.
    """
    if since is not None and last < since:
        return {}
    where = {"ledger": project, "indicator": [row["indicator"] for row in asked]}
    bounds: dict[str, Any] = {
        "since": None if since is None else {"month": f"{since:%Y-%m}"},
        "until": {"month": f"{last:%Y-%m}"},
    }
    amounts: defaultdict[tuple[Whose, str], Counter[str]] = defaultdict(Counter)
    for row in answers.rows(PROGRESS, where=where, **bounds):
        for name in ("amount", "unnamed", "estimated"):
            amounts[whose(row), row["month"]][name] += row[name]
    once = [row["indicator"] for row in asked if row["measure"] in DISTINCT]
    who: defaultdict[tuple[Whose, str], Counter[str]] = defaultdict(Counter)
    same = same_subjects(answers, project) if once else {}
    if once:
        met = answers.rows(SUBJECT, where={**where, "indicator": once}, **bounds)
        for row in as_counted(met, same):
            who[whose(row), row["month"]][row["subject"]] += row["events"]
    for row in as_counted(_beside(answers, CONTRIBUTION, where, since, last), same):
        amounts[whose(row), row["month"]]["amount"] -= row["amount"]
        who[whose(row), row["month"]][row["subject"]] -= 1
    for row in _beside(answers, UNCERTAIN, where, since, last):
        for name in ("unnamed", "estimated"):
            amounts[whose(row), row["month"]][name] -= row[name]
    found: defaultdict[Whose, Came] = defaultdict(dict)
    for (of, month), counts in amounts.items():
        found[of][month] = (counts, frozenset(+who[of, month]))
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
