"""A project's figures by station, and the figures of several projects side by side (RP-17).

Each delivery is one station's work, so a figure that adds is the sum of its stations' parts. A
person or household whom several stations met is in the figure of each, and in the project's once:
such figures stand side by side, and nobody adds them up. What is due is due of the project.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from domain.counting import DISTINCT
from domain.identity import Id
from projections.amounts import counted_in
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.indicators import INDICATOR
from projections.progress import Progress, doubt_of, total_of, what_came


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one station's work came to; None is work that belongs to no station."""

    station: Id | None
    total: int
    unnamed: int
    estimated: int


class ByStation(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator of a project: what it came to, and the part of each station that counts to it.

    Amounts are in the measure's own unit.
    """

    indicator: Row
    total: int
    unnamed: int
    estimated: int
    parts: tuple[Part, ...]

    @property
    def adds_up(self) -> bool:
        """Whether the parts add up to the figure: not where each subject counts once."""
        return self.indicator["measure"] not in DISTINCT

    def of(self, station: Id | None) -> Part:
        """Return a station's part, also where none of its work counts."""
        none = Part(station=station, total=0, unnamed=0, estimated=0)
        return next((part for part in self.parts if part.station == station), none)


def by_station(
    answers: Answers,
    project: Id,
    day: date,
    since: date | None = None,
    indicators: Sequence[Id] = (),
) -> list[ByStation]:
    """Return indicators of a project by station, in the contract's order, up to a day.

    Where none is named, all of them.
    """
    where = {"ledger": project, "indicator": indicators} if indicators else {"ledger": project}
    defined = answers.rows(INDICATOR, where=where, order=("position",))
    whole = what_came(answers, project, defined, since, day, lambda row: row["indicator"])
    apart = what_came(
        answers, project, defined, since, day, lambda row: (row["indicator"], row["station"])
    )
    found = []
    for row in defined:
        here = {station: came for (of, station), came in apart.items() if of == row["indicator"]}
        parts = (
            Part(station=station, total=total_of(row, came), **doubt_of(came))
            for station, came in sorted(here.items(), key=lambda each: each[0] or "")
        )
        came = whole.get(row["indicator"], {})
        found.append(
            ByStation(
                indicator=row,
                total=total_of(row, came),
                **doubt_of(came),
                parts=tuple(part for part in parts if part.total or part.unnamed),
            )
        )
    return found


def stations_of(found: Sequence[ByStation]) -> list[Id | None]:
    """Return the stations whose work counts to any of the indicators."""
    each = {part.station for one in found for part in one.parts}
    return sorted(each, key=lambda station: station or "")


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What several projects count under one name, by the same measure and in the same unit."""

    name: str
    measure: str
    unit: str | None
    projects: dict[Id, Progress]


def side_by_side(projects: Mapping[Id, Sequence[Progress]]) -> list[Beside]:
    """Return the figures of projects, those of one name, measure and unit on one line.

    Nothing is added: each project's figure is held to its own contract. What a project has twice
    under one name stands on two lines.
    """
    lines: dict[tuple[str, str, str | None, int], Beside] = {}
    for project, figures in projects.items():
        seen: Counter[tuple[str, str, str | None]] = Counter()
        for one in figures:
            row = one.indicator
            named = (row["name"], row["measure"], row["unit"])
            seen[named] += 1
            line = lines.setdefault(
                (*named, seen[named]),
                Beside(name=row["name"], measure=row["measure"], unit=row["unit"], projects={}),
            )
            line.projects[project] = one
    return list(lines.values())


def told_by_station(one: ByStation) -> Row:
    """Return an indicator by station as programs read it."""
    row = one.indicator
    return {
        **{name: row[name] for name in ("indicator", "code", "name", "measure", "unit")},
        "counted_in": counted_in(row["unit"]),
        "adds_up": one.adds_up,
        "total": one.total,
        "unnamed": one.unnamed,
        "estimated": one.estimated,
        "stations": [msgspec.to_builtins(part) for part in one.parts],
    }


def told_beside(one: Beside) -> Row:
    """Return what several projects count under one name as programs read it."""
    return {
        "name": one.name,
        "measure": one.measure,
        "unit": one.unit,
        "counted_in": counted_in(one.unit),
        "projects": [_told(project, figure) for project, figure in one.projects.items()],
    }


def _told(project: Id, one: Progress) -> Row:
    return {
        "project": project,
        "indicator": one.indicator["indicator"],
        "code": one.indicator["code"],
        "retired_from": one.indicator["retired_from"],
        "total": one.total,
        "unnamed": one.unnamed,
        "estimated": one.estimated,
        "due": [
            {
                **{name: due.target[name] for name in ("per", "form", "low", "high", "words")},
                "unit": due.target["unit"],
                "tenths": None if due.completion is None else due.completion.tenths,
                "reached": due.reached,
            }
            for due in one.due
        ],
    }
