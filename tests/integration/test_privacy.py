"""No plaintext of a person lies anywhere: journal, views, keys, tasks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.wiring import House
from domain.journal.codec import decode
from domain.journal.vault import Vault
from domain.visit import HomeServiceDelivered
from tests.everything import everything
from tests.integration.demonstration import demonstration
from tests.integration.http import running
from tests.integration.registered import consented, person


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every word that was given to be sealed."""
    words: set[str] = set()
    seal = Vault.seal

    def listening(self: Vault, *given: str, **named: str) -> str:
        words.add(named["text"] if "text" in named else given[3])
        return seal(self, *given, **named)

    monkeypatch.setattr(Vault, "seal", listening)
    return words


@pytest.fixture
def built(house_url: str, tmp_path: Path, spoken: set[str]) -> Iterator[House]:
    with demonstration(house_url, tmp_path / "home") as it:
        yield it


def test_words_about_a_person_are_nowhere_in_the_database(
    built: House, house_url: str, spoken: set[str]
) -> None:
    """What processes log of them, `test_canaries` holds: here nothing is logged at all."""
    assert len(spoken) > 50
    rows = list(everything(house_url))
    assert {"public.journal", "public.visit", "public.person_key"} <= {table for table, _ in rows}
    for words in spoken:
        assert [table for table, row in rows if words in row] == []


def test_a_sealed_note_opens_for_whoever_has_the_right(built: House, spoken: set[str]) -> None:
    events = (decode(row.state) for row in built.journal.read(0, 10_000))
    note = next(
        event.facts.note for event in events if isinstance(event.facts, HomeServiceDelivered)
    )
    assert note is not None
    assert note.sealed is not None
    assert note.event is not None
    assert note.field is not None
    opened = built.vault.open(note.person, note.purpose, note.sealed, note.event, note.field)
    assert opened in spoken


def test_words_that_come_with_a_correction_are_kept_sealed(house_url: str, tmp_path: Path) -> None:
    words = "近来睡眠不好需要陪诊"
    with running(house_url, tmp_path / "home") as api:
        api.settle()
        client = person(api)
        there = [{"person": client, "role": "client", "source": "sign-in"}]
        visit = {"station": api.station, "kind": "home_visit", "attendance": there}
        event = api.done("/visits", visit)["events"][0]
        said = {"person": client, "purpose": "health", "text": words}
        reason = {"code": "entry_error", "text": "漏记了身体状况"}
        sent = {"facts": {"condition": said}, "reason": reason}
        unlawful = api.post(f"/records/{event}/corrections", sent)
        told = unlawful.json()
        assert (unlawful.status_code, told["code"]) == (422, "registry.no_legal_basis")
        assert (told["field"], words in unlawful.text) == ("condition", False)
        consented(api, client, "health")
        made = api.done(f"/records/{event}/corrections", sent)["events"][0]
        api.follow()
        row = api.built.journal.find(made)
        assert row is not None
        kept = decode(row.state).facts.after.facts.condition
        opened = api.built.vault.open(client, "health", kept.sealed, kept.event, kept.field)
        assert opened == words
        assert [table for table, row in everything(house_url) if words in row] == []


def test_words_that_come_with_a_correction_are_filed_under_no_purpose_of_another_field(
    house_url: str, tmp_path: Path
) -> None:
    with running(house_url, tmp_path / "home") as api:
        api.settle()
        client = person(api)
        there = [{"person": client, "role": "client", "source": "sign-in"}]
        visit = {"station": api.station, "kind": "home_visit", "attendance": there}
        event = api.done("/visits", visit)["events"][0]
        reason = {"code": "entry_error", "text": "漏记了身体状况"}
        said = {"person": client, "purpose": "contact", "text": "近来睡眠不好需要陪诊"}
        sent = {"facts": {"condition": said}, "reason": reason}
        for path in ("corrections", "corrections/preview"):
            answer = api.post(f"/records/{event}/{path}", sent)
            told = answer.json()
            assert (answer.status_code, told["code"]) == (422, "private.other_purpose")
            assert told["field"] == "facts.condition.purpose"
            assert "casework, health" in told["detail"]
            assert said["text"] not in answer.text
        unheard = sent | {"facts": {"condition": said | {"purpose": "nonsense"}}}
        answer = api.post(f"/records/{event}/corrections", unheard)
        assert (answer.status_code, answer.json()["code"]) == (422, "record.bad_facts")
