"""Tables against each other, units within a line, names, and one number for everything (I0-04 …).

What is planned in one unit and reached in another is never one percentage.
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.clock import civil_date
from domain.counting import UNITS
from projections.amounts import stated, tenths_of_percent
from projections.contradictions.known import Known, figures
from projections.differences import Difference
from projections.finding import Figure, Finding, ordered
from projections.midterm import Line

LARGE = 30
"""A plan of fewer is often met to the unit."""


def tables(known: Known) -> Iterator[Finding]:
    """Find what the report's tables say against each other."""
    lines = {line.line: line for line in known.report.lines}
    yield from _tables_differ(known, lines)
    for each in known.differences:
        if each.kind == "unit_changes":
            yield _unit_changes(known, lines[each.line], each)
    yield from _completions_differ(known)
    yield from _names_differ(known, lines)
    yield from _met_exactly(known)


def _tables_differ(known: Known, lines: dict[str, Line]) -> Iterator[Finding]:
    """I0-04, I0-05: the same thing in two tables, with two numbers."""
    pairs: dict[tuple[str, str], list[Figure]] = {}
    for each in known.differences:
        if each.kind == "tables_differ" and each.said is not None and each.other is not None:
            shown = pairs.setdefault((each.line, each.other), [])
            for line, said in ((each.line, each.said), (each.other, each.counted[0])):
                name = f"{line}.{each.what}"
                shown.append(Figure(name=name, value=said.value, unit=said.unit))
    for (one, other), found in pairs.items():
        events = [*known.events(lines[one]), *known.events(lines[other])]
        claims = [row["claim"] for row in known.claims(lines[other])]
        told = ", ".join(f"{each.name} = {each.value}{each.unit}" for each in found)
        yield Finding(
            code="tables_differ",
            details={"line": one, "other": other, "said": told, "narrated": len(claims)},
            figures=tuple(found),
            events=ordered(events + claims),
        )


def _unit_changes(known: Known, line: Line, each: Difference) -> Finding:
    """I0-08: planned as organisations, reported as meetings and person-times."""
    planned = [] if each.said is None else [(f"{line.line}.planned", each.said)]
    reached = [(f"{line.line}.reached_{n}", one) for n, one in enumerate(each.counted)]
    people = sorted(
        (row for row in known.claims(line) if row["unit"] in UNITS["persons"]),
        key=lambda row: (row["value"], row["claim"]),
    )
    return Finding(
        code="unit_changes",
        details={
            "line": line.line,
            "planned_as": ", ".join(f"{one.value}{one.unit}" for _, one in planned),
            "reached": ", ".join(f"{one.value}{one.unit}" for _, one in reached),
            "average": _average(line),
            "members": ", ".join(f"{row['value']}{row['unit']}" for row in people) or "–",
        },
        figures=tuple(
            Figure(name=name, value=one.value, unit=one.unit) for name, one in planned + reached
        ),
        events=ordered([*known.events(line), *(row["claim"] for row in people)]),
    )


def _average(line: Line) -> str:
    """Divide person-times by times, with the rest: a fixed membership leaves none."""
    times, heads = (line.cells.get(name) for name in ("times", "person_times"))
    if times is None or heads is None or not times.actual or not heads.actual:
        return "–"
    whole, rest = divmod(heads.actual, times.actual)
    return f"{heads.actual}/{times.actual} = {whole}" + (
        f" + {rest}/{times.actual}" if rest else ""
    )


def _completions_differ(known: Known) -> Iterator[Finding]:
    """I0-13: no single percentage, since units stand so differently against their plans."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for line in known.report.lines:
        for cell in line.cells.values():
            if cell.planned and cell.held is not None and cell.in_scope and not cell.replaced:
                at = sums.setdefault((line.table, cell.measure, cell.unit or ""), [0, 0])
                at[0] += cell.held
                at[1] += cell.planned
    short = [at for at, (actual, planned) in sums.items() if actual < planned]
    if not short or len(short) == len(sums):
        return
    shown: list[Figure] = []
    for (table, measure, unit), (actual, planned) in sums.items():
        shown += figures(
            unit,
            **{
                f"{table}.{measure}.actual": stated(actual, unit),
                f"{table}.{measure}.planned": stated(planned, unit),
            },
        )
    states = known.report.states
    yield Finding(
        code="completions_differ",
        details={
            "sums": ", ".join(
                f"{table} {measure} {stated(actual, unit)}/{stated(planned, unit)}{unit}"
                f" {_percent(actual, planned)}"
                for (table, measure, unit), (actual, planned) in sums.items()
            ),
            **{state: states[state] for state in ("done", "partial", "not_done")},
        },
        figures=tuple(shown),
        events=ordered(row["event"] for row in known.rows.contributions if row["in_scope"]),
    )


def _percent(actual: int, planned: int) -> str:
    tenths = tenths_of_percent(actual, planned)
    return f"{tenths // 10}.{tenths % 10}%"


def _names_differ(known: Known, lines: dict[str, Line]) -> Iterator[Finding]:
    """I0-14: one line under two names, or two lines that mean one thing under two names."""
    for line in known.report.lines:
        names = [(line.planned_name, line.actual_name)]
        twin = lines.get(line.counterpart or "") if line.table == "A" else None
        if twin is not None:
            names.append((line.item, twin.actual_name or twin.planned_name))
        for one, other in names:
            if one and other and one != other:
                yield Finding(
                    code="names_differ",
                    details={"line": line.line, "one": one, "other": other},
                    events=ordered(known.events(line)),
                )


def _met_exactly(known: Known) -> Iterator[Finding]:
    """I0-11: plans met to the unit, with the day on which each was set and the first delivery."""
    for line in known.lines("B"):
        for cell in line.cells.values():
            if cell.planned is None or cell.held != cell.planned:
                continue
            plan = stated(cell.planned, cell.unit)
            if plan < LARGE:
                continue
            targets = [row for row in known.rows.targets if row["indicator"] == cell.indicator]
            came = [row for row in known.rows.contributions if row["indicator"] == cell.indicator]
            first = min(row["day"] for row in came)
            written = civil_date(max(row["recorded_at"] for row in targets))
            yield Finding(
                code="plan_met_exactly",
                details={
                    "line": line.line,
                    "unit": cell.unit or "",
                    "set_on": written.isoformat(),
                    "first": first.isoformat(),
                },
                figures=figures(cell.unit or "", planned=plan, actual=plan),
                thresholds={"large": LARGE},
                events=ordered([row["event"] for row in came] + [row["target"] for row in targets]),
            )
