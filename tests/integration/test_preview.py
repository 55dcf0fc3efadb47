"""What setting a record right would change: told beforehand, the very same afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.demo.play import play
from deploy.demo.stage import OPERATOR, PROJECT
from domain.event import CORRECTIONS
from domain.identity import new_id
from domain.principal import Principal
from domain.visit import HomeServiceDelivered
from projections.changes import Register
from projections.engine.fold import read
from projections.preview import NOT_TOLD
from tests.integration.contracted import cell, contracted, service
from tests.integration.days import today_here
from tests.integration.http import Running, running
from tests.integration.registered import consented, person

API = "/api/v1"
REASON = {"code": "entry_error", "text": "录入时看错了"}
MANAGER = Principal(actor=new_id(), role="operator_manager", operator=OPERATOR)
TOLD = [register for register in get_args(Register) if register not in NOT_TOLD]
WAYS = ("corrections", "voidings", "reinstatements")


class Story:
    """The demonstration, whose records can all be set right."""

    def __init__(self, api: Running) -> None:
        self.api = api
        play(api.built.records)
        api.follow()
        api.sign_in(MANAGER)
        written = [read(row) for row in api.built.journal.read_ledger(PROJECT)]
        self.records = [each for each in written if type(each.facts) in CORRECTIONS]
        self.kinds = {type(each.facts) for each in self.records}

    def body(self, event: str, way: str, hours: int) -> dict[str, Any]:
        """What is sent: to correct, the minutes where the record has some, and when it began."""
        sent = {"reason": REASON, "event_id": new_id()}
        if way != "corrections":
            return sent
        facts = self.now(event)
        moved = datetime.fromisoformat(facts["occurred"]["start"]) + timedelta(hours=hours)
        happened = {**facts["occurred"], "start": moved.isoformat()}
        changed = {"minutes": facts["minutes"] + hours} if "minutes" in facts else {}
        return {**sent, "happened": happened, "facts": changed}

    def now(self, event: str) -> dict[str, Any]:
        steps = self.api.get(f"/records/{event}")
        said = {"occurred": steps[0]["occurred"], **steps[0]["facts"]}
        for step in steps[1:]:
            for each in step["changes"]:
                if each["field"] == "occurred.start":
                    said["occurred"] = {**said["occurred"], "start": each["after"]}
                else:
                    said[each["field"]] = each["after"]
        return said

    def progress(self) -> dict[str, tuple[int, dict[str, int]]]:
        rows = self.api.get(f"/projects/{PROJECT}/progress")
        return {row["indicator"]: (row["total"], row["months"]) for row in rows}

    def changed_since(self, position: int) -> list[dict[str, Any]]:
        """The rows that changed, register by register, as they are told after the fact."""
        now = self.api.built.journal.max_notification_id()
        found: list[dict[str, Any]] = []
        for register in TOLD:
            query = {"register": register, "compared_with": position, "known_at": now, "limit": 200}
            items = self.api.get(f"/ledgers/{PROJECT}/changes", **query)["items"]
            found += [{"register": register, **item} for item in items]
        return comparable(found)


def comparable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Changes of rows without their events, which are told once, and their place; in one order."""
    kept = [
        {
            **{name: row[name] for name in ("register", "table", "key", "change")},
            "changes": [each for each in row["changes"] if each["field"] != "position"],
        }
        for row in rows
    ]
    return sorted(kept, key=repr)


