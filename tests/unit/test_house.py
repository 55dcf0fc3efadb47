"""What the pages for readers promise about this repository is there."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from projections.catalogue import VIEWS

ROOT = Path(__file__).parents[2]
PAGES = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
OURS = r"(?:domain|projections|api|workers|deploy|tests)/[\w/-]+(?:\.\w+)?"


def read(page: Path) -> str:
    return page.read_text("utf-8")


def test_every_make_target_that_a_page_names_exists() -> None:
    named = {
        target
        for page in PAGES
        for target in re.findall(r"(?:^|`)make ([a-z-]+)", read(page), re.MULTILINE)
    }
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    offered = set(re.findall(r"make ([a-z-]+)", told.stdout))
    assert "up" in named
    assert named <= offered


def test_every_page_that_a_page_links_to_exists() -> None:
    links = [
        (page, link)
        for page in PAGES
        for link in re.findall(r"\]\((?!https?://)([^)#]+)", read(page))
    ]
    assert len(links) > 100
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


def test_every_file_of_ours_that_a_page_names_is_there() -> None:
    named = [(page.name, path) for page in PAGES for path in re.findall(rf"`({OURS})", read(page))]
    assert [each for each in named if not (ROOT / each[1]).exists()] == []


def test_what_a_page_says_stands_in_a_file_stands_there() -> None:
    text = "\n".join(map(read, PAGES))
    said = re.findall(rf"`({OURS})::(\w+)`", text)
    said += [(path, name) for name, path in re.findall(rf"`(\w+)` in\s+`({OURS})`", text)]
    assert ("domain/visit.py", "record_visit") in said
    defined = {path: re.findall(r"(?:def|class) (\w+)", read(ROOT / path)) for path, _ in said}
    assert [(path, name) for path, name in said if name not in defined[path]] == []


def test_the_decision_about_corrections_names_the_views_that_see_them() -> None:
    (page,) = (ROOT / "docs" / "decisions").glob("0004-*.md")
    named = re.findall(r"`(\w+)`\s\(", read(page))
    assert sorted(named) == sorted(view.name for view in VIEWS if view.raw)


def test_locked_assets_are_exact_and_bound_to_no_registry() -> None:
    assets = ROOT / "api" / "assets"
    wanted = json.loads((assets / "package.json").read_text())["dependencies"]
    locked = json.loads((assets / "package-lock.json").read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert not any("resolved" in package for package in locked.values())
    assert all("integrity" in package for name, package in locked.items() if name)


@pytest.mark.parametrize("folder", ["api", "projections", "workers"])
def test_the_same_word_names_the_same_slice_in_every_folder(folder: str) -> None:
    slices = {module.stem for module in (ROOT / "domain").glob("*.py")}
    several = {re.sub("y$", "ie", name) + "s": name for name in slices}
    others = {module.stem for module in (ROOT / folder).glob("*.py")}
    assert {name: several[name] for name in several.keys() & others - slices} == {}


@pytest.mark.parametrize("folder", ["domain", "projections", "api", "workers"])
def test_whoever_follows_the_case_opens_case_in_each_folder(folder: str) -> None:
    assert (ROOT / folder / "case.py").exists()
