"""What is said about people over HTTP is kept sealed, and lies nowhere in plain.

The real processes run with every log at its most talkative. Something different is said in every
field that is sealed; all of it must be found again by opening what is kept, and nothing of it by
reading tables, queues, logs or files.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from domain.event import FACTS, Correction
from domain.identity import new_id
from domain.journal.codec import decode
from domain.journal.tasks import TaskRegister
from domain.principal import Principal
from domain.private import Private, private_names
from tests.everything import everything
from tests.integration.speaking import Field, Speaker
from tests.integration.spoken_anew import Place, places, set_right
from tests.integration.spoken_life import DAY, live, registered
from tests.processes import eventually
from tests.upped import Served, served, upped

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
CANARY = re.compile(rb"canary[0-9a-f]{24}", re.IGNORECASE)
CONTROL = "control-word-in-plain"
"""Said where nothing is sealed: it must be found, or the search finds nothing at all."""
SEARCHED = ("/person-searches", "number")
"""The one field that is asked with and never kept."""
NOT_OVER_HTTP = {
    "activity.ActivityHeld.note",
    "evidence.AttachmentStored.name",
    "need.NeedVerifiedAtHome.address",
}
"""Sealed fields that no command over HTTP has, as yet."""


@dataclass
class Lived:
    """What was said, what is kept of it, and everything that was written anywhere."""

    sealed: set[Field] = field(default_factory=set)
    said: dict[str, Field] = field(default_factory=dict)
    said_anew: dict[str, Place] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    recorded: set[str] = field(default_factory=set)
    opened_anew: set[str] = field(default_factory=set)
    rows: dict[str, bytes] = field(default_factory=dict)
    logs: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    answers: bytes = b""


@pytest.fixture(scope="module")
def lived(module_home: Path) -> Lived:
    """A station's life over HTTP, and all that it left behind once everything has stopped."""
    made = Lived()
    with upped(module_home, SHILU_LOG_LEVEL="debug") as up, served(up) as api:
        api.sign_in(Principal(actor=new_id(), role="administrator"))
        api.settle()
        speaker = Speaker(api)
        made.sealed = speaker.sealed()
        client = live(speaker)
        api.follow()
        made.said_anew = set_right(api, client)
        made.answers = refuse(speaker, client, made)
        leave(speaker)
        gone = registered(speaker)
        api.follow()
        read_back(api, made)
        up.send("work", signal.SIGSTOP)
        asked = {"by": "person", "reason": "own_wish"}
        api.done(f"/persons/{gone}/erasure-requests", asked)
        api.as_role("operator_manager")
        assert api.post("/bundles", {"ledgers": [api.station]}).is_success
        assert eventually(lambda: b"erase" in rows(up.url).get("dramatiq.queue", b""), 60)
        made.rows = rows(up.url)
        up.send("work", signal.SIGCONT)
        assert eventually(lambda: not TaskRegister(api.built.pool).open(), 90)
        api.follow()
        for table, found in rows(up.url).items():
            made.rows[table] = made.rows.get(table, b"") + found
        made.said = speaker.spoken
    server = module_home / "postgres" / "data" / "log"
    logs = {"up": up.log, **{path.name: path for path in server.iterdir()}}
    made.logs = {name: path.read_bytes() for name, path in logs.items()}
    files = [path for path in module_home.rglob("*") if path.is_file()]
    made.files = {str(path.relative_to(module_home)): path.read_bytes() for path in files}
    return made


def leave(speaker: Speaker) -> None:
    """Say the control word where nothing is sealed."""
    said = {"title": "茶话会", "kind": "drop_in", "audience": "elderly"}
    plan = {"station": speaker.api.station, **said, "aims": ["增进交往"], "planned_on": DAY}
    activity = speaker.say("/activities", plan)["stream"]
    speaker.say("/activities/{id}/reviews", {"outcome": "approved"}, id=activity)
    there = [{"role": "resident", "source": "counted"}]
    held = {"kind": "drop_in", "title": "茶话会", "place": CONTROL, "attendance": there}
    speaker.say("/activities/{id}/holding", held, id=activity)


def refuse(speaker: Speaker, client: str, made: Lived) -> bytes:
    """Say things about somebody in commands that cannot be taken; return what was answered."""
    before = set(speaker.spoken)
    there = [{"person": client}]
    sent = {"station": speaker.api.station, "kind": "home_visit", "attendance": there}
    word = "canary" + "ab" * 12
    wrong: list[dict[str, Any]] = [
        {"surplus": word}, {"minutes": word}, {"station": word}, {"kind": word}, {"minutes": -1},
        {"attendance": [{"person": new_id()}]}, {"occurred": {"start": word}},
    ]  # fmt: skip
    answers = [speaker.post("/visits", {**sent, **more}) for more in wrong]
    long = {**sent, "note": word * 400}
    answers.append(speaker.api.post("/visits", long))
    answers.append(speaker.api.client.get("/api/v1/visits", params={"kind": word}))
    assert {answer.status_code for answer in answers[:-1]} <= {404, 422}
    made.refused = {*(set(speaker.spoken) - before), word}
    return b"".join(answer.content for answer in answers)


