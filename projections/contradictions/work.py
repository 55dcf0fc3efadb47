"""The report against the course of the work: closings, kinds left out, evidence, the team.

What is called completed, counted, shown or unchanged is held against the records that would show
it (figures.md, I0-02, I0-09, I0-14, I0-16, I0-17).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from domain.identity import Id
from projections.contradictions.known import Known, figures, total
from projections.engine.view import Row
from projections.finding import Finding, FindingSubject, ordered
from projections.spans import OPEN

FEW_SESSIONS = 2
"""A group that met fewer times may be an activity (policy)."""


def work(known: Known) -> Iterator[Finding]:
    """Find what the course of the work says otherwise."""
    yield from _cases_apart(known)
    yield from _variants_left_out(known)
    yield from _short_groups(known)
    yield from _unverifiable(known)
    yield from _team_changed(known)


def _cases_apart(known: Known) -> Iterator[Finding]:
    """I0-02: opened, closed, evaluated, followed up and sessions are told apart by population."""
    since = known.rows.since
    by_audience: dict[str, list[Row]] = {}
    for row in known.cases:
        by_audience.setdefault(row["audience"] or "–", []).append(row)
    for audience, cases in by_audience.items():
        closed = [row for row in cases if row["closed"] and row["closed"] <= known.rows.day]
        evaluated = [row for row in closed if row["case_id"] in known.evaluated]
        followed = [row for row in closed if row["case_id"] in known.followed]
        if len(followed) == len(closed) == len(evaluated):
            continue
        of = {row["case_id"] for row in cases}
        sessions = [
            row
            for row in known.traces.values()
            if row["stream"] in of and row["kind"] == "case_session"
        ]
        yield Finding(
            code="cases_apart",
            about=tuple(
                FindingSubject(kind="case", id=row["case_id"])
                for row in closed
                if row["case_id"] not in known.followed
            ),
            details={"audience": audience},
            figures=(
                *figures(
                    "个",
                    opened=sum(1 for row in cases if since is None or row["opened"] >= since),
                    open=len(cases) - len(closed),
                    closed=len(closed),
                    evaluated=len(evaluated),
                    followed=len(followed),
                ),
                *figures("次", sessions=len(sessions)),
                *figures("人次", person_times=total(sessions, "beneficiaries")),
            ),
            events=ordered(row["event"] for row in sessions),
        )


def _variants_left_out(known: Known) -> Iterator[Finding]:
    """I0-09: of one kind of work, one sort is counted and another is in no printed figure."""
    printed = {row["indicator"] for row in known.rows.indicators if row["report_table"]}
    counted = {row["event"] for row in known.rows.contributions if row["indicator"] in printed}
    kinds: dict[str, dict[str, list[Id]]] = {}
    for event, row in known.traces.items():
        kinds.setdefault(row["kind"], {}).setdefault(row["variant"] or "–", []).append(event)
    for kind, variants in kinds.items():
        out = {name: events for name, events in variants.items() if not counted & set(events)}
        into = {name: events for name, events in variants.items() if name not in out}
        if not out or not into:
            continue
        held = sum(map(len, variants.values()))
        left = sum(map(len, out.values()))
        yield Finding(
            code="variants_left_out",
            details={
                "kind": kind,
                "counted_sorts": ", ".join(sorted(into)),
                "left_sorts": ", ".join(sorted(out)),
            },
            figures=figures("次", held=held, counted=held - left, left=left),
            events=ordered(event for events in variants.values() for event in events),
        )


def _short_groups(known: Known) -> Iterator[Finding]:
    """I0-14: a group that met once may be an activity."""
    for row in known.groups:
        sessions = [one for one in known.group_sessions if one["group_id"] == row["group_id"]]
        if row["closed"] and row["closed"] <= known.rows.day and len(sessions) < FEW_SESSIONS:
            yield Finding(
                code="short_group",
                about=(FindingSubject(kind="group", id=row["group_id"]),),
                details={"title": row["title"]},
                figures=figures("次", sessions=len(sessions)),
                thresholds={"sessions": FEW_SESSIONS},
                events=ordered(one["event"] for one in sessions),
            )


def _unverifiable(known: Known) -> Iterator[Finding]:
    """I0-16: what is shown by a link alone, or by something that is not in the records."""
    links = [row for row in known.published if row["url"] and row["document"] not in known.files]
    if links:
        yield Finding(
            code="link_only",
            details={"count": len(links)},
            figures=figures("条", links=len(links)),
            events=ordered(row["event"] for row in links),
        )
    names = {row["indicator"]: row["code"] for row in known.rows.indicators}
    alone = [
        row
        for row in known.rows.statuses
        if row["day"] <= known.rows.day
        and not (known.files | known.written) & set(row["evidence"].split())
    ]
    if alone:
        yield Finding(
            code="evidence_not_here",
            details={"cells": ", ".join(sorted(names[row["indicator"]] for row in alone))},
            figures=figures("条", statuses=len(alone)),
            events=ordered(row["declaration"] for row in alone),
        )


def _team_changed(known: Known) -> Iterator[Finding]:
    """I0-17: somebody joined or left while the project ran."""
    if known.project is None:
        return
    first, day, since = known.project["first"], known.rows.day, known.rows.since or date.min
    came = [row for row in known.roles if first < row["begins"] <= day and row["begins"] >= since]
    went = [row for row in known.roles if row["ends"] != OPEN and since <= row["ends"] <= day]
    if came or went:
        yield Finding(
            code="team_changed",
            about=tuple(
                sorted({FindingSubject(kind="staff", id=row["staff"]) for row in (*came, *went)})
            ),
            figures=figures("人", came=len(came), went=len(went)),
        )
