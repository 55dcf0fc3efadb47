"""`shilu bundle`: hand a ledger's records over, signed, as a folder that proves itself."""

from __future__ import annotations

import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn
from uuid import UUID

import typer
from rich.progress import Progress

from deploy.commands.report import SYSTEM
from deploy.settings import read_settings
from deploy.wiring import House, house
from domain.clock import SHANGHAI
from domain.identity import Id
from domain.journal.checkpoints import Kept
from domain.journal.past import Moment, PastJournal
from domain.journal.signer import Signer, SigningHalted
from projections.projects import PROJECT
from workers.bundle import Press, write_bundle


def command(
    ledgers: Annotated[
        list[str],
        typer.Argument(help="a project's key (fuyuan), or the id of a project or station"),
    ],
    out: Annotated[
        Path, typer.Option("--out", help="the folder to make; it must not be there yet")
    ],
    at: Annotated[
        str | None, typer.Option("--at", help="as known at a position, or at the end of a day")
    ] = None,
    zipped: Annotated[bool, typer.Option("--zip", help="make a zip beside it as well")] = False,
) -> None:
    """Write the records of some ledgers with their proofs and tables / 导出评估资料包."""
    if out.exists():
        _refuse(f"已经存在 / is there already: {out}")
    with house(read_settings()) as built, built.signer() as signer:
        moment = moment_of(at)
        signed = [kept_at(built, signer, ledger_of(built, each), moment) for each in ledgers]
        press = Press(built.journal, built.checkpoints, built.ring)
        with Progress(transient=True) as shown:
            task = shown.add_task("records")
            write_bundle(
                press,
                signed,
                out,
                built.clock.now(),
                lambda done, total: shown.update(task, completed=done, total=total),
            )
    for kept in signed:
        typer.echo(f"{kept.ledger}: {kept.size}")
    if zipped:
        typer.echo(zip_of(out))


def moment_of(at: str | None) -> Moment | None:
    """Read a position, or a day, whose end is meant. Exits with 2 for anything else."""
    if at is None or at.isdigit():
        return None if at is None else int(at)
    try:
        day = datetime.strptime(at, "%Y-%m-%d").replace(tzinfo=SHANGHAI)
    except ValueError:
        _refuse(f"既不是序号也不是日期 / neither a position nor a day: {at}")
    return day + timedelta(days=1, microseconds=-1)


def ledger_of(built: House, key: str) -> Id:
    """Return the ledger of a project's key, or of an id. Exits with 2 when there is none."""
    try:
        return str(UUID(key))
    except ValueError:
        built.catch_up()
    with built.asking.within(SYSTEM) as answers:
        found = answers.rows(PROJECT, where={"slug": key})
    if len(found) != 1:
        _refuse(f"没有找到项目或站点 / no such project or station: {key}")
    return str(found[0]["project"])


def kept_at(built: House, signer: Signer, ledger: Id, moment: Moment | None) -> Kept:
    """Return the signed checkpoint of a ledger at a moment; now, where none is given.

    Exits with 2 where nothing was recorded by then, with 1 where signing stands still.
    """
    ends = built.clock.now() if moment is None else moment
    reached = PastJournal(built.pool).reached(SYSTEM, ends if moment is not None else 2**62)
    sizes = {each.ledger: each.number for each in reached}
    try:
        return signer.sign_at(ledger, sizes.get(ledger, 0))
    except LookupError:
        _refuse(f"此前没有记录 / nothing was recorded by then: {ledger}")
    except SigningHalted as trouble:
        _refuse(f"签名已停止 / nothing is signed until a person decides: {trouble}", 1)


def zip_of(folder: Path) -> Path:
    """Write a folder as a zip beside it, and return where."""
    place = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(place, "x", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, Path(folder.name) / path.relative_to(folder))
    return place


def _refuse(words: str, code: int = 2) -> NoReturn:
    typer.echo(f"shilu bundle: {words}", err=True)
    raise typer.Exit(code)
