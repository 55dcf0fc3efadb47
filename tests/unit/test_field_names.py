"""Everything that a record can say has a name in both languages: its fields, and its codes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from msgspec import inspect

from api.pages.language import LANGUAGES, Speech, words
from domain.event import FACTS, Correction, Facts
from domain.private import Private
from domain.slices import register_all
from projections.catalogue import VIEWS

UNSHOWN = {"allocations"}
"""What follows from a record and is not shown as what it says."""


def spoken(type: inspect.Type, field: str, seen: frozenset[object]) -> Iterator[tuple[str, str]]:
    """Yield (field, "") for each field within a type, and (field, code) for each of its codes."""
    if isinstance(type, inspect.StructType):
        yield from within(type, field, seen)
    if isinstance(type, inspect.LiteralType):
        yield from ((field, str(value)) for value in type.values)
    for each in inner(type):
        yield from spoken(each, field, seen)
    assert not isinstance(type, inspect.DictType), f"{field} has keys that nobody can name"


def within(
    type: inspect.StructType, field: str, seen: frozenset[object]
) -> Iterator[tuple[str, str]]:
    if type.cls is Private or type.cls in seen:
        return
    if type.tag_field not in (None, "@type"):
        yield from ((str(type.tag_field), ""), (str(type.tag_field), str(type.tag)))
    for each in type.fields:
        if field or each.name not in UNSHOWN:
            yield each.name, ""
            yield from spoken(each.type, each.name, seen | {type.cls})


def inner(type: inspect.Type) -> tuple[inspect.Type, ...]:
    if isinstance(type, inspect.UnionType):
        return type.types
    if isinstance(type, inspect.TupleType):
        return type.item_types
    if isinstance(type, inspect.VarTupleType | inspect.ListType):
        return (type.item_type,)
    return (type.type,) if isinstance(type, inspect.Metadata) else ()


@cache
def said() -> frozenset[tuple[str, str]]:
    """Every field and every code of every kind of record; corrections say what those do."""
    register_all()
    kinds = [kind for kind in FACTS.values() if kind.__module__.startswith("domain.")]
    return frozenset(each for kind in kinds for each in of_kind(kind))


def of_kind(kind: type[Facts]) -> Iterator[tuple[str, str]]:
    if not issubclass(kind, Correction):
        yield from spoken(inspect.type_info(kind), "", frozenset())


def test_every_field_of_every_kind_of_record_has_a_name_in_both_languages() -> None:
    fields = {field for field, _ in said()}
    assert sorted(field for field in fields if f"field.{field}" not in words()) == []
    assert {"sex", "severity", "supply", "size_min", "form_set", "precision"} <= fields
    chinese = Speech("zh")
    assert [field for field in fields if chinese.word("field", field).isascii()] == []


def test_every_code_of_every_field_has_a_name_in_both_languages() -> None:
    codes = {(field, code) for field, code in said() if code}
    unnamed = [each for each in codes if Speech("zh").value(*each).isascii()]
    assert sorted(unnamed) == []
    assert {("decision", "close"), ("role", "spouse"), ("policy", "giving")} <= codes
    assert [each for each in codes if not Speech("en").value(*each).isascii()] == []
    assert len(codes) > 350


def test_every_view_whose_hash_was_frozen_has_a_name() -> None:
    assert [view.name for view in VIEWS if Speech("zh").value("view", view.name).isascii()] == []


def test_a_code_is_named_as_the_field_means_it() -> None:
    for field, code, *names in (
        ("group", "low_income", "低保边缘", "Low income"),
        ("match_kind", "stock_item", "库存物资", "Goods in stock"),
        ("basis", "community_list", "社区名单", "List of the community"),
        ("role", "head", "户主", "Head"),
        ("start_precision", "month", "精确到月", "To the month"),
        ("form", "written", "书面", "Written"),
        ("source", "list", "名单", "A list"),
        ("reason", "divided", "分户", "Divided"),
    ):
        assert [Speech(language).value(field, code) for language in LANGUAGES] == names


def test_a_slice_calls_by_words_of_its_own_what_others_call_otherwise() -> None:
    """A group is no case, and a document's `form` is not how a consent was given."""
    chinese = Speech("zh")
    for kind, called, opened in (
        ("group.GroupClosed@1", "已结束", "首次活动日期"),
        ("case.CaseClosed@1", "结案", "开案日期"),
        ("", "结案", "开案日期"),
    ):
        assert chinese.value("stage", "closed", kind) == called
        assert chinese.word("field", "opened", kind) == opened
    assert chinese.word("field", "form", "evidence.DocumentDrafted@1") == "文书代码"
