"""Cases over HTTP: a life from enquiry to archive, the caseload, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from domain.clock import SimulatedClock, SystemClock
from domain.identity import new_id
from domain.principal import Principal
from domain.station import PolicyAdopted, change_station
from tests.integration.cases import WORDS, in_days, opened, opening, plan
from tests.integration.http import Running, running
from tests.integration.registered import carried_out, person


def refused(api: Running, path: str, body: dict[str, Any]) -> tuple[int, str, str | None]:
    answer = api.post(path, body)
    problem = answer.json()
    return answer.status_code, problem["code"], problem.get("field")


def test_a_case_is_taken_from_enquiry_to_archive_and_read_at_every_stage(api: Running) -> None:
    client = person(api)
    asked = {"station": api.station, "client": client, "case_type": "loneliness"}
    case = api.done("/case-enquiries", {**asked, "source": "self", "content": WORDS})["stream"]
    stages = [api.get(f"/cases/{case}")["stage"]]

    def then(path: str, body: dict[str, Any]) -> None:
        api.done(f"/cases/{case}/{path}", body)
        stages.append(api.get(f"/cases/{case}")["stage"])

    api.done("/cases", opening(api, client, enquiry=case))
    then("number", {"number": "ELD-C001"})
    then("agreements", {})
    found = [{"dimension": "social", "finding": WORDS}]
    then("assessments", {"dimensions": found, "scores": [{"instrument": "UCLA-20", "value": 52}]})
    dropped = refused(api, f"/cases/{case}/plans", {**plan(api), "note": WORDS})
    assert dropped == (422, "invalid", "note")
    then("plans", plan(api))
    then("sessions", {"minutes": 50, "method": "home", "content": WORDS, "next_step": WORDS})
    then("progress", {"goal": 1, "value": 45, "note": WORDS})
    then("collateral-contacts", {"contacted": "school"})
    then("reviews", {"decision": "continue", "level": "key"})
    then("supervisions", {"supervisor": new_id(), "advice": WORDS})
    then("plans", {**plan(api), "reason": "new_need"})
    then("suspension", {"reason": "away", "note": WORDS})
    then("resumption", {"reason": "back"})
    then("evaluations", {"attainment": [{"goal": 1, "attained": "met"}], "client_rating": 5})
    then("closing", {"closure": "goals_met", "summary": WORDS})
    then("follow-ups", {"status": "stable"})
    nobody = refused(api, f"/cases/{case}/archiving", {"box": "A-07", "about": client})
    assert nobody == (422, "invalid", "about")
    then("archiving", {"box": "A-07"})
    assert list(dict.fromkeys(stages)) == [
        "received", "accepted", "assessed", "planned", "intervening", "evaluated", "closed",
        "following_up", "archived",
    ]  # fmt: skip
    shown = api.get(f"/cases/{case}")
    figures = ("number", "level", "closure", "sessions", "minutes", "overdue")
    assert [shown[name] for name in figures] == ["ELD-C001", "key", "goals_met", 1, 50, False]
    assert [held["minutes"] for held in shown["held"]] == [50]
    fed = api.client.get("/api/v1/events").text
    assert WORDS not in fed
    assert f'"retention_until":"{api.built.clock.now().date().year + 10}-' in fed


def test_without_an_evaluation_a_case_closes_only_when_the_client_is_gone(api: Running) -> None:
    case = opened(api, person(api))
    path = f"/cases/{case}/closing"
    met = refused(api, path, {"closure": "goals_met"})
    assert met == (409, "case.close_without_evaluation", "closure")
    silent = refused(api, path, {"closure": "moved_away"})
    assert silent == (422, "case.close_without_reason", "reason")
    api.done(path, {"closure": "moved_away", "reason": WORDS})
    api.done(f"/cases/{case}/reopening", {"reason": "came_back", "note": WORDS})
    assert api.get(f"/cases/{case}")["stage"] == "accepted"


def test_one_open_case_of_a_type_and_none_for_strangers(api: Running) -> None:
    client = person(api)
    opened(api, client)
    again = refused(api, "/cases", opening(api, client))
    assert again == (409, "case.already_open", "client")
    opened(api, client, case_type="relief")
    assert refused(api, "/cases", opening(api, new_id())) == (404, "not_found", "client")
    nobody = {"station": api.station, "case_type": "loneliness"}
    assert refused(api, "/cases", nobody) == (422, "case.no_client", "client")


def test_an_open_case_at_another_station_is_warned_of_and_not_shown(api: Running) -> None:
    client = person(api)
    api.as_role("operator_manager")
    other = api.done(
        "/stations",
        {
            "operator": api.operator,
            "name": "示例镇社工站",
            "region_code": "620102002",
            "purchaser": "示例镇人民政府",
            "overseer": "示例区民政局",
        },
    )["stream"]
    there = api.done("/cases", opening(api, client, station=other, worker=new_id()))
    assert there["warnings"] == []
    here = Principal(
        actor=api.worker, role="worker", operator=api.operator, stations=(api.station,)
    )
    api.sign_in(here)
    key = new_id()
    first = api.post("/cases", opening(api, client), **{"Idempotency-Key": key}).json()
    (warning,) = first["warnings"]
    assert (warning["code"], warning["other"]) == ("case.open_elsewhere", client)
    again = api.post("/cases", opening(api, client), **{"Idempotency-Key": key}).json()
    assert again == {**first, "repeated": True}
    assert [case["case_id"] for case in api.get("/cases")["items"]] == [first["stream"]]
    fed = api.client.get("/api/v1/events", params={"limit": 1000}).text
    assert first["stream"] in fed
    assert there["stream"] not in fed + str(first)
    assert other not in str(first)


def test_a_policy_of_the_station_asks_for_an_approval(api: Running) -> None:
    case = opened(api, person(api))
    policy = PolicyAdopted(policy="case_closure_approval", policy_version=1)
    carried_out(api, lambda desk, entry: change_station(desk, entry, api.station, policy))
    gone = {"closure": "lost_contact", "reason": WORDS}
    missing = refused(api, f"/cases/{case}/closing", gone)
    assert missing == (422, "case.approval_missing", "approved_by")
    own = refused(api, f"/cases/{case}/closing", {**gone, "approved_by": api.worker})
    assert own == (422, "case.own_approval", "approved_by")
    api.done(f"/cases/{case}/closing", {**gone, "approved_by": new_id()})


def test_a_crisis_is_flagged_acted_on_and_cleared_before_the_case_closes(api: Running) -> None:
    case = opened(api, person(api))
    crisis = api.done(f"/cases/{case}/crises", {"type": "suicide", "signs": WORDS})["events"][0]
    assert api.get(f"/cases/{case}")["in_crisis"] is True
    gone = {"closure": "withdrew", "reason": WORDS}
    assert refused(api, f"/cases/{case}/closing", gone)[:2] == (409, "case.crisis_open")
    api.done(f"/cases/{case}/crisis-actions", {"crisis": crisis, "action": "hotline"})
    api.done(f"/cases/{case}/mandatory-reports", {"crisis": crisis, "authority": "派出所"})
    api.done(f"/cases/{case}/crisis-clearances", {"crisis": crisis})
    unknown = refused(api, f"/cases/{case}/crisis-clearances", {"crisis": new_id()})
    assert unknown == (404, "case.no_such_crisis", "crisis")
    api.done(f"/cases/{case}/closing", gone)


def test_a_referral_goes_step_by_step(api: Running) -> None:
    case = opened(api, person(api))
    whole = {"to": "区养老院", "extent": "whole_case", "reason": WORDS}
    it = {"referral": api.done(f"/cases/{case}/referrals", whole)["events"][0]}
    path = f"/cases/{case}/referral-steps"
    noted = refused(api, path, {**it, "step": "consented", "note": WORDS})
    assert noted == (422, "invalid", "note")
    early = refused(api, path, {**it, "step": "sent"})
    assert early == (422, "case.referral_without_consent", "referral")
    for step in ("consented", "sent"):
        api.done(path, {**it, "step": step})
    assert refused(api, path, {**it, "step": "declined"}) == (422, "invalid", "reason")
    api.done(path, {**it, "step": "accepted"})
    api.done(path, {**it, "step": "outcome", "outcome": "served", "note": WORDS})
    assert api.get(f"/cases/{case}")["referred"] is True
    other = {"referral": api.done(f"/cases/{case}/referrals", whole)["events"][0]}
    for step in ("consented", "sent"):
        api.done(path, {**other, "step": step})
    api.done(path, {**other, "step": "declined", "reason": "full"})


def test_an_enquiry_is_rejected_with_a_code_and_sealed_words(api: Running) -> None:
    asked = {"station": api.station, "case_type": "debt", "source": "self"}
    nobody = refused(api, "/case-enquiries", {**asked, "content": WORDS})
    assert nobody == (422, "invalid", "about")
    case = api.done("/case-enquiries", asked)["stream"]
    free = refused(api, f"/cases/{case}/rejection", {"reason": WORDS})
    assert free == (422, "invalid", "reason")
    api.done(f"/cases/{case}/rejection", {"reason": "not_our_area"})
    assert api.get(f"/cases/{case}")["stage"] == "rejected"


def test_words_about_somebody_else_are_sealed_under_their_own_key(api: Running) -> None:
    client, daughter = person(api), person(api, "王女儿")
    case = opened(api, client)
    unknown = {"contacted": "daughter", "content": WORDS, "about": new_id()}
    path = f"/cases/{case}/collateral-contacts"
    assert refused(api, path, unknown) == (404, "not_found", "about")
    event = api.done(path, {**unknown, "about": daughter})["events"][0]
    assert api.built.records.find(event)[1].facts.content.person == daughter  # type: ignore[index]


def test_the_caseload_says_who_is_due_and_overdue_on_a_day(api: Running) -> None:
    first = opened(api, person(api))
    second = opened(api, person(api), level="urgent")
    today = {line["case_id"]: line for line in api.get("/caseload")["items"]}
    assert set(today) == {first, second}
    assert [today[first][name] for name in ("due", "overdue")] == [in_days(api, 7), False]
    later = api.get("/caseload", station=api.station, day=in_days(api, 8))["items"]
    assert [line["overdue"] for line in later] == [True, True]
    (load,) = api.get(f"/stations/{api.station}/loads", day=in_days(api, 8))
    figures = ("worker", "open", "urgent", "overdue")
    assert [load[name] for name in figures] == [api.worker, 2, 1, 2]
    page = api.get("/caseload", limit=1)
    rest = api.get("/caseload", limit=1, cursor=page["next"])
    assert {page["items"][0]["case_id"], rest["items"][0]["case_id"]} == {first, second}
    assert rest["next"] is None


def test_the_caseload_of_a_day_is_of_the_cases_that_were_open_then(
    house_url: str, tmp_path: Path
) -> None:
    clock = SimulatedClock(SystemClock().now())
    with running(house_url, tmp_path / "home", clock) as api:
        api.settle()
        first = opened(api, person(api))
        clock.set(clock.now() + timedelta(days=1))
        second = opened(api, person(api))
        api.done(f"/cases/{first}/closing", {"closure": "lost_contact", "reason": WORDS})
        api.done(f"/cases/{second}/sessions", {"minutes": 50, "content": WORDS})
        days = [in_days(api, number) for number in (-2, -1, 0)]
        asked = [api.get("/caseload", day=day)["items"] for day in days]
        assert [[one["case_id"] for one in each] for each in asked] == [[], [first], [second]]
        loads = [api.get(f"/stations/{api.station}/loads", day=day) for day in days]
        assert [[(one["open"], one["sessions"]) for one in each] for each in loads] == [
            [], [(1, 0)], [(1, 1)],
        ]  # fmt: skip
        shown = [api.get(f"/cases/{second}", day=day) for day in days]
        assert [(one["sessions"], len(one["held"])) for one in shown] == [(0, 0), (0, 0), (1, 1)]


def test_the_operators_own_threshold_decides_from_when_it_was_set(api: Running) -> None:
    case = opened(api, person(api))
    before = api.get("/caseload")["position"]
    thresholds = [{"name": "days", "value": 14}]
    own = {"operator": api.operator, "thresholds": thresholds, "reason": "乡镇路远"}
    api.done("/alert-rules/AL-01/changes", own)
    day = in_days(api, 8)
    now: dict[str, int] = {}
    for known, due, overdue in ((now, 14, False), ({"known_at": before}, 7, True)):
        (line,) = api.get("/caseload", day=day, **known)["items"]
        shown = api.get(f"/cases/{case}", day=day, **known)
        for one in (line, shown):
            assert (one["due"], one["overdue"]) == (in_days(api, due), overdue)
        (load,) = api.get(f"/stations/{api.station}/loads", day=day, **known)
        assert load["overdue"] == overdue


def test_a_handed_over_case_is_another_workers(api: Running) -> None:
    case, colleague = opened(api, person(api)), new_id()
    api.done(f"/cases/{case}/handovers", {"worker": colleague, "reason": "leave"})
    assert api.get("/caseload", worker=api.worker)["items"] == []
    assert [row["case_id"] for row in api.get("/cases", worker=colleague)["items"]] == [case]


def test_a_session_is_corrected_and_held_to_the_case(api: Running) -> None:
    case = opened(api, person(api))
    event = api.done(f"/cases/{case}/sessions", {"minutes": 30})["events"][0]
    path = f"/records/{event}/corrections"
    reason = {"code": "entry_error", "text": "分钟数录入错误"}
    long = refused(api, path, {"facts": {"minutes": 481}, "reason": reason})
    assert long == (422, "bounds.number", "facts.minutes")
    api.done(path, {"facts": {"minutes": 45}, "reason": reason})
    assert api.get(f"/cases/{case}")["minutes"] == 45
    api.done(f"/records/{event}/voidings", {"reason": reason})
    assert api.get(f"/cases/{case}")["held"] == []


def test_a_case_opened_in_error_is_voided_and_opened_for_the_right_person(api: Running) -> None:
    client = person(api)
    made = api.done("/cases", opening(api, client))
    reason = {"code": "wrong_person", "text": "选错了服务对象"}
    path = f"/records/{made['events'][0]}"
    api.done(f"{path}/voidings", {"reason": reason})
    assert api.get(f"/cases/{made['stream']}")["stage"] == "withdrawn"
    opened(api, client)
    back = refused(api, f"{path}/reinstatements", {"reason": reason})
    assert back == (409, "case.already_open", "client")


def test_a_step_on_a_version_that_has_moved_on_is_refused(api: Running) -> None:
    case = opened(api, person(api))
    path, body = f"/cases/{case}/number", {"number": "C1"}
    stale = api.post(path, body, **{"If-Match": '"9"'})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    assert api.post(path, body, **{"If-Match": '"1"'}).status_code == 201


def test_another_operators_cases_are_as_if_they_were_not_there(api: Running) -> None:
    case = opened(api, person(api))
    api.get("/cases")
    api.as_role("operator_manager", operator=new_id())
    assert api.get("/cases")["items"] == []
    assert api.get("/caseload")["items"] == []
    assert api.client.get(f"/api/v1/cases/{case}").status_code == 404
    assert refused(api, f"/cases/{case}/sessions", {})[0] == 404
