"""Bundles (评估资料包): a ledger's records, signed, with the tables that follow from them.

A bundle is written in one pass over the journal and a sort, in bounded memory: a million events
take no more of it than a thousand. What it must hold is in docs/bundle-format.md.
"""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec

from domain.clock import SHANGHAI
from domain.event import AnyEvent
from domain.export import ExportMade
from domain.identity import Id
from domain.journal import bundle
from domain.journal.attachments import AttachmentStore
from domain.journal.bundle import BundleFolder, Runs
from domain.journal.checkpoints import Checkpoints, Kept
from domain.journal.codec import decode
from domain.journal.entries import JournalRow, stamp
from domain.journal.keyring import KeyRing
from domain.journal.recorder import JournalRecorder
from domain.journal.seal import Edge, leaf_hash
from domain.journal.signer import Signer
from domain.journal.vault import Vault
from domain.journal.verify import FORMAT
from domain.principal import Role
from projections import parquet
from projections.catalogue import VIEWS
from projections.engine.spread import Spread, blocks
from projections.engine.view import Row, Table, View
from projections.listings import STORED, attachment_of, plain
from projections.tables import RELEASE, Making, ViewMade, parked, path_of
from workers.opening import Enclosing, opened


class NotAsSignedError(RuntimeError):
    """The journal does not hold what the checkpoint says; nothing is handed out."""


@dataclass(frozen=True)
class Press:
    """What bundles are made with."""

    journal: JournalRecorder
    checkpoints: Checkpoints
    ring: KeyRing
    signer: Signer
    vault: Vault
    attachments: AttachmentStore


@dataclass(frozen=True)
class Handing:
    """The export that a bundle is made for: by whom, when, and what was granted with it."""

    asked_by: Id
    role: Role
    asked_at: datetime
    facts: ExportMade

    @classmethod
    def of(cls, event: AnyEvent, at: datetime) -> Handing:
        """Return that of an export's event, recorded at a moment."""
        return cls(event.actor, event.role, at, event.facts)

    @property
    def opens(self) -> bool:
        """Whether sealed fields are opened."""
        return bool(self.facts.columns)

    @property
    def private(self) -> bool:
        """Whether there is something in it that is for its owner's eyes."""
        return self.opens or self.facts.attachments

    def told(self) -> Row:
        """Return it as bundle.json has it."""
        facts = self.facts
        return {
            "export": facts.watermark,
            "asked_by": self.asked_by,
            "role": self.role,
            "asked_at": stamp(self.asked_at),
            "purpose": facts.purpose,
            "reason": facts.reason,
            "opened": facts.columns,
            "attachments": facts.attachments,
            "parquet": facts.parquet,
        }


