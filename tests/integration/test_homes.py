"""Where people live is sealed under their key, as their other words are, and goes with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from domain.identity import Id, new_id
from domain.journal.codec import decode
from domain.journal.entries import JournalEntry
from domain.journal.vault import ERASED
from tests.everything import everything
from tests.integration.erasing import erasures_done, opened
from tests.integration.http import Running
from tests.integration.registered import consented, person

DOOR = "示例街道8号楼2单元301室"
WHY = "准备下次家访，需要知道住处"
MISTAKEN = {"code": "entry_error", "text": "楼号录入错误"}
OWN_WISH = {"by": "person", "reason": "own_wish"}
SEASON = {"residence": "seasonal", "begins": "2026-01-01"}


@pytest.fixture
def who(api: Running) -> Id:
    return person(api)


def lived(api: Running, who: Id) -> Id:
    """Record where somebody lives; return the record."""
    path = f"/persons/{who}/residences"
    return str(api.done(path, {**SEASON, "place": DOOR})["events"][0])


def words(person: Id, text: str = DOOR, purpose: str = "contact") -> dict[str, str]:
    """Words as a correction sends them."""
    return {"person": person, "purpose": purpose, "text": text}


def corrected(api: Running, record: Id, **facts: Any) -> Any:
    return api.post(f"/records/{record}/corrections", {"facts": facts, "reason": MISTAKEN})


def standing_in(url: str, text: str) -> set[str]:
    """Return the tables in which a text stands in plain."""
    return {table for table, row in everything(url) if text in row}


def stored_in_the_open(api: Running, who: Id) -> Id:
    """Store a residence as it was stored before its place was sealed; return the record."""
    last = decode(api.built.journal.read_stream(who)[-1].state)
    made: dict[str, Any] = {
        **msgspec.to_builtins(last),
        "id": new_id(),
        "version": last.version + 1,
        "facts": {"@type": "registry.ResidencePeriodRecorded@1", **SEASON, "place": DOOR},
    }
    entry = JournalEntry(
        originator_id=who,
        originator_version=made["version"],
        topic=made["facts"]["@type"],
        state=msgspec.json.encode(made, order="sorted"),
        event_id=made["id"],
        operator=last.operator,
        station=last.station,
        ledger=last.ledger,
    )
    api.built.journal.append([entry])
    return str(made["id"])


def test_where_somebody_lives_stands_nowhere_in_plain_and_is_read_with_a_reason(
    api: Running, house_url: str, who: Id
) -> None:
    record = lived(api, who)
    (found,) = api.get(f"/persons/{who}")["residences"]
    assert (found["event"], found["residence"], "place" in found) == (record, "seasonal", False)
    assert DOOR not in api.client.get("/api/v1/events", params={"limit": 1000}).text
    assert standing_in(house_url, DOOR) == set()
    read = api.done(f"/records/{record}/readings", {"field": "place", "reason": WHY})
    assert read["text"] == DOOR


def served_at_home(api: Running, who: Id) -> list[Id]:
    """Visit, serve and call somebody, sit with them in their case and hand aid over, each time at
    their door; return the records."""
    there, station = {"place": DOOR}, {"station": api.station}
    met: dict[str, Any] = {"attendance": [{"person": who}]}
    made = [
        api.done("/visits", {**station, **there, **met, "kind": kind, "minutes": 20})
        for kind in ("home_visit", "home_service", "phone_contact")
    ]
    case = {"client": who, "case_type": "loneliness", "audience": "elderly"}
    stream = api.done("/cases", {**station, **case})["stream"]
    made.append(api.done(f"/cases/{stream}/sessions", {"minutes": 50, "method": "home", **there}))
    return [receipt["events"][0] for receipt in made]


def test_where_somebody_is_met_is_sealed_and_erased_with_them(
    api: Running, house_url: str, who: Id
) -> None:
    consented(api, who, "service")
    records = served_at_home(api, who)
    api.follow()
    assert standing_in(house_url, DOOR) == set()
    assert DOOR not in api.client.get("/api/v1/events", params={"limit": 1000}).text
    for record in records:
        read = api.done(f"/records/{record}/readings", {"field": "address", "reason": WHY})
        assert read["text"] == DOOR
    told = corrected(api, records[0], place=DOOR).json()
    assert (told["code"], told["field"]) == ("record.open_place", "facts.place")
    told = corrected(api, records[0], address=words(person(api))).json()
    assert (told["code"], told["field"]) == ("own_words.other_person", "facts.address")
    api.done(f"/persons/{who}/erasure-requests", OWN_WISH)
    assert erasures_done(api) == 1
    assert [opened(api, record) for record in records] == [{"address": ERASED}] * len(records)


def test_where_nobody_known_was_met_is_sealed_under_an_id_of_its_own(
    api: Running, house_url: str
) -> None:
    somebody = {"role": "resident", "source": "counted"}
    occurred = {"start": (datetime.now(UTC) - timedelta(hours=2)).isoformat()}
    visit = {"station": api.station, "kind": "home_visit", "minutes": 20}
    sent = {**visit, "place": DOOR, "occurred": occurred}
    first = api.done("/visits", {**sent, "attendance": [somebody]})
    again = api.done("/visits", {**sent, "attendance": [somebody]})
    api.follow()
    assert standing_in(house_url, DOOR) == set()
    record = again["events"][0]
    (warning,) = again["warnings"]
    told = (warning["code"], warning["other"])
    assert told == ("visit.possible_duplicate", first["events"][0])
    assert opened(api, record) == {"address": DOOR}
    api.done(f"/records/{record}/erasure-requests", {"field": "address", **OWN_WISH})
    assert erasures_done(api) == 1
    assert opened(api, record) == {"address": ERASED}
    assert opened(api, first["events"][0]) == {"address": DOOR}


def test_where_somebody_lived_is_erased_with_them(api: Running, who: Id) -> None:
    record = lived(api, who)
    again = corrected(api, record, place=words(who, "示例街道9号楼")).json()["events"][0]
    api.done(f"/persons/{who}/erasure-requests", OWN_WISH)
    assert erasures_done(api) == 1
    assert opened(api, record) == {"place": ERASED}
    sides = {"before.facts.place": ERASED, "after.facts.place": ERASED}
    assert opened(api, again) == sides


def test_a_place_put_right_stays_under_the_key_of_who_lives_there(api: Running, who: Id) -> None:
    record = lived(api, who)
    for other in (person(api), api.worker):
        told = corrected(api, record, place=words(other)).json()
        assert (told["code"], told["field"]) == ("own_words.other_person", "facts.place")
    told = corrected(api, record, place=words(who, purpose="identity")).json()
    assert told["code"] == "private.other_purpose"
    told = corrected(api, record, place=DOOR).json()
    assert told["code"] == "record.bad_facts"


def test_a_place_stored_in_the_open_is_shown_nowhere_and_can_be_sealed(
    api: Running, house_url: str, who: Id
) -> None:
    record = stored_in_the_open(api, who)
    (found,) = api.get(f"/persons/{who}")["residences"]
    assert (found["event"], "place" in found) == (record, False)
    assert DOOR not in str(api.get(f"/records/{record}"))
    assert standing_in(house_url, DOOR) == {"public.journal"}
    assert record in {row["event"] for row in api.get("/audit", limit=200)["items"]}
    other = person(api)
    refused = corrected(api, record, place=words(other))
    assert (refused.status_code, refused.json()["code"]) == (422, "own_words.other_person")
    right = corrected(api, record, place=words(who))
    assert right.status_code == 201, right.text
    assert opened(api, right.json()["events"][0]) == {"after.facts.place": DOOR}
