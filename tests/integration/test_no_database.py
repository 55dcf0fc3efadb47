"""Where no database answers, whoever types a command is told so in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import wiring
from deploy.cli import main


@pytest.mark.parametrize(
    "words",
    [
        "demo",
        "bundle fuyuan --out {home}/out",
        "keys show",
        "migrate",
        "report midterm --project fuyuan",
        "tasks list",
        "tokens list",
    ],
)
def test_a_command_says_that_no_database_answers(
    words: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(wiring, "POOL_SECONDS", 0.2)
    monkeypatch.setattr("deploy.cli.configure_logs", lambda level: None)  # it is the process's
    monkeypatch.setenv("SHILU_HOME", str(home))
    monkeypatch.delenv("SHILU_DATABASE_URL", raising=False)
    monkeypatch.setattr("sys.argv", ["shilu", *words.format(home=home).split()])
    with pytest.raises(SystemExit) as caught:
        main()
    said = capsys.readouterr().err
    assert caught.value.code == 2, said
    assert "make up" in said
    assert "Traceback" not in said
