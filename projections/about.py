"""What bundle.json says of a ledger, held against its replay.

It is said by whoever signed the bundle, and proven by nothing; here it must be what follows from
the entries. Where a view was defined otherwise when the bundle was made, that is a finding of its
own: the release that bundle.json names has the definitions to compare with.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from domain.identity import Id
from domain.journal import bundle
from domain.journal.entries import JournalRow, stamp
from domain.journal.verify import Finding, each_once
from projections.catalogue import VIEWS
from projections.comparing import is_deep
from projections.engine.view import Row
from projections.tables import ViewMade, path_of


def read_about(folder: Path) -> Row:
    """Return bundle.json, or nothing where it is not there or has no form."""
    try:
        text = (folder / bundle.ABOUT).read_bytes().decode()
        about = json.loads(text, object_pairs_hook=each_once)
    except (OSError, ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) and not is_deep(about) else {}


def enclosing(about: Row) -> Row | None:
    """Return what the line of an enclosed file says besides; None where no files go along."""
    export = about.get("export")
    if not isinstance(export, dict) or export.get("attachments") is not True:
        return None
    return {"export": export.get("export")}


def extent(folder: Path, ledger: Id, last: JournalRow | None) -> Row:
    """Return how far a ledger's entries go, as bundle.json has it."""
    try:
        signed = (folder / "ledgers" / ledger / bundle.CHECKPOINT).read_bytes()
    except OSError:
        signed = b""
    envelope = {} if last is None else msgspec.json.decode(last.state)
    return {
        "origin": signed.partition(b"\n")[0].decode(errors="replace"),
        "entries": last.number if last else 0,
        "position": last.position if last else 0,
        "recorded_at": stamp(last.at) if last else None,
        "demonstration": envelope.get("demonstration", False),
    }


def unlike(
    about: Row, ledger: Id, reached: Row, views: Sequence[ViewMade], parked: Iterable[Row]
) -> Iterator[Finding]:
    """Yield where bundle.json says of a ledger what its entries do not make.

    `reached` is how far they go, `views` and `parked` what came of those that were replayed.
    """
    listed = [each for each in _rows(about.get("ledgers")) if each.get("ledger") == ledger]
    if len(listed) != 1:
        yield Finding("about_missing", ledger)
        return
    (said,) = listed
    names = {made.view for made in views}
    waiting = _places(each for each in _rows(said.get("parked")) if each.get("view") in names)
    compared = [(name, said.get(name), replayed) for name, replayed in reached.items()]
    for name, there, replayed in [*compared, ("parked", waiting, _places(parked))]:
        if not _is_same(there, replayed):
            told = {"name": name, "there": there, "replayed": replayed}
            yield Finding("about_differs", ledger, None, told)
    release = about.get("release", "?")
    listed_views = {str(each.get("view")): each for each in _rows(said.get("views"))}
    times = Counter(str(each.get("view")) for each in _rows(said.get("views")))
    for name in sorted(name for name, often in times.items() if often > 1):
        yield Finding("view_repeated", ledger, None, {"view": name})
    for made in views:
        for code, details in _unlike_view(listed_views.get(made.view, {}), made, release):
            yield Finding(code, ledger, None, {"view": made.view, **details})
    for name in sorted(listed_views.keys() - {view.name for view in VIEWS}):
        versions = {"there": listed_views[name].get("version"), "here": None}
        told = {"view": name, **versions, "release": release}
        yield Finding("view_version_differs", ledger, None, told)


def surplus(folder: Path, ledger: Id, passed_over: Collection[str]) -> Iterator[Finding]:
    """Yield the files among a ledger's tables that no view makes.

    `passed_over` are views of which this cannot be told: not replayed, or defined otherwise.
    """
    place = folder / "ledgers" / ledger
    made = {path_of(view, table) for view in VIEWS for table in view.tables}
    for file in sorted(filter(Path.is_file, place.glob(f"{bundle.TABLES}/**/*"))):
        path = file.relative_to(place)
        if path.as_posix() not in made and path.parts[1] not in passed_over:
            yield Finding("table_surplus", ledger, None, {"path": path.as_posix()})


def _unlike_view(said: Row, made: ViewMade, release: object) -> Iterator[tuple[str, Row]]:
    told = made.told()
    if any(not _is_same(said.get(name), told[name]) for name in ("version", "definition")):
        versions = {"there": said.get("version"), "here": made.version}
        yield "view_version_differs", {**versions, "release": release}
        return
    if said.get("snapshot") != made.snapshot:
        yield "snapshot_differs", {"there": said.get("snapshot"), "replayed": made.snapshot}
    if not _is_same(said.get("tables"), told["tables"]):
        yield "rows_differ", {"there": said.get("tables"), "replayed": told["tables"]}


def _is_same(there: object, replayed: object) -> bool:
    """Say whether both are written alike: 5.0 is no 5, and true no 1."""
    return json.dumps(there, sort_keys=True) == json.dumps(replayed, sort_keys=True)


def _rows(listed: object) -> list[Row]:
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _places(parked: Iterable[Row]) -> list[list[Any]]:
    """Return where views wait; what kind of error it was is for whoever mends it."""
    return sorted(
        [str(each.get(name)) for name in ("view", "stream", "position")] for each in parked
    )
