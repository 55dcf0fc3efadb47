"""Keeps a set of processes running together: started in stages, restarted, stopped as one.

A child that dies is started again, after a pause that grows, for as long as the supervisor lives.
When the supervisor ends, so do its children, even if it was killed with -9.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import structlog

from deploy.stopping import stop_signals
from deploy.tether import tethered

log = structlog.get_logger("shilu.supervisor")


@dataclass(frozen=True)
class Child:
    """One process to keep running.

    `once`: it does its work and ends, and what follows waits for that; its failure ends all.
    `ready`: asked until it says yes before the next stage starts.
    `grace`: seconds between asking it to stop and killing it.
    """

    name: str
    argv: tuple[str, ...]
    once: bool = False
    ready: Callable[[], bool] | None = None
    grace: float = 20.0


@dataclass(frozen=True)
class Pauses:
    """How long to wait before starting a dead child again, in seconds, doubling each time."""

    first: float = 0.5
    longest: float = 30.0
    # After living this long, a child's next death counts as its first.
    forgiven_after: float = 60.0

    def after(self, deaths: int) -> float:
        return float(min(self.longest, self.first * 2 ** min(deaths - 1, 30)))


@dataclass
class _Place:
    """A child and what has become of it."""

    child: Child
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = 0.0
    due: float = 0.0
    ready: bool = False
    failed: bool = False

    def start(self) -> None:
        # Each gets a session of its own: Ctrl-C reaches us alone, and we stop all in order.
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            tethered(self.child.argv, signal.SIGKILL),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.started = time.monotonic()
        log.info("started", child=self.child.name, pid=self.process.pid)

    def ended(self) -> int | None:
        """The exit code of a child that has just ended; what it left running is killed too."""
        if self.process is None or not _has_ended(self.process):
            return None
        # Before reaping, so that the group's number cannot have passed to somebody else.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        self.process = None
        return code

    def send(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


@dataclass
class Supervisor:
    """Runs stages of children: a stage starts when all of the one before it are ready."""

    stages: Sequence[Sequence[Child]]
    pauses: Pauses = field(default_factory=Pauses)
    on_all_ready: Callable[[], None] = lambda: None
    _open: list[list[_Place]] = field(default_factory=list, init=False)
    _all_ready: bool = field(default=False, init=False)

    def run(self) -> int:
        """Run until a signal asks to stop (0) or a `once` child fails (1). Main thread only."""
        with _signals() as inbox:
            at_terminal = _has_terminal() and signal.SIGHUP in stop_signals()
            try:
                while not self._failed():
                    self._step()
                    asked = inbox(self._nap())
                    # A hang-up goes to whoever leads the session, and make keeps it to itself.
                    if asked is None and at_terminal and not _has_terminal():
                        asked = signal.SIGHUP
                    if asked is not None:
                        log.info("stopping", signal=asked.name)
                        return 0
                return 1
            finally:
                self._stop()

    def _step(self) -> None:
        for place in self._places():
            self._look_after(place)
        if all(self._is_ready(place) for place in self._places()):
            if len(self._open) < len(self.stages):
                self._open_stage(self.stages[len(self._open)])
            elif not self._all_ready:
                self._all_ready = True
                self.on_all_ready()

    def _open_stage(self, children: Sequence[Child]) -> None:
        stage = [_Place(child) for child in children]
        self._open.append(stage)
        for place in stage:
            place.start()

    def _look_after(self, place: _Place) -> None:
        code = place.ended()
        if code is not None:
            self._record_end(place, code)
        elif place.process is None and not place.child.once and time.monotonic() >= place.due:
            place.start()

    def _record_end(self, place: _Place, code: int) -> None:
        child = place.child
        if child.once:
            place.ready, place.failed = code == 0, code != 0
            log.log(40 if code else 20, "finished", child=child.name, code=code)
            return
        now = time.monotonic()
        lived = now - place.started
        place.deaths = 1 if lived >= self.pauses.forgiven_after else place.deaths + 1
        pause = self.pauses.after(place.deaths)
        place.due = now + pause
        log.warning("died", child=child.name, code=code, lived=round(lived, 1), restart_in=pause)

    def _is_ready(self, place: _Place) -> bool:
        if not place.ready and not place.child.once and place.process is not None:
            place.ready = place.child.ready is None or place.child.ready()
        return place.ready

    def _nap(self) -> float:
        # A death wakes us; the short nap is for asking who is ready and for pauses that run out.
        waiting = any(p.process is None and not p.child.once for p in self._places())
        return 0.1 if waiting or not self._all_ready else 2.0

    def _failed(self) -> bool:
        return any(place.failed for place in self._places())

    def _places(self) -> list[_Place]:
        return [place for stage in self._open for place in stage]

    def _stop(self) -> None:
        """Stop the stages in reverse, each as a whole: asked first, killed when grace runs out."""
        for stage in reversed(self._open):
            for place in stage:
                place.send(signal.SIGTERM)
            asked = time.monotonic()
            for place in stage:
                _await_end(place, asked + place.child.grace)


def _await_end(place: _Place, deadline: float) -> None:
    while place.process is not None and place.ended() is None:
        if time.monotonic() > deadline:
            log.warning("killed", child=place.child.name)
            place.send(signal.SIGKILL)
            deadline = time.monotonic() + place.child.grace
        time.sleep(0.02)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return process.poll() is not None
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, options) is not None


def _has_terminal() -> bool:
    """Say whether this process has a terminal that is still there."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


@contextmanager
def _signals() -> Iterator[Callable[[float], signal.Signals | None]]:
    """Wait with it for at most so many seconds: gives the signal that asks to stop, if any."""
    asked: list[signal.Signals] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        asked.append(signal.Signals(number))

    before: dict[signal.Signals, Any] = {s: signal.signal(s, ask) for s in stop_signals()}
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    inner, outer = socket.socketpair()
    for end in (inner, outer):
        end.setblocking(False)
    awake = signal.set_wakeup_fd(inner.fileno(), warn_on_full_buffer=False)

    def wait(seconds: float) -> signal.Signals | None:
        if not asked and select.select([outer], [], [], seconds)[0]:
            outer.recv(4096)
        return asked[0] if asked else None

    try:
        yield wait
    finally:
        signal.set_wakeup_fd(awake)
        for number, handler in before.items():
            signal.signal(number, handler)
        inner.close()
        outer.close()
