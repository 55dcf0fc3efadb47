"""`shilu bench …`: how fast this machine is, each figure beside its comparison in the same run."""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.bench.append import measure_append
from deploy.bench.asking import measure_questions
from deploy.bench.following import measure_follow, measure_rebuild
from deploy.bench.replaying import measure_replay
from deploy.bench.scratch import scratch
from deploy.bench.serving import measure_http
from deploy.bench.showing import show
from deploy.settings import read_settings

command = typer.Typer(help="Measure, in a scratch database, beside the stock library.")

Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
Writers = Annotated[int, typer.Option(min=1, help="How many write at the same time.")]
Seconds = Annotated[float, typer.Option(min=0.1, help="How long each side runs, in all.")]
Events = Annotated[int, typer.Option(min=1, help="How many events the journal holds.")]


@command.callback()
def _root() -> None:
    """Keep `shilu bench <what>` a group."""


@command.command()
def append(writers: Writers = 64, seconds: Seconds = 5, json: Json = False) -> None:
    """Append to the journal, beside the stock recorder and plain one-row commits."""
    with scratch(read_settings()) as [url]:
        show("append", measure_append(url, writers, seconds), json)


@command.command()
def follow(events: Events = 100_000, json: Json = False) -> None:
    """Follow a prepared journal with all views, beside the stock runner with one trivial view."""
    with scratch(read_settings()) as [url]:
        show("follow", measure_follow(url, events), json)


@command.command()
def rebuild(events: Events = 1_000_000, json: Json = False) -> None:
    """Rebuild every view alone, then all together."""
    with scratch(read_settings()) as [url]:
        show("rebuild", measure_rebuild(url, events), json)


@command.command()
def query(events: Events = 10_000_000, json: Json = False) -> None:
    """Ask what a supervisor asks, of a large journal and of one of at most 100,000 events."""
    with scratch(read_settings(), databases=2) as [small, large]:
        show("query", measure_questions(small, large, events), json)


@command.command()
def replay(events: Events = 1_000_000, json: Json = False) -> None:
    """Verify and replay the bundle of one ledger, as an evaluator does."""
    with scratch(read_settings()) as [url]:
        show("replay", measure_replay(url, events), json)


@command.command()
def http(writers: Writers = 64, seconds: Seconds = 10, json: Json = False) -> None:
    """Record visits over HTTP, and wait to see them in the views."""
    with scratch(read_settings()) as [url]:
        show("http", measure_http(url, writers, seconds), json)
