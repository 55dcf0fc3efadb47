"""Whatever a command line or a setting says that is nonsense, it is refused in a sentence."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from inspect import getdoc
from pathlib import Path

import pytest
import typer

from deploy.cli import command_names, purpose_of
from domain.identity import new_id
from tests.typed import NOWHERE, Typing


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing here may come so far as to ask one."""
    monkeypatch.setenv("SHILU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHILU_DATABASE_URL", NOWHERE)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("tasks", "retry", "nope"), "no id of a task: nope"),
        (("tasks", "retry", "\x1b[2Jx"), r"no id of a task: \x1b[2Jx"),
        (("tasks", "set-aside", new_id(), "nope"), "no id of a task: nope"),
        (("bundle", "fuyuan", "--out", "/proc/x"), "cannot be written: /proc/x"),
        (("bundle", "fuyuan", "--out", "/proc/x/y"), "there is no folder /proc/x:"),
        (("bundle", "fuyuan", "--out", f"{__file__}/x"), "cannot be written"),
        (("bundle", "fuyuan", "--out", "x" * 300), "cannot be written"),
        (("report", "midterm"), "name a project by its key with --project"),
        (("report", "midterm", "--bundle", "/proc/x"), "not a bundle's folder"),
        (("verify-receipt", "/proc/x", "--policy", __file__), "/proc/x 读不出来"),
        (
            ("verify-receipt", __file__, "--policy", __file__),
            "用不上（第 1 行，信任名单中有看不懂的一行）",
        ),
    ],
)
def test_nonsense_on_the_command_line_is_a_sentence(
    typed: Typing, words: tuple[str, ...], told: str
) -> None:
    ended = typed(*words)
    assert (ended.code, len(ended.err.splitlines())) == (2, 1)
    assert told in ended.err


def test_the_list_of_commands_says_what_each_is_for_and_imports_none() -> None:
    for name, module in command_names().items():
        command = import_module(module).command
        whole = command.info.help if isinstance(command, typer.Typer) else getdoc(command)
        assert whole is not None, name
        assert purpose_of(module) == whole.partition("\n\n")[0]
    asked = "import sys; from deploy.cli import build; build([])\nprint(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60
    )
    assert [each for each in ran.stdout.split() if each.startswith("deploy.commands.")] == []


def test_settings_that_cannot_be_used_are_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, typed: Typing
) -> None:
    monkeypatch.setenv("SHILU_PORT", "abc")
    monkeypatch.setenv("SHILU_BROKER", "kafka://u:hunter2@host")
    ended = typed("tasks", "list")
    errors = ended.err
    assert (ended.code, len(errors.splitlines())) == (2, 2)
    assert "shilu: SHILU_PORT 应为 1 至 65535 之间的整数" in errors
    assert "shilu: SHILU_BROKER 应为 postgres" in errors
    assert "/ SHILU_BROKER must be postgres" in errors
    assert "abc" not in errors
    assert "hunter2" not in errors
