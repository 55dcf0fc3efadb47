"""A small station's life in which everything that can be said about a person is said once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from api.visit import OF_A_HOME_VISIT
from domain.clock import SHANGHAI
from domain.identity import Id, new_id
from tests.integration.speaking import Speaker

TODAY = datetime.now(UTC).astimezone(SHANGHAI).date()
DAY, LATER = TODAY.isoformat(), (TODAY + timedelta(days=60)).isoformat()
REASON = {"code": "entry_error", "text": "录入时看错了"}
CONSENT = {"kind": "consent", "purpose": "service", "form": "written", "begins": DAY}


def live(speaker: Speaker) -> Id:
    """Play all of it and return one of the clients."""
    supervisor, colleague = staff(speaker)
    client = people(speaker)
    visits(speaker, client)
    case_to_its_end(speaker, client, supervisor, colleague)
    case_in_crisis(speaker, client)
    group(speaker, client)
    activities(speaker, client)
    relief(speaker, client)
    return client


def staff(speaker: Speaker) -> tuple[Id, Id]:
    """Take three people on, of whom one leaves; return a supervisor and a colleague."""
    operator, station = speaker.api.operator, speaker.api.station
    taken = [speaker.say("/staff", {"operator": operator, "begins": DAY})["stream"] for _ in "abc"]
    for one, role in zip(taken, ("supervisor", "worker"), strict=False):
        place = {"station": station, "role": role, "begins": DAY}
        speaker.say("/staff/{staff}/roles", place, staff=one)
    speaker.say("/staff/{staff}/qualifications", {"level": "social_worker"}, staff=taken[0])
    speaker.say("/staff/{staff}/leavings", {"last_day": DAY}, staff=taken[2])
    return taken[0], taken[1]


def registered(speaker: Speaker, born: str = "1949-12-31", **more: Any) -> Id:
    """Register somebody at the station."""
    sent = {"station": speaker.api.station, "birth": {"day": born}, "community": "示例社区"}
    stream: Id = speaker.say("/persons", {**sent, **more})["stream"]
    return stream


def people(speaker: Speaker) -> Id:
    """Register a child, one who moves away and one who stays, with all that is noted of them."""
    child = (TODAY - timedelta(days=3000)).isoformat()
    registered(speaker, child, grounds=[dict(CONSENT)])
    person = registered(speaker)
    notes: dict[str, dict[str, Any]] = {
        "details-corrections": {"reason": REASON},
        "details-changes": {"begins": DAY},
        "documents": {"document": "passport"},
        "groups": {"group": "living_alone", "rests_on": "certificate", "begins": DAY},
        "consents": {"purpose": "health", "form": "written", "begins": DAY},
        "health-facts": {},
        "contacts": {"contact": "wechat"},
        "residences": {"residence": "seasonal", "begins": DAY},
    }
    for path, body in notes.items():
        speaker.say(f"/persons/{{person}}/{path}", body, person=person)
    moved = {"moved": DAY}
    speaker.say("/persons/{person}/moves", moved, person=registered(speaker))
    home = {"station": speaker.api.station, "community": "示例社区", "begins": DAY}
    speaker.say("/households", {**home, "head": person})
    speaker.say("/person-searches", {})
    return person


def visits(speaker: Speaker, client: Id) -> None:
    """Visit, serve and call somebody, and put one note right."""
    for kind in ("home_visit", "home_service", "phone_contact"):
        there = [{"person": client}]
        sent = {"station": speaker.api.station, "kind": kind, "minutes": 20, "attendance": there}
        speaker.say("/visits", sent, () if kind == "home_visit" else OF_A_HOME_VISIT)


def opened(speaker: Speaker, client: Id, kind: str, **more: Any) -> Id:
    """Open a case."""
    sent = {"station": speaker.api.station, "client": client, "case_type": kind}
    case: Id = speaker.say("/cases", {**sent, "audience": "elderly", **more})["stream"]
    return case


def plan() -> dict[str, Any]:
    """Return a plan with one goal."""
    return {"goals": [{"number": 1, "measure": "UCLA-20", "due": LATER}]}


def case_to_its_end(speaker: Speaker, client: Id, supervisor: Id, colleague: Id) -> None:
    """Take one case from the enquiry to the follow-up and back again; reject another."""
    asked = {"station": speaker.api.station, "client": client, "source": "self"}
    enquiry = speaker.say("/case-enquiries", {**asked, "case_type": "debt"})["stream"]
    speaker.say("/cases/{case}/rejection", {"reason": "not_our_area"}, case=enquiry)
    case = speaker.say("/case-enquiries", {**asked, "case_type": "loneliness"})["stream"]
    opened(speaker, client, "loneliness", enquiry=case)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("agreements", {}),
        ("assessments", {"dimensions": [{"dimension": "social"}]}),
        ("plans", plan()),
        ("sessions", {"minutes": 50, "method": "home"}),
        ("progress", {"goal": 1, "value": 45}),
        ("collateral-contacts", {"contacted": "school"}),
        ("reviews", {"decision": "continue", "level": "key"}),
        ("supervisions", {"supervisor": supervisor}),
        ("plans", {**plan(), "reason": "new_need"}),
        ("suspension", {"reason": "away"}),
        ("resumption", {"reason": "back"}),
        ("handovers", {"worker": colleague, "reason": "leave"}),
        ("evaluations", {"attainment": [{"goal": 1, "attained": "met"}], "client_rating": 5}),
        ("closing", {"closure": "goals_met"}),
        ("follow-ups", {"status": "stable"}),
        ("reopening", {"reason": "needs_again"}),
    ]
    for path, body in steps:
        first_plan = path == "plans" and "reason" not in body
        unsaid = ("note",) if first_plan else ()
        speaker.say(f"/cases/{{case}}/{path}", body, unsaid, case=case)


def case_in_crisis(speaker: Speaker, client: Id) -> None:
    """Meet a crisis, and refer a case on."""
    case = opened(speaker, client, "crisis")
    crisis = speaker.say("/cases/{case}/crises", {"type": "suicide"}, case=case)["events"][0]
    for path, body in (
        ("crisis-actions", {"crisis": crisis, "action": "hotline"}),
        ("mandatory-reports", {"crisis": crisis, "authority": "派出所"}),
        ("crisis-clearances", {"crisis": crisis}),
    ):
        speaker.say(f"/cases/{{case}}/{path}", body, case=case)
    for last in ({"step": "outcome", "outcome": "served"}, {"step": "declined", "reason": "full"}):
        on = {"to": "区养老院", "extent": "whole_case"}
        referral = speaker.say("/cases/{case}/referrals", on, case=case)["events"][0]
        steps = ["consented", "sent", *(["accepted"] if last["step"] == "outcome" else [])]
        for step in (*({"step": name} for name in steps), last):
            unsaid = () if step is last else ("note",)
            sent = {"referral": referral, **step}
            speaker.say("/cases/{case}/referral-steps", sent, unsaid, case=case)


def group(speaker: Speaker, client: Id) -> None:
    """Hold a group's only session, note how a member fares, and let them go."""
    planned = {"title": "智能，不落伍", "aims": ["学会使用手机"], "audience": "elderly"}
    size = {"variant": "learning", "sessions": 1, "size_min": 1, "size_max": 5}
    sent = {"station": speaker.api.station, **planned, **size}
    group = speaker.say("/groups", sent)["stream"]
    member = {"member": client}
    speaker.say("/groups/{group}/members", dict(member), group=group)
    held = {"number": 1, "phase": "formation", "minutes": 90, "attendance": [{"person": client}]}
    speaker.say("/groups/{group}/meetings", held, group=group)
    speaker.say("/groups/{group}/progress", {**member, "score": 4}, group=group)
    speaker.say("/groups/{group}/leavings", {**member, "reason": "moved"}, group=group)


