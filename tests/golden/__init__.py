"""One sample event of every kind of facts, kept as the bytes that the journal stores.

Each slice has a module here giving `SAMPLES`. The files under tests/data/golden are what was
once written, and are never written again: a kind of facts that changes gets a new schema, an
upcaster and one more file; one that gets a field with a default keeps its file, and gets another
sample with the field, in a file named `Name@1+2.json`, of its own number. `python -m tests.golden`
writes those that are missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from domain.clock import at
from domain.event import (
    CORRECTIONS,
    FACTS,
    AnyEvent,
    Effective,
    Event,
    Facts,
    Occurred,
    Reason,
    topic_of,
)
from domain.identity import Id, derived_id
from domain.journal.codec import encode
from domain.private import Private, Purpose

FILES = Path(__file__).parent.parent / "data" / "golden"
OPERATOR, STATION, PROJECT = (
    derived_id("golden", name) for name in ("operator", "station", "project")
)
PERSON, WORKER = derived_id("golden", "person"), derived_id("golden", "worker")
DAY = date(2018, 10, 26)
OCCURRED = Occurred(start=at(DAY))


def sample(stream_type: str, facts: Facts, **envelope: Any) -> AnyEvent:
    """Return an event with fixed ids and times, of the station's ledger unless told otherwise."""
    topic = topic_of(type(facts))
    given: dict[str, Any] = {
        "id": derived_id("golden", "event", topic),
        "stream": derived_id("golden", "stream", stream_type),
        "stream_type": stream_type,
        "version": 1,
        "operator": OPERATOR,
        "station": STATION,
        "ledger": STATION,
        "occurred": OCCURRED,
        "captured_at": at(DAY, 10),
        "actor": WORKER,
        "role": "worker",
        "command": derived_id("golden", "command", topic),
        "facts": facts,
    }
    return Event(**given | envelope)


def with_corrections(made: AnyEvent) -> list[AnyEvent]:
    """Return a sample and those of its correction, voiding and reinstatement."""
    corrected, voided, reinstated = CORRECTIONS[type(made.facts)]
    effective = Effective(occurred=made.occurred, facts=made.facts)
    said: dict[str, Any] = {"target": made.id, "reason": Reason(code="other", text="样例的原因")}
    follow: dict[str, Any] = {
        name: getattr(made, name) for name in ("stream", "station", "project", "ledger")
    }
    follow["version"] = 2
    return [
        made,
        sample(made.stream_type, corrected(**said, before=effective, after=effective), **follow),
        sample(made.stream_type, voided(**said, before=effective), **follow),
        sample(made.stream_type, reinstated(**said, after=effective), **follow),
    ]


def sealed(field: str, purpose: Purpose = "identity", person: Id = PERSON) -> Private:
    """Return a private field as the journal keeps it."""
    event = derived_id("golden", "event", "sealed")
    return Private(person=person, purpose=purpose, event=event, field=field, sealed="AQID")


def slices() -> list[str]:
    """Name the slices that have samples."""
    return [module.name for module in iter_modules(__path__) if module.name != "__main__"]


def samples(of: str) -> list[AnyEvent]:
    """Return a slice's samples."""
    found: list[AnyEvent] = import_module(f"{__name__}.{of}").SAMPLES
    return found


def kinds(of: str) -> set[str]:
    """Return name and schema of every kind of facts that a slice registers today."""
    samples(of)
    return {topic_of(kind) for name, kind in FACTS.items() if name.partition(".")[0] == of}


def file_of(topic: str, sample: int = 1) -> Path:
    """Return where the golden bytes of a kind stand, of its first sample or a further one."""
    of, _, name = topic.partition(".")
    further = f"+{sample}" if sample > 1 else ""
    return FILES / of / f"{name}{further}.json"


def files_of(of: str) -> Iterator[tuple[Path, AnyEvent]]:
    """Yield a slice's samples, each with its file."""
    seen: Counter[str] = Counter()
    for event in samples(of):
        topic = topic_of(type(event.facts))
        seen[topic] += 1
        yield file_of(topic, seen[topic]), event


def write_missing() -> Iterator[Path]:
    """Write the files that do not exist yet; never one that does."""
    for of in slices():
        for path, event in files_of(of):
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(encode(event))
                yield path
