"""How fast an evaluator verifies and replays a bundle, and with how much memory.

The bundle is one ledger, written as `shilu bundle` writes it; verifying and replaying are the
commands themselves, processes of their own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from deploy.bench.filling import fill
from deploy.bench.showing import Figures
from deploy.settings import Settings
from deploy.wiring import House, house
from domain.event import AnyEvent
from domain.identity import derived_id
from workers.bundle import write_bundle

LEDGER = derived_id("bench", "ledger")
LOOK_SECONDS = 0.05
KIBIBYTE = 1024


def measure_replay(url: str, events: int) -> Figures:
    """Fill one ledger, bundle it, verify it and replay it."""
    with tempfile.TemporaryDirectory(prefix="shilu-bench-") as name:
        folder = Path(name)
        with house(Settings(home=folder / "home"), None, url) as built:
            fill(url, events, home=_into_one_ledger)
            policy = folder / "policy"
            policy.write_text(built.ring.policy())
            bundling = _bundled(built, folder / "bundle")
        bundle = str(folder / "bundle")
        verifying = _run("verify", bundle, "--policy", str(policy))
        replaying = _run("replay", bundle)
    return {
        "events": events,
        "per_s": round(events / (verifying.seconds + replaying.seconds)),
        "peak_mib": round(max(verifying.peak_mib, replaying.peak_mib)),
        "verify_per_s": round(events / verifying.seconds),
        "verify_peak_mib": round(verifying.peak_mib),
        "replay_per_s": round(events / replaying.seconds),
        "replay_peak_mib": round(replaying.peak_mib),
        "bundle_per_s": round(events / bundling),
    }


def _into_one_ledger(event: AnyEvent) -> AnyEvent:
    return msgspec.structs.replace(event, ledger=LEDGER)


def _bundled(built: House, folder: Path) -> float:
    with built.press() as press:
        signed = press.signer.sign()
        began = time.perf_counter()
        write_bundle(press, signed, folder, datetime.now(UTC))
    return time.perf_counter() - began


class _Ran(msgspec.Struct):
    seconds: float
    peak_mib: float


def _run(*words: str) -> _Ran:
    """Run one of our commands to its end, looking at its memory and its children's."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "deploy", *words], stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    peaks = [0.0]
    done = threading.Event()
    looking = threading.Thread(target=_look, args=(process.pid, peaks, done))
    looking.start()
    code = process.wait()
    seconds = time.perf_counter() - began
    done.set()
    looking.join()
    if code != 0:
        raise RuntimeError(f"shilu {words[0]} ended with {code}")
    return _Ran(seconds, max(peaks))


def _look(pid: int, peaks: list[float], done: threading.Event) -> None:
    while not done.wait(LOOK_SECONDS):
        peaks.append(sum(map(_memory, _family(pid))) / KIBIBYTE)


def _family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [pid, *(each for child in listed.split() for each in _family(int(child)))]


def _memory(pid: int) -> float:
    """What a process holds in memory, in KiB; pages shared by several are divided among them."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next(
        (float(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")), 0
    )
