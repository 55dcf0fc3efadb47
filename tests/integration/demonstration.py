"""The demonstration, recorded once for the tests that ask about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.asked import InJournal, asked_project
from deploy.demo.play import play
from deploy.migrate import migrate
from deploy.reports.midterm import MIDTERM
from deploy.settings import Settings
from deploy.wiring import House, house
from domain.identity import Id
from projections.engine.ask import Answers
from projections.engine.view import View


@contextmanager
def demonstration(url: str, home: Path) -> Iterator[House]:
    """Record S0 into an empty database and follow it into the views."""
    migrate(url)
    with house(Settings(home=home), None, url) as built:
        play(built.records)
        built.catch_up()
        yield built


def project_of(built: House) -> Id:
    """Return the demonstration's project."""
    return asked_project(InJournal(built), "fuyuan").project


def replayed(built: House, views: Sequence[View] = MIDTERM) -> Answers:
    """Return rows folded from the demonstration's project alone."""
    return asked_project(InJournal(built), "fuyuan").answers(views, None)
