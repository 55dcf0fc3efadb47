"""Numbers of people that cannot be: more came than there were members, sums that leave a rest.

What a person wrote into a report is held against what is counted (figures.md, I0-08).
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.counting import UNITS
from projections.engine.view import Row
from projections.finding import Figure, Finding, FindingSubject, ordered
from projections.midterm import Line, ProjectRows, midterm
from projections.signals.work import Work


def above_membership(work: Work) -> Iterator[Finding]:
    """Find meetings of groups to which more people came than were members on that day.

    A group that nobody has joined has no members, however many come.
    """
    for row in work.sessions:
        if row["person_times"] > row["enrolled"]:
            yield Finding(
                code="above_membership",
                about=(FindingSubject(kind="group", id=row["group_id"]),),
                details={"day": row["day"].isoformat(), "number": row["number"]},
                figures=(
                    Figure(name="came", value=row["person_times"], unit="人次"),
                    Figure(name="enrolled", value=row["enrolled"], unit="人"),
                    Figure(name="anonymous", value=row["anonymous"], unit="人次"),
                ),
                events=(row["event"],),
            )


def impossible_sums(work: Work) -> Iterator[Finding]:
    """Find claimed numbers of people that the counted meetings cannot give."""
    for rows in work.reports:
        for line in midterm(rows).lines:
            times, heads = (line.cells.get(name) for name in ("times", "person_times"))
            if times and heads and times.actual and heads.actual:
                yield from _impossible(rows, line, times.actual, heads.actual)


def _impossible(rows: ProjectRows, line: Line, times: int, heads: int) -> Iterator[Finding]:
    of = line.cells["person_times"].indicator
    behind = [row["event"] for row in rows.contributions if row["indicator"] == of]
    for claim in rows.claims:
        own = claim["line"] == line.line
        of_line = own or (claim["line"] is None and claim["indicator"] == of)
        if of_line and claim["unit"] in UNITS["person_times"] and claim["value"] < times:
            yield _of_line("fewer_than_meetings", line, claim, heads, times, behind)
    people = [
        row for row in rows.claims if row["line"] == line.line and row["unit"] in UNITS["persons"]
    ]
    for claim in people:
        if claim["value"] > heads:
            yield _of_line("more_people_than_times", line, claim, heads, times, behind)
    if len(people) == 1 and people[0]["qualifier"] is None and heads % times:
        yield _of_line("uneven_sum", line, people[0], heads, times, behind)


def _of_line(
    code: str, line: Line, claim: Row, heads: int, times: int, behind: list[str]
) -> Finding:
    return Finding(
        code=code,
        details={"line": line.line},
        figures=(
            Figure(name="said", value=claim["value"], unit=claim["unit"]),
            Figure(name="person_times", value=heads, unit="人次"),
            Figure(name="times", value=times, unit="次"),
            Figure(name="whole", value=heads // times, unit="人"),
            Figure(name="rest", value=heads % times, unit="人次"),
        ),
        events=ordered((*behind, claim["claim"])),
    )
