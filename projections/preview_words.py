"""What a preview says in words, the most serious first: closed periods, figures, then the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from projections.finding import NO_UNIT, Figure, Finding
from projections.preview import Preview
from projections.preview_alerts import AlertChange
from projections.preview_figures import ClosedPeriod, FigureChange

FEN, YUAN = "分", "元"
"""Money is counted in the first and spoken of in the second."""


def words_of(preview: Preview) -> list[Finding]:
    """Return what would change, each as a finding with its words in Chinese and English."""
    found = [
        *(each for period in preview.closed_periods for each in _closed(period)),
        *(_figure(each) for each in preview.figures if each.counted),
        *(each for figure in preview.figures for each in _inexact(figure)),
        *_rows(preview),
        *_alerts(preview.alerts),
        *_leaning(preview),
    ]
    return found or [Finding(code="preview_nothing")]


def _closed(period: ClosedPeriod) -> Iterator[Finding]:
    days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    yield Finding(code="preview_closed_period", details={**days})
    for each in period.figures:
        unit = each.unit or NO_UNIT
        yield Finding(
            code="preview_closed_figure",
            details={
                **days,
                "indicator": each.code,
                "name": each.name,
                **_spoken(
                    unit,
                    reported=each.as_reported,
                    now=each.known_now,
                    then=each.would_become,
                ),
            },
            figures=(
                Figure(name="reported", value=each.as_reported, unit=unit),
                Figure(name="now", value=each.known_now, unit=unit),
                Figure(name="then", value=each.would_become, unit=unit),
            ),
        )


def _figure(figure: FigureChange) -> Finding:
    unit = figure.unit or NO_UNIT
    return Finding(
        code="preview_figure",
        details={
            "indicator": figure.code,
            "name": figure.name,
            "months": ", ".join(
                f"{month} {_amount(before, unit)} → {_amount(after, unit)}"
                for month, (before, after) in figure.months.items()
            ),
            **_spoken(unit, before=figure.before, after=figure.after),
        },
        figures=(
            Figure(name="before", value=figure.before, unit=unit),
            Figure(name="after", value=figure.after, unit=unit),
        ),
    )


def _inexact(figure: FigureChange) -> Iterator[Finding]:
    """Yield of whom more or fewer would come unnamed besides, and what would be estimated."""
    for name in ("unnamed", "estimated"):
        before, after = getattr(figure, name)
        if before != after:
            yield Finding(
                code=f"preview_{name}",
                details={
                    "indicator": figure.code,
                    "name": figure.name,
                    **_spoken(figure.unit or NO_UNIT, before=before, after=after),
                },
                figures=(
                    Figure(name="before", value=before, unit=figure.unit or NO_UNIT),
                    Figure(name="after", value=after, unit=figure.unit or NO_UNIT),
                ),
            )


def _spoken(unit: str, **figures: int) -> dict[str, str]:
    """Return the unit as people say it, and the figures in it."""
    amounts = {name: _amount(value, unit) for name, value in figures.items()}
    return {"unit": YUAN if unit == FEN else unit, **amounts}


def _amount(value: int, unit: str) -> str:
    return f"{value // 100}.{value % 100:02}" if unit == FEN else str(value)


def _rows(preview: Preview) -> Iterator[Finding]:
    if not preview.rows:
        return
    registers = sorted({row["register"] for row in preview.rows})
    total = len(preview.rows) + preview.rows_left_off
    yield Finding(
        code="preview_rows",
        details={"registers": ", ".join(registers)},
        figures=(Figure(name="rows", value=total, unit="row"),),
    )


def _alerts(alerts: list[AlertChange]) -> Iterator[Finding]:
    counted = Counter((each.effect, each.rule) for each in alerts)
    for (effect, rule), number in sorted(counted.items()):
        yield Finding(
            code=f"preview_alert_{effect}",
            details={"rule": rule},
            figures=(Figure(name="alerts", value=number, unit="alert"),),
        )
    if any(each.decided == "each_morning" for each in alerts):
        yield Finding(code="preview_alerts_each_morning")


def _leaning(preview: Preview) -> Iterator[Finding]:
    for name in ("documents", "evaluations", "claims", "submissions"):
        number = len(getattr(preview.leaning, name))
        if number:
            figure = Figure(name="count", value=number, unit="record")
            yield Finding(code=f"preview_{name}", figures=(figure,))
