"""How a process left the journal with its last group, so that the next need not look first.

While nobody else has written, the head still stands where this process left it, and then the edges
of the trees, the versions of the streams and the clock are what they were. All of it is only a
guess, which the database is asked to confirm (docs/decisions/0022).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from domain.identity import Id
from domain.journal.entries import stamp
from domain.journal.page import Found, GroupPage, LedgerTree
from domain.journal.request import Request

TREES_AT_MOST = 2_000
VERSIONS_AT_MOST = 20_000
GOOD_FOR = 1.0
"""For how many seconds a reading of the database's clock will do."""
ALONE = 8
"""After how many undisturbed groups a process takes itself to be alone."""


class DatabaseClock:
    """The database's clock as it was read once, gone on since; it leads by the way there.

    It never lags: what is recorded would else seem known before somebody asked for it.
    """

    def __init__(self, read: datetime, asked: float) -> None:
        """`read` is what the database told, aware; `asked` when, in seconds of `time.monotonic`."""
        self._read = read
        self._asked = asked

    def now(self) -> str | None:
        """Return the moment as `stamp` writes it; None where the clock must be read again.

        Clocks that are being set run faster or slower by up to half a thousandth.
        """
        gone = time.monotonic() - self._asked
        return stamp(self._read + timedelta(seconds=gone)) if gone < GOOD_FOR else None

    def or_closer(self, later: DatabaseClock) -> DatabaseClock:
        """Return a later reading where it leads by less, or where this one has had its time."""
        gone = later._asked - self._asked
        closer = later._read <= self._read + timedelta(seconds=gone)
        return later if closer or gone > GOOD_FOR / 2 else self


class Guess(NamedTuple):
    """What a group will find if all is as it was left, and the versions that must be looked up."""

    found: Found
    untold: list[dict[str, object]]


@dataclass(slots=True)
class Left:
    """The journal at `position`, as far as it is known; `at` is the head's moment.

    `undisturbed` counts the groups in a row since which nobody else has written: whoever writes in
    turns with another would guess in vain and pay for both.
    """

    position: int
    at: str
    clock: DatabaseClock
    undisturbed: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    trees: dict[Id, LedgerTree] = field(default_factory=dict)

    def guess(self, group: Sequence[Request]) -> Guess | None:
        """Return what a group will find; None where that cannot be guessed, or hardly.

        A stream that is not known is taken to stand where the group takes it to stand. One that
        would begin is not looked up: if it is there already, it has the version that it gets. While
        the head's moment is ahead of the clock, as after that was set back, the database would
        refuse every guess.
        """
        now = self.clock.now()
        if self.undisturbed < ALONE or now is None or now < self.at:
            return None
        trees: dict[Id, LedgerTree] = {}
        for entry in (entry for request in group for entry in request.entries):
            tree = self.trees.get(entry.ledger)
            if tree is None or entry.originator_version == 0:
                return None
            if entry.ledger not in trees:
                trees[entry.ledger] = replace(tree, hashes=[])
        if any(request.at is not None for request in group):
            return None
        claims = _claims(group)
        untold: list[dict[str, object]] = [
            {"stream": stream, "version": version}
            for stream, version in claims.items()
            if version is not None and stream not in self.versions
        ]
        versions = {stream: self.versions.get(stream, claims[stream]) for stream in claims}
        return Guess(Found(self.position, now, versions, trees), untold)

    def advance(self, page: GroupPage, grown: Mapping[Id, LedgerTree]) -> None:
        """Take in what a page has written, if anything."""
        if page.rows:
            self.position, self.at = page.position, page.now
        self.trees.update(grown)
        self.versions.update((stream, at) for stream, at in page.versions.items() if at is not None)
        _forget_oldest(self.trees, TREES_AT_MOST)
        _forget_oldest(self.versions, VERSIONS_AT_MOST)


def _claims(group: Sequence[Request]) -> dict[str, int | None]:
    """Return at which version a group takes each stream to stand, None where it begins it."""
    claims: dict[str, int | None] = {}
    for request in group:
        for stream, version in request.read.items():
            claims.setdefault(stream, version)
        for entry in request.entries:
            claims.setdefault(str(entry.originator_id), entry.originator_version - 1 or None)
    return claims


def _forget_oldest(known: dict[str, Any], at_most: int) -> None:
    while len(known) > at_most:
        del known[next(iter(known))]
