"""Every refusal has words in both languages, a place in the tree, and a test that names it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import api.app
from domain.catalogue import activity_kinds
from domain.counting import AttendeeRole, Measure
from domain.evaluation_access import Party
from domain.evidence import Status
from domain.indicators import ONE_FOR_EACH, check_kinds_of
from domain.refusals import (
    KINDS,
    Conflict,
    Forbidden,
    NotFound,
    Refusal,
    ShiluError,
    TooLarge,
    catalogue,
)
from domain.slices import register_all

TESTS = Path(__file__).parents[1]

assert api.app  # its modules declare refusals of their own
register_all()


def test_every_refusal_has_words_and_every_words_a_refusal() -> None:
    assert set(catalogue()) == set(KINDS)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_words_are_in_both_languages_with_no_detail_that_only_one_has(code: str) -> None:
    texts = catalogue()[code]
    assert set(texts) == {"zh", "en"}
    # In order zh, en: the Chinese text may leave a code word out.
    details = [set(re.findall(r"\{(\w+)\}", text)) for text in (texts["zh"], texts["en"])]
    assert details[0] <= details[1]
    assert re.search(r"[一-鿿]", texts["zh"])


BARE = re.compile(r"""(?<!problem\()INVALID\((?:"[^"]+"|\w+)\)""")


def test_what_is_refused_as_invalid_says_why() -> None:
    """Its words send the reader to what stands beside each field: there is always something."""
    api_files = (TESTS.parent / "api").glob("*.py")
    bare = {
        path.name: found
        for path in api_files
        if path.name not in ("errors.py", "openapi.py")
        and (found := BARE.findall(path.read_text("utf-8")))
    }
    assert bare == {}


def test_nobody_is_sent_to_a_post_that_there_is_not() -> None:
    """Who manages: an operator its 机构负责人, an installation its 系统管理员."""
    said = {code: texts["zh"] for code, texts in catalogue().items()}
    assert [code for code, words in said.items() if re.search(r"(?<!系统)管理[者员]", words)] == []


CODES: dict[str, tuple[str, ...]] = {
    "document.wrong_step": get_args(Status),
    "activity.unknown_variant": tuple(
        variant for kind in activity_kinds().values() for variant in kind.variants
    ),
    "activity.kind_changed": tuple(activity_kinds()),
    "activity.role_not_of_kind": get_args(AttendeeRole),
    "evaluation.points_not_100": get_args(Party),
}
"""Refusals whose details are codes of a list that is known."""


@pytest.mark.parametrize("code", CODES)
def test_chinese_words_name_what_is_meant_and_no_code(code: str) -> None:
    (detail,) = set(re.findall(r"\{(\w+)\}", catalogue()[code]["en"])) - {"sum"}
    for each in (*CODES[code], ", ".join(CODES[code])):
        details: dict[str, str | int] = {"sum": 99, detail: each}
        told = KINDS[code](None, **details)
        assert not re.search(r"[a-z]", told.text("zh")), told.text("zh")
        assert each in told.text("en")
        assert told.details[detail] == each


def test_every_refusal_is_named_by_a_test() -> None:
    written = "\n".join(path.read_text("utf-8") for path in TESTS.rglob("*.py"))
    assert [code for code in KINDS if f'"{code}"' not in written] == []


def test_the_tree_gives_each_branch_its_status() -> None:
    branches = (Refusal, NotFound, Conflict, TooLarge, Forbidden)
    assert {branch.__name__: branch.status for branch in branches} == {
        "Refusal": 422,
        "NotFound": 404,
        "Conflict": 409,
        "TooLarge": 413,
        "Forbidden": 403,
    }


@pytest.mark.parametrize("measure", get_args(Measure))
def test_what_is_measured_is_named_too(measure: Measure) -> None:
    told = KINDS["indicator.unit_not_of_measure"](None, unit="次", measure=measure)
    assert not re.search(r"[a-z]", told.text("zh")), told.text("zh")


@pytest.mark.parametrize("measure", [*ONE_FOR_EACH, "activities"])
def test_kinds_of_service_by_which_things_are_counted_are_named_too(measure: Measure) -> None:
    with pytest.raises(ShiluError) as refused:
        check_kinds_of(measure, ("nothing of the kind",), "kinds")
    assert not re.search(r"[a-z]", refused.value.text("zh")), refused.value.text("zh")
    assert measure in refused.value.text("en")
