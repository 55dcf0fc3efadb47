"""How reports look on a terminal: tables that fit it, in the words of the field, not cut off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from deploy.findings import in_json, said, shown, words_of
from projections.amounts import tenths_of_percent

Row = dict[str, Any]


def heading(name: str) -> Mapping[str, str]:
    """Return what a report says under a name, in both languages."""
    return words_of("report")[name]


def both(name: str) -> str:
    """Return a heading in both languages, one above the other."""
    words = heading(name)
    return f"{words['zh']}\n{words['en']}"


def marked(made: dict[str, Any], invented: bool) -> dict[str, Any]:
    """Return the same, which says of what is invented that it is."""
    return {"demonstration": True, **made} if invented else made


def tell(made: Any, show: Callable[[Any], None], *, as_json: bool, invented: bool) -> None:
    """Print as JSON or for people, who are told first when all of it is invented."""
    if as_json:
        typer.echo(in_json(made))
        return
    if invented:
        typer.secho(said("report", "demonstration"), bold=True)
    show(made)


def terminal() -> Console:
    """Return a console that takes nothing in a text for a command: bundles come from others."""
    return Console(markup=False, emoji=False, highlight=False)


def table(title: str | None, *columns: str) -> Table:
    """Make a table whose columns are headed in both languages; numbers stand to the right."""
    made = Table(title=None if title is None else said("report", title))
    for name in columns:
        number = name in ("planned", "actual", "times", "person_times", "amount")
        made.add_column(
            both(f"column_{name}"), overflow="fold", justify="right" if number else "left"
        )
    return made


def cell(value: Any) -> str:
    """Write what stands in a cell, so that a terminal only shows it."""
    return "–" if value is None else shown(str(value))


def spread(
    amount: Any, more: int = 0, estimated: int = 0, write: Callable[[Any], str] = cell
) -> str:
    """Write a figure as pages do: of people not all of whom were named a range, an estimate 约."""
    told = f"{write(amount)}–{write(amount + more)}" if more else write(amount)
    return heading("estimated")["zh"].format(amount=told) if estimated else told


def share(actual: Any, planned: Any) -> str:
    """Return how much of a number was done, in percent rounded half up; else nothing is said."""
    if not isinstance(actual, int | float) or not isinstance(planned, int | float) or not planned:
        return ""
    tenths = tenths_of_percent(Fraction(str(actual)), Fraction(str(planned)))
    return f"{tenths // 10}.{tenths % 10}%"
