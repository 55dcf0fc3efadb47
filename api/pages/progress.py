"""A project's indicators as pages show them: each against each of its targets, in one word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from api.pages.reader import Reader
from api.thresholds import of_pace
from domain.identity import Id
from domain.refusals import NOT_FOUND
from domain.schedule_rule import Span
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.pace import Pace, Thresholds, pace
from projections.progress import Due, Progress, progress
from projections.project import GOAL, PROJECT

MOST_PROJECTS = 20
State = Literal[
    "met", "over", "late", "on_pace", "behind", "far_behind", "done", "not_done", "ongoing",
    "not_declared", "in_words", "no_target", "outside", "retired",
]  # fmt: skip
BEHIND: tuple[State, ...] = ("far_behind", "behind", "not_done")
REACHED: tuple[State, ...] = ("met", "over", "done")


@dataclass(frozen=True)
class Line:
    """One indicator against one of its targets. Amounts are in the measure's own unit.

    One that was retired stands with what it came to; nothing is due of it any more.

    `whole` says whether all that came in is held to the target, and not only what did in its time.
    """

    one: Progress
    due: Due | None
    pace: Pace | None
    state: State
    whole: bool

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


@dataclass(frozen=True)
class Overview:
    """A project with its indicators, as known when asked."""

    project: Row
    goals: dict[str, str]
    lines: list[Line]
    day: date
    thresholds: Thresholds

    @property
    def states(self) -> Counter[State]:
        """How many lines stand how."""
        return Counter(line.state for line in self.lines)

    @property
    def behind(self) -> list[Line]:
        """The lines that are behind, the worst first."""
        found = [line for line in self.lines if line.state in BEHIND]
        return sorted(found, key=lambda line: BEHIND.index(line.state))

    @property
    def living(self) -> int:
        """How many lines are of indicators that were not retired."""
        return sum(line.state != "retired" for line in self.lines)

    @property
    def reached(self) -> int:
        """How many lines have reached what is due."""
        return sum(line.state in REACHED for line in self.lines)

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
        for due in (() if one.indicator["retired"] else one.due) or (None,)
    ]
    titles = {goal["code"]: goal["title"] for goal in goals}
    return Overview(project, titles, lines, day, thresholds)


def _line(project: Row, one: Progress, due: Due | None, day: date, thresholds: Thresholds) -> Line:
    stands = None if due is None else pace(project, one, due, day, thresholds)
    per, midterm = None if due is None else due.target["per"], project["midterm"]
    whole = per in (None, "project") or (per == "midterm" and (midterm is None or day <= midterm))
    return Line(one, due, stands, _state(one, due, stands), whole)


def _state(one: Progress, due: Due | None, stands: Pace | None) -> State:
    if one.indicator["retired"]:
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
