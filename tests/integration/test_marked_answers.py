"""What a demonstration's records had part in says so over HTTP, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.http import running
from tests.integration.marked import Both

MARK = "Shilu-Demonstration"


@pytest.fixture(scope="module")
def both(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with running(module_house_url, tmp_path_factory.mktemp("home")) as api:
        yield Both(api)


LISTS = ("/visits", "/persons", "/audit", "/caseload")


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_marked_to_whom_a_demonstration_asks(both: Both, path: str) -> None:
    both.api.as_role("worker", both.operator)
    answer = both.get(path)
    assert answer.headers[MARK] == "true"
    found = answer.json()
    assert set(found["demonstrations"]) == {row["ledger"] for row in found["items"]}


@pytest.mark.parametrize("path", LISTS)
def test_no_list_of_a_real_station_is_marked(both: Both, path: str) -> None:
    both.api.as_role("worker", both.real_operator)
    answer = both.get(path)
    assert MARK not in answer.headers
    assert answer.json()["demonstrations"] == []


def test_of_rows_of_both_the_invented_are_told_by_their_ledger(both: Both) -> None:
    both.by_administrator()
    answer = both.get("/visits")
    assert {row["ledger"] for row in answer.json()["items"]} == {both.real, both.demonstration}
    assert answer.json()["demonstrations"] == [both.demonstration]
    assert answer.headers[MARK] == "true"


def test_a_row_of_the_next_page_marks_none_before_it(both: Both) -> None:
    both.by_administrator()
    first = both.get("/visits", limit=1)
    (row,) = first.json()["items"]
    second = both.get("/visits", limit=1, cursor=first.json()["next"])
    for answer in (first, second):
        (row,) = answer.json()["items"]
        assert (answer.headers.get(MARK) == "true") == (row["ledger"] == both.demonstration)


def test_what_was_known_then_is_marked_as_what_is_known_now(both: Both) -> None:
    both.by_administrator()
    position = both.get("/visits").json()["position"]
    answer = both.get("/visits", known_at=position)
    assert answer.headers[MARK] == "true"
    assert answer.json()["demonstrations"] == [both.demonstration]


def test_an_answer_that_is_no_list_is_marked_and_keeps_its_shape(both: Both) -> None:
    both.by_administrator()
    report = both.get(f"/projects/{both.project}/midterm")
    assert report.headers[MARK] == "true"
    assert "demonstrations" not in report.json()
    assert both.get(f"/records/{both.visit}").headers[MARK] == "true"
    assert MARK not in both.get(f"/records/{both.real_visit}").headers


def test_changes_of_a_demonstrations_ledger_are_marked(both: Both) -> None:
    both.by_administrator()
    asked = {"register": "visits", "compared_with": "1"}
    changes = both.get(f"/ledgers/{both.demonstration}/changes", **asked)
    assert changes.headers[MARK] == "true"
    assert changes.json()["demonstrations"] == [both.demonstration]
    assert MARK not in both.get(f"/ledgers/{both.real}/changes", **asked).headers
