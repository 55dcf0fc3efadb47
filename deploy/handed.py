"""Questions put to a bundle alone, as they are put to the journal, with no database near."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

import msgspec

from deploy.asked import folded
from domain.clock import SHANGHAI
from domain.identity import Id
from domain.journal import bundle
from domain.journal.entries import JournalRow
from domain.journal.past import EarlierLedgers, Moment, Reach, is_known
from domain.journal.verify import Report, found_in
from domain.principal import Principal
from domain.slices import register_all
from projections.about import read_about
from projections.engine.view import Row
from projections.project import PROJECT, projects
from projections.replay import ledgers_of

BATCH = 2_000


class BeyondBundleError(LookupError):
    """A moment after a bundle's last record of some ledgers: what came by then is not in it."""

    def __init__(self, position: int, at: datetime | None) -> None:
        super().__init__(f"the bundle ends at position {position}")
        self.position = position
        self.at = "–" if at is None else at.astimezone(SHANGHAI).isoformat(" ", "seconds")


class UnfitError(ValueError):
    """What of a bundle might never end or fill all memory if it were read, by its path."""


class _Kind(msgspec.Struct):
    type: str = msgspec.field(name="@type")


class _Envelope(msgspec.Struct):
    """Of an event, only which kind it is."""

    facts: _Kind


_envelope = msgspec.json.Decoder(_Envelope).decode


@dataclass(frozen=True)
class BundlePast:
    """How far a bundle's ledgers had come by a moment, and what they held."""

    folder: Path

    def reached(self, _: Principal, moment: Moment) -> list[Reach]:
        """Return how far each of them had come; whoever holds the bundle may read all of it."""
        found = []
        for ledger in ledgers_of(self.folder):
            last = _last(self.folder, ledger, lambda row: is_known(row, moment))
            if last is not None:
                found.append(Reach(ledger, last.number, last.position, last.at))
        return found

    def pages(
        self, reach: Reach, topics: Collection[str], after: int = 0
    ) -> Iterator[list[JournalRow]]:
        """Yield a ledger's events of some kinds after a number, in order, some at a time."""
        for block in bundle.entries(self.folder, reach.ledger, BATCH):
            if block[0].number > reach.number:
                return
            yield [
                row
                for row in block
                if after < row.number <= reach.number and _envelope(row.state).facts.type in topics
            ]


@dataclass(frozen=True)
class InBundle:
    """A bundle's ledgers: all that is known of the records on a machine with nothing else."""

    folder: Path
    now: datetime

    @property
    def earlier(self) -> EarlierLedgers:
        """See `Keeper`."""
        return BundlePast(self.folder)

    def projects(self, key: str | None) -> list[Row]:
        """See `Keeper`."""
        answers = folded(map(self.entries, ledgers_of(self.folder)), (projects,), None)
        return answers.rows(PROJECT, where={} if key is None else {"slug": key})

    def entries(self, ledger: Id) -> Iterator[JournalRow]:
        """See `Keeper`."""
        if self.holds(ledger):
            yield from chain.from_iterable(bundle.entries(self.folder, ledger, BATCH))

    def holds(self, ledger: Id) -> bool:
        """See `Keeper`."""
        return ledger in ledgers_of(self.folder)

    def check(self, ledger: Id, moment: Moment) -> None:
        """See `Keeper`. Raises `BeyondBundleError`."""
        check_reached(self.folder, (ledger,), moment)


def check_reached(folder: Path, ledgers: Iterable[Id], moment: Moment) -> None:
    """Refuse a moment after the last record that a bundle has of some ledgers.

    Where the bundle is of an earlier state, what came after lies elsewhere; and a bundle does not
    prove that it is not. So that is a moment which it does not know. Raises `BeyondBundleError`.
    """
    last = [row for each in ledgers if (row := _last(folder, each, lambda _: True)) is not None]
    position = max((row.position for row in last), default=0)
    at = max((row.at for row in last), default=None)
    beyond = moment > position if isinstance(moment, int) else at is None or moment > at
    if beyond:
        raise BeyondBundleError(position, at)


def check_readable(folder: Path) -> None:
    """Refuse what the verifier does not read either: links, devices, lists without measure.

    Raises `UnfitError`.
    """
    report = Report()
    found_in(folder, report)
    for each in report.findings:
        raise UnfitError(each.details["path"])


def open_bundle(folder: Path) -> InBundle:
    """Open a bundle. Raises OSError and ValueError where it is none."""
    register_all()
    check_readable(folder)
    ledgers_of(folder)
    return InBundle(folder, datetime.fromisoformat(str(read_about(folder).get("made_at"))))


def _last(folder: Path, ledger: Id, known: Callable[[JournalRow], bool]) -> JournalRow | None:
    """Return the last of a ledger's entries that were known: they come first, without a gap."""
    found = None
    for block in bundle.entries(folder, ledger, BATCH):
        if known(block[-1]):
            found = block[-1]
            continue
        return next((row for row in reversed(block) if known(row)), found)
    return found
