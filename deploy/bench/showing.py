"""Shows figures: to people as a table, to programs as one line of JSON."""

from __future__ import annotations

import msgspec
import typer
from rich.console import Console
from rich.table import Table

Figures = dict[str, float]


def show(title: str, figures: Figures, as_json: bool) -> None:
    """Print figures; whole numbers and large ones without decimals."""
    if as_json:
        typer.echo(msgspec.json.encode(figures).decode())
        return
    table = Table(title=title)
    table.add_column("what")
    table.add_column("figure", justify="right")
    for name, figure in figures.items():
        table.add_row(
            name, f"{figure:,.0f}" if figure >= 100 else f"{figure:,.2f}".rstrip("0").rstrip(".")
        )
    Console().print(table)
