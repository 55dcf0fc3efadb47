"""A project's indicators as pages show them: each against each of its targets, in one word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from api.pages.reader import Reader
from api.thresholds import of_pace
from domain.counting import DISTINCT
from domain.identity import Id
from domain.refusals import NOT_FOUND
from domain.schedule_rule import Span
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.pace import Pace, Thresholds, pace
from projections.progress import Due, Progress, progress, retired
from projections.project import GOAL, PROJECT

MOST_PROJECTS = 20
State = Literal[
    "met", "over", "late", "on_pace", "behind", "far_behind", "done", "not_done", "ongoing",
    "not_declared", "in_words", "no_target", "outside", "retired",
]  # fmt: skip
Period = Literal["month", "last_month", "midterm"]
BEHIND: tuple[State, ...] = ("far_behind", "behind", "not_done")
REACHED: tuple[State, ...] = ("met", "over", "done")
WORST_FIRST: tuple[State, ...] = (
    *BEHIND, "not_declared", "late", "on_pace", "ongoing", *REACHED, "in_words", "no_target",
    "outside", "retired",
)  # fmt: skip
"""How what has several figures stands: as the worst of those of which something is due."""


@dataclass(frozen=True)
class TargetLine:
    """One indicator against one of its targets. Amounts are in the measure's own unit.

    One that was retired stands with what it came to; nothing is due of it any more.

    `whole` says whether all that came in is held to the target, and not only what did in its time;
    where it is not, `period` says what is: the month that runs, the last, or up to the mid-term.
    """

    one: Progress
    due: Due | None
    pace: Pace | None
    state: State
    whole: bool
    period: Period | None = None

    @property
    def indicator(self) -> Row:
        """The indicator's row."""
        return self.one.indicator

    @property
    def actual(self) -> int:
        """What came in; against a target, in its time."""
        return self.one.total if self.pace is None else self.pace.actual

    @property
    def owed(self) -> int | None:
        """What is due, of a range its low end; None where no number is."""
        if self.pace is not None:
            return self.pace.target
        return self.due.completion.low if self.due and self.due.completion else None

    @property
    def monthly(self) -> bool:
        """Whether it is held to each month by itself."""
        return self.due is not None and self.due.target["per"] == "month"

    @property
    def months_met(self) -> tuple[int, int] | None:
        """How many months reached what they owed, of how many that can be judged."""
        if self.due is None or not self.monthly:
            return None
        judged = [month for month in self.due.months if month.judged]
        return sum(month.reached != "short" for month in judged), len(judged)

    @property
    def distinct(self) -> bool:
        """Whether each subject counts once, so that months may come to more than the whole."""
        return self.indicator["measure"] in DISTINCT


@dataclass(frozen=True)
class Item:
    """What is counted once: an indicator, or a printed line of the report with its twin.

    Its figures, as times and person-times, or one by the mid-term and one in all, tell of one piece
    of work. So it stands as the worst of them.
    """

    lines: list[TargetLine]

    @property
    def worst(self) -> TargetLine:
        """The figure by which it stands."""
        return min(self.lines, key=lambda line: WORST_FIRST.index(line.state))

    @property
    def state(self) -> State:
        """How it stands."""
        return self.worst.state


@dataclass(frozen=True)
class Overview:
    """A project with its indicators, as known when asked."""

    project: Row
    goals: dict[str, str]
    lines: list[TargetLine]
    day: date
    thresholds: Thresholds

    @cached_property
    def items(self) -> list[Item]:
        """What is counted once each, in the contract's order."""
        found: dict[tuple[str, str], Item] = {}
        for line in self.lines:
            row = line.indicator
            own, twin = (("printed", row[name] or "") for name in ("line", "counterpart"))
            alone = ("indicator", row["indicator"])
            names = [each for each in (own, twin) if each[1]] if own[1] else [alone]
            item = next((found[each] for each in names if each in found), Item([]))
            item.lines.append(line)
            found.update((each, item) for each in names)
        return list({id(item): item for item in found.values()}.values())

    @property
    def states(self) -> Counter[State]:
        """How many stand how, each counted once."""
        return Counter(item.state for item in self.items)

    @property
    def behind(self) -> list[TargetLine]:
        """What is behind, the worst first: of each the figure by which it stands."""
        found = [item.worst for item in self.items if item.state in BEHIND]
        return sorted(found, key=lambda line: BEHIND.index(line.state))

    @property
    def living(self) -> int:
        """How many there are that were not retired."""
        return sum(item.state != "retired" for item in self.items)

    @property
    def reached(self) -> int:
        """How many have reached what is due."""
        return sum(item.state in REACHED for item in self.items)

    @property
    def passed(self) -> tuple[int, int]:
        """How many of the project's days are over, of how many."""
        whole = Span(first=self.project["first"], last=self.project["last"])
        return whole.passed(self.day), whole.days


