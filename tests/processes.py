"""What tests ask about processes that they started."""

import socket
import time
from collections.abc import Callable
from pathlib import Path


def eventually(holds: Callable[[], object], seconds: float = 15.0) -> bool:
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    """Whether a process lives; one that is dead and only not yet reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone_within(pid: int, seconds: float) -> bool:
    """Whether a process ends in time."""
    return eventually(lambda: not alive(pid), seconds)


def free_port() -> int:
    """A port on which nobody listens just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number
