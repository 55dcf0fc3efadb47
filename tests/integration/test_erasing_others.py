"""Staff who left, donors and strangers are erased as registered people are, and no one else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from domain.clock import SHANGHAI
from domain.identity import Id, new_id
from domain.journal.codec import decode
from domain.journal.vault import ERASED
from domain.principal import Principal
from domain.staff import StaffErasureCompleted
from domain.unregistered import WordsErasureCompleted
from tests.integration.elsewhere import another_station, hired
from tests.integration.erasing import erasures_done, opened, words_in
from tests.integration.http import Running
from tests.integration.registered import person
from tests.processes import eventually

TODAY = datetime.now(UTC).astimezone(SHANGHAI).date()
LONG_AGO = "2019-06-30"
OWN_WISH = {"by": "person", "reason": "own_wish"}


class Killed(BaseException):
    """The process ends here."""


def pledged(api: Running, **donor: Any) -> Id:
    pledge = {"station": api.station, "kind": "money", "value": 50_000, **donor}
    event: Id = api.done("/donations", pledge)["events"][0]
    return event


def test_a_donor_who_is_not_registered_is_erased_in_every_gift(api: Running) -> None:
    first = pledged(api, donor_name="王秀兰")
    donor = words_in(api, first)["donor"].person
    api.follow()
    gifts = [first, pledged(api, donor=donor, donor_name="王秀兰")]
    other = pledged(api, donor_name="李建国")
    before = [api.built.journal.find(event) for event in gifts]
    asked = api.done(f"/records/{gifts[0]}/erasure-requests", {"field": "donor", **OWN_WISH})
    assert asked["stream"] == donor
    assert erasures_done(api) == 1
    assert [opened(api, event) for event in gifts] == [{"donor": ERASED}] * 2
    assert opened(api, other) == {"donor": "李建国"}
    assert [api.built.journal.find(event) for event in gifts] == before
    assert [row["pledged"] for row in api.get("/donations")["items"]] == [50_000] * 3

    again = api.post(f"/records/{gifts[1]}/erasure-requests", {"field": "donor", **OWN_WISH})
    assert (again.status_code, again.json()["code"]) == (409, "unregistered.erased")
    late = {"station": api.station, "kind": "money", "value": 1, "donor": donor}
    refused = api.post("/donations", {**late, "donor_name": "王秀兰"})
    assert (refused.status_code, refused.json()["code"]) == (409, "private.cannot_seal")


def test_a_donor_of_another_station_is_as_unknown_as_nobody(api: Running) -> None:
    first, client = pledged(api, donor_name="王秀兰"), person(api)
    donor = words_in(api, first)["donor"].person
    api.follow()
    there = another_station(api)
    manager = Principal(actor=new_id(), role="operator_manager", operator=api.operator)
    api.sign_in(msgspec.structs.replace(manager, role="worker", stations=(there,)))
    pledge = {"station": there, "kind": "money", "value": 1, "donor_name": "王秀兰"}
    for nobody in (donor, client, new_id()):
        refused = api.post("/donations", {**pledge, "donor": nobody})
        told = refused.json()
        assert (refused.status_code, told["code"], told["field"]) == (404, "not_found", "donor")
        taken = {**pledge, "value": 0, "cash": 1, "donor": nobody}
        assert api.post("/received-donations", taken).status_code == 404


def test_a_donors_words_are_erased_by_whoever_sees_all_of_them(api: Running) -> None:
    first = pledged(api, donor_name="王秀兰")
    donor = words_in(api, first)["donor"].person
    api.follow()
    there = another_station(api)
    manager = Principal(actor=new_id(), role="operator_manager", operator=api.operator)
    api.sign_in(manager)
    pledge = {"station": there, "kind": "money", "value": 1, "donor": donor}
    gift = api.done("/donations", {**pledge, "donor_name": "王秀兰"})["events"][0]
    api.follow()
    path, asked = f"/records/{gift}/erasure-requests", {"field": "donor", **OWN_WISH}
    api.sign_in(msgspec.structs.replace(manager, role="worker", stations=(there,)))
    refused = api.post(path, asked)
    assert (refused.status_code, refused.json()["code"]) == (403, "unregistered.elsewhere")
    api.sign_in(manager)
    api.done(path, asked)
    assert erasures_done(api) == 1
    assert [opened(api, each) for each in (first, gift)] == [{"donor": ERASED}] * 2


def test_words_of_who_is_on_record_are_erased_on_their_own_record_only(api: Running) -> None:
    client = person(api)
    gift = pledged(api, donor=client, donor_name="王示例")
    path = f"/records/{gift}/erasure-requests"
    refused = api.post(path, {"field": "donor", **OWN_WISH})
    assert (refused.status_code, refused.json()["code"]) == (409, "unregistered.on_record")
    missing = api.post(path, {"field": "words", **OWN_WISH})
    assert (missing.status_code, missing.json()["code"]) == (404, "reading.no_such_field")
    assert opened(api, gift) == {"donor": "王示例"}
    api.as_role("operator_manager", new_id())
    assert api.post(path, {"field": "donor", **OWN_WISH}).status_code == 404


def test_words_under_the_key_of_who_corrected_are_not_erased_with_a_stranger(api: Running) -> None:
    counted = [{"count": 1, "role": "resident", "source": "counted"}]
    visit = {"station": api.station, "kind": "home_visit", "attendance": counted}
    event = api.done("/visits", visit)["events"][0]
    said = {"person": api.worker, "purpose": "casework", "text": "邻居补充的情况"}
    reason = {"code": "entry_error", "text": "漏记了情况"}
    sent = {"facts": {"condition": said}, "reason": reason}
    corrected = api.done(f"/records/{event}/corrections", sent)["events"][0]
    asked = {"field": "after.facts.condition", **OWN_WISH}
    refused = api.post(f"/records/{corrected}/erasure-requests", asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "unregistered.on_record")


def test_who_signed_up_without_being_registered_is_erased(api: Running) -> None:
    plan = {"title": "外出", "kind": "outing", "aims": ["增进交往"], "audience": "elderly"}
    made = api.done(
        "/activities", {"station": api.station, **plan, "planned_on": TODAY.isoformat()}
    )
    api.done(f"/activities/{made['stream']}/reviews", {"outcome": "approved"})
    named = {"count": 2, "name": "张三、李四"}
    event = api.done(f"/activities/{made['stream']}/registrations", named)["events"][0]
    api.done(f"/records/{event}/erasure-requests", {"field": "name", **OWN_WISH})
    assert erasures_done(api) == 1
    assert opened(api, event) == {"name": ERASED}


def test_staff_who_left_long_ago_are_erased_with_an_approval(api: Running) -> None:
    head, _ = hired(api, "周站长", "station_head")
    staff, event = hired(api, "王小明")
    path = f"/staff/{staff}/erasure-requests"
    asked = {"by": "operator", "reason": "retention_over", "approved_by": head}
    assert api.post(path, asked).json()["code"] == "staff.has_not_left"
    api.follow()
    left = {"last_day": LONG_AGO, "handover": "个案已移交"}
    note = api.done(f"/staff/{staff}/leavings", left)["events"][-1]
    unapproved = api.post(path, {**asked, "approved_by": None})
    assert unapproved.json()["code"] == "staff.erasure_not_approved"
    api.done(path, asked)
    assert erasures_done(api) == 1
    assert opened(api, event) == {"name": ERASED}
    assert set(opened(api, note).values()) == {ERASED}
    rows = api.built.journal.read_stream(staff)
    assert isinstance(decode(rows[-1].state).facts, StaffErasureCompleted)
    back = api.post(f"/staff/{staff}/returns", {"begins": LONG_AGO, "reason": "合同续签"})
    assert (back.status_code, back.json()["code"]) == (409, "staff.erased")


def test_staff_who_left_lately_are_kept(api: Running) -> None:
    head, _ = hired(api, "周站长", "station_head")
    staff, event = hired(api, "王小明")
    api.follow()
    api.done(f"/staff/{staff}/leavings", {"last_day": TODAY.isoformat()})
    asked = {"by": "person", "reason": "own_wish", "approved_by": head}
    refused = api.post(f"/staff/{staff}/erasure-requests", asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "staff.kept_until")
    assert opened(api, event) == {"name": "王小明"}


@pytest.mark.parametrize("step", ["before", "after"])
def test_a_death_around_the_destroying_is_finished_by_the_next_worker(
    api: Running, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gift = pledged(api, donor_name="王秀兰")
    (owner,) = {words.person for words in words_in(api, gift).values()}
    api.done(f"/records/{gift}/erasure-requests", {"field": "donor", **OWN_WISH})
    destroy = api.built.vault.destroy

    def dies(*arguments: Any) -> None:
        if step == "after":
            destroy(*arguments)
        raise Killed

    with monkeypatch.context() as death:
        death.setattr(api.built.vault, "destroy", dies)
        with pytest.raises(Killed):
            erasures_done(api)
    assert opened(api, gift) == {"donor": ERASED if step == "after" else "王秀兰"}
    assert eventually(lambda: erasures_done(api) == 1)
    assert opened(api, gift) == {"donor": ERASED}
    facts = [decode(row.state).facts for row in api.built.journal.read_stream(owner)]
    assert [isinstance(one, WordsErasureCompleted) for one in facts] == [False, True]
