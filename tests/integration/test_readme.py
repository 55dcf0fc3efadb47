"""The README's commands, run as they stand there against a running house."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import walkable_folder
from tests.processes import eventually, free_port

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PRINTED = json.loads((ROOT / "tests" / "data" / "fuyuan_midterm.json").read_text("utf-8"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="the README's commands use curl"),
]


def blocks(heading: str) -> str:
    """Return the shell blocks of one section."""
    section = README.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """`shilu up` as `make up` runs it, on a free port with a home of its own."""
    port = free_port()
    with walkable_folder() as folder:
        surroundings = os.environ | {
            "SHILU_HOME": str(folder / "home"),
            "SHILU_PORT": str(port),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        up = subprocess.Popen(
            [sys.executable, "-m", "deploy", "up"],
            cwd=ROOT,
            env=surroundings,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert eventually(lambda: answers(port), seconds=150)
            yield surroundings
        finally:
            up.terminate()
            said, _ = up.communicate(timeout=60)
        assert "first access token: shilu_" in said
        assert up.returncode == 0


def answers(port: int) -> bool:
    """Say whether the API answers."""
    health = f"http://127.0.0.1:{port}/api/v1/health"
    return subprocess.run(["curl", "-sf", health], capture_output=True, check=False).returncode == 0


def run(script: str, surroundings: dict[str, str]) -> str:
    """Run a script as a reader would and return what it printed."""
    script = script.replace(".venv/bin/shilu", "shilu")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_printed(made: dict[str, Any]) -> None:
    """Hold the report against the document's tables, each row and figure of them."""
    pairs = list(zip(made["table_a"], PRINTED["table_a"], strict=True))
    assert [{name: line[name] for name in row} for line, row in pairs] == PRINTED["table_a"]
    assert made["table_b"] == PRINTED["table_b"]
    assert made["totals"] == PRINTED["totals"]


def test_a_first_visit_is_recorded_and_seen(surroundings: dict[str, str]) -> None:
    printed = run(blocks("第一次走访 / A first visit"), surroundings)
    page = json.loads(printed.splitlines()[-1])
    (row,) = page["items"]
    assert (row["kind"], row["minutes"], row["person_times"]) == ("home_service", 40, 0)


def test_the_demonstration_prints_its_tables(surroundings: dict[str, str]) -> None:
    lines = blocks("示范项目 / The demonstration").splitlines()
    demo, table, explained, differing, signalled, known, changed = filter(None, lines)
    run(demo, surroundings)
    made = json.loads(run(table, surroundings))
    assert_printed(made)
    assert "B08.person_times = 75" in run(explained, surroundings)
    against = json.loads(run(differing, surroundings))["contradictions"]
    shown = {number for one in against for number in one["document"]}
    assert {f"I0-0{number}" for number in range(3, 9)} <= shown
    codes = {one["code"] for one in json.loads(run(signalled, surroundings))["findings"]}
    assert {"record_lag", "same_words", "worker_twice"} <= codes
    assert run(known, surroundings) != run(known.split(" --known-at")[0], surroundings)
    assert "A01" in run(changed, surroundings)


def test_an_evaluator_proves_and_replays_the_demonstration(surroundings: dict[str, str]) -> None:
    run("shilu demo", surroundings)
    said = run(blocks("给评估机构 / For the evaluator"), surroundings)
    assert "/demonstration/" in said
    table, end = json.JSONDecoder().raw_decode(said[said.index("{\n") :])
    assert_printed(table)
    asked = said[said.index("{\n") + end :]
    assert all(word in asked for word in ("I0-07", "record_lag", "A01"))
