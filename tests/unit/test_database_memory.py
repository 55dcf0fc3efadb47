"""How much memory the embedded server keeps pages in: a quarter, within bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.postgres.memory import allowed, buffers

GIB = 1 << 30


@pytest.mark.parametrize(
    ("machine", "held"), [(GIB // 4, 128), (4 * GIB, 1024), (24 * GIB, 6144), (512 * GIB, 8192)]
)
def test_a_quarter_of_the_machine_is_kept_for_pages(machine: int, held: int) -> None:
    assert buffers(machine) == held


def test_a_container_is_held_to_what_it_may_have(tmp_path: Path) -> None:
    group = tmp_path / "memory.max"
    group.write_text(f"{2 * GIB}\n")
    assert buffers(64 * GIB, allowed(group)) == 512


@pytest.mark.parametrize("told", ["max\n", None])
def test_who_is_not_held_has_the_machine(tmp_path: Path, told: str | None) -> None:
    group = tmp_path / "memory.max"
    if told is not None:
        group.write_text(told)
    assert allowed(group) is None
