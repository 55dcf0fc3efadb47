"""How a process that works in a loop is asked to stop: by a signal, and then in its own time."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


def stop_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that ask this process to stop; under nohup, hanging up does not.

    Ctrl-C always does: where a script begins a process in the background, the shell has it ignored,
    and whoever then sends it that signal means it.
    """
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        return (signal.SIGTERM, signal.SIGINT)
    return (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """An event that is set once SIGTERM, Ctrl-C or hanging up asks to stop. Main thread only."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in stop_signals()}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
