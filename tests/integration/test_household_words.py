"""What is said about a household is its head's: once the head is erased, nobody reads it."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.clock import SHANGHAI
from domain.identity import Id, new_id
from domain.journal.vault import ERASED
from tests.integration.erasing import erasures_done, opened, words_in
from tests.integration.http import Running
from tests.integration.registered import person

TODAY = datetime.now(UTC).astimezone(SHANGHAI).date().isoformat()
SIGNED = b"\xff\xd8\xff\xe0 signature"


def home_of(api: Running, head: Id) -> Id:
    formed = {"station": api.station, "head": head, "community": "示例社区", "begins": TODAY}
    home: Id = api.done("/households", formed)["stream"]
    return home


def lot(api: Running) -> Id:
    item = new_id()
    goods = {"name": "大米", "quantity": 9, "unit": "袋", "value": 9_000, "stock_item": item}
    given = {
        "kind": "goods",
        "organisation": "惠民粮油店",
        "goods": [goods],
        "valuation": "invoice",
    }
    api.done("/received-donations", {"station": api.station, **given})
    return item


def helped(api: Running, **whom: Id) -> list[Id]:
    """Record a need, look, deliver and ask again; name nobody but whom the need names."""
    asked = {"category": "goods", "item": "米", "purpose": "winter_relief", "detail": "断粮两日"}
    made = api.done("/needs", {"station": api.station, **asked, **whom})
    need = made["stream"]
    looked = api.done(f"/needs/{need}/verifications", {"finding": "家中无存粮"})
    signature = api.client.post(
        "/api/v1/attachments",
        params={"station": api.station},
        content=SIGNED,
        headers={"Content-Type": "image/jpeg", "Idempotency-Key": new_id()},
    ).json()["stream"]
    line = {"supply": lot(api), "name": "大米", "quantity": 1, "unit": "袋"}
    delivery = {"lines": [line], "attendance": [{"count": 1}], "received_by": "张大爷"}
    handed = api.done(
        f"/needs/{need}/deliveries", {**delivery, "signature": signature, "emergency": True}
    )
    fitted = {"delivery": handed["events"][0], "fit": "fitting", "words": "孩子爱吃"}
    again = api.done(f"/needs/{need}/follow-ups", fitted)
    return [receipt["events"][0] for receipt in (made, looked, handed, again)]


def visited(api: Running, **where: Id) -> Id:
    counted = [{"count": 1, "role": "resident", "source": "counted"}]
    visit = {"kind": "home_visit", "attendance": counted, "note": "独居老人的邻居"}
    event: Id = api.done("/visits", {"station": api.station, **visit, **where})["events"][0]
    return event


def erase(api: Running, person: Id) -> None:
    api.done(f"/persons/{person}/erasure-requests", {"by": "person", "reason": "own_wish"})
    assert erasures_done(api) == 1


def test_words_about_a_household_are_erased_with_its_head(api: Running) -> None:
    head = person(api)
    home = home_of(api, head)
    events = [*helped(api, household=home), visited(api, household=home)]
    said = [words for event in events for words in opened(api, event).values()]
    assert said == ["断粮两日", "家中无存粮", "张大爷", "孩子爱吃", "独居老人的邻居"]
    erase(api, head)
    assert {words for event in events for words in opened(api, event).values()} == {ERASED}


def test_words_about_a_need_are_of_the_person_whom_it_names(api: Running) -> None:
    head, child = person(api), person(api)
    home_of(api, head)
    events = helped(api, person=child)
    assert {words.person for event in events for words in words_in(api, event).values()} == {child}
    erase(api, child)
    assert {words for event in events for words in opened(api, event).values()} == {ERASED}


def test_words_about_nobody_on_record_are_no_colleagues_and_no_two_records_share_them(
    api: Running,
) -> None:
    owners = [
        words.person
        for event in (*helped(api), visited(api))
        for words in words_in(api, event).values()
    ]
    assert len(set(owners)) == len(owners) == 5
    assert api.worker not in owners


def test_whoever_is_named_for_words_must_be_on_record(api: Running) -> None:
    *_, handed, _ = helped(api)
    row = api.built.journal.find(handed)
    assert row is not None
    fitted = {"delivery": handed, "fit": "fitting", "words": "爱吃", "person": new_id()}
    refused = api.post(f"/needs/{row.stream}/follow-ups", fitted)
    assert (refused.status_code, refused.json()["field"]) == (404, "person")
