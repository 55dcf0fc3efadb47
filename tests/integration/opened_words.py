"""Bundles with opened words and files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.identity import Id
from domain.journal.verify import verify
from tests.bundles import trusted
from tests.integration.giving import upload
from tests.integration.http import Running
from tests.integration.taken_away import REASON, asked, fetched

EVERYTHING = ["identity", "contact", "casework", "health"]


@dataclass
class Opened:
    """A bundle of a station, opened for an evaluation."""

    api: Running
    export: Id
    folder: Path

    @property
    def place(self) -> Path:
        return self.folder / "ledgers" / self.api.station

    def lines(self, name: str) -> list[dict[str, Any]]:
        return list(map(json.loads, (self.place / name).read_text("utf-8").splitlines()))

    def codes(self, folder: Path | None = None) -> list[str]:
        report = verify(folder or self.folder, trusted(self.api.built))
        return [each.code for each in report.findings]


def opened(api: Running, folder: Path, **more: Any) -> Opened:
    api.as_role("operator_manager")
    given = {"purpose": "evaluation", "reason": REASON, "opened": EVERYTHING, **more}
    told = asked(api, api.station, **given)
    return Opened(api, told["export"], fetched(api, told["task"], folder))


def stored(api: Running, content: bytes) -> str:
    """Store a file and return its attachment."""
    stream: str = upload(api, content, "application/pdf").json()["stream"]
    return stream
