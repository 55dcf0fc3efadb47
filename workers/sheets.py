"""Writes sheets that open as they were meant anywhere, and come out the same to the byte.

Ids and codes are text, the header stays in sight, columns can be filtered. No text can become a
formula: it is written as text, and what begins like one carries Excel's own mark for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any, NamedTuple

import xlsxwriter  # type: ignore[import-untyped] # it has no types

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""As Excel in China reads a file, the wide ones too."""
CELL_LIMIT = 32_767
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd",
}


class Share(NamedTuple):
    """A share in tenths of a percent: written as a number, shown as a percentage."""

    tenths: int


Value = str | int | float | date | Share | None


class Book:
    """A workbook in the making; `made` is the moment that it speaks of, not that of its making.

    A `mark` stands above everything else on every sheet.
    """

    def __init__(self, title: str, made: datetime, mark: str | None = None) -> None:
        self._mark, self._top = mark, 1 if mark else 0
        self._file = BytesIO()
        self._book = xlsxwriter.Workbook(self._file, OPTIONS)
        self._book.set_properties({"title": title, "created": made.replace(tzinfo=None)})
        add: Callable[[dict[str, Any]], Any] = self._book.add_format
        self._text = add({"num_format": "@"})
        self._quoted = add({"num_format": "@", "quote_prefix": True})
        self._number = add({"num_format": "#,##0"})
        self._share = add({"num_format": "0.0%"})
        self._fraction = add({"num_format": "#,##0.0#"})
        self._day = add({"num_format": "yyyy-mm-dd"})
        self._head = add({"bold": True, "num_format": "@", "bg_color": "#E7EEF7", "border": 1})
        self._marking = add({"bold": True, "num_format": "@", "font_color": "#B42318"})

    def table(
        self,
        name: str,
        headers: Sequence[str],
        rows: Sequence[Sequence[Value]],
        *,
        reached: Callable[[int], object] = int,
    ) -> None:
        """Write a table with its header row; `reached` is told of every thousandth row."""
        sheet = self._sheet(name, headers)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                self._write(sheet, self._top + number, column, value)
            if number % 1000 == 0:
                reached(number)
        if rows:
            sheet.autofilter(self._top, 0, self._top + len(rows), len(headers) - 1)

    def notes(self, name: str, lines: Sequence[tuple[str, Value]]) -> None:
        """Write a sheet of what is what."""
        sheet = self._marked(name)
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 80)
        for number, (label, words) in enumerate(lines, self._top):
            sheet.write_string(number, 0, label, self._head)
            self._write(sheet, number, 1, words)

    def close(self) -> bytes:
        """Return the file."""
        self._book.close()
        return self._file.getvalue()

    def _sheet(self, name: str, headers: Sequence[str]) -> Any:
        sheet = self._marked(name)
        sheet.freeze_panes(self._top + 1, 0)
        sheet.set_column(0, len(headers) - 1, 16)
        for column, header in enumerate(headers):
            sheet.write_string(self._top, column, header, self._head)
        return sheet

    def _marked(self, name: str) -> Any:
        sheet = self._book.add_worksheet(name)
        if self._mark is not None:
            sheet.write_string(0, 0, self._mark, self._marking)
        return sheet

    def _write(self, sheet: Any, row: int, column: int, value: Value) -> None:
        if value is None:
            return
        if isinstance(value, str):
            shape = self._quoted if value.startswith(FORMULA_BEGINS) else self._text
            sheet.write_string(row, column, value[:CELL_LIMIT], shape)
        elif isinstance(value, Share):
            sheet.write_number(row, column, value.tenths / 1000, self._share)
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, self._day)
        else:
            shape = self._number if isinstance(value, int) else self._fraction
            sheet.write_number(row, column, value, shape)
