"""The form for 更正: it asks for what a kind's types say, and sends only what was changed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from api.pages.correction_form import CorrectionForm
from api.pages.fields import LINES, YES_NO, Field, Typed
from api.pages.language import Speech
from domain.clock import at
from domain.corrected import changed
from domain.counting import Attendance
from domain.donation import DonationPledged
from domain.event import CORRECTIONS, AnyEvent, Effective, Facts, Occurred, topic_of
from domain.identity import Id, new_id
from domain.need_aid import AidDelivered, AidLine
from domain.private import Private
from domain.visit import HomeServiceDelivered, HomeVisitMade
from tests.golden import samples, slices
from tests.station import TODAY, WORKER, refused

CLIENT, COLLEAGUE = new_id(), new_id()
SERVICE = HomeServiceDelivered(
    kind="home_service",
    audience="elderly",
    minutes=40,
    place="上品山庄",
    workers=(WORKER,),
    services=("housework",),
    attendance=(
        Attendance(person=CLIENT, groups=("living_alone",)),
        Attendance(count=3, role="family", source="counted"),
    ),
    note=Private(person=CLIENT, purpose="casework", event=new_id(), field="note", sealed="AQID"),
)


def form(facts: Facts = SERVICE, occurred: Occurred | None = None, **typed: str) -> CorrectionForm:
    """What stands, with what was typed; a field's name has `__` for its points."""
    when = occurred or Occurred(start=at(TODAY, 9))
    said: Typed = {name.replace("__", "."): (text,) for name, text in typed.items()}
    return CorrectionForm(Effective(occurred=when, facts=facts), said)


def fields(of: CorrectionForm) -> dict[str, Field]:
    inside = (field for line in of.lines for field in line.fields)
    return {field.name: field for field in (*of.happened, *of.fields, *inside)}


def records() -> list[AnyEvent]:
    """Records of every kind that can be corrected."""
    return [each for of in slices() for each in samples(of) if type(each.facts) in CORRECTIONS]


@pytest.mark.parametrize("record", records(), ids=lambda each: topic_of(type(each.facts)))
def test_every_kind_of_record_has_a_form_that_changes_nothing_by_itself(record: AnyEvent) -> None:
    untouched = form(record.facts, record.occurred)
    again = CorrectionForm(
        untouched.says, {name: each.stands for name, each in fields(untouched).items()}
    )
    for each in (untouched, again):
        assert each.facts() == {}
        assert each.occurred() is None
        assert each.changes == []


@pytest.mark.parametrize("record", records(), ids=lambda each: topic_of(type(each.facts)))
def test_every_field_and_choice_is_called_something(record: AnyEvent) -> None:
    here, speech = form(record.facts, record.occurred), Speech("zh")
    labels = {each.label for each in fields(here).values()} | set(here.left_out)
    assert [label for label in labels if speech.word("field", label).isascii()] == []
    codes = {
        (each.label, code)
        for each in fields(here).values()
        if each.choices != YES_NO and each.label != "occurred.precision"
        for code in each.choices
        if (each.label, each.stands) != ("variant", (code,))  # an operator's own short code
    }
    assert [code for code in codes if speech.value(*code).isascii()] == []


def test_a_form_asks_for_no_id_no_fixed_field_and_shows_no_sealed_word() -> None:
    asked = fields(form())
    assert not {"facts.kind", "facts.workers", "facts.case", "facts.allocations"} & asked.keys()
    assert not {"facts.attendance.0.count", "facts.attendance.0.groups"} & asked.keys()
    assert "facts.attendance.1.count" in asked
    assert asked["facts.note"].stands == ("",)
    assert {"workers", "household", "case"} <= set(form().left_out)
    unwritten = HomeVisitMade(kind="home_visit")
    assert {"condition", "needs"} <= set(form(unwritten).left_out)


def test_words_where_none_were_are_asked_for_of_the_one_whom_the_record_is_about() -> None:
    seen = Attendance(person=CLIENT)
    colleague = Attendance(person=COLLEAGUE, role="worker")
    visited = HomeVisitMade(kind="home_visit", attendance=(seen, colleague))
    sent = form(visited, facts__condition="腿疼").facts()
    assert sent == {"condition": {"person": CLIENT, "purpose": "casework", "text": "腿疼"}}
    assert changed(visited, sent, WORKER).condition.text == "腿疼"
    for unclear in ((), (seen, Attendance(person=COLLEAGUE))):
        facts = msgspec.structs.replace(visited, attendance=unclear)
        assert "facts.condition" not in fields(form(facts))
    registered = next(each for each in records() if "RegistrationTaken" in each.type)
    unnamed = msgspec.structs.replace(registered.facts, name=None)
    assert "facts.name" not in fields(form(unnamed)), "a name may be somebody else's"


def test_only_what_differs_is_sent_in_the_types_of_the_facts() -> None:
    sent = form(
        facts__minutes=" 45 ",
        facts__place="",
        facts__audience="elderly",
        facts__note="她好多了\r\n",
    ).facts()
    words = {"person": CLIENT, "purpose": "casework", "text": "她好多了"}
    assert sent == {"minutes": 45, "place": None, "note": words}
    after = changed(SERVICE, sent, WORKER)
    assert (after.minutes, after.place, after.note.text) == (45, None, "她好多了")


