"""Handing records over (导出): whoever takes a ledger away leaves a record of it in that ledger.

The record comes first, and after everything that is handed over; only then is the bundle made and,
where a purpose was granted, are sealed fields opened (events.md, BC1, `ExportMade`). So no export
goes unrecorded, and the next one shows the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope, check_why
from domain.event import Facts, Occurred, fact
from domain.identity import Id, new_id
from domain.principal import Principal, Role
from domain.private import Purpose
from domain.refusals import NOT_FOUND, Forbidden, NotFound, Unavailable, refusal

ExportPurpose = Literal["evaluation", "handover", "authority"]
"""What sealed fields may be opened for: 第三方评估, 移交, 有权机关依法调取."""

TAKERS: frozenset[Role] = frozenset(
    {"administrator", "operator_manager", "project_lead", "station_head", "evaluator", "system"}
)
"""Who may take a whole ledger away, if all of it lies in their scope."""
OPENERS: frozenset[Role] = frozenset({"operator_manager", "system"})
"""Who may have people's words opened in it: the operator answers for them (PIPL, article 9).

`system` is whoever works on the machine itself, where the keys lie.
"""

NOT_WHOLE = refusal("export.not_whole", Forbidden)
NOT_OPENED = refusal("export.not_opened", Forbidden)
NO_PURPOSE = refusal("export.no_purpose")
NOTHING_RECORDED = refusal("export.nothing_recorded")
TWO_OPERATORS = refusal("export.two_operators")
WITHDRAWN = refusal("export.withdrawn", NotFound)
SIGNING_HALTED = refusal("export.signing_halted", Unavailable)
NO_KEYS = refusal("export.no_keys", Unavailable)


@fact()
class ExportMade(Facts, frozen=True, kw_only=True, tag="export.ExportMade@1"):
    """A ledger's first `rows` records, the last at `position`, are handed over as a bundle.

    `columns` are the kinds of sealed fields that were opened for `purpose`: those that were asked
    for, and no others.
    `watermark` stands on every opened line: the stream of the bundle's first export, which all
    ledgers of the bundle name.
    """

    rows: int
    position: int
    watermark: Id
    columns: tuple[Purpose, ...] = ()
    purpose: ExportPurpose | None = None
    reason: str = ""
    attachments: bool = False
    parquet: bool = False


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a ledger: its first `rows` records, the last of which has `position`."""

    ledger: Id
    rows: int
    position: int


class ExportTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What else is asked for: opened fields and attachments for a purpose, Parquet beside.

    `columns` are the kinds of sealed fields that are to be opened; whoever asks names each.
    """

    columns: tuple[Purpose, ...] = ()
    purpose: ExportPurpose | None = None
    reason: str = ""
    attachments: bool = False
    parquet: bool = False


class Export(Aggregate):
    """One ledger's part of a bundle."""

    kind = "export"
    lasting = (Facts,)
    by_readers = True


class Commissioned(Protocol):
    """What is asked of a project: the stations that work in it; none means all."""

    scope: Scope
    area: tuple[Id, ...]


def scope_of(desk: Desk, ledger: Id) -> Scope:
    """Return the scope of a ledger that the principal may see whole.

    Refused as not there: what lies outside their scope. Refused: roles that see parts only, and
    for whoever is held to stations everything that other stations write to as well.
    """
    who = desk.principal
    if who.role not in TAKERS:
        raise NOT_WHOLE("ledgers")
    found = desk.load_stream(ledger, "ledgers")
    if found.scope.ledger != ledger:
        raise NOT_FOUND("ledgers")
    if not reads_whole(desk, found):
        raise NOT_WHOLE("ledgers")
    return found.scope


def reads_whole(desk: Desk, found: Aggregate) -> bool:
    """Say whether a principal sees all of a ledger in their scope.

    Whoever is held to stations does where nobody else's station writes to it.
    """
    who = desk.principal
    if not who.stations:
        return True
    if found.kind == "station":
        return found.id in who.stations
    if found.kind != "project":
        return False
    project: Commissioned = desk.load_any("project", found.id, "ledgers")
    return bool(project.area) and set(project.area) <= set(who.stations)


def record_export(
    desk: Desk, entry: Entry, extents: Sequence[Extent], terms: ExportTerms
) -> Receipt:
    """Record that ledgers are handed over, an event in each, and return their ids in that order.

    Refused besides: ledgers of two operators, those with nothing in them, and opening without the
    right role, a purpose, or a reason of five characters.
    """
    scopes = [scope_of(desk, extent.ledger) for extent in extents]
    if len({scope.operator for scope in scopes}) != 1:
        raise TWO_OPERATORS("ledgers")
    # It happens when it is written down, whatever the sender says.
    entry = msgspec.structs.replace(entry, occurred=Occurred(start=entry.now))
    if any(extent.rows < 1 for extent in extents):
        raise NOTHING_RECORDED("known_at")
    check_terms(desk.principal, terms)
    exports: list[Export] = []
    entries = [entry, *(entry.beside() for _ in extents[1:])]
    for one, scope, extent in zip(entries, scopes, extents, strict=True):
        export = Export(new_id(), scope)
        watermark = exports[0].id if exports else export.id
        export.record(one, made(extent, terms, watermark))
        exports.append(export)
    return desk.save(entry, *exports)


def check_terms(who: Principal, terms: ExportTerms) -> None:
    """Refuse to open anything without a purpose, a reason, or the right to."""
    if terms.purpose is None:
        if terms.columns or terms.attachments or terms.reason:
            raise NO_PURPOSE("purpose")
        return
    if who.role not in OPENERS:
        raise NOT_OPENED("purpose")
    check_why(terms.reason)


def made(extent: Extent, terms: ExportTerms, watermark: Id) -> ExportMade:
    """Return what is written down of one ledger's part."""
    return ExportMade(
        rows=extent.rows,
        position=extent.position,
        watermark=watermark,
        columns=tuple(each for each in get_args(Purpose) if each in terms.columns),
        purpose=terms.purpose,
        reason=terms.reason.strip(),
        attachments=terms.attachments,
        parquet=terms.parquet,
    )
