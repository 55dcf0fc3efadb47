"""A project that a report asks about: in the journal with its database, or in a bundle alone.

What a report prints is reckoned in one way whoever keeps the records: from the project's own
ledger, and beside it from its operator's where the question is about the staff.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, takewhile
from typing import TYPE_CHECKING, Protocol

import msgspec

from domain.identity import Id, derived_id
from domain.journal.entries import JournalRow
from domain.journal.past import (
    EarlierLedgers,
    Moment,
    PastJournal,
    civil_day,
    is_known,
    reached,
)
from domain.principal import Principal
from projections.catalogue import VIEWS
from projections.engine.ask import Answers, MemoryAnswers
from projections.engine.fold import fold
from projections.engine.past import Past
from projections.engine.view import Row, View
from projections.organisation import STATION, organisations
from projections.project import PROJECT

if TYPE_CHECKING:  # what builds everything is not loaded to ask a bundle
    from deploy.wiring import House

READER = Principal(actor=derived_id("system", "shilu report"), role="system")


class NotOneProjectError(LookupError):
    """There is no such project, or there are several of which none was named."""


class LedgerKeeper(Protocol):
    """Whoever keeps ledgers that are asked about; `now` is the day that is meant without one."""

    @property
    def now(self) -> datetime:
        """When it is, or when what is kept was handed over."""
        ...

    @property
    def earlier(self) -> EarlierLedgers:
        """What the ledgers held at earlier moments."""
        ...

    def projects(self, key: str | None) -> list[Row]:
        """Return the projects of a key, or all."""
        ...

    def entries(self, ledger: Id) -> Iterator[JournalRow]:
        """Yield a ledger's entries in order; none where it is not kept here."""
        ...

    def holds(self, ledger: Id) -> bool:
        """Whether a ledger can be asked about here."""
        ...

    def check(self, ledger: Id, moment: Moment) -> None:
        """Refuse a moment of which nobody here can know."""
        ...


@dataclass(frozen=True)
class InJournal:
    """The live journal."""

    built: House

    @property
    def now(self) -> datetime:
        """See `LedgerKeeper`."""
        return self.built.clock.now()

    @property
    def earlier(self) -> EarlierLedgers:
        """See `LedgerKeeper`."""
        return PastJournal(self.built.pool)

    def projects(self, key: str | None) -> list[Row]:
        """See `LedgerKeeper`; the views know all that was recorded."""
        self.built.catch_up()
        with self.built.asking.within(READER) as answers:
            return answers.rows(PROJECT, where=_of(key))

    def entries(self, ledger: Id) -> Iterator[JournalRow]:
        """See `LedgerKeeper`."""
        return iter(self.built.journal.read_ledger(ledger))

    def holds(self, _: Id) -> bool:
        """See `LedgerKeeper`: every ledger of this house lies in its journal."""
        return True

    def check(self, _: Id, moment: Moment) -> None:
        """See `LedgerKeeper`. Raises `known_at.beyond` and `known_at.in_future`."""
        reached(moment, self.built.journal.max_notification_id() or 0, self.now, "known_at")


@dataclass(frozen=True)
class AskedProject:
    """One project, and whoever keeps its records."""

    project: Id
    operator: Id
    demonstration: bool
    keeper: LedgerKeeper

    def day(self, moment: Moment | None) -> date:
        """Return the day that is meant where none is named (`civil_day`)."""
        here = msgspec.structs.replace(READER, ledger=self.project)
        reached = () if moment is None else self.keeper.earlier.reached(here, moment)
        known = [each for each in reached if each.ledger == self.project]
        return civil_day(moment, known, self.keeper.now)

    @property
    def past(self) -> Past:
        """The way to ask what changed; however much there is to look through."""
        return Past(self.keeper.earlier, VIEWS, most=None)

    @property
    def knows_staff(self) -> bool:
        """Whether the operator's ledger is at hand, in which staff come and go."""
        return self.keeper.holds(self.operator)

    def answers(self, views: Sequence[View], moment: Moment | None) -> Answers:
        """Return rows folded from the project's own ledger, up to a moment or to the end."""
        return self._folded((self.project,), views, moment)

    def answers_with_staff(self, views: Sequence[View], moment: Moment | None) -> Answers:
        """Return rows folded from the operator's ledger as well, as far as it is at hand."""
        return self._folded((self.project, self.operator), views, moment)

    def names_of(self, stations: Iterable[Id]) -> dict[Id, str]:
        """Return the names of stations whose own ledgers are at hand."""
        answers = self._folded(list(stations), (organisations,), None)
        return {row["place"]: row["name"] for row in answers.rows(STATION)}

    def _folded(
        self, ledgers: Sequence[Id], views: Sequence[View], moment: Moment | None
    ) -> Answers:
        return folded(map(self.keeper.entries, ledgers), views, moment)


def folded(
    ledgers: Iterator[Iterator[JournalRow]], views: Sequence[View], moment: Moment | None
) -> MemoryAnswers:
    """Return views' rows of some ledgers, each up to a moment or to its end."""
    known = (
        takewhile(lambda row: moment is None or is_known(row, moment), rows) for rows in ledgers
    )
    made, _ = fold(views, chain.from_iterable(known))
    return MemoryAnswers(made, READER)


def asked_project(keeper: LedgerKeeper, key: str | None) -> AskedProject:
    """Return the project of a key, or the only one there is. Raises `NotOneProjectError`."""
    found = keeper.projects(key)
    if len(found) != 1:
        raise NotOneProjectError(key)
    return asked_of(keeper, found[0])


def asked_of(keeper: LedgerKeeper, row: Row) -> AskedProject:
    """Return a project by its row."""
    return AskedProject(row["project"], row["operator"], row["demonstration"], keeper)


def _of(key: str | None) -> dict[str, str]:
    return {} if key is None else {"slug": key}
