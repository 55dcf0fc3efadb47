"""A question that is misspelt is refused: it is never answered as if it had said something else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.dependencies.utils import get_flat_params

from api.app import ROUTERS
from api.routing import Route
from domain.identity import new_id
from tests.integration.contracted import contracted
from tests.integration.days import today_here
from tests.integration.http import Running, running

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, Route)]


@pytest.fixture(scope="module")
def api(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(module_house_url, tmp_path_factory.mktemp("home")) as it:
        it.settle()
        yield it


def addressed(route: Route) -> str:
    """Return an address of an operation that leads to it."""
    path = route.path
    for part in route.dependant.path_params:
        path = path.replace(f"{{{part.alias}}}", new_id())
    return path


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.methods} {route.path}")
def test_every_operation_refuses_what_it_is_not_asked_by_and_names_it(
    api: Running, route: Route
) -> None:
    assert route.methods
    for method in route.methods:
        path = f"{addressed(route)}?know_at=2018-10-31"
        answer = api.client.request(method, path, headers={"Idempotency-Key": new_id()})
        told = answer.json()
        assert (answer.status_code, told["code"]) == (422, "query.unknown"), told
        assert (told["field"], "know_at" in told["title"]) == ("know_at", True)


def test_it_says_what_the_operation_is_asked_by(api: Running) -> None:
    told = api.client.get("/api/v1/visits?limit=5&form=2018-10-31").json()
    assert told["field"] == "form"
    assert told["details"]["known"].split(", ") == [
        "at_least", "cursor", "from", "kind", "known_at", "known_in", "ledger", "limit", "person",
        "to", "worker",
    ]  # fmt: skip
    receipt = api.post(f"/evaluations/{new_id()}/snapshot?limit=5", {}).json()
    assert (receipt["field"], receipt["details"]["known"]) == ("limit", "–")


def test_a_stranger_is_not_told_what_an_operation_takes(api: Running) -> None:
    stranger = {"Authorization": "Bearer nobody", "Idempotency-Key": new_id()}
    for method in ("GET", "POST"):
        told = api.client.request(method, "/api/v1/visits?form=1", json={}, headers=stranger)
        assert (told.status_code, "known" in told.text) == (401, False)


def test_what_anyone_may_ask_asks_for_no_token(api: Running) -> None:
    """A probe that adds a parameter was told to sign in, as if it had to."""
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer nobody"}):
        assert api.client.get("/api/v1/health", headers=headers).status_code == 200
        told = api.client.get("/api/v1/health?t=1", headers=headers)
        assert (told.status_code, told.json()["code"]) == (422, "query.unknown")


def test_only_health_answers_anyone(api: Running) -> None:
    stranger = {"Authorization": "", "Idempotency-Key": new_id()}
    answered = {
        route.path
        for route in ROUTES
        for method in route.methods or ()
        if api.client.request(method, f"{addressed(route)}?t=1", headers=stranger).status_code
        != 401
    }
    assert answered == {"/api/v1/health"}


def test_however_long_a_name_the_answer_is_short(api: Running) -> None:
    told = api.client.get("/api/v1/visits", params={"x" * 4000: "1"}).json()
    assert told["field"] == "x" * 40
    assert len(told["title"]) < 400


def test_whoever_says_no_parameter_is_answered(api: Running) -> None:
    for asked in ("", "?", "?&", "?limit=5", "?from=2018-10-01&to=2018-10-31&known_at=1"):
        assert api.client.get(f"/api/v1/visits{asked}").status_code == 200, asked


def names(route: Route) -> set[str]:
    """Return what an operation is asked by."""
    return {each.alias for each in get_flat_params(route.dependant)}


def paged(route: Route) -> set[str]:
    """Return what a list that comes by pages is asked by; nothing for what is none."""
    return names(route) if "cursor" in names(route) else set()


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if paged(each)], ids=lambda route: route.path
)
def test_a_list_takes_days_or_says_how_a_day_is_asked_about(route: Route) -> None:
    days = ({"from", "to"}, {"day"})  # or of one day, as the caseload is
    assert any(each <= paged(route) for each in days) or "known_at" in route.description


@pytest.mark.parametrize(
    "route",
    [each for each in ROUTES if {"from", "to"} <= names(each)],
    ids=lambda route: route.path,
)
def test_days_the_wrong_way_round_are_refused(api: Running, route: Route) -> None:
    """Of no days at all, every figure would be zero."""
    asked = {"from": "2019-01-01", "to": "2018-01-01"}
    told = api.client.get(addressed(route), params=asked).json()
    assert (told["code"], told["field"]) == ("days.backwards", "from"), told
    assert {"2019-01-01", "2018-01-01"} <= set(told["details"].values())


def test_what_a_project_was_said_to_have_done_is_listed_by_days(api: Running) -> None:
    project = contracted(api)
    claim = {"report": "midterm", "value": 0, "unit": "人次", "line": "B16"}
    days = [today_here(-before) for before in (3, 2, 1)]
    for day in days:
        occurred = {"start": f"{day.isoformat()}T12:00:00+08:00", "precision": "day"}
        api.done(f"/projects/{project}/claims", claim | {"occurred": occurred})
        handed_in = {"report": "other", "until": day.isoformat(), "no_figures": True}
        api.done(f"/projects/{project}/submissions", handed_in | {"occurred": occurred})
    asked = {"from": days[1].isoformat(), "to": days[2].isoformat()}
    for of in ("claims", "submissions"):
        told = api.get(f"/projects/{project}/{of}", **asked)["items"]
        assert [row["day"] for row in told] == [day.isoformat() for day in days[1:]], of
