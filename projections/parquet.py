"""Tables as Parquet, beside their lines, for whoever goes on reckoning with them elsewhere.

duckdb writes it (the extra `shilu[parquet]`); nothing else needs duckdb, so it is looked for only
when somebody asks for Parquet.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from domain.refusals import Conflict, refusal
from projections.engine.view import Kind, Table, View

NO_PARQUET = refusal("export.no_parquet", Conflict)

TYPES: dict[Kind, str] = {
    "uuid": "UUID",
    "text": "VARCHAR",
    "int": "BIGINT",
    "date": "DATE",
    "moment": "TIMESTAMPTZ",
    "bool": "BOOLEAN",
}
ALONE = {"threads": "1", "preserve_insertion_order": "true"}
"""One thread, so that the same rows give the same file."""


def check_installed() -> None:
    """Refuse Parquet where duckdb is not installed. Raises `export.no_parquet`."""
    if find_spec("duckdb") is None:
        raise NO_PARQUET("parquet")


def path_of(view: View, table: Table) -> str:
    """Return where a table's Parquet lies below its ledger's folder."""
    return f"parquet/{view.name}.{table.name}.parquet"


def write_parquet(table: Table, lines: Path, place: Path) -> None:
    """Write a table's lines as Parquet, every column with its type. Raises `export.no_parquet`."""
    check_installed()
    columns = {name: TYPES[kind] for name, kind in table.all_columns.items()}
    place.parent.mkdir(parents=True, exist_ok=True)
    with import_module("duckdb").connect(":memory:", config=ALONE) as database:
        rows = database.read_json(str(lines), columns=columns, format="newline_delimited")
        rows.to_parquet(str(place), compression="zstd")
