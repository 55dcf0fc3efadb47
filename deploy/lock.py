"""Locks that end with their holder: the system drops a flock when a process dies, even by -9."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class HeldElsewhere(Exception):
    """Another process holds this lock."""


def try_lock(path: Path) -> int | None:
    """An open file that holds the lock, or None when someone else does; closing it lets go.

    Processes that inherit the file hold the lock too, until the last of them has ended.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    except BaseException:
        os.close(fd)
        raise
    return fd


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock for a block, with our process id inside for whoever wonders.

    Raises HeldElsewhere, naming the other process.
    """
    fd = try_lock(path)
    if fd is None:
        raise HeldElsewhere(path.read_text().strip() or "?")
    try:
        os.ftruncate(fd, 0)
        os.write(fd, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(fd)
