"""What is sent must be of the type that is meant: nothing is made of something like it."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import isabstract
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from api import errors
from api.activity import HeldIn, IndirectIn
from api.app import ROUTERS
from api.case import SessionIn
from api.case_plan import CaseEvaluationIn
from api.commands import CommandIn, Model
from api.examples import with_examples
from api.group import GroupIn, MeetingIn
from api.visit import VisitIn
from domain.activity_held import ActivityHeld, Indirect
from domain.bounds import bound_of
from domain.case_facts import CaseEvaluated, CaseSessionHeld
from domain.event import FACTS
from domain.group_facts import GroupSessionHeld, GroupStanding
from domain.identity import derived_id, new_id
from domain.visit import HomeServiceDelivered, HomeVisitMade, PhoneContactMade

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
WRONG: dict[str, list[Any]] = {
    "integer": [True, "40", 40.0, "x", [1]],
    "boolean": [1, 0, "true", "yes", 1.0],
    "date": [0, 20181026, 1540512000.0, True, "1540512000", "20181026", "20181026T000000Z"],
    "date-time": [0, 1540512000, 1540512000.5, True, "1540512000", "20181026T090000+08:00"],
    "string": [1, True, 1.5],
}
RIGHT: dict[str, Any] = {
    "integer": 40,
    "boolean": False,
    "date": "2018-10-26",
    "date-time": "2018-10-26T09:00:00+08:00",
}


def sent(kind: type[Model] = Model) -> Iterator[type[Model]]:
    for one in kind.__subclasses__():
        if not isabstract(one):  # what others are made of has its fields checked in each of them
            yield one
        yield from sent(one)


def typed(model: type[Model]) -> Iterator[tuple[str, str]]:
    """Give each plain field of a body, and its type or format."""
    for name, schema in model.model_json_schema()["properties"].items():
        for one in schema.get("anyOf", [schema]):
            kind = one.get("format", one.get("type"))
            if kind in WRONG:
                yield name, kind


FIELDS = [(model, *field) for model in sent() for field in typed(model)]


def wrong_fields(model: type[Model], body: Any) -> set[str]:
    try:
        model.model_validate(body)
    except ValidationError as error:
        return {str(one["loc"][0]) for one in error.errors() if one["type"] != "missing"}
    return set()


def test_numbers_truth_values_and_days_are_taken_as_they_are_meant_and_not_otherwise() -> None:
    assert {kind for _, _, kind in FIELDS} == set(WRONG)
    for model, name, kind in FIELDS:
        for value in WRONG[kind]:
            assert name in wrong_fields(model, {name: value}), (model, name, value)


def test_what_is_of_the_right_type_is_taken() -> None:
    for model, name, kind in FIELDS:
        if kind not in RIGHT:
            continue
        try:
            model.model_validate({name: RIGHT[kind]})
        except ValidationError as error:
            told = {one["type"] for one in error.errors() if one["loc"] == (name,)}
            assert told <= {"less_than_equal", "greater_than_equal"}, (model, name, told)


BOUNDS: list[tuple[type[Model], str, type[msgspec.Struct]]] = [
    (VisitIn, "minutes", HomeServiceDelivered),
    (HeldIn, "minutes", ActivityHeld),
    (IndirectIn, "value", Indirect),
    (SessionIn, "minutes", CaseSessionHeld),
    (CaseEvaluationIn, "client_rating", CaseEvaluated),
    (MeetingIn, "minutes", GroupSessionHeld),
    (MeetingIn, "number", GroupSessionHeld),
    (GroupIn, "size_min", GroupStanding),
]


@pytest.mark.parametrize(("model", "field", "facts"), BOUNDS)
def test_the_document_bounds_a_number_as_the_facts_are_held_to(
    model: type[Model], field: str, facts: type[msgspec.Struct]
) -> None:
    """A visit of 721 minutes was said to be taken, and refused."""
    schema = model.model_json_schema()["properties"][field]
    bound = bound_of(facts, field)
    (shown,) = (one for one in schema.get("anyOf", [schema]) if one.get("type") == "integer")
    assert (shown["minimum"], shown["maximum"]) == (bound.least, bound.most)


def test_no_kind_of_work_has_minutes_that_the_document_does_not_know_of() -> None:
    """Work whose minutes are bounded more narrowly than most is bounded so in the document."""
    narrower = {kind for kind in FACTS.values() if "minutes" in getattr(kind, "narrower", {})}
    told = {facts for _, field, facts in BOUNDS if field == "minutes"}
    assert narrower - {HomeVisitMade, PhoneContactMade} == told  # which come as a visit too
    visits = (HomeServiceDelivered, HomeVisitMade, PhoneContactMade)
    assert len({bound_of(kind, "minutes") for kind in visits}) == 1


def test_a_field_is_named_once_and_what_it_may_be_is_listed_as_chinese_does() -> None:
    """A day that is none was told twice, where two parts of an operation read it."""
    expected = {"expected": "'home_visit', 'home_service' or 'phone_contact'"}
    wrong = {"type": "literal_error", "loc": ("body", "kind"), "msg": "", "ctx": expected}
    (told,) = errors.wrong_fields([wrong, wrong])
    assert told["title"] == "只能是：'home_visit'、'home_service'、'phone_contact'。"


def bodies() -> Iterator[tuple[str, type[BaseModel], Any]]:
    """Give every operation's path, the model of its body and each example that is shown."""
    app = FastAPI(separate_input_output_schemas=False)
    app.router.routes.extend(ROUTES)
    document = with_examples(app.openapi())
    for route in ROUTES:
        taken = route.body_field and route.body_field.field_info.annotation
        if not (isinstance(taken, type) and issubclass(taken, BaseModel)):
            continue
        body = document["paths"][route.path]["post"]["requestBody"]["content"]["application/json"]
        shown = [body["example"]] if "example" in body else taken.model_json_schema()["examples"]
        for one in shown:
            yield route.path, taken, one


def test_every_example_is_taken_and_says_something() -> None:
    found = list(bodies())
    assert len(found) > 150
    for path, model, shown in found:
        assert shown, path
        model.model_validate(shown)


@pytest.mark.parametrize("id", [derived_id("a place"), "0c6783b3-ddc4-4e68-9ce2-62c07ea2074b"])
def test_an_event_that_a_device_names_has_a_uuid_of_its_own_time(id: str) -> None:
    assert wrong_fields(CommandIn, {"event_id": id}) == {"event_id"}
    assert wrong_fields(CommandIn, {"event_id": new_id()}) == set()
