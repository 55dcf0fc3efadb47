"""What tests of a replay do alike: ask the command, edit what a bundle says, record more in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from typer.testing import CliRunner

from deploy.cli import build
from domain.event import AnyEvent, Facts
from domain.identity import new_id
from domain.journal.codec import EventMapper, decode
from tests.bundles import Handed

Edit = Callable[[dict[str, Any]], object]


def run(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(build(["replay"]), ["replay", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def edited(folder: Path, edit: Edit) -> None:
    path = folder / "bundle.json"
    about = json.loads(path.read_bytes())
    edit(about)
    path.write_text(json.dumps(about))


def sample_of(kind: str, samples: list[AnyEvent], **said: Any) -> AnyEvent:
    found = next(each for each in samples if type(each.facts).__name__ == kind)
    facts: Facts = replace(found.facts, **said)
    return replace(found, facts=facts)


def appended(handed: Handed, *facts: AnyEvent) -> int:
    """Record more in the ledger; return how many entries it has then."""
    mapper, first = EventMapper(), next(iter(handed.built.journal.read_ledger(handed.ledger)))
    own = {"ledger": handed.ledger, "operator": decode(first.state).operator, "version": 1}
    for each in facts:
        event = replace(each, id=new_id(), stream=new_id(), **own)
        handed.built.journal.append([mapper.to_stored_event(event)])
    return sum(1 for _ in handed.built.journal.read_ledger(handed.ledger))
