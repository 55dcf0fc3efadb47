"""`shilu views`: how far each view is, what waits because a view could not digest it, and again.

What waits is a stream, for one view; every other view and every other stream goes on. It waits
until somebody has it tried again, with a release whose view can digest it.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from deploy.findings import headings, said
from deploy.settings import read_settings
from deploy.wiring import House, house
from projections.catalogue import VIEWS
from projections.engine.fold import Parked
from projections.engine.follow import OutdatedError

command = typer.Typer(no_args_is_help=True, help="How far views are, and what waits / 视图与待处理")
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


@command.command("list")
def list_views(as_json: AsJson = False) -> None:
    """Show each view: how far it is, by how many events behind, and how many streams wait."""
    with house(read_settings()) as built:
        head = built.journal.max_notification_id() or 0
        standing = built.asking.standing()
    told = [
        {"view": view, "position": at, "behind": max(0, head - at), "parked": parked}
        for view, at, parked in standing
    ]
    _show(told, ("view", "position", "behind", "parked"), as_json)


@command.command("parked")
def list_parked(as_json: AsJson = False) -> None:
    """Show what waits: for which view, which stream, from which position on, and the error."""
    with house(read_settings()) as built:
        waiting = [vars(one) for one in built.follower().parked()]
    if not waiting and not as_json:
        _say("nothing")
        return
    _show(waiting, ("view", "stream", "position", "error"), as_json)


@command.command("retry")
def retry_parked(
    view: Annotated[str | None, typer.Option("--view", help="only this view")] = None,
    stream: Annotated[str | None, typer.Option("--stream", help="only this stream")] = None,
) -> None:
    """Have what waits tried again. Exits with 1 where something still waits, 2 if none is named."""
    with house(read_settings()) as built:
        chosen = [
            one
            for one in built.follower().parked()
            if view in (None, one.view) and stream in (None, one.stream)
        ]
        if not chosen:
            _say("nothing" if view is None and stream is None else "none_such")
            raise typer.Exit(0 if view is None and stream is None else 2)
        anew: set[str] = set()
        left = [one for one in chosen if not _again(built, one, anew)]
    for name in sorted(anew):
        _say("anew", view=name)
    _say("done", done=len(chosen) - len(left), left=len(left))
    raise typer.Exit(1 if left else 0)


def _again(built: House, one: Parked, anew: set[str]) -> bool:
    """Say whether a stream waits no more; a view that cannot take it in yet is added to `anew`."""
    (view,) = [each for each in VIEWS if each.name == one.view]
    try:
        return built.follower().retry(view, one.stream)
    except OutdatedError:
        anew.add(view.name)
        return False


def _show(told: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(told))
        return
    table = Table(*headings("views", columns))
    for row in told:
        table.add_row(*(str(row[name]) for name in columns))
    Console(width=160).print(table)


def _say(name: str, **details: object) -> None:
    typer.echo(said("views", name, **details))
