"""The wall between slices falls where a slice reaches over it."""

from __future__ import annotations

from typing import Any

import pytest
from grimp import ImportGraph

from tests.walls import SlicesContract

LINES = ["case case_plan", "visit"]


def wrong(*imports: tuple[str, str], slices: list[str] = LINES, more: tuple[str, ...] = ()) -> Any:
    """Return what the contract finds wrong with a small house that has these imports."""
    graph = ImportGraph()
    modules = ("desk", "journal", "journal.seal", "case", "case_plan", "visit", *more)
    for module in ("domain", *(f"domain.{name}" for name in modules)):
        graph.add_module(module)
    for importer, imported in imports:
        graph.add_import(importer=f"domain.{importer}", imported=f"domain.{imported}")
    options = {"package": "domain", "kernel": ["desk"], "journal": "journal", "slices": slices}
    checked = SlicesContract("slices", {}, options).check(graph, verbose=False)
    assert checked.kept == (not checked.metadata["wrong"])
    return checked.metadata["wrong"]


def test_modules_of_one_slice_import_each_other_and_the_kernel() -> None:
    assert wrong(("case", "case_plan"), ("case_plan", "case"), ("visit", "desk")) == []
    assert wrong(("journal.seal", "desk"), ("journal", "journal.seal")) == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("visit", "case_plan"),
        ("case", "journal.seal"),
        ("desk", "visit"),
        ("desk", "journal"),
        ("journal.seal", "case"),
    ],
)
def test_none_reaches_into_another(importer: str, imported: str) -> None:
    (line,) = wrong((importer, imported))
    assert line == f"domain.{importer} must not import domain.{imported}"


def test_a_module_has_one_place() -> None:
    (line,) = wrong(more=("leader",))
    assert line.startswith("domain.leader must be of one slice")
    (line,) = wrong(slices=[*LINES, "case"])
    assert line.startswith("domain.case must be of one slice")
    (line,) = wrong(slices=[*LINES, "group"])
    assert line == "domain.group is named, and does not exist"
