"""Bundles for tests, made as `shilu bundle` makes them, and ways to spoil them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from deploy.bench.history import History
from deploy.settings import Settings
from deploy.wiring import House, house
from domain.identity import Id
from domain.journal.bundle import BundleFolder
from domain.journal.checkpoints import Kept
from domain.journal.codec import EventMapper
from domain.journal.note import SigningKey
from domain.journal.verify import Policy, verify
from tests.databases import walkable_folder
from workers.bundle import write_bundle

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)


def record(built: House, history: History, count: int) -> None:
    """Record so many more of a history's events."""
    mapper = EventMapper()
    for event in history.events(count):
        built.journal.append([mapper.to_stored_event(event)])


def write(built: House, folder: Path, *sizes: tuple[Id, int]) -> list[Kept]:
    """Write the bundle of some ledgers, each of so many entries; return what was signed."""
    with built.press() as press:
        signed = [press.signer.sign_at(ledger, size) for ledger, size in sizes]
        write_bundle(press, signed, folder, NOW)
    return signed


def trusted(built: House) -> Policy:
    """Return the policy of somebody who trusts this house's keys."""
    return Policy.read(built.ring.policy().encode())


@contextmanager
def spoilt(bundle: Path, path: str, content: bytes | None) -> Iterator[None]:
    """Have another content in a file of a bundle, or no such file, for a while."""
    place = bundle / path
    before = place.read_bytes() if place.exists() else None
    try:
        if content is None:
            place.unlink()
        else:
            place.write_bytes(content)
        yield
    finally:
        if before is None:
            place.unlink(missing_ok=True)
        else:
            place.write_bytes(before)


def listed_again(bundle: Path, keys: Sequence[SigningKey]) -> None:
    """List and sign the files as they are: then only what they say can give a change away."""
    manifest = bundle / "MANIFEST"
    manifest.unlink(missing_ok=True)
    made = BundleFolder(bundle)
    for path in sorted(path for path in bundle.rglob("*") if path.is_file()):
        content = path.read_bytes()
        made.listed[path.relative_to(bundle).as_posix()] = sha256(content).hexdigest(), len(content)
    made.sign(keys)


def copied(bundle: Path, to: Path) -> Path:
    """Return a copy of a bundle."""
    shutil.copytree(bundle, to)
    return to


@dataclass
class Handed:
    """A bundle, as it was handed to an evaluator, and where it came from."""

    built: House
    folder: Path
    ledger: Id
    size: int
    policy: Policy

    @property
    def place(self) -> str:
        """Where the ledger lies in the bundle."""
        return f"ledgers/{self.ledger}"

    @property
    def lines(self) -> list[bytes]:
        """The entries, each with its line break."""
        return (self.folder / self.place / "entries.ndjson").read_bytes().splitlines(keepends=True)

    def codes(self, folder: Path | None = None, since: bytes | None = None) -> list[str]:
        """What the verifier finds, in this bundle or in another folder."""
        report = verify(folder or self.folder, self.policy, since)
        return [each.code for each in report.findings]


@contextmanager
def handed_over(url: str) -> Iterator[Handed]:
    """Record some history, sign it once on the way, and hand over one project of it."""
    with walkable_folder() as home, house(Settings(home=home), None, url) as built:
        history = History(11)
        record(built, history, 30)
        (project, _), *_ = (station.projects for station in history.stations)
        with built.signer() as signer:
            signer.sign()
        record(built, history, 90)
        size = sum(1 for _ in built.journal.read_ledger(project))
        folder = home / "bundle"
        write(built, folder, (project, size))
        yield Handed(built, folder, project, size, trusted(built))
