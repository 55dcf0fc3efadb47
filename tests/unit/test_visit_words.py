"""What a visit says of somebody: by what right, and that it is kept sealed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.identity import derived_id
from domain.private import Purpose, private
from domain.visit import HomeVisitMade, record_visit
from tests.casework import CLIENT, COLLEAGUE, HOUSEHOLD, CaseworkDesk
from tests.doors import REASON, made_of
from tests.neighbours import Neighbour
from tests.station import SCOPE, TODAY, WORKER, entry, principal, refused

NEIGHBOUR = derived_id("neighbour")


@pytest.fixture
def desk() -> CaseworkDesk:
    return CaseworkDesk()


def found(purpose: Purpose) -> HomeVisitMade:
    words = private(CLIENT, purpose, "血压偏高")
    seen = (Attendance(person=CLIENT),)
    return HomeVisitMade(kind="home_visit", attendance=seen, condition=words)


def test_words_about_health_need_a_consent_and_others_none(desk: CaseworkDesk) -> None:
    with refused("forbidden", "condition"):
        record_visit(desk, entry(), SCOPE, found("health"))
    assert desk.log == []
    record_visit(desk, entry(), SCOPE, found("casework"))
    desk.client.health_until = TODAY
    made = record_visit(desk, entry(), SCOPE, found("health"))
    assert made_of(desk, made.stream).condition.sealed


def test_a_consent_that_has_ended_covers_nothing_new(desk: CaseworkDesk) -> None:
    desk.client.health_until = TODAY - timedelta(days=1)
    with refused("forbidden", "condition"):
        record_visit(desk, entry(), SCOPE, found("health"))


def test_a_correction_brings_in_words_about_health_with_consent_only(desk: CaseworkDesk) -> None:
    seen = (Attendance(person=CLIENT),)
    facts = HomeVisitMade(kind="home_visit", attendance=seen)
    made = record_visit(desk, entry(), SCOPE, facts)
    said = {"condition": {"person": CLIENT, "purpose": "health", "text": "血压偏高"}}
    with refused("forbidden", "condition"):
        correct_record(desk, entry(), made.stream, made.events[0], said, REASON)
    desk.client.health_until = TODAY
    correct_record(desk, entry(), made.stream, made.events[0], said, REASON)
    assert made_of(desk, made.stream).condition.purpose == "health"


def test_what_was_said_with_consent_stays_when_the_consent_has_ended(desk: CaseworkDesk) -> None:
    desk.client.health_until = TODAY
    made = record_visit(desk, entry(), SCOPE, found("health"))
    desk.client.health_until, target = None, made.events[0]
    correct_record(desk, entry(), made.stream, target, {"minutes": 20}, REASON)
    void_record(desk, entry(), made.stream, target, REASON)
    reinstate_record(desk, entry(), made.stream, target, REASON)
    assert made_of(desk, made.stream).condition.purpose == "health"


def test_words_about_the_health_of_somebody_unknown_are_refused(desk: CaseworkDesk) -> None:
    seen = (Attendance(role="resident", source="counted"),)
    words = private(TODAY.isoformat(), "health", "血压偏高")
    with refused("not_found", "condition"):
        record_visit(
            desk,
            entry(),
            SCOPE,
            HomeVisitMade(kind="home_visit", attendance=seen, condition=words),
        )


def test_a_correction_moves_nobodys_words_under_another_key(desk: CaseworkDesk) -> None:
    made = record_visit(desk, entry(), SCOPE, found("casework"))
    target = made.events[0]
    for other in (WORKER, COLLEAGUE):
        said = {"condition": {"person": other, "purpose": "casework", "text": "血压偏高"}}
        with refused("own_words.other_person", "facts.condition"):
            correct_record(desk, entry(), made.stream, target, said, REASON)
        new = {"needs": {"person": other, "purpose": "casework", "text": "想装扶手"}}
        with refused("own_words.other_person", "facts.needs"):
            correct_record(desk, entry(), made.stream, target, new, REASON)
        helped = {"attendance": [{"person": CLIENT}, {"person": other, "role": "worker"}]}
        with refused("own_words.other_person", "facts.needs"):
            correct_record(desk, entry(), made.stream, target, {**new, **helped}, REASON)
    own = {"condition": {"person": CLIENT, "purpose": "casework", "text": "血压正常"}}
    correct_record(desk, entry(), made.stream, target, own, REASON)
    assert made_of(desk, made.stream).condition.person == CLIENT


def test_where_two_were_met_the_words_of_one_do_not_become_the_others(desk: CaseworkDesk) -> None:
    desk.neighbours["person", NEIGHBOUR] = Neighbour()
    desk.client.health_until = TODAY
    both = (Attendance(person=CLIENT), Attendance(person=NEIGHBOUR))
    facts = HomeVisitMade(
        kind="home_visit", attendance=both, condition=private(CLIENT, "casework", "血压偏高")
    )
    made = record_visit(desk, entry(), SCOPE, facts)
    others = {"condition": {"person": NEIGHBOUR, "purpose": "casework", "text": "血压偏高"}}
    with refused("own_words.other_person", "facts.condition"):
        correct_record(desk, entry(), made.stream, made.events[0], others, REASON)
    for_health = {"condition": {"person": CLIENT, "purpose": "health", "text": "血压偏高"}}
    with refused("record.fixed_field", "facts.condition.purpose"):
        correct_record(desk, entry(), made.stream, made.events[0], for_health, REASON)


def test_what_the_register_says_of_one_who_was_met_is_not_said_of_the_other(
    desk: CaseworkDesk,
) -> None:
    desk.neighbours["person", NEIGHBOUR] = Neighbour()
    both = (Attendance(person=CLIENT), Attendance(person=NEIGHBOUR))
    made = record_visit(desk, entry(), SCOPE, HomeVisitMade(kind="home_visit", attendance=both))
    for field, value in (("household", HOUSEHOLD), ("groups", ["living_alone"])):
        sent = {"attendance": [{"person": CLIENT}, {"person": NEIGHBOUR, field: value}]}
        with refused("record.fixed_field", f"facts.attendance.1.{field}"):
            correct_record(desk, entry(), made.stream, made.events[0], sent, REASON)


def test_all_words_about_a_stranger_stay_under_one_key(desk: CaseworkDesk) -> None:
    """given words about somebody unknown, under the key of who wrote them / when a colleague adds
    some / then under that key too, so that one request erases them."""
    seen = (Attendance(role="resident", source="counted"),)
    words = private(WORKER, "casework", "血压偏高")
    facts = HomeVisitMade(kind="home_visit", attendance=seen, condition=words)
    made = record_visit(desk, entry(), SCOPE, facts)
    colleague = entry(principal=principal(actor=COLLEAGUE))
    said = {"needs": {"person": COLLEAGUE, "purpose": "casework", "text": "想装扶手"}}
    with refused("own_words.other_person", "facts.needs"):
        correct_record(desk, colleague, made.stream, made.events[0], said, REASON)
    said["needs"]["person"] = WORKER
    correct_record(desk, colleague, made.stream, made.events[0], said, REASON)


def test_words_go_over_to_whom_a_record_turns_out_to_be_about(desk: CaseworkDesk) -> None:
    desk.neighbours["person", NEIGHBOUR] = Neighbour()
    made = record_visit(desk, entry(), SCOPE, found("casework"))
    met = {
        "attendance": [{"person": NEIGHBOUR}],
        "condition": {"person": NEIGHBOUR, "purpose": "casework", "text": "血压偏高"},
    }
    correct_record(desk, entry(), made.stream, made.events[0], met, REASON)
    assert made_of(desk, made.stream).condition.person == NEIGHBOUR


def test_words_of_a_visit_that_names_a_household_only_are_of_who_heads_it(
    desk: CaseworkDesk,
) -> None:
    desk.neighbours["household", HOUSEHOLD] = Neighbour(head=CLIENT)
    seen = (Attendance(role="family", source="counted"),)
    facts = HomeVisitMade(kind="home_visit", household=HOUSEHOLD, attendance=seen)
    made = record_visit(desk, entry(), SCOPE, facts)
    said = {"needs": {"person": WORKER, "purpose": "casework", "text": "想装扶手"}}
    with refused("own_words.other_person", "facts.needs"):
        correct_record(desk, entry(), made.stream, made.events[0], said, REASON)
    said["needs"]["person"] = CLIENT
    correct_record(desk, entry(), made.stream, made.events[0], said, REASON)
    assert made_of(desk, made.stream).needs.person == CLIENT
