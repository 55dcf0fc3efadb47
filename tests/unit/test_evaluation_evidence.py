"""Testing drawn records: material, reviews, interviews, and calls to those who agreed."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from domain.evaluating import respond, reveal_sample
from domain.evaluation_evidence import (
    MOST_CALLS,
    CallListIssued,
    EvidenceProvided,
    EvidenceRequested,
    InterviewDone,
    PhoneSpotCheckDone,
    RecordReviewed,
)
from domain.evidence_file import AttachmentStored, store_attachment
from domain.identity import Id, derived_id
from tests.contracts import within
from tests.evaluations import POPULATION, Evaluated
from tests.station import SCOPE, TODAY, entry, refused

PERSON, STRANGER = derived_id("person"), derived_id("stranger")
FILE = AttachmentStored(sha256="ab" * 32, size=10, mime="application/pdf")


def requested(it: Evaluated) -> Id:
    return it.step(EvidenceRequested(what="十月签到表原件", due=TODAY))


def test_material_is_handed_in_with_its_hash() -> None:
    it = Evaluated().opened()
    request = requested(it)
    file = store_attachment(it.desk, entry(), within(it.project), FILE).stream
    it.answer(EvidenceProvided(request=request, files=()), (file,))
    provided = it.desk.facts(it.id)[-1]
    assert isinstance(provided, EvidenceProvided)
    assert [(one.attachment, one.sha256) for one in provided.files] == [(file, "ab" * 32)]


def test_material_is_asked_for_first_has_a_file_and_is_of_the_project() -> None:
    it = Evaluated().opened()
    request = requested(it)
    file = store_attachment(it.desk, entry(), within(it.project), FILE).stream
    elsewhere = store_attachment(it.desk, entry(), SCOPE, FILE).stream
    with refused("evaluation.request_unknown", "request"):
        it.answer(EvidenceProvided(request=STRANGER, files=()), (file,))
    with refused("evaluation.no_file", "files"):
        it.answer(EvidenceProvided(request=request, files=()))
    with refused("evaluation.file_elsewhere", "attachments.1"):
        it.answer(EvidenceProvided(request=request, files=()), (file, elsewhere))
    with refused("evaluation.due_past", "due"):
        it.step(EvidenceRequested(what="签到表", due=TODAY - timedelta(days=1)))


def test_the_evaluator_does_not_answer_for_the_operator() -> None:
    it = Evaluated().opened()
    request = requested(it)
    with refused("forbidden", "role"):
        respond(it.desk, it.as_evaluator(), it.id, EvidenceProvided(request=request, files=()))


def test_a_review_says_what_was_found_of_which_stratum_and_what_was_found_before() -> None:
    it = Evaluated().revealed()
    record = it.records()[0]
    it.review(record, "missing", "缺签到表")
    it.review(record, "true")
    first, second = it.desk.facts(it.id)[-2:]
    assert isinstance(first, RecordReviewed)
    assert isinstance(second, RecordReviewed)
    assert (first.sample, first.stratum, first.before) == (it.sample, "kind=home_visit", None)
    assert (second.finding, second.before) == ("true", "missing")
    with refused("evaluation.reviewed_already", "finding"):
        it.review(record, "true")


def test_doubt_and_lack_say_why() -> None:
    it = Evaluated().revealed()
    with refused("evaluation.remark_missing", "remark"):
        it.review(it.records()[0], "doubtful", " ")


def test_a_record_that_was_not_drawn_is_not_reviewed() -> None:
    it = Evaluated().revealed()
    with refused("evaluation.not_in_sample", "record"):
        it.review(STRANGER)


def test_an_interview_is_with_somebody() -> None:
    it = Evaluated().opened()
    with refused("evaluation.nobody_asked", "people"):
        it.step(InterviewDone(party="purchaser", people=0))


def test_only_those_on_the_list_are_called() -> None:
    it = Evaluated().revealed()
    call = PhoneSpotCheckDone(person=PERSON, sample=it.sample, reached=True, confirmed=True)
    with refused("evaluation.not_on_call_list", "person"):
        it.step(call)
    it.call_list(PERSON, without_consent=3)
    it.step(call)
    with refused("evaluation.not_on_call_list", "person"):
        it.step(msgspec.structs.replace(call, person=STRANGER))
    with refused("evaluation.nobody_to_call", "sample"):
        it.call_list()
    again = it.draw("1a" * 32, replaces=it.sample, reason="原样本遗漏了新建档案")
    with refused("evaluation.not_revealed", "sample"):
        it.step(msgspec.structs.replace(call, sample=again))
    it.now += timedelta(hours=1)
    shown = reveal_sample(it.desk, it.as_evaluator(), it.id, again, "1a" * 32, POPULATION)
    assert shown.events
    with refused("evaluation.not_on_call_list", "person"):
        it.step(msgspec.structs.replace(call, sample=again))


def test_who_was_not_reached_confirmed_nothing() -> None:
    it = Evaluated().revealed()
    it.call_list(PERSON)
    for reached, confirmed, code in (
        (False, True, "evaluation.confirmed_unreached"),
        (True, None, "evaluation.confirmed_missing"),
    ):
        call = PhoneSpotCheckDone(
            person=PERSON, sample=it.sample, reached=reached, confirmed=confirmed
        )
        with refused(code, "confirmed"):
            it.step(call)
    it.step(PhoneSpotCheckDone(person=PERSON, sample=it.sample, reached=False))


def test_a_long_call_list_is_cut_by_nobodys_choice() -> None:
    it = Evaluated().revealed()
    persons = [derived_id("person", str(n)) for n in range(MOST_CALLS + 100)]
    it.call_list(*persons)
    it.call_list(*reversed(persons))
    one, other = it.desk.facts(it.id)[-2:]
    assert isinstance(one, CallListIssued)
    assert one == other
    assert len(one.persons) == MOST_CALLS
    assert set(one.persons) != set(persons[:MOST_CALLS])