@pytest.fixture(scope="module")
def story(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with running(module_house_url, tmp_path_factory.mktemp("home")) as api:
        yield Story(api)


def test_what_is_told_beforehand_is_what_the_views_say_afterwards(story: Story) -> None:
    story.api.sign_in(MANAGER)
    answered: set[tuple[str, str]] = set()

    @settings(max_examples=30, deadline=None)
    @given(
        chosen=st.integers(min_value=0),
        way=st.sampled_from(WAYS),
        hours=st.sampled_from((-30, -1, 1, 26, 24 * 40)),
    )
    def holds(chosen: int, way: str, hours: int) -> None:
        kinds = sorted(story.kinds, key=lambda kind: kind.__name__)
        kind = kinds[chosen % len(kinds)]
        same = [each for each in story.records if type(each.facts) is kind]
        event = same[chosen // len(kinds) % len(same)].id
        if way == "reinstatements":
            story.api.post(f"/records/{event}/voidings", {"reason": REASON})
        if told_and_done(story, event, way, hours):
            answered.add((way, kind.__name__))

    # What chance may leave out: each way once, with a record that bears it.
    services = [each.id for each in story.records if isinstance(each.facts, HomeServiceDelivered)]
    for event, way in zip(services[: len(WAYS)], WAYS, strict=True):
        if way == "reinstatements":
            story.api.post(f"/records/{event}/voidings", {"reason": REASON})
        assert told_and_done(story, event, way, -1)
    holds()
    assert len({kind for _, kind in answered}) > 3


def told_and_done(story: Story, event: str, way: str, hours: int) -> bool:
    """Ask, do it, and hold what was told against what came of it; False where it was refused."""
    body = story.body(event, way, hours)
    head = story.api.built.journal.max_notification_id() or 0
    before = story.progress()
    asked = story.api.client.post(f"{API}/records/{event}/{way}/preview", json=body)
    assert story.api.built.journal.max_notification_id() == head
    done = story.api.post(f"/records/{event}/{way}", body)
    if asked.status_code != 200:
        assert (done.status_code, done.json()) == (asked.status_code, asked.json())
        return False
    assert done.status_code == 201, done.text
    told = with_ids(asked.text, done.json()["events"])
    assert comparable(told["rows"]) == story.changed_since(head)
    after = story.progress()
    moved = {each["indicator"]: each for each in told["figures"]}
    assert moved.keys() == {id for id in after if after[id] != before[id]}
    for id, each in moved.items():
        assert (each["before"], each["after"]) == (before[id][0], after[id][0])
        for month in before[id][1].keys() | after[id][1].keys():
            pair = [side[id][1].get(month, 0) for side in (before, after)]
            assert each["months"].get(month, [pair[0], pair[0]]) == pair
    return True


def with_ids(asked: str, events: list[str]) -> dict[str, Any]:
    """What was told, under the ids that the events got: beside the first they are made anew."""
    told = [each["event"] for each in json.loads(asked)["events"]]
    assert (told[0], len(told)) == (events[0], len(events))
    for would_be, made in zip(told, events, strict=True):
        asked = asked.replace(would_be, made)
    found: dict[str, Any] = json.loads(asked)
    return found


def test_a_ledger_too_long_to_fold_is_refused(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.api.sign_in(MANAGER)
    (visit,) = story.api.get("/visits", ledger=PROJECT, limit=1)["items"]
    monkeypatch.setattr(story.api.client.app.state.services.past, "most", 5)  # type: ignore[attr-defined]
    answer = ask(story.api, visit["event"], "voidings", reason=REASON)
    assert (answer.status_code, answer.json()["code"]) == (422, "known_at.too_much")


def test_whoever_may_not_write_or_see_is_told_so(story: Story) -> None:
    event = story.records[-1].id
    here: dict[str, Any] = {"actor": new_id(), "operator": OPERATOR}
    evaluator = Principal(role="evaluator", ledger=PROJECT, evaluation=new_id(), **here)
    stranger = Principal(actor=new_id(), role="operator_manager", operator=new_id())
    for who, said in ((evaluator, (403, "access.read_only")), (stranger, (404, "not_found"))):
        story.api.sign_in(who)
        answer = ask(story.api, event, "voidings", reason=REASON)
        assert (answer.status_code, answer.json()["code"]) == said


def ask(api: Running, event: str, way: str, **body: Any) -> Any:
    api.follow()
    return api.client.post(f"{API}/records/{event}/{way}/preview", json=body)


def previewed(api: Running, event: str, way: str, **body: Any) -> dict[str, Any]:
    answer = ask(api, event, way, **body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_voiding_is_told_with_its_figures_and_recorded_nowhere(api: Running) -> None:
    project = contracted(api)
    first, _ = service(api, project), service(api, project)
    event, head = first["events"][0], api.built.journal.max_notification_id()
    claim = {"report": "midterm", "line": "B05", "value": 2, "unit": "次"}
    claimed = api.done(f"/projects/{project}/claims", claim)["events"][0]
    told = previewed(api, event, "voidings", reason=REASON)
    figures = {each["code"]: each for each in told["figures"]}
    minutes = figures["B05.minutes"]
    assert (minutes["before"], minutes["after"]) == (80, 40)
    assert minutes["months"] == {f"{today_here():%Y-%m}": [80, 40]}
    assert (minutes["table"], minutes["line"]) == ("B", "B05")
    assert [each["claim"] for each in told["leaning"]["claims"]] == [claimed]
    assert told["closed_periods"] == []
    words = {each["code"]: each["words"] for each in told["told"]}
    assert "80 → 40" in words["preview_figure"]["zh"]
    assert words["preview_rows"]["en"].endswith("(documents, indicators, visits).")
    assert told["events"][0]["change"] == "voided"
    assert api.built.journal.max_notification_id() == (head or 0) + 1  # the claim
    assert cell(api, project, "B05", "minutes")["actual"] == 80


def test_what_was_shown_holds_the_command_that_confirms_it(api: Running) -> None:
    event = service(api, contracted(api))["events"][0]
    seen = ask(api, event, "corrections", facts={"minutes": 50}, reason=REASON).headers["ETag"]
    api.done(f"/records/{event}/corrections", {"facts": {"minutes": 45}, "reason": REASON})
    late = api.post(f"/records/{event}/voidings", {"reason": REASON}, **{"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (409, "stale_version")
    again = api.client.post(
        f"{API}/records/{event}/voidings/preview",
        json={"reason": REASON},
        headers={"If-Match": seen},
    )
    assert (again.status_code, again.json()["code"]) == (409, "stale_version")
    now = ask(api, event, "voidings", reason=REASON).headers["ETag"]
    done = api.post(f"/records/{event}/voidings", {"reason": REASON}, **{"If-Match": now})
    assert done.status_code == 201


def test_a_closed_period_is_told_as_reported_as_it_stands_and_as_it_would_become(
    api: Running,
) -> None:
    project = contracted(api)
    day = datetime.combine(today_here(-1), datetime.min.time(), UTC)
    begun = {"occurred": {"start": (day + timedelta(hours=1)).isoformat()}}
    event = service(api, project, **begun)["events"][0]
    api.follow()
    days = {"first": today_here(-40).isoformat(), "last": f"{day:%Y-%m-%d}"}
    approved = {"approved_by": new_id()}
    api.done(f"/projects/{project}/periods", days | approved)
    service(api, project, **begun, **approved)
    refused = ask(api, event, "corrections", facts={"minutes": 50}, reason=REASON)
    assert (refused.status_code, refused.json()["code"]) == (409, "period.closed")
    told = previewed(api, event, "corrections", facts={"minutes": 50}, reason=REASON, **approved)
    (period,) = told["closed_periods"]
    assert (period["first"], period["last"]) == (days["first"], days["last"])
    (figure,) = [each for each in period["figures"] if each["code"] == "B05.minutes"]
    sides = [figure[name] for name in ("as_reported", "known_now", "would_become")]
    assert sides == [40, 80, 90]
    assert told["told"][0]["code"] == "preview_closed_period"


def test_words_about_a_person_make_no_key_and_are_told_to_nobody(api: Running) -> None:
    somebody = person(api)
    consented(api, somebody, "health")
    taking_part = [{"person": somebody, "role": "client", "source": "sign-in"}]
    sent = {"station": api.station, "kind": "home_visit", "attendance": taking_part}
    visit = api.done("/visits", sent)["events"][0]
    words = {"person": somebody, "purpose": "health", "text": "近来睡眠不好需要陪诊"}
    keys = count_of_keys(api)
    answer = ask(api, visit, "corrections", facts={"condition": words}, reason=REASON)
    assert answer.status_code == 200, answer.text
    assert words["text"] not in answer.text
    assert count_of_keys(api) == keys


def count_of_keys(api: Running) -> int:
    with api.built.pool.connection() as connection:
        row = connection.execute("SELECT count(*) FROM person_key").fetchone()
    assert row is not None
    return int(row[0])
