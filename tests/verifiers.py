"""Two verifiers of one bundle: ours, as `shilu verify`, and the second one, in another language.

The second is written from docs/bundle-format.md alone (tests/second). Whatever they do not agree
about, the page has left open, or one of them has wrong.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli import build

SECOND = Path(__file__).parent / "second" / "verify.mjs"
Said = tuple[bool, str]
"""Whether all of it holds, and in which words."""


class Verifiers:
    """Asks both; the second runs once and is told of one bundle after another."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._command = build(["verify"])

    def ours(self, folder: Path, policy: Path, since: Path | None = None) -> Said:
        """Run `shilu verify`; it must end with a verdict, never with an error of its own."""
        words = ["verify", str(folder), "--policy", str(policy)]
        ran = CliRunner().invoke(self._command, [*words, *(["--since", str(since)] * bool(since))])
        assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
        return ran.exit_code == 0, ran.output

    def second(self, folder: Path, policy: Path, since: Path | None = None) -> Said:
        """Ask the second one."""
        told = self.answer(folder, policy, since)
        return not told["found"], json.dumps(told, ensure_ascii=False)

    def answer(self, folder: Path, policy: Path, since: Path | None = None) -> Any:
        """What the second one found and told."""
        job = {"folder": str(folder), "policy": str(policy), "since": since and str(since)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the second verifier has ended"
        return json.loads(line)


@contextmanager
def both_verifiers() -> Iterator[Verifiers]:
    """Have both; without Node the test is skipped."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here, on which the second verifier runs")
    words = [node, str(SECOND), "--jobs"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, encoding="utf-8") as process:
        yield Verifiers(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0
