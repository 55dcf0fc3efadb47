"""What a report or a register says now and did not say then, with the events that made it so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.demo.play import play
from deploy.demo.stage import OPERATOR, PROJECT, STATION
from domain.identity import new_id
from domain.indicators import indicator_id
from domain.principal import Principal
from projections.registers import HIDDEN
from tests.integration.http import Running, running

API = "/api/v1"
REASON = {"code": "entry_error", "text": "录入时看错了"}
REPORT = f"/projects/{PROJECT}/changes"
ROWS = f"/ledgers/{PROJECT}/changes"
MANAGER = Principal(actor=new_id(), role="operator_manager", operator=OPERATOR)


class Story:
    """The demonstration, of which one visit was corrected, one voided, one voided and back."""

    def __init__(self, api: Running) -> None:
        self.api = api
        play(api.built.records)
        api.sign_in(MANAGER)
        self.before = api.built.journal.max_notification_id() or 0
        visits = api.get("/visits", ledger=PROJECT, kind="home_service", limit=3)["items"]
        self.corrected, self.voided, self.restored = visits
        changed = {"facts": {"minutes": self.corrected["minutes"] - 5}}
        self.correction = self.change(self.corrected, "corrections", **changed)
        self.voiding = self.change(self.voided, "voidings")
        self.change(self.restored, "voidings")
        self.change(self.restored, "reinstatements")
        api.follow()

    def change(self, visit: dict[str, Any], how: str, **more: Any) -> str:
        made = self.api.done(f"/records/{visit['event']}/{how}", {"reason": REASON, **more})
        return str(made["events"][0])

    def rows(self, register: str, **query: Any) -> list[dict[str, Any]]:
        given = {"register": register, "compared_with": self.before, "limit": 200} | query
        items: list[dict[str, Any]] = self.api.get(ROWS, **given)["items"]
        return items


@pytest.fixture(scope="module")
def story(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with running(module_house_url, tmp_path_factory.mktemp("home")) as api:
        yield Story(api)


@pytest.fixture(autouse=True)
def signed_in(story: Story) -> None:
    story.api.sign_in(MANAGER)


def test_a_register_tells_what_changed_in_it_and_why(story: Story) -> None:
    rows = {row["key"]["event"]: row for row in story.rows("visits")}
    assert set(rows) == {story.corrected["event"], story.voided["event"]}
    corrected, gone = rows[story.corrected["event"]], rows[story.voided["event"]]
    assert (corrected["change"], gone["change"]) == ("changed", "gone")
    minutes = story.corrected["minutes"]
    (field,) = corrected["changes"]
    assert field == {"field": "minutes", "before": minutes, "after": minutes - 5}
    (event,) = corrected["events"]
    assert (event["event"], event["record"]) == (story.correction, story.corrected["event"])
    assert (event["change"], event["actor"]) == ("corrected", MANAGER.actor)
    assert event["reason"] == REASON
    assert event["changes"] == [{"field": "minutes", "before": minutes, "after": minutes - 5}]
    assert [event["event"] for event in gone["events"]] == [story.voiding]


def test_the_report_tells_its_lines_that_moved_and_by_which_events(story: Story) -> None:
    told = story.api.get(REPORT, compared_with=story.before, to="2018-12-07")
    lines = {line["line"]: line for line in told["lines"]}
    assert "B05" in lines
    both = {story.correction, story.voiding}
    line = lines["B05"]
    assert {event["event"] for event in line["events"]} == both
    before, after = (line[side]["cells"]["minutes"]["actual"] for side in ("before", "after"))
    assert after - before == -5 - story.voided["minutes"]
    assert told["totals"]["actual_times"][0] - told["totals"]["actual_times"][1] == 1
    for line in told["lines"]:
        assert line["before"] != line["after"]
        assert line["events"], line["line"]


def test_every_line_that_grew_between_two_days_has_its_events(story: Story) -> None:
    told = story.api.get(REPORT, compared_with="2018-09-30", known_at="2018-10-31")
    assert told["as_of"] == "2018-10-31"
    assert len(told["lines"]) > 5
    for line in told["lines"]:
        assert line["events"], line["line"]
        days = {event["recorded_at"][:7] for event in line["events"]}
        assert days <= {"2018-09", "2018-10"}  # the last day of September ends at 16:00 UTC


def test_a_longer_contract_stands_behind_the_months_that_it_adds(story: Story) -> None:
    api, indicator = story.api, indicator_id(PROJECT, "A17")
    made = {"code": "A17", "name": "每月例会", "measure": "times", "unit": "次"}
    place = {"table": "A", "line": "A17", "column": "count"}
    api.done(f"/projects/{PROJECT}/indicators", {"definition": {**made, "placement": place}})
    target = {
        "indicator": indicator,
        "per": "month",
        "target": {"value": 1, "unit": "次"},
        "effective_from": "2018-11-01",
        "source": "补充协议",
    }
    api.done(f"/projects/{PROJECT}/targets", target)
    head = api.built.journal.max_notification_id()
    amendment = {"clause": "第五条", "document": "补充协议二", "end": "2030-12-31"}
    event = api.done(f"/projects/{PROJECT}/amendments", amendment)["events"][0]
    api.follow()
    told = api.get(REPORT, compared_with=head, to="2030-12-31")
    (line,) = told["lines"]
    before, after = (line[side]["cells"]["count"]["months"] for side in ("before", "after"))
    assert after[: len(before)] == before
    assert (after[-1]["month"], len(after) > len(before)) == ("2030-12", True)
    assert [each["event"] for each in line["events"]] == [event]


def test_nothing_has_changed_since_now(story: Story) -> None:
    head = story.api.built.journal.max_notification_id()
    assert story.api.get(REPORT, compared_with=head)["lines"] == []
    assert story.rows("visits", compared_with=head) == []


def test_rows_come_by_pages(story: Story) -> None:
    whole = story.rows("visits", compared_with="2018-09-01")
    assert len(whole) > 10
    first = story.api.get(ROWS, register="visits", compared_with="2018-09-01", limit=7)
    query = {"register": "visits", "compared_with": "2018-09-01", "cursor": first["next"]}
    second = story.api.get(ROWS, limit=7, **query)
    assert first["items"] + second["items"] == whole[:14]
    wrong = story.api.client.get(f"{API}{ROWS}", params=query | {"cursor": "x"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "cursor")


def test_moments_in_the_wrong_order_are_refused(story: Story) -> None:
    query = {"compared_with": "2018-10-31", "known_at": "2018-09-30"}
    answer = story.api.client.get(f"{API}{REPORT}", params=query)
    told = answer.json()
    assert (answer.status_code, told["field"]) == (422, "compared_with")
    assert (told["code"], "the earlier one first" in str(told)) == ("known_at.backwards", True)


@pytest.mark.parametrize("at", ["compared_with", "known_at"])
def test_a_moment_that_has_not_come_is_compared_with_nothing(story: Story, at: str) -> None:
    for path, register in ((REPORT, {}), (ROWS, {"register": "visits"})):
        query = {"compared_with": "2018-09-30"} | register | {at: str(99_999_999)}
        answer = story.api.client.get(f"{API}{path}", params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, "known_at.beyond")
        assert answer.json()["field"] == at


def test_a_register_tells_of_the_days_that_are_named(story: Story) -> None:
    october = {"from": "2018-10-01", "to": "2018-10-31", "compared_with": "2018-08-31"}
    rows = story.rows("visits", **october)
    days = {each["after"] for row in rows for each in row["changes"] if each["field"] == "day"}
    assert days
    assert {day[:7] for day in days} == {"2018-10"}
    from_the_first = {"compared_with": "2017-12-31"}
    assert story.rows("projects", **from_the_first)
    assert story.rows("projects", **october | from_the_first) == [], "the contract is of June"


@pytest.mark.parametrize("register", ["audit", "evaluations", "followups", "organisations"])
def test_every_register_that_can_be_read_can_be_compared(story: Story, register: str) -> None:
    ledger = OPERATOR if register == "organisations" else PROJECT
    query = {"register": register, "compared_with": 0, "limit": 200}
    items = story.api.get(f"/ledgers/{ledger}/changes", **query)["items"]
    assert items
    assert all(item["events"] for item in items)
    assert "evaluation_call" not in {item["table"] for item in items}


def test_what_nobody_may_read_is_not_told_as_a_change(story: Story) -> None:
    query = {"register": "persons", "compared_with": 0, "limit": 200}
    items = story.api.get(f"/ledgers/{STATION}/changes", **query)["items"]
    assert items
    assert not HIDDEN & {field["field"] for item in items for field in item["changes"]}
    assert "person_document" not in {item["table"] for item in items}


def test_whoever_may_not_see_a_ledger_is_told_there_is_none(story: Story) -> None:
    here: dict[str, Any] = {"actor": new_id(), "operator": OPERATOR}
    for who in (
        Principal(actor=new_id(), role="operator_manager", operator=new_id()),
        Principal(role="evaluator", ledger=new_id(), evaluation=new_id(), **here),
    ):
        story.api.sign_in(who)
        for path, register in ((REPORT, {}), (ROWS, {"register": "visits"})):
            given: dict[str, Any] = {"compared_with": story.before, **register}
            assert story.api.client.get(f"{API}{path}", params=given).status_code == 404
    story.api.sign_in(Principal(role="station_head", stations=(new_id(),), **here))
    assert story.rows("visits") == []
    story.api.sign_in(Principal(role="evaluator", ledger=PROJECT, evaluation=new_id(), **here))
    assert len(story.rows("visits")) == 2
