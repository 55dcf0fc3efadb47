"""Answers as known at an earlier moment: views are folded up to there, when they are asked for.

A question beside a view is written once against `Answers`; put to `PastAnswers` it is answered
from the journal alone, view by view and ledger by ledger, as far as the question names them.
Only rows are kept, and only of events that concern the view; what would take too long is refused
beforehand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore

from domain.identity import Id
from domain.journal.past import EarlierLedgers, Moment, Reach
from domain.principal import Principal
from domain.refusals import Unavailable, refusal
from projections.engine.ask import Answers, MemoryAnswers, RowsAsked, Where
from projections.engine.fold import Folder, Rows, uncollected
from projections.engine.view import Row, Table, View, topics_of

TOO_MUCH = refusal("known_at.too_much")
BUSY = refusal("known_at.busy", Unavailable)
MOST_EVENTS = 100_000
"""How many events one question may look through: 2.5 s and 130 MiB for the heaviest view, measured
on two shared processors (docs/performance.md)."""
AT_ONCE = 2
"""How many questions of one process are folded at the same time; others wait their turn."""
WAIT_SECONDS = 10.0


class Past:
    """Opens questions to the journal as it stood."""

    def __init__(
        self, journal: EarlierLedgers, views: Sequence[View], most: int | None = MOST_EVENTS
    ) -> None:
        """`most` is how many events a question may look through; None sets no bound."""
        self.journal = journal
        self.most = most
        self.view_of = {table.name: view for view in views for table in view.tables}
        self._turns = BoundedSemaphore(AT_ONCE)

    def reach(self, principal: Principal, ledger: Id, moment: Moment) -> Reach | None:
        """Return how far a ledger had come; None out of scope, or before it began."""
        reached = self.journal.reached(principal, moment)
        return next((reach for reach in reached if reach.ledger == ledger), None)

    def check(self, events: int, left: int | None = None) -> None:
        """Refuse to look through more events than are allowed. Raises `known_at.too_much`."""
        allowed = self.most if left is None else left
        if allowed is not None and events > allowed:
            raise TOO_MUCH("known_at", most=self.most or 0)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until few enough are folding. Raises `known_at.busy` after a while."""
        if not self._turns.acquire(timeout=WAIT_SECONDS):
            raise BUSY("known_at")
        try:
            yield
        finally:
            self._turns.release()

    def within(
        self, principal: Principal, moment: Moment, ledgers: Collection[Id] = ()
    ) -> PastAnswers:
        """Ask within a principal's scope of today, as known at a moment.

        Where `ledgers` are named, only they are looked into.
        """
        return PastAnswers(self, principal, moment, ledgers)


class PastAnswers(Answers):
    """Answers from views folded up to a moment, within one principal's scope."""

    def __init__(
        self, past: Past, principal: Principal, moment: Moment, ledgers: Collection[Id]
    ) -> None:
        self._past = past
        self._principal = principal
        self._reached = {
            reach.ledger: reach
            for reach in past.journal.reached(principal, moment)
            if not ledgers or reach.ledger in ledgers
        }
        self._folds: dict[str, PastFold] = {}
        self._left = past.most
        self.position = (
            moment
            if isinstance(moment, int)
            else max((reach.position for reach in self._reached.values()), default=0)
        )

    def known(self, ledger: Id | None = None) -> list[Reach]:
        """Return how far the ledgers had come, or the one that is named."""
        return [each for each in self._reached.values() if ledger in (None, each.ledger)]

    def answer(self, asked: RowsAsked) -> list[Row]:
        """See `Answers.answer`. Raises `known_at.too_much`."""
        return self._answers(asked.table, asked.where).answer(asked)

    def total(self, table: Table, column: str, *, where: Where | None = None) -> int:
        """See `Answers.total`. Raises `known_at.too_much`."""
        return self._answers(table, where or {}).total(table, column, where=where)

    def _answers(self, table: Table, where: Where) -> MemoryAnswers:
        view = self._past.view_of[table.name]
        if view.name not in self._folds:
            self._folds[view.name] = PastFold(view)
        fold = self._folds[view.name]
        missing = [reach for reach in self._asked(where) if reach.ledger not in fold.ledgers]
        if missing:
            self._spend(sum(reach.number for reach in missing))
            with self._past.turn():
                fold.take(self._past.journal, missing)
        return MemoryAnswers(fold.rows, self._principal)

    def _asked(self, where: Where) -> list[Reach]:
        """Return the ledgers that a question can be about: those that it names, or all."""
        named = where.get("ledger")
        if named is None:
            return list(self._reached.values())
        ledgers = (named,) if isinstance(named, str) else named
        return [self._reached[ledger] for ledger in ledgers if ledger in self._reached]

    def _spend(self, events: int) -> None:
        self._past.check(events, self._left)
        if self._left is not None:
            self._left -= events


class PastFold:
    """One view's rows of the ledgers folded so far."""

    def __init__(self, view: View) -> None:
        self.rows = Rows((view,))
        self.ledgers: set[Id] = set()
        self._folder = Folder((view,))
        self._topics = topics_of((view,))

    def take(self, journal: EarlierLedgers, ledgers: Iterable[Reach]) -> None:
        """Fold more ledgers, each of which has rows of its own."""
        with uncollected():
            for reach in ledgers:
                self.ledgers.add(reach.ledger)
                for page in journal.pages(reach, self._topics):
                    for event, effects in self._folder.effects(page):
                        self.rows.apply(event, effects)
