"""`shilu replay`: a bundle's tables, reckoned again from its records, with no server near."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import Progress

from deploy.findings import in_json, refuse, refuse_as, said, shown, told, worded, words_of
from deploy.handed import BeyondBundleError, UnfitError, check_reached, check_readable
from domain.journal.past import Moment, moment_of
from domain.refusals import ShiluError
from domain.slices import register_all
from projections.catalogue import VIEWS
from projections.engine.view import View
from projections.replay import Replay, Replayed, as_told, ledgers_of


def command(
    bundle: Annotated[Path, typer.Argument(help="the bundle's folder")],
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    view: Annotated[str | None, typer.Option("--view", help="one view alone")] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            help="as known at a position, the end of a day, or a zoned time; not compared",
        ),
    ] = None,
) -> None:
    """Reckon every table again, byte for byte; exit with 0 only if nothing differs.

    With 1 where something does, and with 2 where nothing could be replayed.
    """
    register_all()
    views = chosen(view)
    if not (bundle / "ledgers").is_dir() or not ledgers_of(bundle):
        refuse("replay", "no_folder", path=bundle)
    with refusing():
        check_readable(bundle)
        made = replayed(bundle, views, None if as_of is None else moment(bundle, as_of))
    verdicts = [each.same for each in made]
    same = False if False in verdicts else None if None in verdicts else True
    if as_json:
        typer.echo(_json(same, made))
    else:
        _show(same, made, view)
    raise typer.Exit(1 if same is False else 0)


@contextmanager
def refusing() -> Iterator[None]:
    """Exit with 2 and a sentence where a bundle cannot be replayed."""
    try:
        yield
    except UnfitError as error:
        refuse("replay", "unfit", path=error)
    except OSError as error:
        refuse("replay", "unreadable", path=error.filename, why=error.strerror)
    except BrokenExecutor:
        refuse("replay", "ended")
    except (ValueError, RecursionError, msgspec.MsgspecError):
        refuse("replay", "no_form")


def replayed(bundle: Path, views: Sequence[View], until: Moment | None) -> list[Replayed]:
    """Replay each ledger of a bundle. Raises what `Replay` does."""
    made = []
    with (
        tempfile.TemporaryDirectory(prefix="shilu-replay-") as scratch,
        Progress(transient=True) as shown_to_people,
    ):
        task = shown_to_people.add_task(said("replay", "records"), total=None)
        for number, ledger in enumerate(ledgers_of(bundle)):
            room = Path(scratch) / str(number)
            room.mkdir()
            replay = Replay(
                bundle, ledger, views, room, until, os.cpu_count() or 1,
                lambda done: shown_to_people.update(task, completed=done),
            )  # fmt: skip
            made.append(replay.run())
    return made


def moment(bundle: Path, text: str) -> Moment:
    """Read the moment that is asked about. Exits with 2 where the bundle does not reach it.

    It reaches as far as the last record of any of its ledgers: where a ledger ends sooner, nothing
    more had come of it while others went on.
    """
    try:
        until = moment_of(text, "--as-of")
    except ShiluError as error:
        refuse_as("replay", error)
    try:
        check_reached(bundle, ledgers_of(bundle), until)
    except BeyondBundleError as error:
        refuse("replay", "not_reached", moment=text, last=error.position, at=error.at)
    return until


def chosen(name: str | None) -> tuple[View, ...]:
    """Return the view of a name, or all. Exits with 2 where there is none."""
    views = tuple(view for view in VIEWS if name in (None, view.name))
    if not views:
        refuse("replay", "no_view", view=name, names=" ".join(view.name for view in VIEWS))
    return views


def _json(same: bool | None, made: Sequence[Replayed]) -> str:
    words = words_of("replay")
    ledgers: list[dict[str, Any]] = [
        {**as_told(each), "findings": [told(one, words) for one in each.findings]} for each in made
    ]
    return in_json({"same": same, "ledgers": ledgers})


def _show(same: bool | None, made: Sequence[Replayed], view: str | None) -> None:
    for each in made:
        _show_ledger(each)
    unread = shown(", ".join(sorted({path for each in made for path in each.unread})))
    codes = {True: "same_but" if unread else "same", False: "differs", None: "not_compared"}
    words = words_of("replay")
    verdict, compared = words[codes[same]], words["whole" if view is None else "one_view"]
    typer.echo(
        " / ".join(
            verdict[language].format(paths=unread, compared=compared[language].format(view=view))
            for language in ("zh", "en")
        )
    )


def _show_ledger(made: Replayed) -> None:
    words = words_of("replay")
    typer.echo(f"{shown(made.ledger)}: {made.entries}")
    for view in made.views:
        mark = "✗" if any(each.view == view.view for each in made.differences) else "✓"
        rows = sum(view.rows.values())
        typer.echo(f"  {mark if made.compared else ' '} {view.view} {rows} sha256:{view.snapshot}")
    for one in made.statements:
        mark = {True: "✓", False: "✗", None: "·"}[one.held]
        stated = said("replay", "stated", entry=one.entry, kind=one.kind, view=one.view)
        typer.echo(f"  {mark} {stated}")
    for finding in made.findings:
        typer.echo(f"  ✗ {worded(finding, 'zh', words)}\n    {worded(finding, 'en', words)}")
    for each in made.differences:
        typer.echo(f"  ✗ {each.view}.{each.table}")
        for code, row in (("row_there", each.there), ("row_replayed", each.replayed)):
            typer.echo(f"    {said('replay', code, row=json.dumps(row, ensure_ascii=False))}")
        numbers = ", ".join(str(event["entry"]) for event in each.events)
        typer.echo(f"    {said('replay', 'row_entries', entries=numbers)}")
    for more in made.more:
        typer.echo(f"  ✗ {said('replay', 'more', **more)}")
