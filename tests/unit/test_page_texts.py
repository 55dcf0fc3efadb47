"""What pages say: the same in both languages, each text used, each number written as people do."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest

from api.pages.language import (
    LANGUAGES,
    Speech,
    number,
    percent,
    screen_texts,
    short,
    words,
)
from api.pages.records import written
from domain.event import FACTS, topic_of
from domain.slices import register_all
from projections.naming import Language

PAGES = Path(__file__).parents[2] / "api" / "pages"
DEMO = Path(__file__).parents[2] / "deploy" / "demo"
SOURCES = "\n".join(
    path.read_text("utf-8") for path in (*PAGES.glob("*.py"), *PAGES.glob("templates/*.html"))
)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    chinese, english = (screen_texts(language) for language in LANGUAGES)
    assert chinese.keys() == english.keys()
    differing = [key for key in chinese if fields(chinese[key]) != fields(english[key])]
    assert differing == []
    assert [key for key in chinese if not chinese[key].strip() or not english[key].strip()] == []


def test_every_text_that_a_page_says_exists_and_every_text_is_said() -> None:
    said = set(re.findall(r"""\b(?:t|text)\(\s*["']([a-z_0-9.]+)["']\s*[,)]""", SOURCES))
    begun = set(re.findall(r"""\bt\(\s*["']([a-z_0-9.]+)["']\s*~""", SOURCES))
    known = set(screen_texts("zh"))
    assert said - known == set()
    begun_with = {key for key in known if any(key.startswith(start) for start in begun)}
    assert known - said - begun_with == set()


def test_no_template_has_words_of_its_own() -> None:
    templates = list(PAGES.glob("templates/*.html"))
    assert len(templates) > 20
    for path in templates:
        logic = r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}"
        markup = re.sub(logic, "", path.read_text("utf-8"), flags=re.DOTALL)
        text = re.sub(r"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", "", markup)
        text = text.replace("(printf '\\0'; cat .leaf.json) | sha256sum", "")
        text = text.replace("&nbsp;", "")
        assert re.findall(r"[^\W\d_]{2,}", text) == [], path.name


def test_a_unit_stands_in_the_singular_after_one_and_no_page_says_it_otherwise() -> None:
    english, chinese = Speech("en"), Speech("zh")
    said = {"0": "person-times", "1": "person-time", "1.5": "person-times", "21": "person-times"}
    assert {amount: english.unit("人次", amount) for amount in said} == said
    assert (english.unit("个", "1"), english.unit("个", "6")) == ("unit", "units")
    assert (chinese.unit("人次", "1"), chinese.unit(None, "1")) == ("人次", "")
    apart = re.findall(r"""\S*\s\{\{ word\("unit",[^}]*""", SOURCES)
    assert {each.split(",")[1].split(")")[0].strip() for each in apart} == {'"元"'}


def test_which_figure_of_a_line_an_indicator_is_stands_in_words() -> None:
    codes = {"B02.person_times": "B02 人次", "B05.minutes": "B05 分钟", "3-1": "3-1", "4.1": "4.1"}
    assert {code: Speech("zh").code(code) for code in codes} == codes
    assert Speech("en").code("B02.person_times") == "B02 person-times"


def test_only_kinds_of_record_that_exist_are_named() -> None:
    register_all()
    named = {key.removeprefix("kind.") for key in words() if key.startswith("kind.")}
    assert named - set(FACTS) == set()


def test_every_kind_of_record_has_a_name() -> None:
    register_all()
    ours = [kind for kind in FACTS.values() if kind.__module__.startswith("domain.")]
    kinds = [topic_of(kind) for kind in ours]
    assert [kind for kind in kinds if Speech("zh").kind(kind).isascii()] == []


@pytest.mark.parametrize(
    ("numerator", "denominator", "written"),
    [(5, 12, "41.7%"), (153, 189, "81.0%"), (852, 726, "117.4%"), (0, 3, "0.0%"),
     (1, 2000, "0.1%"), (75, 40, "187.5%")],
)  # fmt: skip
def test_percentages_are_rounded_half_up_from_whole_numbers(
    numerator: int, denominator: int, written: str
) -> None:
    assert percent(numerator, denominator) == written


def test_numbers_dates_and_ids_are_written_as_people_read_them() -> None:
    moment = datetime(2018, 10, 25, 17, 5, tzinfo=UTC)
    assert Speech("zh").moment(moment) == "2018年10月26日 01:05"
    assert Speech("en").moment(moment.isoformat()) == "2018-10-26 01:05"
    assert Speech("en").day(moment) == "2018-10-26"
    assert number(1414) == "1,414"
    assert short("0c6783b3-ddc4-5e68-9ce2-62c07ea2074b") == "A2074B"


def test_in_english_one_thing_is_told_in_the_singular() -> None:
    english = Speech("en")
    assert english.text("caseload.overdue_by", days=1) == "1 day overdue"
    assert english.text("caseload.overdue_by", days=2) == "2 days overdue"
    assert english.text("caseload.overdue_by", days=11) == "11 days overdue"
    assert english.text("finding.records", count=1) == "The 1 record behind it"
    assert (english.amount(1, "次"), english.amount(1_500, "人次")) == (
        "1 time",
        "1,500 person-times",
    )
    assert Speech("zh").amount(1, "次") == "1 次"


def test_codes_begin_as_labels_do() -> None:
    for code, name in (("case_opened", "Case opened"), ("supervision", "Supervision")):
        assert Speech("en").word("code", code) == name
    assert Speech("en").value("audience", "elderly") == "Elderly"
    assert Speech("en").value("key", "fuyuan") == "fuyuan", "no code, but somebody's own word"


def test_a_record_is_named_whichever_of_its_corrections_is_meant() -> None:
    assert Speech("zh").kind("visit.HomeVisitMade@1") == "入户走访"
    assert Speech("en").kind("visit.HomeVisitMadeVoided@1") == "Home visit"
    assert Speech("zh").kind("unknown.SomethingElse@1") == "SomethingElse"


def test_the_list_of_records_leaves_out_what_the_rules_write_for_themselves() -> None:
    register_all()
    listed = {kind.partition("@")[0] for kind in written()}
    own = {"case.CaseMarked", "case.CaseUnmarked", "claim.Claimed", "worker_day.WorkerEngaged"}
    assert own <= set(FACTS)
    assert listed & own == set()
    assert {
        "case.CaseOpened",
        "visit.HomeVisitMade",
        "evidence.AttachmentMarkedSensitive",
    } <= listed


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_service_that_the_demonstration_hands_papers_in_for_has_a_name(
    language: Language,
) -> None:
    says = Speech(language)
    kinds = json.loads((DEMO / "form_sets.json").read_text())
    assert [kind for kind in kinds if says.value("service_type", kind) == kind] == []
