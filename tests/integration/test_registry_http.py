"""The register over HTTP: people, households and staff, from the first form to the last."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.clock import SimulatedClock, SystemClock
from domain.identity import new_id
from domain.journal.codec import decode
from domain.principal import Principal
from domain.reading import NumberSearched
from tests.integration.days import today_here
from tests.integration.http import Running, running
from tests.integration.registered import elder, registered, taken_on

NUMBER = "11010519491231002X"
REASON = {"code": "entry_error", "text": "录入时看错了证件"}


def test_a_person_is_registered_noted_about_and_read_without_a_name(api: Running) -> None:
    person = registered(api)
    today = today_here().isoformat()
    notes: dict[str, dict[str, Any]] = {
        "groups": {"group": "living_alone", "rests_on": "assessment", "begins": today},
        "consents": {"purpose": "health", "form": "written", "begins": today},
        "health-facts": {"health": "高血压"},
        "contacts": {"contact": "mobile", "value": "13800138000"},
        "residences": {"place": "示例社区", "residence": "seasonal", "begins": today},
        "risk-tiers": {"tier": "high"},
        "documents": {"document": "id_card", "number": NUMBER.lower()},
        "verifications": {"station": api.station, "method": "phone", "outcome": "confirmed"},
        "recognitions": {"station": api.station, "theme": "合唱"},
    }
    for path, body in notes.items():
        api.done(f"/persons/{person}/{path}", body)
    seen = api.get(f"/persons/{person}")
    assert (seen["birth_year"], seen["tier"], seen["alive_until"]) == (1949, "high", None)
    assert [group["group"] for group in seen["groups"]] == ["living_alone"]
    assert (seen["groups"][0]["ends"], seen["last_checked"]) == (None, today)
    assert [held["purpose"] for held in seen["consents"]] == ["health"]
    assert [lived["residence"] for lived in seen["residences"]] == ["seasonal"]
    assert [led["theme"] for led in seen["leader_of"]] == ["合唱"]
    for word in ("张秀兰", "高血压", "13800138000", "1949-12-31", NUMBER):
        assert word not in str(seen)


def test_details_are_corrected_or_changed(api: Running) -> None:
    person = registered(api)
    correction = {"birth": {"day": "1948-12-31"}, "reason": REASON}
    api.done(f"/persons/{person}/details-corrections", correction)
    change = {"begins": today_here().isoformat(), "community": "示例村"}
    api.done(f"/persons/{person}/details-changes", change)
    seen = api.get(f"/persons/{person}")
    assert (seen["birth_year"], seen["community"]) == (1948, "示例村")


def test_a_child_comes_with_a_guardian(api: Running) -> None:
    child = elder(api, birth={"day": (today_here(-3000)).isoformat()})
    refused = api.post("/persons", child)
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
        422,
        "registry.guardian_consent_missing",
        "grounds",
    )
    consent = {
        "kind": "consent",
        "purpose": "service",
        "form": "written",
        "begins": today_here().isoformat(),
        "guardian": "李大勇",
    }
    danger = {
        "kind": "legal_basis",
        "purpose": "service",
        "legal_basis": "vital_interest",
        "source": "强制报告",
        "begins": today_here().isoformat(),
    }
    for ground in (consent, danger):
        api.done("/persons", {**child, "grounds": [ground]})


def test_a_number_is_one_persons_and_finds_them(api: Running) -> None:
    first, second = registered(api), registered(api)
    document = {"document": "id_card", "number": NUMBER}
    api.done(f"/persons/{first}/documents", document)
    taken = api.post(f"/persons/{second}/documents", document)
    assert (taken.status_code, taken.json()["code"]) == (409, "registry.id_number_taken")
    api.follow()

    def search(number: str) -> str | None:
        found = api.client.post("/api/v1/person-searches", json={"number": number})
        assert found.status_code == 200, found.text
        person: str | None = found.json()["person"]
        return person

    assert (search("１１０１０５１９４９１２３１００２x"), search("0")) == (first, None)
    merger = {"kept": second, "absorbed": first, "reason": REASON}
    api.done("/person-mergers", merger)
    api.follow()
    assert search(NUMBER) == second
    api.done("/person-splits", merger)
    api.follow()
    assert search(NUMBER) == first
    events = [decode(row.state) for row in api.built.journal.read(0, 1000)]
    made = [each for each in events if isinstance(each.facts, NumberSearched)]
    assert [each.facts.person for each in made] == [first, None, second, first]
    assert {each.actor for each in made} == {api.worker}
    assert [each.station for each in made] == [api.station, None, api.station, api.station]
    api.as_role("worker", operator=new_id())
    assert search(NUMBER) is None
    for role in ("administrator", "evaluator"):
        api.sign_in(Principal(actor=new_id(), role=role, operator=api.operator))
        refused = api.client.post("/api/v1/person-searches", json={"number": NUMBER})
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_what_is_noted_on_a_merged_record_is_told_of_who_was_kept(api: Running) -> None:
    first, second = registered(api), registered(api)
    today = today_here().isoformat()
    group = {"group": "living_alone", "rests_on": "assessment", "begins": today}
    check = {"station": api.station, "method": "phone", "outcome": "confirmed"}
    health = {"purpose": "health", "form": "written", "begins": today}
    for path, body in (("groups", group), ("verifications", check), ("consents", health)):
        api.done(f"/persons/{first}/{path}", body)
    api.done("/person-mergers", {"kept": second, "absorbed": first, "reason": REASON})
    seen = api.get(f"/persons/{second}")
    assert [(held["group"], held["person"]) for held in seen["groups"]] == [("living_alone", first)]
    assert (seen["last_checked"], seen["last_checked_record"]) == (today, first)
    assert (seen["absorbed"], seen["consents"]) == ([first], [])
    (member,) = api.get("/priority-groups/living_alone/members", on=today)
    assert (member["person"], member["noted_on"]) == (second, [first])


def test_two_who_claim_a_number_at_once_are_told_apart(api: Running) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    people = [registered(api) for _ in range(6)]
    document = {"document": "id_card", "number": NUMBER}
    with ThreadPoolExecutor(6) as several:
        answers = list(
            several.map(lambda person: api.post(f"/persons/{person}/documents", document), people)
        )
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert codes <= {"registry.id_number_taken", "stale_version"}


def test_the_register_is_read_by_day_place_and_group(api: Running) -> None:
    here, gone = registered(api), registered(api, community="示例村")
    joined = {"group": "living_alone", "rests_on": "assessment", "begins": today_here().isoformat()}
    for person in (here, gone):
        api.done(f"/persons/{person}/groups", joined)
    death = {"died": today_here().isoformat(), "source": "community_committee"}
    api.done(f"/persons/{gone}/deaths", death)

    def listed(**query: str) -> set[str]:
        return {row["person"] for row in api.get("/persons", **query)["items"]}

    today = today_here().isoformat()
    assert listed() == {here, gone}
    assert listed(on=today) == {here}
    assert listed(community="示例村") == {gone}
    members = api.get("/priority-groups/living_alone/members", on=today)
    assert [row["person"] for row in members] == [here]
    assert "born" not in members[0]
    bands = api.get("/age-bands", on=today, edges=[60, 70, 80])
    assert sum(band["people"] for band in bands) == 1
    for never in ("0001-01-01", "9999-12-31"):
        listed(on=never)
        for path in ("/age-bands", "/priority-groups/advanced_age/members"):
            api.get(path, on=never)
    assert listed(on="9999-12-31") == {here}
    backwards = api.client.get("/api/v1/age-bands", params={"on": today, "edges": [70, 60]})
    assert (backwards.status_code, backwards.json()["field"]) == (422, "edges")
    api.done(f"/persons/{gone}/death-retractions", {"reason": REASON})
    assert listed(on=today) == {here, gone}
    ended = {"group": "living_alone", "ends": today}
    api.done(f"/persons/{here}/group-endings", ended)
    tomorrow = today_here(1).isoformat()
    members = api.get("/priority-groups/living_alone/members", on=tomorrow)
    assert [row["person"] for row in members] == [gone]


def test_moves_consents_and_legal_bases_are_recorded(api: Running) -> None:
    person, today = registered(api), today_here().isoformat()
    basis = {
        "purpose": "health",
        "legal_basis": "statutory_duty",
        "source": "法",
        "begins": today,
    }
    api.done(f"/persons/{person}/legal-bases", basis)
    api.done(f"/persons/{person}/health-facts", {"health": "高血压"})
    consent = {"purpose": "publicity", "form": "online", "begins": today}
    api.done(f"/persons/{person}/consents", consent)
    api.done(f"/persons/{person}/consent-withdrawals", {"purpose": "publicity", "ends": today})
    earlier = (today_here(-9)).isoformat()
    api.done(f"/persons/{person}/moves", {"moved": earlier})
    api.done(f"/persons/{person}/moves-back", {"returned": today})
    (away,) = api.get(f"/persons/{person}")["away"]
    assert (away["moved"], away["returned"]) == (earlier, today)
    api.done(f"/persons/{person}/moves", {"moved": today, "destination": "外省"})
    assert api.get(f"/persons/{person}")["here_until"] == today
    api.done(f"/persons/{person}/moves-back", {"returned": today})
    seen = api.get(f"/persons/{person}")
    assert (seen["here_until"], seen["consents"][0]["ends"]) == (None, today)


def test_the_register_of_a_day_leaves_out_who_was_away_then(house_url: str, tmp_path: Path) -> None:
    clock = SimulatedClock(SystemClock().now())
    with running(house_url, tmp_path / "home", clock) as api:
        api.settle()
        person = registered(api)
        days = [today_here(n) for n in range(3)]
        clock.set(clock.now() + timedelta(days=2))
        api.done(f"/persons/{person}/moves", {"moved": days[1].isoformat()})
        api.done(f"/persons/{person}/moves-back", {"returned": days[2].isoformat()})
        pages = [api.get("/persons", on=day.isoformat())["items"] for day in days]
        assert [len(page) for page in pages] == [1, 0, 1]


def test_the_register_of_a_day_has_a_merged_person_once_from_their_first_registration_on(
    house_url: str, tmp_path: Path
) -> None:
    clock = SimulatedClock(SystemClock().now())
    with running(house_url, tmp_path / "home", clock) as api:
        api.settle()
        first, other = registered(api), registered(api)
        clock.set(clock.now() + timedelta(days=2))
        second = registered(api)
        days = [(today_here(n)).isoformat() for n in range(-1, 3)]
        assert [len(_all_of(api, day)) for day in days] == [0, 2, 2, 3]
        for absorbed in (first, other):
            merger = {"kept": second, "absorbed": absorbed, "reason": REASON}
            api.done("/person-mergers", merger)
        assert [_all_of(api, day) for day in days] == [[], [second], [second], [second]]


def _all_of(api: Running, day: str) -> list[str]:
    """Return the register of a day, read in pages of one."""
    page = api.get("/persons", on=day, limit=1)
    found = [row["person"] for row in page["items"]]
    while page["next"] is not None:
        page = api.get("/persons", on=day, limit=1, cursor=page["next"])
        found += [row["person"] for row in page["items"]]
    return found


def test_after_a_request_for_erasure_nothing_is_added(api: Running) -> None:
    person = registered(api)
    api.done(f"/persons/{person}/erasure-requests", {"by": "person", "reason": "own_wish"})
    refused = api.post(f"/persons/{person}/risk-tiers", {"tier": "key"})
    assert (refused.status_code, refused.json()["code"]) == (409, "registry.erased")
    assert api.get(f"/persons/{person}")["erasure"] == "requested"


def test_a_household_from_forming_to_dissolving(api: Running) -> None:
    head, other, today = registered(api), registered(api), today_here().isoformat()
    formed = {
        "station": api.station,
        "head": head,
        "community": "示例社区",
        "begins": today,
        "address": "3 号楼 2 单元",
    }
    home = api.done("/households", formed)["stream"]
    member = {"person": other, "role": "spouse", "begins": today}
    api.done(f"/households/{home}/members", member)
    again = api.post("/households", {**formed, "head": other})
    assert (again.status_code, again.json()["code"]) == (409, "registry.two_households")
    api.done(f"/households/{home}/heads", {"head": other, "begins": today})
    assessed = {"kinds": ["minimum_living"], "begins": today}
    api.done(f"/households/{home}/hardship-assessments", assessed)
    seen = api.get(f"/households/{home}")
    assert {row["person"]: row["role"] for row in seen["members"]} == {
        head: "other",
        other: "head",
    }
    assert (seen["ends"], seen["hardship"][0]["kind"]) == (None, "minimum_living")
    assert "3 号楼" not in str(seen)
    api.done(f"/households/{home}/departures", {"person": head, "ends": today})
    assert api.get(f"/persons/{head}")["household"] is None
    api.done(f"/households/{home}/dissolutions", {"last_day": today, "reason": "moved_away"})
    assert [row["ends"] for row in api.get("/households")["items"]] == [today]
    assert api.get("/households", on=today_here(1).isoformat())["items"] == []


def test_staff_from_hiring_to_leaving(api: Running) -> None:
    worker, backup, intern = taken_on(api), taken_on(api), taken_on(api, intern=True)
    today = today_here().isoformat()
    role = {"station": api.station, "role": "worker", "begins": today}
    api.done(f"/staff/{worker}/roles", role)
    pair = {"colleague": backup, "begins": today}
    api.done(f"/staff/{worker}/backups", pair)
    api.done(f"/staff/{worker}/supervisors", pair)
    api.done(f"/staff/{intern}/mentors", pair)
    own = api.post(f"/staff/{worker}/backups", {"colleague": worker, "begins": today})
    assert (own.json()["code"], own.json()["field"]) == ("staff.own_backup", "backup")
    level = {"level": "social_worker", "certificate": "2018001234"}
    api.done(f"/staff/{worker}/qualifications", level)
    absence = {"begins": today, "ends": today, "reason": "sick"}
    api.done(f"/staff/{worker}/absences", absence)
    ended = {"station": api.station, "role": "worker", "ends": today, "reason": "转岗"}
    api.done(f"/staff/{worker}/role-endings", ended)
    seen = api.get(f"/staff/{worker}")
    assert (seen["backup"], seen["supervisor"], seen["ends"]) == (backup, backup, None)
    assert [held["ends"] for held in seen["roles"]] == [today]
    assert len(seen["absences"]) == len(seen["qualifications"]) == 1
    for word in ("王小明", "2018001234"):
        assert word not in str(seen)
    left = {"last_day": today, "handed_to": backup}
    api.done(f"/staff/{worker}/leavings", left)
    assert len(api.get("/staff", here_on=today_here(1).isoformat())["items"]) == 2
    api.done(f"/staff/{worker}/returns", {"begins": today, "reason": "合同续签"})
    assert len(api.get("/staff", here_on=today_here(1).isoformat())["items"]) == 3


def test_a_station_opens_changes_closes_and_goes_to_another_operator(api: Running) -> None:
    place, today = f"/stations/{api.station}", today_here().isoformat()
    branch = new_id()
    opened = {"sub_station": branch, "name": "示例社工室", "community": "示例社区"}
    api.done(f"{place}/sub-stations", opened)
    api.done(f"{place}/service-areas", {"communities": ["示例社区", "示例村"]})
    api.done(f"{place}/policies", {"policy": "档案管理", "policy_version": 1})
    api.done(f"{place}/sub-stations/{branch}/closings", {"reason": "场地收回"})
    api.follow()
    api.done(f"{place}/closings", {"last_day": today, "reason": "合同到期"})
    api.done(f"{place}/reopenings", {"reason": "合同续签"})
    api.sign_in(Principal(actor=new_id(), role="administrator"))
    operators = {"name": "另一家社会工作服务中心", "uscc": "91110000802100433B"}
    other = api.done("/operators", operators)["stream"]
    api.done(f"/operators/{other}/aliases", {"alias": "另一家"})
    api.done(f"/operators/{other}/suspensions", {"reason": "停业整顿"})
    transfer = {"new_operator": other, "begins": today, "handover": ["档案 120 份"]}
    refused = api.post(f"{place}/transfers", transfer)
    assert refused.json()["code"] == "organisation.operator_suspended"
    api.done(f"/operators/{other}/resumptions", {"reason": "整顿完成"})
    api.done(f"{place}/transfers", transfer)
    api.as_role("worker")
    late = api.post("/persons", elder(api))
    assert (late.status_code, late.json()["code"]) == (409, "station.ended")


def test_a_worker_with_open_cases_does_not_leave(api: Running) -> None:
    worker, other = taken_on(api), taken_on(api)
    opened = {"station": api.station, "client": registered(api), "case_type": "loneliness"}
    case = api.done("/cases", opened | {"worker": worker})["stream"]
    api.follow()
    left = api.post(f"/staff/{worker}/leavings", {"last_day": today_here().isoformat()})
    assert (left.status_code, left.json()["code"]) == (409, "staff.open_cases")
    assert left.json()["details"] == {"cases": 1}
    api.done(f"/cases/{case}/handovers", {"worker": other, "reason": "leave"})
    api.follow()
    api.done(f"/staff/{worker}/leavings", {"last_day": today_here().isoformat()})


def test_leaving_waits_until_the_views_have_caught_up(
    api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.handing_over.WAIT_SECONDS", 0.2)
    worker = taken_on(api)
    left = api.post(f"/staff/{worker}/leavings", {"last_day": today_here().isoformat()})
    assert (left.status_code, left.json()["code"]) == (503, "position_not_reached")
