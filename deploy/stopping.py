"""How a process that works in a loop is asked to stop: by a signal, and then in its own time."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """An event that is set once SIGTERM, Ctrl-C or hanging up asks to stop. Main thread only."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    # Under nohup, hanging up is ignored, and stays so.
    heeded = [number for number in _STOP if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, ask) for number in heeded}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
