"""Fingerprints of sealed words: the same words are seen to be the same, and nothing else."""

from __future__ import annotations

from typing import Any, get_type_hints

import msgspec
import pytest

from domain.counting import Attendance
from domain.event import FACTS
from domain.fingerprint import fingerprint, normal_words, open_fingerprint
from domain.identity import Id, derived_id
from domain.private import Private, Purpose, marked_words, seal_fields
from domain.slices import register_all
from domain.visit import HomeServiceDelivered
from tests.station import OPERATOR

SOMEBODY, SOMEBODY_ELSE = derived_id("somebody"), derived_id("somebody else")
NOTE = "情绪平稳，愿意聊家常"


def digest(text: str, purpose: str) -> str:
    return f"{hash((text, purpose)) & 0xFFFFFFFFFFFFFFFF:016x}" * 4


def mark(
    text: str, purpose: Purpose = "casework", person: Id = SOMEBODY, operator: Id = OPERATOR
) -> str | None:
    return fingerprint(Private(person=person, purpose=purpose, text=text), operator, digest)


def test_the_same_words_have_one_fingerprint_whoever_they_are_about() -> None:
    made = mark(NOTE)
    assert made is not None
    assert len(made) == 16
    assert mark(" 情绪平稳,愿意聊家常。\n") == made
    assert mark(NOTE, person=SOMEBODY_ELSE) == made
    assert mark("情绪平稳，愿意聊家事") != made


def test_nothing_can_be_compared_between_operators() -> None:
    assert mark(NOTE) != mark(NOTE, operator=derived_id("another operator"))


@pytest.mark.parametrize("purpose", ["identity", "contact"])
def test_names_numbers_and_addresses_have_none(purpose: Purpose) -> None:
    assert mark("福源小镇社区十二号楼", purpose) is None


def test_words_that_anybody_would_write_have_none() -> None:
    assert mark("一切正常。") is None


def test_words_are_compared_without_spacing_punctuation_and_width() -> None:
    assert normal_words("Ａ Level，５次！") == "alevel5次"


def test_sealing_keeps_the_fingerprint_and_what_was_sealed_before_stays_as_it_was() -> None:
    def seal(_field: Private, _event: Id, _path: str) -> str:
        return "sealed"

    def marked(field: Private) -> str | None:
        return fingerprint(field, OPERATOR, digest)

    given: dict[str, Any] = {"kind": "home_service", "attendance": (Attendance(person=SOMEBODY),)}
    plain = Private(person=SOMEBODY, purpose="casework", text=NOTE)
    facts = HomeServiceDelivered(note=plain, **given)
    sealed = seal_fields(facts, derived_id("event"), seal, mark=marked)
    assert [each.fingerprint for each in marked_words(sealed)] == [mark(NOTE)]
    assert sealed.note.text is None
    assert seal_fields(sealed, derived_id("other event"), seal, mark=marked) == sealed


def test_old_stored_words_have_none_and_keep_their_bytes() -> None:
    old = b'{"person":"%b","purpose":"casework","sealed":"x"}' % SOMEBODY.encode()
    read = msgspec.json.decode(old, type=Private)
    assert marked_words(read) == []
    assert msgspec.json.encode(read) == old


def test_open_words_are_compared_without_a_key_where_there_are_enough_of_them() -> None:
    said = open_fingerprint("邀请社区医生讲解高血压，赠送药盒。")
    assert said == open_fingerprint(" 邀请社区医生讲解高血压 赠送药盒")
    assert said != open_fingerprint("邀请社区医生讲解糖尿病，赠送药盒。")
    assert open_fingerprint("健康知识讲座。") is None


def test_what_is_described_are_words_of_its_kind_and_ordinary_visits_have_none() -> None:
    register_all()
    described = {kind: kind.described for kind in FACTS.values() if kind.described}
    assert described
    for kind, names in described.items():
        hints = get_type_hints(kind)
        assert {hints[name] for name in names} <= {str, str | None}
    assert HomeServiceDelivered not in described
