"""Where views stand: how far each has come, by which definition, and which streams wait.

The one who follows, the one who builds anew and those who wait for a position all ask here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import psycopg
import structlog

from projections.engine.fold import Folder, Parked
from projections.engine.view import View

CHANNEL = "views"
"""On which it is told how far views have come."""
LOCK = 0x5649455753  # "VIEWS": who holds it writes views

log = structlog.get_logger()


def positions(connection: psycopg.Connection, views: Sequence[View]) -> dict[str, int]:
    """Return how far each of these views has come; one that is followed no more stands still."""
    return dict(
        connection.execute(
            "SELECT view, position FROM view_state WHERE view = ANY (%s)",
            ([view.name for view in views],),
        ).fetchall()
    )


def definitions(connection: psycopg.Connection) -> dict[str, str]:
    """Return by which definition each view's tables were made."""
    return dict(connection.execute("SELECT view, definition FROM view_state").fetchall())


def parked_streams(
    connection: psycopg.Connection, views: Sequence[View], suffix: str = ""
) -> dict[tuple[str, str], Parked]:
    """Return what is parked for these views, by view and stream."""
    rows = connection.execute(
        "SELECT view, stream::text, position, error FROM view_parked WHERE view = ANY (%s)",
        ([view.name + suffix for view in views],),
    ).fetchall()
    plain = (Parked(view.removesuffix(suffix), *rest) for view, *rest in rows)
    return {(parked.view, parked.stream): parked for parked in plain}


def _park(connection: psycopg.Connection, parked: Parked, suffix: str) -> None:
    log.error("view.parked", view=parked.view, stream=parked.stream, error=parked.error)
    connection.execute(
        "INSERT INTO view_parked (view, stream, position, error) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (parked.view + suffix, parked.stream, parked.position, parked.error),
    )


def hold(connection: psycopg.Connection) -> None:
    """Keep everyone else from writing views until this transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))


def set_state(connection: psycopg.Connection, name: str, definition: str, position: int) -> None:
    """Say which definition a view's tables have, and how far they have come."""
    connection.execute(
        "INSERT INTO view_state (view, definition, position) VALUES (%s, %s, %s)"
        " ON CONFLICT (view) DO UPDATE SET definition = excluded.definition,"
        " position = excluded.position",
        (name, definition, position),
    )


def park_new(
    connection: psycopg.Connection, folder: Folder, known: Collection[tuple[str, str]], suffix: str
) -> None:
    """Write down what was parked and is not yet known to be."""
    for key, parked in folder.parked.items():
        if key not in known:
            _park(connection, parked, suffix)