def test_several_codes_are_ticked_and_unticked() -> None:
    name = "facts.services"
    ticked = CorrectionForm(form().says, {name: ("", "meals", "housework")})
    assert ticked.facts() == {"services": ["housework", "meals"]}, "those that stood stay first"
    assert CorrectionForm(form().says, {name: ("",)}).facts() == {"services": []}
    assert CorrectionForm(form().says, {name: ("", "housework")}).facts() == {}


def test_a_line_is_changed_taken_out_or_added_and_nothing_else_of_the_list() -> None:
    told = form(
        facts__attendance__0__status="absent",
        facts__attendance__new__count="2",
        facts__attendance__new__role="volunteer",
        gone="facts.attendance.1",
    )
    after = changed(SERVICE, told.facts(), WORKER)
    assert after.attendance == (
        Attendance(person=CLIENT, status="absent", groups=("living_alone",)),
        Attendance(count=2, role="volunteer"),
    )
    assert [field.name.rpartition(".")[2] for _, field in told.changes] == [
        "status",
        "count",
        "role",
    ]
    nobody = form(facts__attendance__new__role="volunteer")
    assert (nobody.facts(), nobody.changes) == ({}, [])


def test_the_time_is_kept_to_the_second_where_only_the_end_is_told_anew() -> None:
    begun = Occurred(start=at(TODAY, 9).replace(second=30))
    assert form(occurred=begun).occurred() is None
    told = form(occurred=begun, happened__end="2018-10-26T10:00").occurred()
    assert told == {"start": "2018-10-26T09:00:30+08:00", "end": "2018-10-26T10:00:00+08:00"}
    day = form(occurred=begun, happened__precision="day").occurred()
    assert day == {"start": "2018-10-26T09:00:30+08:00", "precision": "day"}


def test_money_is_asked_for_in_yuan_and_sent_in_fen() -> None:
    pledged = DonationPledged(kind="goods", value=80_000, description="大米")
    assert fields(form(pledged))["facts.value"].stands == ("800.00",)
    assert form(pledged, facts__value="800").facts() == {}
    assert form(pledged, facts__value="1,200.5").facts() == {"value": 120_050}
    with refused("page.no_money", "facts.value"):
        form(pledged, facts__value="八百").facts()
    with refused("page.not_filled", "facts.value"):
        form(pledged, facts__value="").facts()


def test_a_line_of_money_is_asked_for_in_yuan_throughout() -> None:
    line = AidLine(
        supply=new_id(),
        supply_kind="donation",
        name="救助金",
        quantity=30_000,
        unit="分",
        value=30_000,
    )
    given = AidDelivered(kind="relief", lines=(line,), purpose="relief")
    asked = fields(form(given))
    assert asked["facts.lines.0.quantity"].stands == ("300.00",)
    amounts = form(given, facts__lines__0__quantity="350", facts__lines__0__value="350")
    (sent,) = amounts.facts()["lines"]
    assert (sent["quantity"], sent["value"]) == (35_000, 35_000)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("facts.minutes", "四十", "page.no_number"),
        ("facts.minutes", "4.5", "page.no_number"),
        ("facts.minutes", "9" * 300, "page.no_number"),
        ("facts.audience", "nobody", "page.not_offered"),
        ("facts.services", "<b>", "page.not_offered"),
        ("facts.attendance.1.count", "", "page.not_filled"),
        ("facts.attendance.1.role", "\0", "page.not_offered"),
        ("happened.start", "", "page.not_filled"),
        ("happened.start", "昨天", "page.no_minute"),
        ("happened.end", "0001-01-01T00:00+14:00", "page.no_minute"),
        ("happened.precision", "soon", "page.not_offered"),
        ("gone", "facts.attendance.9", "page.not_offered"),
    ],
)
def test_nonsense_is_refused_by_the_name_of_its_field(name: str, text: str, code: str) -> None:
    told = CorrectionForm(form().says, {name: (text,)})
    with refused(code, name):
        told.facts(), told.occurred()


def test_a_day_is_written_as_one() -> None:
    stored: Any = next(each for each in records() if "GoodsStored" in topic_of(type(each.facts)))
    with refused("page.no_day", "facts.expires"):
        form(stored.facts, facts__expires="下周").facts()
    assert form(stored.facts, facts__expires="2030-01-31").facts() == {"expires": "2030-01-31"}


def test_a_list_too_long_for_a_form_is_left_to_be_corrected_over_http() -> None:
    many = tuple(Attendance(person=new_id()) for _ in range(LINES + 1))
    long = form(msgspec.structs.replace(SERVICE, attendance=many))
    assert (long.lines, "attendance" in long.left_out) == ((), True)


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("facts.minutes", "facts.minutes"),
        ("minutes", "facts.minutes"),
        ("occurred.start", "happened.start"),
        ("attendance.1.count", "facts.attendance.1.count"),
        ("workers.0", None),
        ("reason.text", None),
        (None, None),
    ],
)
def test_a_refusal_finds_the_field_that_it_names(named: str | None, found: Id | None) -> None:
    assert form().field_of(named) == found