def activities(speaker: Speaker, client: Id) -> None:
    """Sign somebody up for an outing, and hear what they thought of it."""
    said = {"title": "外出", "kind": "outing", "audience": "elderly"}
    plan = {"station": speaker.api.station, **said, "aims": ["增进交往"], "planned_on": DAY}
    activity = speaker.say("/activities", plan)["stream"]
    speaker.say("/activities/{id}/reviews", {"outcome": "approved"}, id=activity)
    one = {"count": 1, "person": client}
    speaker.say("/activities/{id}/registrations", dict(one), id=activity)
    speaker.say("/activities/{id}/safety-agreements", dict(one), id=activity)
    held = {"kind": "outing", "title": "外出", "attendance": [{"person": client}]}
    speaker.say("/activities/{id}/holding", held, id=activity)
    answered = {"responses": 1, "satisfied": 1, "person": client}
    speaker.say("/activities/{id}/feedback", answered, id=activity)


def relief(speaker: Speaker, client: Id) -> None:
    """Be promised one gift and given another, which goes to whoever needs it."""
    station = {"station": speaker.api.station}
    speaker.say("/donations", {**station, "kind": "goods", "value": 50_000})
    lot = new_id()
    goods = {"name": "大米", "quantity": 5, "unit": "袋", "value": 25_000, "stock_item": lot}
    given = {"kind": "goods", "goods": [goods], "valuation": "invoice"}
    speaker.say("/received-donations", {**station, **given})
    asked = {"category": "goods", "item": "米", "purpose": "winter_relief", "person": client}
    need = speaker.say("/needs", {**station, **asked})["stream"]
    speaker.say("/needs/{id}/verifications", {}, id=need)
    signature = speaker.api.client.post(
        "/api/v1/attachments",
        params=station,
        content=b"\xff\xd8\xff\xe0 signature",
        headers={"Content-Type": "image/jpeg", "Idempotency-Key": new_id()},
    ).json()["stream"]
    delivery = {
        "lines": [{"supply": lot, "name": "大米", "quantity": 1, "unit": "袋"}],
        "attendance": [{"person": client}],
        "receiver": client,
        "signature": signature,
        "emergency": True,
    }
    made = speaker.say("/needs/{id}/deliveries", delivery, id=need)["events"][0]
    fit = {"delivery": made, "fit": "fitting", "person": client}
    speaker.say("/needs/{id}/follow-ups", fit, id=need)
