"""`shilu receipt`: proof on one page that a record was written down, for whoever it is about."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.pages.language import LANGUAGES
from api.proof import proof, qr_code
from deploy.findings import refuse, said_in
from deploy.settings import read_settings
from deploy.wiring import House, house
from domain.identity import is_id
from domain.refusals import NOT_FOUND, ShiluError


def command(
    event: Annotated[str, typer.Argument(help="the record's id")],
    short: Annotated[bool, typer.Option("--short", help="with the record's hash alone")] = False,
    qr: Annotated[
        Path | None, typer.Option("--qr", help="draw the short receipt into this SVG file")
    ] = None,
) -> None:
    """Print the receipt of a record, or draw it as a QR code for paper."""
    with house(read_settings()) as built:
        try:
            made = receipt_of(built, event, short=short or qr is not None)
            drawn = None if qr is None else qr_code(made)
        except ShiluError as error:
            typer.echo(f"{error.text('zh')}\n{error.text('en')}", err=True)
            raise typer.Exit(1) from None
    if qr is None or drawn is None:
        sys.stdout.buffer.write(made)
    else:
        _write(qr, drawn)
        typer.echo("\n".join(said_in(each, "receipt", "drawn", path=qr) for each in LANGUAGES))


def _write(path: Path, drawn: bytes) -> None:
    """Write a file. Exits with 2 where that cannot be done."""
    try:
        path.write_bytes(drawn)
    except OSError as error:
        refuse("receipt", "not_written", path=path, why=error.strerror)


def receipt_of(built: House, event: str, *, short: bool) -> bytes:
    """Return a record's receipt. Raises `not_found` and what `api.proof` raises."""
    row = built.journal.find(event) if is_id(event) else None
    if row is None:
        raise NOT_FOUND("event")
    return proof(built.checkpoints, row, short=short)