def overviews(reader: Reader, at: datetime | None = None) -> list[Overview]:
    """Return the latest projects in the reader's scope, those still running first."""
    asked = reader.asked.at(at)
    with asked.answers() as answers:
        rows = answers.rows(PROJECT, order=("first",), descending=True, limit=MOST_PROJECTS)
        rows.sort(key=lambda row: row["state"] == "ended")
        return [
            _overview(answers, row, (), asked.today, of_pace(asked, row["operator"]))
            for row in rows
        ]


def overview(reader: Reader, project: Id, at: datetime | None) -> Overview:
    """Return one project. Raises `not_found`, also where it was not known by then."""
    asked = reader.asked.at(at)
    with asked.answers() as answers:
        row = _project(answers, project)
        goals = answers.rows(GOAL, where={"ledger": project})
    thresholds = of_pace(asked, row["operator"])
    with asked.answers() as answers:
        return _overview(answers, row, goals, asked.today, thresholds)


def terms(reader: Reader, project: Id, at: datetime | None) -> Row:
    """Return a project's terms as known. Raises `not_found`."""
    with reader.asked.at(at).answers() as answers:
        return _project(answers, project)


def _project(answers: Answers, project: Id) -> Row:
    found = answers.rows(PROJECT, where={"ledger": project})
    if not found:
        raise NOT_FOUND("project")
    return found[0]


def _overview(
    answers: Answers, project: Row, goals: Iterable[Row], day: date, thresholds: Thresholds
) -> Overview:
    lines = [
        _line(project, one, due, day, thresholds)
        for one in progress(answers, project["project"], day)
        for due in one.due or (None,)
    ]
    titles = {goal["code"]: goal["title"] for goal in goals}
    return Overview(project, titles, lines, day, thresholds)


def _line(
    project: Row, one: Progress, due: Due | None, day: date, thresholds: Thresholds
) -> TargetLine:
    stands = None if due is None else pace(project, one, due, day, thresholds)
    per, midterm = None if due is None else due.target["per"], project["midterm"]
    whole = per in (None, "project") or (per == "midterm" and (midterm is None or day <= midterm))
    judged = None if whole or stands is None else _period(stands, day)
    return TargetLine(one, due, stands, _state(one, due, stands, day), whole, judged)


def _period(stands: Pace, day: date) -> Period:
    if stands.period == "midterm":
        return "midterm"
    return "month" if stands.period == f"{day:%Y-%m}" else "last_month"


def _state(one: Progress, due: Due | None, stands: Pace | None, day: date) -> State:
    if retired(one.indicator, day):
        return "retired"
    if not one.indicator["in_scope"]:
        return "outside"
    if one.status is not None:
        return _DECLARED[one.status["status"]]
    if one.indicator["qualitative"]:
        return "not_declared"
    if due is None:
        return "no_target"
    if due.target["form"] == "words":
        return "in_words"
    if stands is None:
        return "on_pace"
    if stands.late:
        return "late"
    reached = due.reached
    return _BY_LIGHT[stands.light] if reached is None or reached == "short" else reached


_DECLARED: dict[str, State] = {"done": "done", "not_done": "not_done", "ongoing": "ongoing"}
_BY_LIGHT: dict[str, State] = {"green": "on_pace", "yellow": "behind", "red": "far_behind"}
