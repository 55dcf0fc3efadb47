"""The hash of a view's tables, by which a figure that was reported can be told from a later one."""

from __future__ import annotations

from hashlib import sha256

from projections.engine.fold import Rows
from projections.engine.view import View


def snapshot(view: View, rows: Rows) -> str:
    """Return the SHA-256 over a view's tables, each by name and in canonical lines."""
    whole = sha256()
    for table in view.tables:
        whole.update(f"{table.name}\n".encode())
        whole.update(rows.dump(table))
    return whole.hexdigest()
