"""A bundle of a small history, as an evaluator is given it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.identity import new_id
from projections.catalogue import VIEWS
from projections.replay import Replay, Replayed
from tests.bundles import Handed, copied, handed_over


@pytest.fixture(scope="module")
def handed(module_house_url: str) -> Iterator[Handed]:
    with handed_over(module_house_url) as it:
        yield it


@pytest.fixture
def folder(handed: Handed, tmp_path: Path) -> Path:
    return copied(handed.folder, tmp_path / "bundle")


@pytest.fixture
def replayed(handed: Handed, tmp_path: Path) -> Callable[..., Replayed]:
    """Replay a folder as a bundle of that history."""

    def replay(folder: Path, **how: Any) -> Replayed:
        scratch = tmp_path / f"scratch-{new_id()}"
        scratch.mkdir()
        return Replay(folder, handed.ledger, how.pop("views", VIEWS), scratch, **how).run()

    return replay