def write_bundle(
    press: Press,
    signed: Sequence[Kept],
    folder: Path,
    now: datetime,
    progress: Callable[[int, int], object] = max,
    handing: Handing | None = None,
) -> None:
    """Write the ledgers of some checkpoints, each up to there, as a bundle into a new folder.

    It appears whole or not at all. `progress` is told entries written, and how many there are;
    `handing` names the export on record, without which nothing is opened and no file is enclosed.
    Raises `NotAsSignedError`; FileExistsError.
    """
    if folder.exists():
        raise FileExistsError(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as room:
        draft = Path(room) / "bundle"
        # What is opened is for its owner's eyes, whatever others may read here.
        draft.mkdir(mode=0o700 if handing is not None and handing.private else 0o777)
        made = BundleFolder(draft)
        total, before = sum(kept.size for kept in signed), 0
        ledgers = []
        for kept in signed:
            scratch = Path(room) / kept.ledger
            scratch.mkdir()
            writer = LedgerWriter(press, kept, made, scratch, handing)
            for written in writer.entries():
                progress(before + written, total)
            ledgers.append(writer.finish())
            before += kept.size
            shutil.rmtree(scratch)
        _finish(press, made, ledgers, now, handing)
        draft.rename(folder)


class LedgerWriter:
    """Writes one ledger."""

    def __init__(
        self,
        press: Press,
        kept: Kept,
        made: BundleFolder,
        scratch: Path,
        handing: Handing | None = None,
    ) -> None:
        self._press, self._kept, self._made, self._handing = press, kept, made, handing
        self._path = f"ledgers/{kept.ledger}"
        self._named = scratch / "attachments"
        self._spread = Spread(VIEWS, scratch)
        self._last: JournalRow | None = None

    def entries(self) -> Iterator[int]:
        """Write the records and fold them, and yield now and then how many are written.

        Raises `NotAsSignedError`.
        """
        rows = islice(self._press.journal.read_ledger(self._kept.ledger), self._kept.size)
        names = bundle.ENTRIES, bundle.LEAVES, bundle.POSITIONS
        edge, runs = Edge(), Runs()
        with ExitStack() as files:
            entries, leaves, positions = (
                files.enter_context(self._made.open(f"{self._path}/{name}")) for name in names
            )
            named = files.enter_context(self._named.open("xb"))
            opening = self._opening(files)
            for block in blocks(rows):
                lines = [row.leaf for row in block]
                hashes = list(map(leaf_hash, lines))
                edge = edge.extend(hashes)
                entries.write(b"\n".join([*lines, b""]))
                leaves.write(b"".join(hashes))
                positions.write(b"".join(runs.add(row.position) for row in block))
                named.writelines(_attachment(row) for row in block if STORED in row.state)
                opening(block)
                self._spread.add(block)
                self._last = block[-1]
                yield edge.size
            positions.write(runs.end())
        if edge.size != self._kept.size or edge.root() != self._kept.root:
            raise NotAsSignedError(self._kept.ledger)

    def finish(self) -> Row:
        """Write tables and checkpoints, and return what bundle.json says of the ledger."""
        views = list(self._tables())
        self._attachments()
        self._checkpoints()
        begun = list(self._begun_anew())
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
            **({"begun_anew": begun} if begun else {}),
        }

    def _opening(self, files: ExitStack) -> Callable[[Sequence[JournalRow]], object]:
        """Return what opens sealed fields where that was granted; else what does nothing."""
        if self._handing is None or not self._handing.opens:
            return len
        vault, facts = self._press.vault, self._handing.facts
        place = files.enter_context(self._made.open(f"{self._path}/{bundle.OPENED}"))
        return lambda block: place.write(
            b"".join(opened(vault, block, facts.columns, facts.watermark))
        )

    def _attachments(self) -> None:
        """Write the list of attachments, and copy them where that was granted."""
        lines: Iterable[Row] = self._listed()
        if self._handing is not None and self._handing.facts.attachments:
            press, watermark = self._press, self._handing.facts.watermark
            enclosing = Enclosing(press.journal, press.attachments, self._made, watermark)
            lines = enclosing.lines(self._listed)
        told = ({name: line[name] for name in line if name != "stream"} for line in lines)
        path = f"{self._path}/{bundle.ATTACHMENTS}"
        self._made.stream(path, (plain(line) + b"\n" for line in told))

    def _listed(self) -> Iterator[Row]:
        with self._named.open("rb") as file:
            yield from map(msgspec.json.decode, file)

    def _tables(self) -> Iterator[ViewMade]:
        for view in VIEWS:
            making = Making(view, self._spread.lines)
            for table in view.tables:
                self._made.stream(f"{self._path}/{path_of(view, table)}", making.lines(table))
                self._parquet(view, table)
            yield making.made()

    def _parquet(self, view: View, table: Table) -> None:
        if self._handing is not None and self._handing.facts.parquet:
            place, path = self._made.folder, f"{self._path}/{parquet.path_of(view, table)}"
            lines = place / self._path / path_of(view, table)
            parquet.write_parquet(table, lines, place / path)
            self._made.adopt(path)

    def _checkpoints(self) -> None:
        kept = self._kept
        self._made.write(f"{self._path}/{bundle.CHECKPOINT}", kept.note)
        kept_before = self._press.checkpoints.daily(kept.ledger, kept.era, kept.size - 1)
        tree = self._press.checkpoints.tree(kept.ledger, kept.size)
        for size, note in {each.size: each.note for _, each in kept_before}.items():
            self._made.write(f"{self._path}/{bundle.EARLIER}/{size:012d}", note)
            proof = b"".join(b64encode(each) + b"\n" for each in tree.consistency(size))
            self._made.write(f"{self._path}/{bundle.PROOFS}/{size:012d}", proof)
        for stamped in self._press.checkpoints.timestamps(kept.ledger, kept.era, kept.size):
            place = f"{self._path}/{bundle.TIMESTAMPS}/{stamped.size:012d}"
            self._made.write(place, stamped.note)
            self._made.write(f"{place}.tsr", stamped.token)

    def _begun_anew(self) -> Iterator[Row]:
        """Write the last head of each earlier era, and yield why the next one began."""
        for begun in self._press.checkpoints.begun_anew(self._kept.ledger, self._kept.era):
            if begun.note is not None:
                self._made.write(f"{self._path}/{bundle.ERAS}/{begun.era - 1}", begun.note)
            told = begun._asdict()
            del told["note"]
            yield {**told, "decided_at": stamp(begun.decided_at)}


def _attachment(row: JournalRow) -> bytes:
    """One line of the attachments' list, and the stream that tells more of it."""
    event = decode(row.state)
    return plain({**attachment_of(event), "stream": event.stream}) + b"\n"


def _finish(
    press: Press,
    made: BundleFolder,
    ledgers: Sequence[Row],
    now: datetime,
    handing: Handing | None,
) -> None:
    about: Row = {
        "format": FORMAT, "release": RELEASE, "made_at": stamp(now), "ledgers": ledgers,
    }  # fmt: skip
    if handing is not None:
        about["export"] = handing.told()
    made.write(bundle.ABOUT, plain(about) + b"\n")
    made.write("policy.example", press.ring.policy().encode())
    made.write("README.md", _readme(ledgers, handing).encode())
    made.sign(press.ring.keys)


def _readme(ledgers: Sequence[Row], handing: Handing | None) -> str:
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
            opened_zh=_opened(words, "zh", handing),
            opened_en=_opened(words, "en", handing),
        )
    )
    return text


def _opened(words: Row, language: str, handing: Handing | None) -> str:
    """Say for which export fields were opened, if any were."""
    if handing is None or not handing.opens:
        text: str = words["sealed"][language]
        return text
    facts = handing.facts
    text = words["opened"][language]
    return text.format(
        kinds=", ".join(words["kinds"][kind][language] for kind in facts.columns),
        purpose=words["purpose"][facts.purpose or ""][language],
        reason=facts.reason,
        asked_by=handing.asked_by,
        asked_at=handing.asked_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        export=facts.watermark,
    )
