"""How much memory the embedded server keeps pages of the database in.

PostgreSQL's manual advises a quarter of the machine's memory (shared_buffers). What is not in there
lies in the page cache at best; where the machine takes back what has not been touched for a while,
it lies on the disk, and a page of one person's visits is fifty reads of it. The server takes this
memory only as the database grows into it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

LEAST, MOST = 128, 8192
"""Mebibytes."""
GROUP = Path("/sys/fs/cgroup/memory.max")


def buffers(machine: int, allowed: int | None = None) -> int:
    """Return the mebibytes for pages of the database, of so many bytes in the machine.

    `allowed` is how many bytes the process may have, where that is held to less, as in a container.
    """
    memory = machine if allowed is None else min(machine, allowed)
    return max(LEAST, min(MOST, (memory >> 20) // 4))


def machine() -> int:
    """Return the bytes of memory that this machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def allowed(group: Path = GROUP) -> int | None:
    """Return the bytes that this process and its neighbours may have; None where nobody says."""
    with suppress(OSError, ValueError):
        return int(group.read_text())
    return None