def read_back(api: Served, made: Lived) -> None:
    """Open everything that is kept sealed, and say where it stood."""
    for row in api.built.journal.read(0, 100_000):
        facts = decode(row.state).facts
        if isinstance(facts, Correction):
            sides = [side.facts for side in (facts.before, facts.after) if side is not None]
            made.opened_anew |= {opened(api, one) for side in sides for _, one in privates(side)}
            continue
        for place, one in privates(facts):
            made.opened.add(opened(api, one))
            made.recorded.add(f"{kind_of(type(facts))}.{place}")


def opened(api: Served, one: Private) -> str:
    """Open what is kept sealed, and hold no words beside it."""
    assert one.text is None
    assert one.sealed is not None
    assert one.event is not None
    assert one.field is not None
    told = api.built.vault.open(one.person, one.purpose, one.sealed, one.event, one.field)
    return str(told).lower()


def privates(facts: Any, place: str = "") -> Iterator[tuple[str, Private]]:
    """Yield the sealed fields inside facts, each with its place."""
    if isinstance(facts, Private):
        yield place, facts
    elif isinstance(facts, tuple):
        for part in facts:
            yield from privates(part, place)
    elif isinstance(facts, msgspec.Struct):
        for name in private_names(type(facts)):
            yield from privates(getattr(facts, name), f"{place}.{name}".lstrip("."))


def sealed_places(hint: Any, place: str = "") -> Iterator[str]:
    """Yield the places inside a kind of facts that are sealed."""
    if hint is Private:
        yield place
    elif isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        hints = get_type_hints(hint)
        for name in private_names(hint):
            yield from sealed_places(hints[name], f"{place}.{name}".lstrip("."))
    else:
        for part in get_args(hint):
            yield from sealed_places(part, place)


def kind_of(facts: type) -> str:
    """Return the name under which a kind of facts is registered."""
    return next(name for name, kind in FACTS.items() if kind is facts)


def rows(url: str) -> dict[str, bytes]:
    """Return all that stands in each table."""
    found: dict[str, list[str]] = {}
    for table, row in everything(url):
        found.setdefault(table, []).append(row)
    return {table: "\n".join(lines).encode() for table, lines in found.items()}


def with_canaries(places: dict[str, bytes]) -> list[str]:
    """Return the places in which any of the words stands."""
    return [place for place, found in places.items() if CANARY.search(found)]


def holding(word: str, places: dict[str, bytes]) -> set[str]:
    """Return the places in which a word stands."""
    return {place for place, found in places.items() if word.encode() in found}


def kept(lived: Lived) -> Iterable[str]:
    return (word for word, place in lived.said.items() if place != SEARCHED)


def test_every_sealed_field_was_spoken_in_and_is_kept_sealed(lived: Lived) -> None:
    assert len(lived.sealed) > 40
    assert set(lived.said.values()) == lived.sealed
    lost = [lived.said[word] for word in kept(lived) if word not in lived.opened | lived.refused]
    assert lost == []
    there = {
        f"{name}.{place}"
        for name, kind in FACTS.items()
        if not issubclass(kind, Correction)
        for place in sealed_places(kind)
    }
    assert there - lived.recorded <= NOT_OVER_HTTP


def test_every_sealed_field_that_can_be_set_right_was_and_is_kept_sealed(lived: Lived) -> None:
    assert len(places()) > 10
    assert set(lived.said_anew.values()) == places()
    assert [lived.said_anew[word] for word in lived.said_anew.keys() - lived.opened_anew] == []


def test_no_table_and_no_queue_holds_a_word_in_plain(lived: Lived) -> None:
    assert {"public.journal", "public.visit", "public.person_key"} <= set(lived.rows)
    assert b"erase" in lived.rows["dramatiq.queue"]
    assert {"public.journal", "public.trace"} <= holding(CONTROL, lived.rows)
    assert with_canaries(lived.rows) == []


def test_no_log_of_any_process_holds_a_word(lived: Lived) -> None:
    said = lived.logs["up"]
    for process in (
        "Application startup complete",
        "following",
        "working",
        "keeping time",
        "signing",
    ):
        assert process.encode() in said
    assert b"Received message erase" in said
    assert all(lived.logs.values())
    assert with_canaries(lived.logs) == []


def test_no_file_of_the_house_holds_a_word_in_plain(lived: Lived) -> None:
    held = holding(CONTROL, lived.files)
    assert any(name.startswith("postgres/data/") for name in held)
    assert with_canaries(lived.files) == []


def test_a_refusal_does_not_repeat_what_was_said(lived: Lived) -> None:
    assert len(lived.refused) > 5
    assert b"urn:shilu:problem" in lived.answers
    assert CANARY.search(lived.answers) is None
