"""A register as a file (CSV) for Excel or WPS: what its page shows, all rows, ids in full.

It begins with the mark by which these programs know UTF-8, and no text in it becomes a formula.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from typing import Any

from fastapi import APIRouter, Response

from api.pages.asked_language import language_of
from api.pages.columns import Column
from api.pages.language import Speech
from api.pages.money import Money
from api.pages.reader import KnownAt, Reader, Reading
from api.pages.registers import REGISTERS, Name, Register, looked_up, page_of
from api.pages.searching import Asked
from domain.clock import SHANGHAI
from domain.identity import Id
from domain.refusals import INVALID, refusal
from projections.engine.view import Row

router = APIRouter()
MOST = 20_000
"""So many rows go into one file; of more, a shorter time is to be asked for."""
TOO_MANY_ROWS = refusal("page.too_many_rows")
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""As Excel in China reads a file, the wide ones too."""


@router.get("/registers/{name}/file")
def register_file(name: Name, reader: Reading, typed: Asked, at: KnownAt = None) -> Response:
    """Every row of a register, as the form narrows it down. Raises `page.too_many_rows`."""
    register = REGISTERS[name]
    looked = looked_up(reader, register, typed)
    if looked.said is not None:
        raise INVALID()
    page = page_of(reader.asked.at(at), register, looked, None, MOST)
    if page.next is not None:
        raise TOO_MANY_ROWS("from", most=MOST)
    day = reader.asked.at(at).today
    answer = Response(
        written(reader, register, page.items, set(page.demonstrations)),
        media_type="text/csv; charset=utf-8",
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{day}.csv"'
    return answer


def written(reader: Reader, register: Register, rows: Iterable[Row], invented: set[Id]) -> bytes:
    """Return rows as a file; where any is invented, a column says which."""
    speech = Speech(language_of(reader.request))
    shown = dict.fromkeys((*register.title, *register.columns))
    out = StringIO()
    sheet = csv.writer(out)
    mark = [speech.text("demonstration.mark")] if invented else []
    names = [speech.heading(column.name) for column in shown]
    sheet.writerow([speech.text("record.id"), speech.heading("station"), *names, *mark])
    for row in rows:
        station = reader.stations.get(row["station"] or "", row["station"])
        cells = [_cell(reader, speech, column, row[column.name]) for column in shown]
        said = [speech.text("record.yes") if row["ledger"] in invented else ""] if mark else []
        sheet.writerow([row[register.key], _safe(station or ""), *cells, *said])
    return out.getvalue().encode("utf-8-sig")


def _cell(reader: Reader, speech: Speech, column: Column, said: Any) -> Any:
    """Return what a cell says; a text that begins like a formula gets Excel's own mark for text."""
    match column.look:
        case _ if said is None:
            return ""
        case "number":
            return said
        case "money":
            return Money(said).yuan
        case "moment":
            return f"{datetime.fromisoformat(said).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        case "yes":
            return speech.text("record.yes") if said else speech.text("record.no")
        case "code":
            return _safe(speech.value(column.name, said))
        case "codes":
            return _safe(" ".join(speech.value(column.name, one) for one in said.split()))
        case "id":
            return _safe(reader.numbers.get(said, said))
    return _safe(said)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_BEGINS) else text
