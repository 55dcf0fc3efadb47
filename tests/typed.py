"""Commands as people type them, run in this process: what they say, and how they end.

A process of their own takes seconds to load; `test_handing_over` and `test_up` begin real ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.cli import main

NOWHERE = "postgresql://127.0.0.1:1/none"
"""Where no database answers."""


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Typing:
    """Whoever types."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str, home: Path | None = None, url: str | None = None) -> Ended:
        """Type `shilu` and words, for a home and a database where they are named."""
        self.capsys.readouterr()
        with self.monkeypatch.context() as here:
            here.setattr("deploy.cli.configure_logs", str)  # it is the process's
            here.setattr("sys.argv", ["shilu", *words])
            for name, place in (("SHILU_HOME", home), ("SHILU_DATABASE_URL", url)):
                if place is not None:
                    here.setenv(name, str(place))
            with pytest.raises(SystemExit) as stopped:
                main()
        said = self.capsys.readouterr()
        code = stopped.value.code or 0
        assert isinstance(code, int)
        return Ended(code, said.out, said.err)
