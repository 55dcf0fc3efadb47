"""Runs a program that must not outlive whoever started it, even if that is killed with -9.

Started by file name with nothing but the standard library, because it may have to give up root
before it becomes the program: `python -I -S tether.py --parent PID --signal KILL -- program …`.
On Linux it asks the kernel for a signal on the parent's death and then becomes the program
itself. Elsewhere, or with --watch, it stays as a small parent that looks whether its own still
lives.
"""

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
ORPHANED = 113
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def tethered(
    argv: Sequence[str],
    on_death: signal.Signals,
    *,
    uid: int | None = None,
    gid: int | None = None,
) -> list[str]:
    """The command that runs argv tied to this process, as another account where one is given.

    The kernel ties it to the *thread* that starts it: start it from one that stays.
    """
    account = [] if uid is None else ["--uid", str(uid), "--gid", str(gid)]
    tether = [sys.executable, "-I", "-S", str(Path(__file__).absolute())]
    ties = ["--parent", str(os.getpid()), "--signal", on_death.name[3:]]
    return [*tether, *ties, *account, "--", *argv]


def main() -> None:
    """Give up privileges, tie the knot, become the program."""
    asked = _parse()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if asked.uid is not None:
        os.setgroups([])
        os.setgid(asked.gid)
        os.setuid(asked.uid)
    on_death = signal.Signals[f"SIG{asked.signal}"]
    if libc is None or asked.watch:
        raise SystemExit(_watch(asked.program, asked.parent, on_death))
    # Only now: changing the account makes the kernel forget this request.
    if libc.prctl(PR_SET_PDEATHSIG, on_death, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != asked.parent:
        raise SystemExit(ORPHANED)  # the parent died before the knot was tied
    os.execv(asked.program[0], asked.program)  # noqa: S606 - no shell is wanted


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tether")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", required=True)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("--watch", action="store_true")
    parser.add_argument("program", nargs="+")
    return parser.parse_args()


def _watch(program: Sequence[str], parent: int, on_death: signal.Signals) -> int:
    child = subprocess.Popen(program)  # noqa: S603 - our caller's own command

    def forward(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        child.send_signal(on_death)

    for number in _FORWARDED:
        signal.signal(number, forward)
    threading.Thread(target=look, daemon=True).start()
    code = child.wait()
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    main()
