"""The last look at facts before they are kept: texts, ids and numbers out of their bounds."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bounds import AtMost, Worded, check_bounds, check_text, checks_of
from domain.counting import Attendance
from domain.event import FACTS, Effective, Reason
from domain.identity import is_id
from domain.private import private
from domain.refusals import Refusal
from domain.slices import register_all
from domain.visit import (
    HomeServiceDelivered,
    Visit,
)
from domain.visit_plan import (
    VisitPlan,
    VisitSkipped,
)
from domain.wording import is_plain
from tests.station import SCOPE, WORKER, entry, refused, stored

register_all()

RESIDENT = "11010519491231002X"
"""The example of GB 11643-1999."""


def service(**more: Any) -> HomeServiceDelivered:
    somebody = (Attendance(role="resident", source="counted"),)
    return HomeServiceDelivered(kind="home_service", **{"attendance": somebody, **more})


def skipped(reason: str) -> VisitSkipped:
    return VisitSkipped(person=WORKER, worker=WORKER, reason=reason)


@pytest.mark.parametrize("minutes", [-5, 0, 721, 99_999])
def test_a_length_out_of_bounds_is_told_by_those_of_its_kind_of_work(minutes: int) -> None:
    with pytest.raises(Refusal) as caught:
        check_bounds(service(minutes=minutes), "facts")
    told = caught.value
    assert (told.code, told.field) == ("bounds.number", "facts.minutes")
    assert told.details == {"least": 1, "most": 720}
    check_bounds(service(minutes=720))
    check_bounds(Attendance(minutes=0, role="resident"))


@pytest.mark.parametrize("text", ["a\0b", "\x1b[0m", "a\x7f", "a\x85", "a\ud800", "\r\n"])
def test_what_cannot_be_kept_is_refused_in_every_text(text: str) -> None:
    with refused("text.not_plain", "place"):
        check_bounds(service(place=text))
    with refused("text.not_plain", "services.1"):
        check_bounds(service(services=("a", text)))
    with refused("text.not_plain", "note"):
        check_bounds(service(note=private(WORKER, "casework", text)))


@given(st.text())
def test_a_plain_text_is_what_a_record_can_be_written_with(text: str) -> None:
    if is_plain(text):
        made = VisitPlan.start(entry(), SCOPE, skipped(text))
        assert stored(made.collect_events()[0]).facts == skipped(text)
    else:
        with refused("text.not_plain", "reason"):
            VisitPlan.start(entry(), SCOPE, skipped(text))


@pytest.mark.parametrize(
    "text",
    [
        RESIDENT,
        "身份证11010519491231002x。",
        "110105 19491231 002X",
        "110105-19491231-002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "电话13800138000",
        "+86 138 0013 8000",
        "138-0013-8000",
        "tel13800138000",
        "１３８００１３８０００",
    ],
)
def test_a_number_by_which_a_person_is_found_stands_in_no_open_text(text: str) -> None:
    with refused("text.personal_number", "place"):
        check_bounds(service(place=text))
    check_bounds(service(note=private(WORKER, "casework", text)))


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",  # wrong check character
        "11010519491331002X",  # no such day
        "12345678901",  # no mobile number begins so
        "138001380001",  # twelve digits
        "0138001380001",
        "b13800138000d5f0c2",  # part of a hash
        "9a13800138-0013-8000-1380-013800138000",
        "2018-10-26",
        "0755-13800138",
    ],
)
def test_other_numbers_may_stand_in_it(text: str) -> None:
    check_bounds(service(place=text))


@given(st.uuids())
def test_an_id_is_never_taken_for_a_personal_number(id: object) -> None:
    check_text(f"见记录 {id}", "text")


def test_what_is_no_id_is_refused_where_an_id_must_be() -> None:
    for wrong in ("", "nonsense", WORKER.upper(), f"{{{WORKER}}}", f"{WORKER}\n"):
        assert not is_id(wrong)
        with refused("bounds.no_id", "workers.0"):
            check_bounds(service(workers=(wrong,)))
    with refused("bounds.no_id", "attendance.1.person"):
        check_bounds(service(attendance=(Attendance(), Attendance(person="zz"))))


def test_a_text_is_refused_that_is_too_long_or_empty() -> None:
    with refused("text.too_long", "services.0"):
        check_bounds(service(services=("长" * 4001,)))
    with refused("text.too_long", "note"):
        check_bounds(service(note=private(WORKER, "casework", "长" * 4001)))
    with refused("text.empty", "title"):
        check_text(" ", "title", Worded(least=1))


@pytest.mark.parametrize(
    ("more", "field"),
    [({"late_reason": "a\0b"}, "late_reason"), ({"device": "a\0b"}, "device")],
)
def test_what_a_writer_supplies_beside_the_facts_is_plain(more: dict[str, Any], field: str) -> None:
    with refused("text.not_plain", field):
        Visit.start(entry(**more), SCOPE, service())


@pytest.mark.parametrize("field", ["on_behalf_of", "approved_by", "evidence"])
def test_the_ids_beside_the_facts_are_ids(field: str) -> None:
    value = ("nonsense",) if field == "evidence" else "nonsense"
    more: dict[str, Any] = {field: value}
    with refused("bounds.no_id"):
        Visit.start(entry(**more), SCOPE, service())


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_every_kind_of_facts_says_bounds_that_can_be_held(kind: str) -> None:
    assert checks_of(FACTS[kind]) is not None


def test_a_text_that_stands_open_in_a_correction_is_looked_at_too() -> None:
    made = Visit.start(entry(), SCOPE, service(minutes=40))
    (first,) = made.collect_events()
    told = Reason(code="entry_error", text=f"身份证应为{RESIDENT}")
    after = Effective(occurred=first.occurred, facts=service(minutes=41))
    with refused("text.personal_number", "reason.text"):
        made.correct(entry(), first.id, after, told)
    wrong = Effective(occurred=first.occurred, facts=service(minutes=40, place="13800138000"))
    with refused("text.personal_number", "facts.place"):
        made.correct(entry(), first.id, wrong, msgspec.structs.replace(told, text="地点录入错误"))


def test_a_number_that_no_table_could_add_up_is_refused() -> None:
    with refused("bounds.number", "items"):
        check_bounds(service(items=2**70))


def test_a_list_has_an_end() -> None:
    class Listed(msgspec.Struct):
        names: Annotated[tuple[str, ...], AtMost(2)]

    with refused("bounds.too_many", "names"):
        check_bounds(Listed(names=("a", "b", "c")))
    with refused("text.not_plain", "names.1"):
        check_bounds(Listed(names=("a", "\0")))
