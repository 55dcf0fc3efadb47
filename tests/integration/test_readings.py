"""Sealed words are opened only for those who may, and never without a record of it."""

from __future__ import annotations

import pytest

from domain.clock import SystemClock
from domain.identity import new_id
from tests.integration.http import Running
from tests.integration.readings import WHY, WORDS, readings, served
from tests.integration.registered import person


@pytest.fixture
def who(api: Running) -> str:
    return person(api)


@pytest.fixture
def visit(api: Running, who: str) -> str:
    """A visit with a note about somebody on record: it is sealed under that person's key."""
    return str(api.done("/visits", {**served(api, who), "note": WORDS})["events"][0])


def test_a_worker_opens_a_note_and_that_is_on_record(api: Running, visit: str) -> None:
    read = api.done(f"/records/{visit}/readings", {"field": "note", "reason": WHY})
    assert (read["text"], read["erased"]) == (WORDS, False)
    (row,) = readings(api)
    assert row["actor"] == api.worker


def test_without_the_right_a_reason_or_a_field_nothing_is_opened(api: Running, visit: str) -> None:
    path = f"/records/{visit}/readings"
    assert api.post(path, {"field": "note", "reason": "看"}).json()["field"] == "reason"
    missing = api.post(path, {"field": "nothing", "reason": WHY})
    assert missing.json()["code"] == "reading.no_such_field"
    api.as_role("evaluator")
    refused = api.post(path, {"field": "note", "reason": WHY})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert readings(api) == []
    assert WORDS not in refused.text


def test_erased_words_stay_erased(api: Running, visit: str, who: str) -> None:
    vault, now = api.built.vault, SystemClock().now()
    vault.destroy(who, now, visit, api.operator)
    read = api.done(f"/records/{visit}/readings", {"field": "note", "reason": WHY})
    assert (read["text"], read["erased"]) == (None, True)


def test_the_same_reading_sent_again_is_one_reading_and_shows_no_words(
    api: Running, visit: str
) -> None:
    path, sent = f"/records/{visit}/readings", {"field": "note", "reason": WHY}
    key = {"Idempotency-Key": "reading-1"}
    first, again = (api.post(path, sent, **key) for _ in range(2))
    assert first.json()["text"] == WORDS
    assert WORDS not in again.text
    told = again.json()
    assert (told["text"], told["erased"], told["receipt"]["repeated"]) == (None, False, True)
    assert [each["code"] for each in told["receipt"]["warnings"]] == ["reading.shown_once"]
    assert len(readings(api)) == 1
    assert api.post(path, sent).json()["text"] == WORDS
    assert len(readings(api)) == 2


def test_somebody_elses_reading_sent_again_opens_nothing(api: Running, visit: str) -> None:
    path, sent = f"/records/{visit}/readings", {"field": "note", "reason": WHY}
    key = {"Idempotency-Key": "reading-1"}
    assert api.post(path, sent, **key).status_code == 201
    api.as_role("evaluator")
    refused = api.post(path, sent, **key)
    assert (refused.status_code, refused.json()["code"]) == (409, "key_reused")
    api.worker = new_id()
    api.as_role("worker")
    colleague = api.post(path, sent, **key)
    assert (colleague.status_code, WORDS in colleague.text) == (409, False)
    assert len(readings(api)) == 1


def test_no_words_are_kept_about_somebody_who_was_erased(
    api: Running, visit: str, who: str
) -> None:
    api.built.vault.destroy(who, SystemClock().now(), visit, api.operator)
    before = api.built.journal.max_notification_id()
    sent = served(api, who)
    refused = api.post("/visits", {**sent, "note": WORDS})
    assert (refused.status_code, refused.json()["code"]) == (409, "private.cannot_seal")
    assert refused.json()["field"] == "note"
    assert api.built.journal.max_notification_id() == before
    api.done("/visits", sent)


def test_words_about_nobody_on_record_go_under_no_colleagues_key(api: Running) -> None:
    """Erasing whoever wrote them down leaves them readable: they are not about that person."""
    crowd = [{"role": "resident", "source": "counted"}]
    sent = {"station": api.station, "kind": "home_service", "minutes": 40, "attendance": crowd}
    visit = str(api.done("/visits", {**sent, "note": WORDS})["events"][0])
    api.built.vault.destroy(api.worker, SystemClock().now(), visit, api.operator)
    read = api.done(f"/records/{visit}/readings", {"field": "note", "reason": WHY})
    assert (read["text"], read["erased"]) == (WORDS, False)
