"""A bundle of a small history, as an evaluator is given it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundles import Handed, copied, handed_over


@pytest.fixture(scope="module")
def handed(module_house_url: str) -> Iterator[Handed]:
    with handed_over(module_house_url) as it:
        yield it


@pytest.fixture
def folder(handed: Handed, tmp_path: Path) -> Path:
    return copied(handed.folder, tmp_path / "bundle")
