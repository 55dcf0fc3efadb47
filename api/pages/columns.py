"""Columns of tables on pages: which of a row's values each shows, and how it is written there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from domain.identity import Id

Look = Literal[
    "day", "moment", "id", "number", "money", "code", "codes", "text", "yes", "station", "roster"
]


@dataclass(frozen=True)
class Column:
    """One column: which value it shows, and how."""

    name: str
    look: Look

    @property
    def is_figure(self) -> bool:
        """Whether it stands to the right, as figures do."""
        return self.look in ("number", "money")


def columns(**looks: Look) -> tuple[Column, ...]:
    """Return columns in order: the value of a row → how it is written."""
    return tuple(Column(name, look) for name, look in looks.items())


def said_in(among: Iterable[Column], rows: Iterable[Mapping[str, Any]]) -> list[Column]:
    """Return those columns that say something of any row; a number always says something."""
    told = list(rows)
    return [
        column
        for column in among
        if any(row[column.name] not in (None, "", (), []) for row in told)
    ]


def ids_in(among: Iterable[Column], rows: Iterable[Mapping[str, Any]]) -> set[Id]:
    """Return the ids that rows show, which may lead somewhere."""
    told, found = list(rows), set[Id]()
    for column in among:
        for row in told:
            said = row[column.name]
            if column.look == "id" and said is not None:
                found.add(said)
            if column.look == "roster":
                found.update(each["person"] for each in said if each["person"] is not None)
    return found
