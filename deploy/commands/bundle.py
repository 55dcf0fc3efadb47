"""`shilu bundle`: hand a ledger's records over, signed, as a folder that proves itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, get_args
from uuid import UUID

import typer
from rich.progress import Progress

from deploy.findings import refuse, refuse_as, said
from deploy.settings import read_settings
from deploy.wiring import House, house
from domain.entry import Entry
from domain.event import AnyEvent, Occurred
from domain.export import ExportPurpose, ExportTerms, Extent, record_export
from domain.identity import Id, derived_id, new_id
from domain.journal.checkpoints import Kept
from domain.journal.past import LAST, Moment, PastJournal, reached_moment_of
from domain.principal import Principal
from domain.private import Purpose
from domain.refusals import Refusal, ShiluError
from domain.station_name import plain_name
from projections.organisation import STATION
from projections.parquet import check_installed
from projections.project import PROJECT
from workers.bundle import Handing, write_bundle
from workers.handing_over import signed_at
from workers.packing import pack_whole

KINDS: tuple[Purpose, ...] = get_args(Purpose)
HERE = Principal(actor=derived_id("system", "shilu bundle"), role="system")
"""Whoever works on the machine where the keys lie."""


Ledgers = Annotated[
    list[str],
    typer.Argument(help="a project's key (fuyuan), a station's name, or the id of either"),
]
Out = Annotated[Path, typer.Option("--out", help="the folder to make; it must not be there yet")]
At = Annotated[
    str | None,
    typer.Option("--at", help="as known at a position, the end of a day, or a zoned time"),
]
Zipped = Annotated[bool, typer.Option("--zip", help="make a zip beside it as well")]
ForPurpose = Annotated[
    ExportPurpose | None,
    typer.Option("--purpose", help="what sealed fields are opened or files enclosed for"),
]
Opened = Annotated[
    list[str] | None,
    typer.Option(
        "--open", help=f"sealed fields to open, an option for each kind: {', '.join(KINDS)}"
    ),
]
Why = Annotated[str, typer.Option("--reason", help="why they are needed")]
Enclosed = Annotated[bool, typer.Option("--attachments", help="enclose the files; needs a purpose")]
InParquet = Annotated[bool, typer.Option("--parquet", help="write the tables as Parquet too")]


def command(
    ledgers: Ledgers,
    out: Out,
    at: At = None,
    zipped: Zipped = False,
    purpose: ForPurpose = None,
    opened: Opened = None,
    reason: Why = "",
    attachments: Enclosed = False,
    parquet: InParquet = False,
) -> None:
    """Write the records of some ledgers with their proofs and tables / 导出评估资料包."""
    _check_free(out)
    packs = out.with_name(f"{out.name}.zip")
    if zipped:
        _check_free(packs)
    terms = ExportTerms(
        columns=kinds_of(opened or ()),
        purpose=purpose,
        reason=reason.strip(),
        attachments=attachments,
        parquet=parquet,
    )
    with house(read_settings()) as built:
        try:
            signed = hand_over(built, ledgers, out, moment(built, at), terms)
        except ShiluError as error:
            refuse_as("bundle", error, 2 if isinstance(error, Refusal) else 1)
    _tell("written", path=out)
    for kept in signed:
        _tell("ledger", ledger=kept.ledger, size=kept.size)
    if zipped:
        pack_whole(out, packs, mode=0o666 if purpose is None else 0o600)
        _tell("zipped", path=packs)
    _tell("keys")


def hand_over(
    built: House, keys: Sequence[str], out: Path, moment: Moment | None, terms: ExportTerms
) -> list[Kept]:
    """Sign, record that ledgers are handed over, and write them; return what was signed.

    Exits with 2 where there is no such ledger, or nothing in it by then.
    """
    if terms.parquet:
        check_installed()
    with built.press() as press:
        found = dict.fromkeys(ledger_of(built, each) for each in keys)
        extents = [extent_of(built, ledger, moment) for ledger in found]
        signed = [signed_at(press, extent.ledger, extent.rows) for extent in extents]
        event, at = recorded(built, extents, terms)
        with Progress(transient=True) as shown:
            task = shown.add_task(said("bundle", "records"))
            write_bundle(
                press,
                signed,
                out,
                built.clock.now(),
                lambda done, total: shown.update(task, completed=done, total=total),
                Handing.of(event, at),
            )
    return signed


def recorded(
    built: House, extents: Sequence[Extent], terms: ExportTerms
) -> tuple[AnyEvent, datetime]:
    """Record an export in the name of whoever works on this machine; return when it was."""
    now = built.clock.now()
    entry = Entry(
        principal=HERE, now=now, occurred=Occurred(start=now), command=new_id(), channel="system"
    )
    receipt = built.records.carry_out(
        HERE, entry, lambda desk: record_export(desk, entry, extents, terms)
    )
    found = built.records.find(receipt.events[0])
    assert found is not None  # noqa: S101 - it was just written
    return found[1], found[0].at


def _check_free(place: Path) -> None:
    """Exit with 2 where something is there already, or where nothing can be written.

    Asked before the export is put on record: none is that could not be made. A folder that is not
    there is more likely mistyped than wanted.
    """
    folder = place.absolute().parent
    try:
        if place.exists():
            refuse("bundle", "there_already", path=place)
        if not folder.exists():
            refuse("bundle", "no_parent", parent=folder)
        with TemporaryDirectory(dir=folder):
            pass
    except OSError as error:
        refuse("bundle", "not_written", path=place, why=error.strerror)


def kinds_of(named: Sequence[str]) -> tuple[Purpose, ...]:
    """Return kinds of sealed fields by their names. Exits with 2 for what is none."""
    for each in named:
        if each not in KINDS:
            refuse("bundle", "no_kind", kind=each, kinds=", ".join(KINDS))
    return tuple(kind for kind in KINDS if kind in named)


def moment(built: House, at: str | None) -> Moment | None:
    """Read a moment as it is read over HTTP. Exits with 2 where it has not come yet."""
    try:
        if at is None:
            return None
        head = built.journal.max_notification_id() or 0
        return reached_moment_of(at, head, built.clock.now(), "--at")
    except ShiluError as error:
        refuse_as("bundle", error)


def ledger_of(built: House, key: str) -> Id:
    """Return the ledger of a project's key, of a station's name, or of an id.

    Exits with 2 where there is none, and where there are several: those are named by their ids.
    """
    try:
        return str(UUID(key))
    except ValueError:
        built.catch_up()
    with built.asking.within(HERE) as answers:
        projects = answers.rows(PROJECT, where={"slug": key})
        stations = answers.rows(STATION, where={"plain_name": plain_name(key)})
    found = [row["project"] for row in projects] or [row["place"] for row in stations]
    if not found:
        refuse("bundle", "no_ledger", key=key)
    if len(found) > 1:
        refuse("bundle", "several", key=key, ids=", ".join(found))
    return str(found[0])


def extent_of(built: House, ledger: Id, moment: Moment | None) -> Extent:
    """Return how far a ledger had come at a moment; now, where none is given.

    Exits with 2 where nothing was recorded by then.
    """
    reached = PastJournal(built.pool).reached(HERE, LAST if moment is None else moment)
    found = {reach.ledger: reach for reach in reached}.get(ledger)
    if found is None:
        refuse("bundle", "nothing_yet", ledger=ledger)
    return Extent(ledger=ledger, rows=found.number, position=found.position)


def _tell(code: str, **details: object) -> None:
    typer.echo(said("bundle", code, **details))
