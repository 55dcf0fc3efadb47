"""`shilu replay`: a bundle's tables, reckoned again from its records, with no server near."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from deploy.commands.bundle import moment_of
from domain.slices import register_all
from projections.catalogue import VIEWS
from projections.engine.view import View
from projections.replay import Replay, Replayed, ledgers_of, told


def command(
    bundle: Annotated[Path, typer.Argument(help="the bundle's folder")],
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    view: Annotated[str | None, typer.Option("--view", help="one view alone")] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", help="as known at a position, or at the end of a day; not compared"
        ),
    ] = None,
) -> None:
    """Reckon every table again, byte for byte; exit with 0 only if all are the same."""
    register_all()
    views, until = chosen(view), moment_of(as_of)
    if not (bundle / "ledgers").is_dir():
        words = "不是资料包的文件夹；压缩包请先解开 / not a bundle's folder; unpack a zip first"
        typer.echo(f"shilu replay: {words}: {bundle}", err=True)
        raise typer.Exit(2)
    made = []
    with (
        tempfile.TemporaryDirectory(prefix="shilu-replay-") as scratch,
        Progress(transient=True) as shown,
    ):
        task = shown.add_task("records", total=None)
        try:
            for number, ledger in enumerate(ledgers_of(bundle)):
                room = Path(scratch) / str(number)
                room.mkdir()
                made.append(
                    Replay(
                        bundle, ledger, views, room, until, os.cpu_count() or 1,
                        lambda done: shown.update(task, completed=done),
                    ).run()
                )  # fmt: skip
        except OSError as error:
            typer.echo(f"shilu replay: {error}", err=True)
            raise typer.Exit(2) from None
        except (ValueError, RecursionError):
            words = (
                "记录不成形，请先运行 shilu verify / records without form: run shilu verify first"
            )
            typer.echo(f"shilu replay: {words}", err=True)
            raise typer.Exit(2) from None
    same = all(one.same for one in made)
    if as_json:
        typer.echo(
            json.dumps(
                {"same": same, "ledgers": list(map(told, made))}, ensure_ascii=False, indent=1
            )
        )
    else:
        for each in made:
            _show(each, compared=until is None)
    raise typer.Exit(0 if same else 1)


def chosen(name: str | None) -> tuple[View, ...]:
    """Return the view of a name, or all. Exits with 2 where there is none."""
    views = tuple(view for view in VIEWS if name in (None, view.name))
    if not views:
        names = " ".join(view.name for view in VIEWS)
        typer.echo(f"shilu replay: 没有这个视图 / no such view: {name} ({names})", err=True)
        raise typer.Exit(2)
    return views


def _show(made: Replayed, *, compared: bool) -> None:
    typer.echo(f"{made.ledger}: {made.entries}")
    for view in made.views:
        mark = "✗" if any(each.view == view.view for each in made.differences) else "✓"
        rows = sum(view.rows.values())
        typer.echo(f"  {mark if compared else ' '} {view.view} {rows} sha256:{view.snapshot}")
    for said in made.statements:
        mark = {True: "✓", False: "✗", None: "·"}[said.held]
        typer.echo(f"  {mark} 第 {said.entry} 条 / entry {said.entry}: {said.kind} {said.view}")
    for each in made.differences:
        typer.echo(f"  ✗ {each.view}.{each.table}")
        typer.echo(f"    包内 / there:    {json.dumps(each.there, ensure_ascii=False)}")
        typer.echo(f"    重算 / replayed: {json.dumps(each.replayed, ensure_ascii=False)}")
        numbers = ", ".join(str(event["entry"]) for event in each.events)
        typer.echo(f"    记录 / entries:  {numbers}")
