"""Every sealed field says for which purposes its words are kept, and takes them for no other.

The purpose decides who opens the words: a diagnosis filed as an address would open to whoever may
see addresses.
"""

from __future__ import annotations

import msgspec
import pytest

from domain.bounds import check_bounds, checks_of
from domain.corrections import correct_record
from domain.counting import Attendance
from domain.event import Reason
from domain.private import Private, private
from domain.refusals import ShiluError
from domain.registry import HealthFactRecorded
from domain.slices import register_all
from domain.visit import HomeVisitMade, record_visit
from tests.casework import CLIENT, CaseworkDesk
from tests.purposes import sealed_fields
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry, refused

register_all()
REASON = Reason(code="entry_error", text="漏记了身体状况")
KEPT_FOR: dict[str, tuple[str, ...]] = {
    "activity.ActivityFeedbackRecorded.words": ("casework",),
    "activity.ActivityHeld.note": ("casework",),
    "case.CaseAssessed.dimensions.finding": ("casework",),
    "case.CaseClosed.reason": ("casework",),
    "case.CaseClosed.summary": ("casework",),
    "case.CaseCollateralContactMade.content": ("casework",),
    "case.CaseEnquiryReceived.content": ("casework",),
    "case.CaseEvaluated.summary": ("casework",),
    "case.CaseReassigned.handover": ("casework",),
    "case.CaseRejected.note": ("casework",),
    "case.CaseReopened.note": ("casework",),
    "case.CaseResumed.note": ("casework",),
    "case.CaseReviewHeld.note": ("casework",),
    "case.CaseSessionHeld.content": ("casework",),
    "case.CaseSessionHeld.next_step": ("casework",),
    "case.CaseSupervised.advice": ("casework",),
    "case.CaseSuspended.note": ("casework",),
    "case.CrisisActionTaken.note": ("casework",),
    "case.CrisisCleared.note": ("casework",),
    "case.CrisisFlagged.signs": ("casework",),
    "case.FollowUpDone.note": ("casework",),
    "case.GoalProgressRecorded.note": ("casework",),
    "case.MandatoryReportMade.note": ("casework",),
    "case.ReferralDeclined.note": ("casework",),
    "case.ReferralOutcomeReceived.note": ("casework",),
    "case.ReferralProposed.reason": ("casework",),
    "case.ServicePlanAdopted.goals.words": ("casework",),
    "case.ServicePlanRevised.goals.words": ("casework",),
    "case.ServicePlanRevised.note": ("casework",),
    "evidence.AttachmentStored.name": ("casework",),
    "group.MemberLeft.note": ("casework",),
    "group.MemberProgressRecorded.progress": ("casework",),
    "need.AidFollowedUp.words": ("casework",),
    "need.NeedRecorded.detail": ("casework",),
    "need.NeedVerifiedAtHome.finding": ("casework",),
    "staff.StaffLeft.handover": ("casework",),
    "visit.HomeServiceDelivered.note": ("casework",),
    "visit.HomeVisitMade.explanation": ("casework",),
    "visit.HomeVisitMade.needs": ("casework",),
    "visit.HomeVisitMade.risk_signs": ("casework",),
    "visit.PhoneContactMade.note": ("casework",),
    "visit.HomeVisitMade.condition": ("casework", "health"),
    "case.CaseSessionHeld.address": ("contact",),
    "household.HouseholdFormed.address": ("contact",),
    "need.AidDelivered.address": ("contact",),
    "need.NeedVerifiedAtHome.address": ("contact",),
    "visit.HomeServiceDelivered.address": ("contact",),
    "visit.HomeVisitMade.address": ("contact",),
    "visit.PhoneContactMade.address": ("contact",),
    "registry.ContactPointChanged.value": ("contact",),
    "registry.PersonMovedAway.destination": ("contact",),
    "registry.ResidencePeriodRecorded.place": ("contact",),
    "registry.HealthFactRecorded.health": ("health",),
    "activity.RegistrationTaken.name": ("identity",),
    "donation.DonationPledged.donor": ("identity",),
    "need.AidDelivered.received_by": ("identity",),
    "registry.ConsentGiven.guardian": ("identity",),
    "registry.IdentityDocumentRecorded.number": ("identity",),
    "registry.PersonDetailsChanged.after.name": ("identity",),
    "registry.PersonDetailsChanged.before.name": ("identity",),
    "registry.PersonDetailsCorrected.after.name": ("identity",),
    "registry.PersonDetailsCorrected.before.name": ("identity",),
    "registry.PersonRegistered.details.name": ("identity",),
    "registry.PriorityGroupJoined.document": ("identity",),
    "staff.QualificationRecorded.certificate": ("identity",),
    "staff.StaffHired.name": ("identity",),
}


def test_each_sealed_field_of_each_kind_of_facts_says_for_which_purposes_it_is_kept() -> None:
    assert dict(sealed_fields()) == KEPT_FOR


def test_a_sealed_field_that_says_no_purpose_is_a_fault_before_anything_is_recorded() -> None:
    class Said(msgspec.Struct):
        words: Private | None = None

    with pytest.raises(TypeError, match="purposes"):
        checks_of(Said)


def test_words_recorded_for_the_first_time_are_kept_for_no_other_purpose() -> None:
    check_bounds(HealthFactRecorded(health=Private(person=WORKER, purpose="health", text="高血压")))
    address = Private(person=WORKER, purpose="contact", text="高血压")
    with refused("private.other_purpose", "health.purpose"):
        check_bounds(HealthFactRecorded(health=address))


@pytest.mark.parametrize("purpose", ["casework", "health"])
def test_a_correction_adds_words_for_any_purpose_of_the_field(purpose: str) -> None:
    desk = CaseworkDesk()
    desk.client.health_until = TODAY
    stream, event = visited(desk, Attendance(person=CLIENT))
    said = {"person": CLIENT, "purpose": purpose, "text": "近来睡眠不好"}
    correct_record(desk, entry(), stream, event, {"condition": said}, REASON)
    assert desk.log[-1].facts.after.facts.condition.purpose == purpose


@pytest.mark.parametrize("purpose", ["identity", "contact"])
def test_a_correction_files_words_under_no_purpose_that_the_field_has_not(purpose: str) -> None:
    desk = MemoryDesk()
    stream, event = visited(desk)
    said = {"person": WORKER, "purpose": purpose, "text": "近来睡眠不好"}
    with refused("private.other_purpose", "facts.condition.purpose"):
        correct_record(desk, entry(), stream, event, {"condition": said}, REASON)
    assert len(desk.log) == 1


def test_words_that_stand_for_another_purpose_stay_while_other_fields_are_set_right() -> None:
    """So were corrections kept before fields said their purposes."""
    long_ago = Private(
        person=WORKER, purpose="contact", event=WORKER, field="condition", sealed="AQID"
    )
    check_bounds(HomeVisitMade(kind="home_visit", condition=long_ago))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_refusal_names_the_purposes_that_there_are(language: str) -> None:
    words = private(WORKER, "contact", "近来睡眠不好")
    with pytest.raises(ShiluError) as caught:
        check_bounds(HomeVisitMade(kind="home_visit", condition=words))
    assert "casework, health" in caught.value.text(language)


def visited(desk: MemoryDesk, seen: Attendance | None = None) -> tuple[str, str]:
    somebody = seen or Attendance(role="resident", source="counted")
    visit = HomeVisitMade(kind="home_visit", attendance=(somebody,))
    made = record_visit(desk, entry(), SCOPE, visit)
    return made.stream, made.events[0]
