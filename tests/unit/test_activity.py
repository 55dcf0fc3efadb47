"""What may be recorded of an activity, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.activity import (
    Activity,
    announce_activity,
    hold_activity,
    plan_activity,
    plan_again,
    put_off_activity,
    record_activity,
    review_plan,
    sign_up,
)
from domain.activity_held import (
    ActivityHeld,
    Indirect,
    Zone,
)
from domain.activity_plan import (
    ActivityAnnounced,
    ActivityCancelled,
    ActivityPlanReviewed,
    ActivityPostponed,
    PlanSection,
    RegistrationTaken,
    SafetyAgreementSigned,
)
from domain.catalogue import activity_kinds
from domain.corrections import correct_record
from domain.counting import Attendance, person_times
from domain.event import Effective
from domain.identity import Id, derived_id
from tests.activities import (
    REASON,
    YESTERDAY,
    adopt,
    approval,
    elders,
    held,
    plan,
    planned,
    recorded,
)
from tests.neighbours import Choir, Neighbour, Neighbourhood
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry, refused

GRANNY, GRANDPA = derived_id("granny"), derived_id("grandpa")


def agreements(desk: MemoryDesk, activity: Id, count: int) -> None:
    sign_up(desk, entry(YESTERDAY), activity, RegistrationTaken(count=count))
    sign_up(desk, entry(YESTERDAY), activity, SafetyAgreementSigned(count=count))


def correct(desk: MemoryDesk, activity: Id, after: ActivityHeld, **how: Any) -> None:
    """Correct how an activity was held."""
    found = desk.load(Activity, activity)
    assert found.held is not None
    target = next(
        id for id, each in found.records.items() if isinstance(each.effective.facts, ActivityHeld)
    )
    at = entry(**how)
    found.correct(at, target, Effective(occurred=found.held.occurred, facts=after), REASON)
    desk.save(at, found)


def test_an_activity_is_planned_returned_approved_announced_and_held() -> None:
    desk = MemoryDesk()
    section = PlanSection(heading="emergency_plan", text="现场备急救箱")
    activity = plan(desk, approved=False, audience="disabled", sections=(section,))
    returned = ActivityPlanReviewed(outcome="returned", reviewer=WORKER, comments="补预算")
    review_plan(desk, entry(YESTERDAY), activity, returned)
    plan_again(desk, entry(YESTERDAY), activity, planned(budget=200_000, audience="disabled"))
    review_plan(desk, entry(YESTERDAY), activity, approval())
    announce_activity(desk, entry(YESTERDAY), activity, ActivityAnnounced(channels=("公告栏",)))
    hold_activity(desk, entry(), activity, held("integration", elders(20), minutes=180))
    facts = recorded(desk, activity)
    assert (facts.audience, facts.minutes, person_times(facts.attendance)) == ("disabled", 180, 20)
    assert not facts.late_approval(TODAY)


def test_a_kind_that_the_catalogue_lacks_is_refused() -> None:
    with refused("activity.unknown_kind", "kind"):
        plan_activity(MemoryDesk(), entry(), SCOPE, planned("party"))
    with refused("activity.unknown_kind", "kind"):
        record_activity(MemoryDesk(), entry(), SCOPE, held("party"))


def test_kinds_with_variants_need_one_of_theirs() -> None:
    for variant in (None, "yearly"):
        facts = held("needs_contact", elders(1), variant=variant)
        with refused("activity.unknown_variant", "variant"):
            record_activity(MemoryDesk(), entry(), SCOPE, facts)


def test_what_needs_a_plan_is_refused_without_an_approved_one() -> None:
    desk = MemoryDesk()
    with refused("activity.plan_not_approved"):
        record_activity(desk, entry(), SCOPE, held("integration", elders(20)))
    activity = plan(desk, approved=False)
    with refused("activity.plan_not_approved"):
        hold_activity(desk, entry(), activity, held("integration", elders(20)))
    returned = ActivityPlanReviewed(outcome="returned", reviewer=WORKER)
    review_plan(desk, entry(), activity, returned)
    with refused("activity.plan_not_approved"):
        hold_activity(desk, entry(), activity, held("integration", elders(20)))


def test_where_the_policy_allows_it_the_plan_shows_as_approved_late() -> None:
    desk = MemoryDesk()
    activity = plan(desk, approved=False)
    adopt(desk)
    hold_activity(desk, entry(), activity, held("integration", elders(20)))
    assert recorded(desk, activity).late_approval(TODAY)
    review_plan(desk, entry(), activity, approval())
    review = desk.facts(activity)[-1]
    assert isinstance(review, ActivityPlanReviewed)
    assert review.late


def test_an_approval_after_the_day_is_recorded_and_shows() -> None:
    desk = MemoryDesk()
    activity = plan(desk, approved=False)
    review_plan(desk, entry(TODAY), activity, approval())
    hold_activity(desk, entry(YESTERDAY), activity, held("integration", elders(20)))
    assert recorded(desk, activity).late_approval(YESTERDAY)


def test_a_review_after_the_planned_day_is_late_though_nothing_is_recorded_yet() -> None:
    """What needs its plan first is recorded after the review: else no review would show as late."""
    desk = MemoryDesk()
    for planned_on, late in ((TODAY, False), (YESTERDAY, True)):
        activity = plan(desk, approved=False, planned_on=planned_on)
        review_plan(desk, entry(), activity, approval())
        assert reviewed(desk, activity).late is late
    activity = plan(desk, approved=False, planned_on=YESTERDAY)
    put_off_activity(
        desk, entry(YESTERDAY), activity, ActivityPostponed(planned_on=TODAY, reason="rain")
    )
    review_plan(desk, entry(), activity, approval())
    assert not reviewed(desk, activity).late


def reviewed(desk: MemoryDesk, activity: Id) -> ActivityPlanReviewed:
    review = desk.facts(activity)[-1]
    assert isinstance(review, ActivityPlanReviewed)
    return review


def test_what_needs_no_plan_is_recorded_without_one() -> None:
    desk = MemoryDesk()
    made = record_activity(desk, entry(), SCOPE, held("drop_in", elders(7, source="counted")))
    assert not recorded(desk, made.stream).late_approval(TODAY)


def test_events_of_a_series_stand_under_its_plan() -> None:
    desk = MemoryDesk()
    series = plan(desk, "tutoring")
    lesson = held("tutoring", elders(25), elders(15, role="volunteer"), series=series)
    made = record_activity(desk, entry(), SCOPE, lesson)
    facts = recorded(desk, made.stream)
    assert facts.plan_approved_on == YESTERDAY
    assert (person_times(facts.attendance), person_times(facts.attendance, ("volunteer",))) == (
        25,
        15,
    )
    with refused("not_found", "series"):
        plan_activity(desk, entry(), SCOPE, planned("tutoring", series=derived_id("none")))


def test_a_plan_is_reviewed_once_and_handed_in_again_only_when_returned() -> None:
    desk = MemoryDesk()
    activity = plan(desk)
    with refused("activity.plan_decided"):
        review_plan(desk, entry(), activity, approval())
    with refused("activity.plan_decided"):
        plan_again(desk, entry(), activity, planned())
    unplanned = record_activity(desk, entry(), SCOPE, held("drop_in")).stream
    with refused("activity.not_planned"):
        review_plan(desk, entry(), unplanned, approval())


def test_an_outing_needs_as_many_safety_agreements_as_participants() -> None:
    desk = MemoryDesk()
    activity = plan(desk, "outing")
    sign_up(desk, entry(YESTERDAY), activity, RegistrationTaken(count=15))
    sign_up(desk, entry(YESTERDAY), activity, SafetyAgreementSigned(count=14))
    outing = held("outing", elders(15), elders(3, role="volunteer"), elders(2, role="worker"))
    with refused("activity.agreements_missing", "attendance"):
        hold_activity(desk, entry(), activity, outing)
    sign_up(desk, entry(YESTERDAY), activity, SafetyAgreementSigned())
    hold_activity(desk, entry(), activity, outing)
    assert person_times(recorded(desk, activity).attendance) == 15


def test_an_outing_needs_registrations_even_where_no_plan_is_demanded() -> None:
    desk = MemoryDesk()
    adopt(desk)
    with refused("activity.unregistered", "attendance"):
        record_activity(desk, entry(), SCOPE, held("outing", elders(15)))


def test_an_agreement_covers_the_person_who_signed_and_nobody_else() -> None:
    desk = Neighbourhood(
        neighbours={("person", GRANNY): Neighbour(), ("person", GRANDPA): Neighbour()}
    )
    activity = plan(desk, "outing")
    for person in (GRANNY, GRANDPA):
        sign_up(desk, entry(YESTERDAY), activity, RegistrationTaken(person=person))
    sign_up(desk, entry(YESTERDAY), activity, SafetyAgreementSigned(person=GRANNY))
    with refused("activity.agreements_missing"):
        hold_activity(desk, entry(), activity, held("outing", Attendance(person=GRANDPA)))
    hold_activity(desk, entry(), activity, held("outing", Attendance(person=GRANNY)))


def test_an_agreement_signed_after_the_day_covers_nobody() -> None:
    desk = MemoryDesk()
    activity = plan(desk, "outing")
    agreements(desk, activity, 14)
    sign_up(desk, entry(), activity, RegistrationTaken())
    sign_up(desk, entry(), activity, SafetyAgreementSigned())
    with refused("activity.unregistered"):
        hold_activity(desk, entry(YESTERDAY), activity, held("outing", elders(15)))


def test_nobody_signs_twice_and_the_dead_do_not_sign() -> None:
    buried = derived_id("buried")
    desk = Neighbourhood(
        neighbours={
            ("person", GRANNY): Neighbour(),
            ("person", buried): Neighbour(died_on=TODAY - timedelta(days=9)),
        }
    )
    activity = plan(desk, "outing")
    (signed,) = sign_up(desk, entry(), activity, RegistrationTaken(person=GRANNY)).events
    with refused("forbidden", "person"):
        correct_record(desk, entry(), activity, signed, {"person": buried}, REASON)
    with refused("activity.signed_twice", "person"):
        sign_up(desk, entry(), activity, RegistrationTaken(person=GRANNY))
    sign_up(desk, entry(), activity, SafetyAgreementSigned(person=GRANNY))
    with refused("activity.signed_twice", "person"):
        sign_up(desk, entry(), activity, SafetyAgreementSigned(person=GRANNY))
    with refused("forbidden"):
        sign_up(desk, entry(), activity, RegistrationTaken(person=buried))


def test_an_estimate_never_passes_for_a_count() -> None:
    desk = MemoryDesk()
    activity = plan(desk, "publicity")
    crowd = held("publicity", elders(200, role="resident", source="estimated"))
    with refused("activity.estimate_as_count", "basis"):
        hold_activity(desk, entry(), activity, crowd)
    by_zone = held(
        "publicity",
        elders(200, role="resident", source="counted"),
        zones=(Zone(name="展板", count=50, source="estimated"),),
    )
    with refused("activity.estimate_as_count", "basis"):
        hold_activity(desk, entry(), activity, by_zone)
    hold_activity(desk, entry(basis="estimated"), activity, crowd)
    correct(desk, activity, held_again(desk, activity, minutes=60))


def held_again(desk: MemoryDesk, activity: Id, **changes: Any) -> ActivityHeld:
    """Return what is recorded, with changes."""
    facts = recorded(desk, activity)
    given = {name: getattr(facts, name) for name in facts.__struct_fields__}
    return ActivityHeld(**given | changes)


def test_a_correction_does_not_turn_a_count_into_an_estimate_unsaid() -> None:
    desk = MemoryDesk()
    activity = plan(desk, "publicity")
    hold_activity(desk, entry(), activity, held("publicity", elders(200, role="resident")))
    guess = held_again(desk, activity, attendance=(elders(300, source="estimated"),))
    with refused("activity.estimate_as_count"):
        correct(desk, activity, guess)
    correct(desk, activity, guess, basis="estimated")


def test_indirect_beneficiaries_need_a_method_and_never_enter_the_total() -> None:
    desk = MemoryDesk()
    activity = plan(desk)
    for indirect, code in (
        (Indirect(value=500, method=" ", estimator=WORKER), "activity.indirect_without_method"),
        (Indirect(value=0, method="每户3人", estimator=WORKER), "activity.indirect_impossible"),
    ):
        with refused(code):
            hold_activity(
                desk, entry(), activity, held("integration", elders(20), indirect=indirect)
            )
    indirect = Indirect(value=60, method="到场每人家中3人", estimator=WORKER)
    hold_activity(desk, entry(), activity, held("integration", elders(20), indirect=indirect))
    assert person_times(recorded(desk, activity).attendance) == 20


def test_zones_are_parts_of_the_total() -> None:
    desk = MemoryDesk()
    activity = plan(desk)
    clinic = Zone(name="义诊", count=51)
    with refused("activity.zone_above_total", "zones.0.count"):
        hold_activity(desk, entry(), activity, held("integration", elders(50), zones=(clinic,)))
    zones = (Zone(name="义诊", count=50), Zone(name="法律咨询", count=30))
    hold_activity(desk, entry(), activity, held("integration", elders(50), zones=zones))
    assert person_times(recorded(desk, activity).attendance) == 50


def test_what_was_cancelled_is_not_held_and_what_was_held_is_not_cancelled() -> None:
    desk = MemoryDesk()
    activity = plan(desk)
    put_off_activity(desk, entry(), activity, ActivityCancelled(reason="暴雨"))
    with refused("activity.cancelled"):
        hold_activity(desk, entry(), activity, held("integration", elders(20)))
    with refused("activity.cancelled"):
        announce_activity(desk, entry(), activity, ActivityAnnounced(channels=("微信群",)))
    other = plan(desk)
    postponed = ActivityPostponed(planned_on=TODAY + timedelta(days=7), reason="场地占用")
    put_off_activity(desk, entry(YESTERDAY), other, postponed)
    hold_activity(desk, entry(), other, held("integration", elders(20)))
    with refused("activity.held_already"):
        put_off_activity(desk, entry(), other, ActivityCancelled(reason="暴雨"))


def test_an_activity_is_held_once_unless_its_record_is_void() -> None:
    desk = MemoryDesk()
    activity = plan(desk)
    hold_activity(desk, entry(), activity, held("integration", elders(20)))
    with refused("activity.held_already"):
        hold_activity(desk, entry(), activity, held("integration", elders(20)))
    found = desk.load(Activity, activity)
    first = desk.streams[activity][-1].id
    found.void(entry(), first, REASON)
    desk.save(entry(), found)
    hold_activity(desk, entry(), activity, held("integration", elders(21)))
    with refused("activity.held_already"):
        desk.load(Activity, activity).reinstate(entry(), first, REASON)


def test_an_activity_is_held_as_the_kind_that_was_planned() -> None:
    desk = MemoryDesk()
    activity = plan(desk, "integration")
    with refused("activity.kind_changed", "kind"):
        hold_activity(desk, entry(), activity, held("publicity", elders(20)))


@pytest.mark.parametrize("kind", ["training", "joint_meeting", "supervision"])
@pytest.mark.parametrize("role", ["client", "family", "resident"])
def test_meetings_training_and_supervision_have_no_client_person_times(
    kind: str, role: Any
) -> None:
    variant = "weekly" if kind == "supervision" else None
    facts = held(kind, elders(8, role=role), variant=variant, supervisor=WORKER)
    with refused("activity.role_not_of_kind", "attendance.0.role"):
        record_activity(MemoryDesk(), entry(), SCOPE, facts)
    assert not activity_kinds()[kind].has_beneficiaries


def test_nobody_supervises_themselves_or_nobody() -> None:
    def supervision(*attendance: Attendance, **facts: Any) -> ActivityHeld:
        return held("supervision", *attendance, variant="monthly_professional", **facts)

    others = elders(5, role="supervisee")
    desk = MemoryDesk()
    with refused("activity.no_supervisor", "supervisor"):
        record_activity(desk, entry(), SCOPE, supervision(others))
    with refused("activity.no_supervisee", "attendance"):
        record_activity(desk, entry(), SCOPE, supervision(supervisor=WORKER))
    oneself = Attendance(person=WORKER, role="supervisee")
    with refused("activity.supervises_self", "supervisor"):
        record_activity(desk, entry(), SCOPE, supervision(others, oneself, supervisor=WORKER))
    made = record_activity(desk, entry(), SCOPE, supervision(others, supervisor=WORKER))
    attendance = recorded(desk, made.stream).attendance
    assert (person_times(attendance), person_times(attendance, ("supervisee",))) == (0, 5)


def test_drop_in_counts_only_what_was_counted_and_names_nobody() -> None:
    desk = Neighbourhood(neighbours={("person", GRANNY): Neighbour()})
    for wrong in (
        Attendance(person=GRANNY, source="counted"),
        elders(7, source="sign-in"),
        elders(7, source="estimated"),
    ):
        with refused("activity.counted_only", "attendance.0"):
            record_activity(desk, entry(basis="estimated"), SCOPE, held("drop_in", wrong))


def test_a_community_organisations_activity_names_it_and_follows_its_life() -> None:
    choir = derived_id("choir")
    desk = Neighbourhood(neighbours={("community_org", choir): Choir(identified_on=TODAY)})
    singing = elders(22, role="resident")
    with refused("activity.no_organisation", "organisation"):
        record_activity(desk, entry(), SCOPE, held("organisation_activity", singing))
    facts = held("organisation_activity", singing, organisation=choir)
    with refused("forbidden", "organisation"):
        record_activity(desk, entry(YESTERDAY), SCOPE, facts)
    record_activity(desk, entry(), SCOPE, facts)


@pytest.mark.parametrize("minutes", [0, 1441])
def test_impossible_minutes_are_refused(minutes: int) -> None:
    with refused("activity.minutes_impossible", "minutes"):
        record_activity(MemoryDesk(), entry(), SCOPE, held("drop_in", minutes=minutes))


def test_a_correction_keeps_the_rules_and_leaves_the_plans_state_alone() -> None:
    desk = MemoryDesk()
    activity = plan(desk, "outing")
    agreements(desk, activity, 15)
    hold_activity(desk, entry(), activity, held("outing", elders(15)))
    sign_up(desk, entry(YESTERDAY), activity, RegistrationTaken())
    with refused("activity.agreements_missing"):
        correct(desk, activity, held_again(desk, activity, attendance=(elders(16),)))
    with refused("activity.plan_not_corrected"):
        correct(desk, activity, held_again(desk, activity, plan_approved_on=None))
    with refused("activity.kind_changed"):
        correct(desk, activity, held_again(desk, activity, kind="publicity"))
    correct(desk, activity, held_again(desk, activity, attendance=(elders(14),)))
    assert person_times(recorded(desk, activity).attendance) == 14


def test_an_agreement_that_a_held_outing_needs_is_not_voided() -> None:
    desk = MemoryDesk()
    activity = plan(desk, "outing")
    agreements(desk, activity, 15)
    signed = desk.streams[activity][-1].id
    desk.load(Activity, activity).void(entry(), signed, REASON)
    hold_activity(desk, entry(), activity, held("outing", elders(15)))
    with refused("activity.agreements_missing"):
        desk.load(Activity, activity).void(entry(), signed, REASON)
