"""What a person reads on a terminal is in both languages, and tells what it is about."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from deploy import cli, port, wiring
from deploy.findings import said, words_of
from domain.journal.installation import InstallationError
from domain.journal.keyring import SigningKeysError

ROOT = Path(__file__).parents[2]
PARTS = ("domain", "projections", "api", "workers", "deploy")


def names(error: type[InstallationError]) -> Iterator[str]:
    """Yield what an error and all that are made of it are called; these two know them all."""
    assert all((port, wiring))
    yield error.__name__
    for each in error.__subclasses__():
        yield from names(each)


def failures() -> dict[str, set[str | None]]:
    """Return every code that the source raises, with the names of its details."""
    called, found = set(names(InstallationError)), dict[str, set[str | None]]()
    for path in (path for part in PARTS for path in (ROOT / part).rglob("*.py")):
        text = path.read_text("utf-8")
        if not any(f"{name}(" in text for name in called):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in called:
                (code,) = node.args
                details = {each.arg for each in node.keywords}
                assert found.setdefault(ast.literal_eval(code), details) == details, ast.dump(code)
    return found


def test_every_code_has_words_in_both_languages_that_tell_each_of_its_details() -> None:
    words = words_of("shilu")
    told = {
        code: {name for text in each.values() for _, name, _, _ in Formatter().parse(text) if name}
        for code, each in words.items()
    }
    assert told == failures()
    assert all(list(each) == ["zh", "en"] for each in words.values())


def test_no_command_has_chinese_words_of_its_own() -> None:
    """Invented records have Chinese, and what `--help` says stands with each command."""
    found = [
        (path.name, text)
        for path in (ROOT / "deploy").rglob("*.py")
        if not {"demo", "bench"} & {*path.relative_to(ROOT).parts}
        for text in spoken(ast.parse(path.read_text("utf-8")))
        if re.search("[一-鿿]", text.replace("实录", ""))
    ]
    assert found == []


def spoken(tree: ast.AST) -> Iterator[str]:
    """Yield the texts in a source but for its docstrings and what `help` says."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Expr) or (isinstance(node, ast.keyword) and node.arg == "help"):
            yield from () if isinstance(node.value, ast.Constant) else spoken(node)
        else:
            yield from spoken(node)


def test_a_log_has_the_code_and_the_details_and_a_terminal_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = SigningKeysError("signing_keys.exposed", path=Path("/k/0001.key"), mode="0640")
    assert str(error) == "signing_keys.exposed path=/k/0001.key mode=0640"

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "configure_logs", str)
    monkeypatch.setattr(cli, "build", fail)
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    sentence = said("shilu", "signing_keys.exposed", path="/k/0001.key", mode="0640")
    assert capsys.readouterr().err == f"shilu: {sentence}\n"
