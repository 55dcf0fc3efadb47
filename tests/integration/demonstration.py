"""The demonstration, recorded once for the tests that ask about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.demo.play import play
from deploy.migrate import migrate
from deploy.settings import Settings
from deploy.wiring import House, house


@contextmanager
def demonstration(url: str, home: Path) -> Iterator[House]:
    """Record S0 into an empty database and follow it into the views."""
    migrate(url)
    with house(Settings(home=home), None, url) as built:
        play(built.records)
        built.catch_up()
        yield built
