"""Clears away process numbers that a killed server left behind and that now name someone else.

PostgreSQL refuses to start while the process in its pid file seems to live. After a reboot, and
in a container nearly always, that number soon belongs to some other process.
"""

import os
from pathlib import Path

from deploy.postgres.errors import EmbeddedPostgresError


def clear_stale_pids(data: Path, socket_lock: Path) -> None:
    """Remove pid files that name a living process which is not a server of this data folder.

    To be called only while holding the place's lock, when no server of ours can be alive. Files
    that name a dead process are left to PostgreSQL, which then also frees its shared memory.
    Raises EmbeddedPostgresError when a server that we did not start works on this data folder.
    """
    for path in (data / "postmaster.pid", socket_lock):
        pid = _named_in(path)
        if pid is None or not _alive(pid):
            continue
        if _works_in(pid, data):
            raise EmbeddedPostgresError("postgres.served", path=data, process=pid)
        path.unlink()


def _named_in(path: Path) -> int | None:
    try:
        return abs(int(path.read_text().split("\n", 1)[0]))
    except (FileNotFoundError, ValueError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False  # gone, or another account's; PostgreSQL takes both for a dead server
    return True


def _works_in(pid: int, data: Path) -> bool:
    # A server's working directory is its data folder.
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == data
    except OSError:
        return not Path("/proc/self").exists()  # cannot know: leave it to PostgreSQL's own check
