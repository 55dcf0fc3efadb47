"""What is typed to ask for a report: of which project, out of the journal or a bundle, and when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from deploy.asked import AskedProject, InJournal, LedgerKeeper, NotOneProjectError, asked_project
from deploy.findings import refuse
from deploy.handed import BeyondBundleError, open_bundle
from deploy.settings import read_settings
from deploy.wiring import house
from domain.journal.past import Moment, last_day, moment_of
from domain.refusals import ShiluError

AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="work done up to this day"),
]
Key = Annotated[
    str | None,
    typer.Option("--project", help="the project's key (fuyuan); a bundle of one needs none"),
]
Handed = Annotated[
    Path | None, typer.Option("--bundle", help="from a bundle's records alone, with no database")
]
From = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], help="work done on this day or later"),
]
KnownAt = Annotated[
    str | None,
    typer.Option("--known-at", help="as known at a position, the end of a day, or a zoned time"),
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


def day_of(named: datetime | None) -> date | None:
    """Return the day that an option names, if it names one."""
    return None if named is None else named.date()


def day_until(
    asked: AskedProject, since: datetime | None, as_of: datetime | None, known: Moment | None
) -> date:
    """Return the day up to which work is told of. Raises `days.backwards`."""
    return last_day(day_of(since), day_of(as_of), asked.day(known))


@contextmanager
def refusing() -> Iterator[None]:
    """Tell whoever typed the command what is refused of it; exits with 2."""
    try:
        yield
    except ShiluError as error:
        raise typer.BadParameter(f"{error.text('zh')} {error.text('en')}") from error


@contextmanager
def asking(key: str | None, folder: Path | None) -> Iterator[AskedProject]:
    """Open what is asked about: a project of the journal, or of a bundle with no database.

    Exits with 2 where there is not just the one, and where the folder is no bundle.
    """
    if folder is None and key is None:
        refuse("report", "nothing_named")
    with keeping(folder) as keeper:
        yield one_project(keeper, key)


@contextmanager
def keeping(folder: Path | None) -> Iterator[LedgerKeeper]:
    """Open the journal, or a bundle with no database. Exits with 2 where the folder is none."""
    if folder is None:
        with house(read_settings()) as built, refusing():
            yield InJournal(built)
        return
    with refusing():
        try:
            yield open_bundle(folder)
        except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
            refuse("report", "no_bundle", path=folder)


def one_project(keeper: LedgerKeeper, key: str | None) -> AskedProject:
    """Return the project of a key. Exits with 2 where there is none, or one too many."""
    try:
        return asked_project(keeper, key)
    except NotOneProjectError:
        refuse("report", "not_one_project" if key is None else "no_project", key=key)


def known_moment(asked: AskedProject, text: str | None) -> Moment | None:
    """Read a moment where one is named; else all is asked that is known."""
    return None if text is None else moment_in(asked, text, "--known-at")


def moment_in(asked: AskedProject, text: str, option: str) -> Moment:
    """Read a moment out of an option.

    Exits with 2 where nobody here can know what had been recorded by then.
    """
    moment = moment_of(text, option)
    try:
        asked.keeper.check(asked.project, moment)
    except BeyondBundleError as error:
        refuse("report", "beyond", position=error.position, at=error.at)
    return moment
