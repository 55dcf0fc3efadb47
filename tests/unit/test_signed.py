"""What was signed is never remembered as less than it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.identity import new_id
from domain.journal.seal import Edge, leaf_hash
from domain.journal.signed import Memory, Signed

LEDGER = new_id()


def grown(entries: int, era: int = 1) -> Signed:
    return Signed(era, Edge().extend([leaf_hash(b"%d" % number) for number in range(entries)]))


@pytest.mark.parametrize(
    ("first", "then", "kept"),
    [
        (grown(3), grown(5), grown(5)),
        (grown(5), grown(3), grown(5)),
        (grown(5), grown(0, era=2), grown(0, era=2)),
        (grown(0, era=2), grown(9), grown(0, era=2)),
    ],
)
def test_a_signer_that_was_overtaken_does_not_bring_back_what_it_had_seen(
    first: Signed, then: Signed, kept: Signed, tmp_path: Path
) -> None:
    """Given a connection lost between reading and signing, another signer may have signed more."""
    memory, another = Memory(tmp_path / "signed.sqlite3"), Memory(tmp_path / "signed.sqlite3")
    memory.keep([(LEDGER, first)])
    another.keep([(LEDGER, then)])
    assert memory.all() == {LEDGER: kept}
    memory.close()
    another.close()
