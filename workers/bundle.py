"""Bundles (评估资料包): a ledger's records, signed, with the tables that follow from them.

A bundle is written in one pass over the journal and a sort, in bounded memory: a million events
take no more of it than a thousand. What it must hold is in docs/bundle-format.md.
"""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec

from domain.clock import SHANGHAI
from domain.event import topic_of
from domain.evidence_file import AttachmentStored
from domain.journal import bundle
from domain.journal.bundle import BundleFolder, Runs
from domain.journal.checkpoints import Checkpoints, Kept
from domain.journal.codec import decode
from domain.journal.entries import JournalRow, stamp
from domain.journal.keyring import KeyRing
from domain.journal.recorder import JournalRecorder
from domain.journal.seal import Edge, leaf_hash
from domain.journal.verify import FORMAT
from projections.catalogue import VIEWS
from projections.engine.spread import Spread
from projections.engine.view import Row
from projections.tables import Making, ViewMade, parked, path_of

BATCH = 2_000
STORED = f'"@type":"{topic_of(AttachmentStored)}"'.encode()
_plain = msgspec.json.Encoder(order="sorted")


class NotAsSignedError(RuntimeError):
    """The journal does not hold what the checkpoint says; nothing is handed out."""


@dataclass(frozen=True)
class Press:
    """What bundles are made with."""

    journal: JournalRecorder
    checkpoints: Checkpoints
    ring: KeyRing


def write_bundle(
    press: Press,
    signed: Sequence[Kept],
    folder: Path,
    now: datetime,
    progress: Callable[[int, int], object] = max,
) -> None:
    """Write the ledgers of some checkpoints, each up to there, as a bundle into a new folder.

    It appears whole or not at all. `progress` is told entries written, and how many there are.
    Raises `NotAsSignedError`; FileExistsError.
    """
    if folder.exists():
        raise FileExistsError(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as room:
        draft = Path(room) / "bundle"
        draft.mkdir()
        made = BundleFolder(draft)
        total, before = sum(kept.size for kept in signed), 0
        ledgers = []
        for kept in signed:
            scratch = Path(room) / kept.ledger
            scratch.mkdir()
            writer = LedgerWriter(press, kept, made, scratch)
            for written in writer.entries():
                progress(before + written, total)
            ledgers.append(writer.finish())
            before += kept.size
            shutil.rmtree(scratch)
        _finish(press, made, ledgers, now)
        draft.rename(folder)


class LedgerWriter:
    """Writes one ledger."""

    def __init__(self, press: Press, kept: Kept, made: BundleFolder, scratch: Path) -> None:
        self._press, self._kept, self._made = press, kept, made
        self._path = f"ledgers/{kept.ledger}"
        self._spread = Spread(VIEWS, scratch)
        self._last: JournalRow | None = None

    def entries(self) -> Iterator[int]:
        """Write the records and fold them, and yield now and then how many are written.

        Raises `NotAsSignedError`.
        """
        rows = islice(self._press.journal.read_ledger(self._kept.ledger), self._kept.size)
        names = bundle.ENTRIES, bundle.LEAVES, bundle.POSITIONS, bundle.ATTACHMENTS
        edge, runs = Edge(), Runs()
        with ExitStack() as files:
            entries, leaves, positions, attachments = (
                files.enter_context(self._made.open(f"{self._path}/{name}")) for name in names
            )
            for block in batches(rows):
                lines = [row.leaf for row in block]
                hashes = list(map(leaf_hash, lines))
                edge = edge.extend(hashes)
                entries.write(b"\n".join([*lines, b""]))
                leaves.write(b"".join(hashes))
                positions.write(b"".join(runs.add(row.position) for row in block))
                attachments.write(
                    b"".join(_attachment(row) for row in block if STORED in row.state)
                )
                self._spread.add(block)
                self._last = block[-1]
                yield edge.size
            positions.write(runs.end())
        if edge.size != self._kept.size or edge.root() != self._kept.root:
            raise NotAsSignedError(self._kept.ledger)

    def finish(self) -> Row:
        """Write tables and checkpoints, and return what bundle.json says of the ledger."""
        views = list(self._tables())
        self._checkpoints()
        last = self._last
        return {
            "ledger": self._kept.ledger,
            "origin": self._kept.note.split(b"\n", 1)[0].decode(),
            "entries": self._kept.size,
            "position": last.position if last else 0,
            "recorded_at": stamp(last.at) if last else None,
            "demonstration": last is not None and decode(last.state).demonstration,
            "views": [view.told() for view in views],
            "parked": parked(self._spread.folding),
        }

    def _tables(self) -> Iterator[ViewMade]:
        for view in VIEWS:
            making = Making(view, self._spread.lines)
            for table in view.tables:
                self._made.stream(f"{self._path}/{path_of(view, table)}", making.lines(table))
            yield making.made()

    def _checkpoints(self) -> None:
        kept = self._kept
        self._made.write(f"{self._path}/{bundle.CHECKPOINT}", kept.note)
        daily = self._press.checkpoints.daily(kept.ledger, kept.era, kept.size - 1)
        for size, each in {each.size: each for _, each in daily}.items():
            self._made.write(f"{self._path}/{bundle.EARLIER}/{size:012d}", each.note)


def batches(rows: Iterator[JournalRow]) -> Iterator[list[JournalRow]]:
    """Yield rows some thousand at a time."""
    while block := list(islice(rows, BATCH)):
        yield block


def _attachment(row: JournalRow) -> bytes:
    """One line of the attachments' list."""
    event = decode(row.state)
    facts: AttachmentStored = event.facts
    told = {"event": event.id, "sha256": facts.sha256, "size": facts.size, "mime": facts.mime}
    return _plain.encode(told) + b"\n"


def _finish(press: Press, made: BundleFolder, ledgers: Sequence[Row], now: datetime) -> None:
    about = {"format": FORMAT, "made_at": stamp(now), "ledgers": ledgers}
    made.write(bundle.ABOUT, _plain.encode(about) + b"\n")
    made.write("policy.example", press.ring.policy().encode())
    made.write("README.md", _readme(ledgers).encode())
    made.sign(press.ring.keys)


def _readme(ledgers: Sequence[Row]) -> str:
    words = tomllib.loads((Path(__file__).parent / "texts" / "bundle.toml").read_text("utf-8"))
    made_up = any(each["demonstration"] for each in ledgers)
    known = [datetime.fromisoformat(each["recorded_at"]) for each in ledgers if each["recorded_at"]]
    at = max(known).astimezone(SHANGHAI).isoformat(timespec="seconds") if known else "—"
    text: str = (
        words["readme"]
        .lstrip()
        .format(
            origins=", ".join(f"`{each['origin']}`" for each in ledgers),
            at=at,
            count=sum(each["entries"] for each in ledgers),
            demonstration_zh=words["demonstration"]["zh"] if made_up else "",
            demonstration_en=words["demonstration"]["en"] if made_up else "",
            opened_zh="",
            opened_en="",
        )
    )
    return text
