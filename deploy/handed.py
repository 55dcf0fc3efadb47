"""Questions put to a bundle alone, as they are put to the journal, with no database near."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, takewhile
from pathlib import Path

from domain.identity import Id, derived_id
from domain.journal import bundle
from domain.journal.entries import JournalRow
from domain.journal.past import Moment, is_known
from domain.principal import Principal
from domain.slices import register_all
from projections.engine.ask import Answers, MemoryAnswers
from projections.engine.fold import fold
from projections.engine.view import View
from projections.project import PROJECT
from projections.replay import ledgers_of

BATCH = 2_000
READER = Principal(actor=derived_id("system", "shilu report"), role="system")


class NotOneProjectError(LookupError):
    """A bundle holds no such project, or several of which none was named."""


@dataclass(frozen=True)
class HandedProject:
    """A project of a bundle, its rows, and when the bundle was made."""

    project: Id
    answers: Answers
    made_at: datetime
    demonstration: bool


def known_rows(
    rows: Iterable[JournalRow], views: Sequence[View], moment: Moment | None
) -> MemoryAnswers:
    """Return views' rows folded from a ledger's entries, up to a moment or to the end."""
    known = takewhile(lambda row: moment is None or is_known(row, moment), rows)
    folded, _ = fold(views, known)
    return MemoryAnswers(folded, READER)


def handed_project(
    folder: Path, key: str | None, views: Sequence[View], moment: Moment | None
) -> HandedProject:
    """Return the project of a key, or the only one there is, from a bundle's entries.

    Raises `NotOneProjectError`; OSError, ValueError and KeyError where it is no bundle.
    """
    register_all()
    made_at = json.loads((folder / bundle.ABOUT).read_bytes())["made_at"]
    found = []
    for ledger in ledgers_of(folder):
        rows = chain.from_iterable(bundle.entries(folder, ledger, BATCH))
        answers = known_rows(rows, views, moment)
        wanted = {} if key is None else {"slug": key}
        found += [(row, answers) for row in answers.rows(PROJECT, where=wanted)]
    if len(found) != 1:
        raise NotOneProjectError(key)
    ((row, answers),) = found
    at = datetime.fromisoformat(made_at)
    return HandedProject(row["project"], answers, at, demonstration=row["demonstration"])
