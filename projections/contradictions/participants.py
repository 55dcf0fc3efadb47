"""Who is counted: people, cases, meetings and person-times, with workers or without (I0-01 … 07).

A narrative says "workers and clients, 12 people"; a table counts those served. Both may be true,
and then they agree once the roles are told apart.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from domain.counting import UNITS
from domain.identity import Id
from projections.contradictions.known import Known, figures, mixed, total
from projections.engine.view import Row
from projections.finding import Figure, Finding, ordered
from projections.midterm import Line

PERSONS = UNITS["persons"]
ROLES = ("beneficiaries", "staff", "volunteers", "partners")


class Attended(msgspec.Struct, frozen=True, kw_only=True):
    """A line of meetings, each claimed to have had so many people, and what was counted.

    `said` is what the claims make of all its meetings; `counted` its person-times.
    """

    line: str
    each: int
    claims: int
    times: int
    said: int
    counted: int
    staff: int
    volunteers: int
    events: tuple[Id, ...]


def participants(known: Known) -> Iterator[Finding]:
    """Find what is claimed about participants and not borne out, each line by itself."""
    for line in known.lines("B"):
        work, claims = known.work(line), [row for row in known.claims(line) if mixed(row)]
        if not work or not claims:
            continue
        of_people = [row for row in claims if row["unit"] in PERSONS]
        if of_people and _individual(work):
            yield _measures_apart(known, line, of_people, work)
        for row in claims:
            if row["unit"] in UNITS["person_times"]:
                yield from _roles_apart(line, row, work)
    attended = list(_attended(known))
    yield from (_attendance_said(one) for one in attended if one.said != one.counted)
    yield from _counted_differently(attended)


def _individual(work: list[Row]) -> bool:
    """Say whether each meeting was with one person, as in casework."""
    return total(work, "beneficiaries") == len(work)


def _measures_apart(known: Known, line: Line, claims: list[Row], work: list[Row]) -> Finding:
    """I0-01: people with their worker, cases, sessions and person-times are four measures."""
    everywhere = {
        each["stream"]
        for other in known.lines("B")
        for each in known.work(other)
        if each["stream_type"] == work[0]["stream_type"]
    }
    named = {person for row in work for person in row["people"].split()}
    people = {known.rows.same.get(person, person) for person in named}
    return Finding(
        code="participants_mixed",
        details={"line": line.line},
        figures=(
            *figures("人", said=total(claims, "value"), persons=len(people)),
            *figures("个", streams=len({row["stream"] for row in work}), all=len(everywhere)),
            *figures("次", times=len(work)),
            *figures("人次", person_times=total(work, "beneficiaries")),
        ),
        events=ordered(row["event"] for row in (*work, *_as_events(claims))),
    )


def _roles_apart(line: Line, claim: Row, work: list[Row]) -> Iterator[Finding]:
    """I0-07: person-times that include those who serve are not those of the table."""
    by_role = {role: total(work, role) for role in ROLES}
    if claim["value"] == by_role["beneficiaries"]:
        return
    yield Finding(
        code="person_times_mixed",
        details={"line": line.line},
        figures=figures("人次", said=claim["value"], everybody=sum(by_role.values()), **by_role),
        events=ordered(row["event"] for row in (*work, *_as_events([claim]))),
    )


def _attended(known: Known) -> Iterator[Attended]:
    for line in known.lines("B"):
        claims = [row for row in known.claims(line) if mixed(row) and row["unit"] in PERSONS]
        work = known.work(line)
        if not claims or not work or _individual(work):
            continue
        each, times = total(claims, "value"), len(work)
        if each * times % len(claims):
            continue
        yield Attended(
            line=line.line,
            each=each,
            claims=len(claims),
            times=times,
            said=each * times // len(claims),
            counted=total(work, "beneficiaries"),
            staff=total(work, "staff"),
            volunteers=total(work, "volunteers"),
            events=ordered(row["event"] for row in (*work, *_as_events(claims))),
        )


def _attendance_said(one: Attended) -> Finding:
    """I0-05, I0-06: so many people at each meeting make another number than was counted."""
    return Finding(
        code="attendance_said",
        details={"line": one.line},
        figures=(
            *figures("人", each=one.each),
            *figures("处", claims=one.claims),
            *figures("次", times=one.times),
            *figures(
                "人次",
                said=one.said,
                counted=one.counted,
                staff=one.staff,
                volunteers=one.volunteers,
            ),
        ),
        events=one.events,
    )


def _counted_differently(attended: list[Attended]) -> Iterator[Finding]:
    """I0-03: in one line those who serve are counted, in another they are not."""
    ways = {(one.said > one.counted) - (one.said < one.counted) for one in attended}
    if len(ways) < 2:
        return
    shown: list[Figure] = []
    for one in attended:
        shown += figures(
            "人次", **{f"{one.line}.said": one.said, f"{one.line}.counted": one.counted}
        )
    yield Finding(
        code="roles_counted_differently",
        details={
            "lines": ", ".join(f"{one.line} {one.said}/{one.counted}" for one in attended),
            "same": ", ".join(one.line for one in attended if one.said == one.counted) or "–",
        },
        figures=tuple(shown),
        events=ordered(event for one in attended for event in one.events),
    )


def _as_events(claims: list[Row]) -> list[Row]:
    """A claim is a record too."""
    return [{"event": row["claim"]} for row in claims]
