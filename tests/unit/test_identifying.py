"""Identity documents, people registered twice, and people erased."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.age import Birth
from domain.claim import holder_of
from domain.entry import Scope
from domain.event import Reason
from domain.id_number import normal_number
from domain.identifying import (
    CLAIM,
    complete_erasure,
    merge_persons,
    record_identity_document,
    request_erasure,
    split_persons,
)
from domain.identity import Id, derived_id
from domain.person import Person
from domain.registering import note_about
from domain.registry import (
    ErasureCompleted,
    ErasureRequested,
    IdentityDocumentRecorded,
    LegalBasisRecorded,
    PersonsMerged,
    PersonsSplit,
    RiskTierSet,
)
from tests.register import BORN_CHILD, CHILD, ELDER, OTHER, register
from tests.station import OPERATOR, STATION, TODAY, WORKER, MemoryDesk, entry, refused

NUMBER = "11010519491231002X"
SECOND = "110000194912310014"
WHY = Reason(code="duplicate", text="同一人重复建档")
MERGED = PersonsMerged(kept=ELDER, absorbed=OTHER, reason=WHY)
SPLIT = PersonsSplit(kept=ELDER, absorbed=OTHER, reason=WHY)
REQUEST = ErasureRequested(by="person", reason="本人申请")


@pytest.fixture
def desk() -> MemoryDesk:
    """A desk where two elders born on the same day are registered."""
    desk = MemoryDesk()
    register(desk)
    register(desk, OTHER)
    return desk


def person_with(desk: MemoryDesk, operator: Id, number: str) -> Id | None:
    return holder_of(desk, CLAIM, (operator, desk.digest(normal_number(number))))


def person(desk: MemoryDesk, id: str = ELDER) -> Person:
    return desk.load(Person, id)


def test_a_number_is_kept_sealed_and_found_by_its_hash_however_typed(desk: MemoryDesk) -> None:
    receipt = record_identity_document(desk, entry(), ELDER, "id_card", " 110105 19491231 002x")
    recorded = desk.facts(ELDER)[-1]
    assert isinstance(recorded, IdentityDocumentRecorded)
    assert (recorded.checked, recorded.number.text) == (True, None)
    assert person_with(desk, OPERATOR, "１１０１０５１９４９１２３１００２Ｘ") == ELDER
    assert person_with(desk, OPERATOR, SECOND) is None
    assert len(set(receipt.events)) == 2


def test_the_claim_of_a_number_is_the_operators(desk: MemoryDesk) -> None:
    record_identity_document(desk, entry(), ELDER, "id_card", NUMBER)
    claim = desk.log[-1]
    assert (claim.stream_type, claim.ledger, claim.station) == ("claim", OPERATOR, None)


@pytest.mark.parametrize("number", ["110105194912310021", "1101051949123100", "11010519491331002X"])
def test_an_18_digit_number_that_does_not_check_is_refused(desk: MemoryDesk, number: str) -> None:
    for document in ("id_card", "residence_permit"):
        with refused("registry.id_number_invalid", "number"):
            record_identity_document(desk, entry(), ELDER, document, number)


def test_a_number_is_given_and_other_documents_have_any(desk: MemoryDesk) -> None:
    with refused("registry.number_missing", "number"):
        record_identity_document(desk, entry(), ELDER, "passport", "  ")
    record_identity_document(desk, entry(), ELDER, "passport", "e1234567")
    assert person_with(desk, OPERATOR, "E1234567") == ELDER


def test_the_birth_in_a_number_is_the_registered_one() -> None:
    desk = MemoryDesk()
    register(desk, birth=Birth(day=date(1950, 1, 1)))
    with refused("registry.id_birth_differs", "number"):
        record_identity_document(desk, entry(), ELDER, "id_card", NUMBER)
    register(desk, OTHER, birth=Birth(day=date(1949, 1, 1), precision="year"))
    record_identity_document(desk, entry(), OTHER, "id_card", NUMBER)


def test_a_number_is_one_persons_within_the_operator(desk: MemoryDesk) -> None:
    record_identity_document(desk, entry(), ELDER, "id_card", NUMBER)
    with refused("registry.id_number_taken", "number"):
        record_identity_document(desk, entry(), OTHER, "id_card", NUMBER)
    elsewhere = Scope(operator=OPERATOR, station=derived_id("other station"))
    register(desk, CHILD, scope=elsewhere)
    with refused("registry.id_number_taken", "number"):
        record_identity_document(desk, entry(), CHILD, "id_card", NUMBER)


def test_another_operator_may_know_the_same_number(desk: MemoryDesk) -> None:
    record_identity_document(desk, entry(), ELDER, "id_card", NUMBER)
    other = Scope(operator=derived_id("other operator"), station=derived_id("other station"))
    desk.principal = replace(desk.principal, operator=other.operator)
    register(desk, CHILD, scope=other)
    record_identity_document(desk, entry(), CHILD, "id_card", NUMBER)
    assert person_with(desk, other.operator, NUMBER) == CHILD


def test_the_same_document_is_not_recorded_twice_and_a_new_one_frees_the_old(
    desk: MemoryDesk,
) -> None:
    record_identity_document(desk, entry(), ELDER, "id_card", NUMBER)
    with refused("registry.document_known", "document"):
        record_identity_document(desk, entry(), ELDER, "id_card", NUMBER)
    record_identity_document(desk, entry(), ELDER, "id_card", SECOND)
    assert person_with(desk, OPERATOR, NUMBER) is None
    record_identity_document(desk, entry(), OTHER, "id_card", NUMBER)


def test_a_number_on_two_documents_stays_claimed_until_neither_has_it(desk: MemoryDesk) -> None:
    record_identity_document(desk, entry(), ELDER, "id_card", NUMBER)
    record_identity_document(desk, entry(), ELDER, "household_book", NUMBER)
    record_identity_document(desk, entry(), ELDER, "household_book", "HB-1")
    assert person_with(desk, OPERATOR, NUMBER) == ELDER


def test_a_childs_document_needs_the_guardian() -> None:
    desk = MemoryDesk()
    danger = LegalBasisRecorded(
        purpose="service",
        basis="vital_interest",
        source="强制报告",
        begins=TODAY,
        valid_to=TODAY,
    )
    register(desk, CHILD, birth=BORN_CHILD, grounds=(danger,))
    with refused("registry.guardian_consent_missing", "consent"):
        tomorrow = entry(TODAY + timedelta(days=1))
        record_identity_document(desk, tomorrow, CHILD, "birth_certificate", "N620000001")
    record_identity_document(desk, entry(), CHILD, "birth_certificate", "N620000001")


def test_merging_closes_the_absorbed_record_and_frees_its_numbers(desk: MemoryDesk) -> None:
    record_identity_document(desk, entry(), OTHER, "id_card", NUMBER)
    receipt = merge_persons(desk, entry(), MERGED)
    assert len(set(receipt.events)) == 3
    assert desk.facts(ELDER)[-1] == desk.facts(OTHER)[-1] == MERGED
    with refused("registry.merged", "person"):
        note_about(desk, entry(), OTHER, RiskTierSet(tier="key", assessed_by=WORKER))
    with refused("registry.merged", "attendance.0.person"):
        person(desk, OTHER).check_served_on(entry().day, "attendance.0.person")
    record_identity_document(desk, entry(), ELDER, "id_card", NUMBER)
    note_about(desk, entry(), ELDER, RiskTierSet(tier="key", assessed_by=WORKER))


def test_nobody_is_merged_with_themselves_without_a_reason_or_twice(desk: MemoryDesk) -> None:
    with refused("registry.same_person", "absorbed"):
        merge_persons(desk, entry(), replace(MERGED, absorbed=ELDER))
    with refused("entry.reason_too_short", "reason.text"):
        merge_persons(desk, entry(), replace(MERGED, reason=Reason(code="duplicate", text="重")))
    merge_persons(desk, entry(), MERGED)
    with refused("registry.merged", "absorbed"):
        merge_persons(desk, entry(), MERGED)
    with refused("registry.merged", "kept"):
        register(desk, CHILD)
        merge_persons(desk, entry(), replace(MERGED, kept=OTHER, absorbed=CHILD))


def test_a_merger_is_undone_with_the_numbers_that_were_freed(desk: MemoryDesk) -> None:
    with refused("registry.not_merged", "absorbed"):
        split_persons(desk, entry(), SPLIT)
    record_identity_document(desk, entry(), OTHER, "id_card", NUMBER)
    merge_persons(desk, entry(), MERGED)
    split_persons(desk, entry(), SPLIT)
    assert person_with(desk, OPERATOR, NUMBER) == OTHER
    note_about(desk, entry(), OTHER, RiskTierSet(tier="key", assessed_by=WORKER))


def test_a_split_is_refused_when_the_number_has_gone_to_somebody_else(desk: MemoryDesk) -> None:
    record_identity_document(desk, entry(), OTHER, "id_card", NUMBER)
    merge_persons(desk, entry(), MERGED)
    record_identity_document(desk, entry(), ELDER, "id_card", NUMBER)
    with refused("registry.id_number_taken", "number"):
        split_persons(desk, entry(), SPLIT)


def test_after_a_request_for_erasure_nothing_is_added(desk: MemoryDesk) -> None:
    request_erasure(desk, entry(), ELDER, REQUEST)
    with refused("registry.erased", "person"):
        note_about(desk, entry(), ELDER, RiskTierSet(tier="key", assessed_by=WORKER))
    with refused("registry.erased", "person"):
        person(desk).check_served_on(entry().day, "person")
    with refused("registry.erased", "person"):
        request_erasure(desk, entry(), ELDER, REQUEST)


def test_erasure_is_completed_once_it_was_requested_and_frees_the_number(desk: MemoryDesk) -> None:
    record_identity_document(desk, entry(), ELDER, "id_card", NUMBER)
    with refused("registry.erasure_not_requested", "person"):
        complete_erasure(desk, entry(), ELDER)
    requested = request_erasure(desk, entry(), ELDER, REQUEST).events[0]
    complete_erasure(desk, entry(), ELDER)
    assert desk.facts(ELDER)[-1] == ErasureCompleted(request=requested)
    assert person_with(desk, OPERATOR, NUMBER) is None
    record_identity_document(desk, entry(), OTHER, "id_card", NUMBER)
    with refused("registry.erased", "person"):
        complete_erasure(desk, entry(), ELDER)
    assert desk.streams[ELDER][-1].station == STATION


def test_a_merged_record_can_be_erased_too(desk: MemoryDesk) -> None:
    record_identity_document(desk, entry(), OTHER, "id_card", NUMBER)
    merge_persons(desk, entry(), MERGED)
    request_erasure(desk, entry(), OTHER, REQUEST)
    complete_erasure(desk, entry(), OTHER)
    assert person(desk, OTHER).erased
