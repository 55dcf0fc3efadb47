"""Writers that write as fast as they are answered, as threads or as tasks, and what that gave.

The machine is never ours alone, so the sides of a comparison take turns in short rounds; a
figure is the median of its rounds, a ratio the median of the ratios within each round.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from statistics import median, quantiles
from typing import NamedTuple

Write = Callable[[int], object]
WriteSoon = Callable[[int], Awaitable[object]]


class Stretch(NamedTuple):
    """What one side did in one round: writes a second, and how long each took, in seconds."""

    per_s: float
    latencies: list[float]


Side = Callable[[float], Stretch]
"""Runs one side for some seconds."""


def by_threads(write: Write, writers: int) -> Side:
    """A side whose writers are threads; `write` is given the writer's number."""

    def run(seconds: float) -> Stretch:
        latencies: list[list[float]] = [[] for _ in range(writers)]
        began = time.perf_counter()
        deadline = began + seconds

        def work(number: int) -> None:
            mine = latencies[number]
            while (start := time.perf_counter()) < deadline:
                write(number)
                mine.append(time.perf_counter() - start)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return _stretch(latencies, began)

    return run


def by_tasks(write: WriteSoon, writers: int) -> Side:
    """A side whose writers are tasks of one event loop."""
    return lambda seconds: asyncio.run(drive(write, writers, seconds))


async def drive(write: WriteSoon, writers: int, seconds: float) -> Stretch:
    """Let so many tasks of this loop write for so long; `write` is given the writer's number."""
    began = time.perf_counter()
    deadline = began + seconds

    async def work(number: int) -> list[float]:
        mine = []
        while (start := time.perf_counter()) < deadline:
            await write(number)
            mine.append(time.perf_counter() - start)
        return mine

    return _stretch(await asyncio.gather(*map(work, range(writers))), began)


def _stretch(latencies: list[list[float]], began: float) -> Stretch:
    took = time.perf_counter() - began
    flat = [latency for writer in latencies for latency in writer]
    return Stretch(len(flat) / took, flat)


class Turns:
    """The stretches of several sides that took turns."""

    def __init__(self, sides: Mapping[str, Side], rounds: int, seconds: float) -> None:
        """Run each side for `seconds` in all, a short stretch in each round."""
        self.stretches: dict[str, list[Stretch]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, side in sides.items():
                self.stretches[name].append(side(seconds / rounds))

    def per_s(self, name: str) -> float:
        """The median of a side's rounds."""
        return round(median(stretch.per_s for stretch in self.stretches[name]), 1)

    def ratio(self, name: str, other: str) -> float:
        """The median over the rounds of one side's rate to another's."""
        pairs = zip(self.stretches[name], self.stretches[other], strict=True)
        return round(median(one.per_s / two.per_s for one, two in pairs if two.per_s), 2)

    def latencies(self, name: str) -> dict[str, float]:
        """The median and the 99th percentile of one write of this side, in milliseconds."""
        seconds = [latency for each in self.stretches[name] for latency in each.latencies]
        return percentiles(seconds)


def percentiles(seconds: list[float]) -> dict[str, float]:
    """`p50_ms` and `p99_ms` of some durations in seconds."""
    if len(seconds) < 2:
        return {"p50_ms": 0.0, "p99_ms": 0.0}
    cuts = quantiles(seconds, n=100)
    return {"p50_ms": round(cuts[49] * 1000, 2), "p99_ms": round(cuts[98] * 1000, 2)}
