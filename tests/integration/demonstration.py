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
        catch_up(built)
        yield built


def catch_up(built: House) -> None:
    """Follow the journal to its end."""
    follower = built.follower()
    follower.prepare()
    while follower.step():
        pass
    follower.close()
