"""From goals to records and back: what was promised and has no work, what was done for no goal.

The matrix shows goal → indicators → printed line → records; what stands alone on either side is
listed (figures.md, I0-10, I0-12).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from domain.identity import Id
from projections.completion import main_target, targets_on
from projections.contradictions.known import Known, figures
from projections.engine.view import Row
from projections.finding import Figure, Finding, ordered
from projections.naming import named
from projections.progress import among_goals


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator of the matrix, and how many records came to it; `line` where it is printed."""

    indicator: Id
    code: str
    name: str
    goal: str | None
    line: str | None
    in_scope: bool
    planned: str | None
    events: int


def matrix(known: Known) -> list[Covered]:
    """Return every indicator with its goal and its records, in the contract's order.

    What is planned is the target that the report of the day plans too.
    """
    rows, came = known.rows, dict[Id, set[Id]]()
    for row in rows.contributions:
        came.setdefault(row["indicator"], set()).add(row["event"])
    held = targets_on(rows.targets, rows.day)
    return [
        Covered(
            indicator=row["indicator"],
            code=row["code"],
            name=row["name"],
            goal=row["goal"],
            line=row["line"],
            in_scope=among_goals(row, rows.day),
            planned=_due(main_target(held, row["indicator"], rows.day, rows.midterm)),
            events=len(came.get(row["indicator"], ())),
        )
        for row in rows.indicators
    ]


def _due(target: Row | None) -> str | None:
    if target is None:
        return None
    if target["form"] == "words":
        return str(target["words"])
    ends = "–".join(str(end) for end in dict.fromkeys((target["low"], target["high"])))
    return named("due", target["per"], "zh").format(amount=f"{ends}{target['unit']}")


def coverage(known: Known) -> dict[str, Any]:
    """Return the matrix by goal, with what stands alone on either side."""
    covered = matrix(known)
    goals: list[dict[str, Any]] = [
        {
            "goal": goal["code"],
            "title": goal["title"],
            "indicators": [msgspec.to_builtins(one) for one in covered if one.goal == goal["code"]],
        }
        for goal in known.goals
    ]
    return {
        "goals": goals,
        "of_no_goal": [msgspec.to_builtins(one) for one in covered if one.goal is None],
        "claims_of_no_line": [
            {name: row[name] for name in ("claim", "line", "value", "unit", "words")}
            for row in _claims_alone(known)
        ],
        "work_of_no_indicator": _kinds(row for row in known.outside if row["indicators"] == 0),
    }


def _kinds(rows: Any) -> dict[str, int]:
    counted: dict[str, int] = {}
    for row in rows:
        counted[row["kind"]] = counted.get(row["kind"], 0) + 1
    return dict(sorted(counted.items()))


def orphans(known: Known) -> Iterator[Finding]:
    """Find goals without work, printed items without a goal, figures without a line."""
    covered = matrix(known)
    with_indicators = {one.goal for one in covered}
    yield from _listed(
        "goal_without_indicator",
        [(goal["code"], 0) for goal in known.goals if goal["code"] not in with_indicators],
    )
    promised = [one for one in covered if one.goal is not None and one.in_scope]
    yield from _listed(
        "indicator_without_work", [(one.code, 0) for one in promised if not one.events]
    )
    items = {
        one.line: one.events
        for one in covered
        if one.goal is None and one.line is not None and one.in_scope
    }
    yield from _listed("item_without_goal", list(items.items()))
    alone = _claims_alone(known)
    if alone:
        yield Finding(
            code="claim_without_line",
            details={
                "codes": ", ".join(f"{row['line']} {row['value']}{row['unit']}" for row in alone)
            },
            figures=tuple(
                Figure(name=str(row["line"]), value=row["value"], unit=row["unit"]) for row in alone
            ),
            events=ordered(row["claim"] for row in alone),
        )
    nowhere = [row for row in known.outside if row["indicators"] == 0]
    if nowhere:
        kinds = _kinds(nowhere)
        yield Finding(
            code="work_of_no_indicator",
            details={"codes": ", ".join(f"{kind} {times}" for kind, times in kinds.items())},
            figures=figures("次", **kinds),
            events=ordered(row["event"] for row in nowhere),
        )


def _listed(code: str, items: list[tuple[str, int]]) -> Iterator[Finding]:
    if items:
        yield Finding(
            code=code,
            details={"codes": ", ".join(name for name, _ in items), "count": len(items)},
            figures=tuple(Figure(name=name, value=events, unit="条") for name, events in items),
        )


def _claims_alone(known: Known) -> list[Row]:
    """Claims of what no line of the report prints."""
    printed = {line.line for line in known.report.lines}
    alone = [
        row for row in known.rows.claims if row["line"] is not None and row["line"] not in printed
    ]
    return sorted(alone, key=lambda row: (row["line"], row["value"], row["claim"]))


def out_of_scope(known: Known) -> Iterator[Finding]:
    """I0-12: work that no goal names, while no amendment says that goals were adjusted."""
    lines = [line for line in known.lines("B") if not line.in_scope]
    events = ordered(event for line in lines for event in known.events(line))
    if not events or any(row["day"] <= known.rows.day for row in known.amendments):
        return
    of_column = {name: known.report.totals[name].out_of_scope for name in ("times", "person_times")}
    shown = (
        *figures("次", times=of_column["times"]),
        *figures("人次", person_times=of_column["person_times"]),
        *figures("条", records=len(events), amendments=0),
    )
    names = ", ".join(f"{line.line} {line.actual_name or line.planned_name}" for line in lines)
    yield Finding(code="out_of_scope", details={"lines": names}, figures=shown, events=events)
