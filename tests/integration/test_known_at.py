"""Every reading of a view can be asked as known at a moment, and tells what was known then."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest

from deploy.demo.play import acts
from deploy.demo.stage import OPERATOR, PROJECT, STATION, Act, Stage
from domain.clock import SimulatedClock
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.evaluating import commission_evaluation
from domain.identity import derived_id, new_id
from domain.principal import Principal
from projections.person import PERSON
from projections.visit import VISIT
from tests.evaluations import commission
from tests.integration.http import Running, running
from tests.station import refused

API = "/api/v1"
REASON = {"code": "entry_error", "text": "录入时看错了"}
DAY = "2018-10-31"
AFTERWARDS = "2019-06-30"
DAYS = {"to", "day", "on"}
"""By these names a day is asked about."""

NOT_OF_THE_PAST = {
    "/health": "how the house stands now",
    "/metrics": "how the house stands now",
    "/events": "the journal itself, read by position",
    "/events/stream": "the journal itself, as it grows",
    "/tasks": "what is being done for whoever asks",
    "/unfinished-tasks": "what is still to be done",
    "/tasks/{task}": "what is still to be done",
    "/tasks/{task}/file": "a file, the same for ever",
    "/attachments/{digest}": "a file, named by the hash of its bytes",
    "/records/{event}/receipt": "a proof of the journal as it was signed last",
    "/records/{event}/receipt.svg": "a proof of the journal as it was signed last",
    "/evaluations/{evaluation}/samples/{sample}/population": "frozen when it was commissioned",
    "/operators/{operator}/tokens": "who may come in now",
    "/operators/{operator}/policies": "every version there was, each with its day",
    "/activity-kinds": "a catalogue that comes with the program",
}
SAMPLES = {
    "/activities/{id}": ("/activities", "activity"),
    "/cases/{case}": ("/cases", "case_id"),
    "/donations/{id}/arrivals": ("/donations", "donation"),
    "/groups/{group}": ("/groups", "group_id"),
    "/households/{home}": ("/households", "household"),
    "/indicators/{indicator}/contributions": (f"/projects/{PROJECT}/indicators", "indicator"),
    "/indicators/{indicator}/uncertain": (f"/projects/{PROJECT}/indicators", "indicator"),
    "/needs/{id}": ("/needs", "need"),
    "/persons/{person}": ("/persons", "person"),
    "/records/{event}": ("/audit", "event"),
    "/staff/{staff}": ("/staff", "staff"),
    "/streams/{stream}": ("/audit", "stream"),
}
"""Where one is found to be asked about: a list, and the column that names it."""
NAMED = {"project": PROJECT, "station": STATION, "ledger": PROJECT}
NAMED |= {name: derived_id(name) for name in ("evaluation", "sample")}
NONE_OF_THESE = {"/alerts/{alert_id}", "/projects/{project}/periods/{first}/{last}"}
"""What the demonstration has none of."""

GROUP_MEMBERS = "/priority-groups/{group}/members"
REQUIRED: dict[str, dict[str, Any]] = {
    "/age-bands": {"on": DAY},
    "/completeness": {"ledger": PROJECT, "on": DAY},
    GROUP_MEMBERS: {"on": DAY},
    "/projects/{project}/changes": {"compared_with": DAY},
    "/ledgers/{ledger}/changes": {"compared_with": DAY, "register": "visits"},
}


def evaluate(desk: Desk, entry: Entry) -> Receipt:
    """Commission an evaluation that is known in both halves of the story."""
    return commission_evaluation(desk, entry, PROJECT, commission(), id=NAMED["evaluation"])


class Story:
    """The demonstration, told in two halves, with what every view said between them."""

    def __init__(self, api: Running) -> None:
        self.api = api
        self.whole = Principal(actor=new_id(), role="operator_manager", operator=OPERATOR)
        ordered = sorted(acts(api.built.journal), key=lambda act: (act.written, act.name))
        stage = Stage(api.built.records, SimulatedClock(ordered[0].written))
        half = len(ordered) * 2 // 3
        for act in ordered[:half]:
            stage.play_one(act)
        self.moment = ordered[half - 1].written
        early = Act("early", evaluate, self.moment, self.moment, role="operator_manager")
        stage.play_one(early)
        api.follow()
        api.sign_in(self.whole)
        self.position = self.head
        self.paths = self._paths()
        self.then = self.everything()
        for act in ordered[half:]:
            stage.play_one(act)
        self._change()
        api.follow()

    @property
    def head(self) -> int:
        return self.api.built.journal.max_notification_id() or 0

    @cached_property
    def operations(self) -> dict[str, set[str]]:
        """Return every GET there is, with the names of what it can be asked by."""
        paths = self.api.client.get(f"{API}/openapi.json").json()["paths"]
        return {
            path.removeprefix(API): {each["name"] for each in one["get"].get("parameters", ())}
            for path, one in paths.items()
            if "get" in one
        }

    def _paths(self) -> dict[str, str]:
        """Return every view's path, and under which address it is asked here."""
        return {
            path: self._address(path)
            for path in self.operations
            if path not in NOT_OF_THE_PAST and path not in NONE_OF_THESE
        }

    def _address(self, path: str) -> str:
        if path == GROUP_MEMBERS:
            return path.replace("{group}", "advanced_age")
        if path in SAMPLES:
            place, column = SAMPLES[path]
            rows = self.api.get(place)["items"]
            return path.replace(path[path.index("{") : path.index("}") + 1], rows[0][column])
        return path.format(**NAMED)

    def asked(self, path: str, **query: Any) -> Any:
        """Return what a view answers: its whole body, or the first of several pages."""
        address, given = self.paths[path], REQUIRED.get(path, {}) | query
        answer = self.api.client.get(f"{API}{address}", params=given)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def everything(self, **query: Any) -> dict[str, Any]:
        """Return what all views answer, of one and the same day where they are asked about one."""
        made = {}
        for path in self.paths:
            days = dict.fromkeys(DAYS & self.operations[path], AFTERWARDS)
            made[path] = self.asked(path, **days | REQUIRED.get(path, {}) | query)
        return made

    def _change(self) -> None:
        """Correct one visit and void another, of those that were known by then."""
        first, second = self.then["/visits"]["items"][:2]
        facts = {"minutes": (first["minutes"] or 15) - 5}
        self.api.done(f"/records/{first['event']}/corrections", {"facts": facts, "reason": REASON})
        self.api.done(f"/records/{second['event']}/voidings", {"reason": REASON})


@pytest.fixture(scope="module")
def story(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with running(module_house_url, tmp_path_factory.mktemp("home")) as api:
        yield Story(api)


@pytest.fixture(autouse=True)
def signed_in(story: Story) -> None:
    story.api.sign_in(story.whole)


def test_every_reading_of_a_view_takes_known_at_and_no_other_does(story: Story) -> None:
    operations = story.operations
    assert set(NOT_OF_THE_PAST) <= set(operations)
    without = {path for path, names in operations.items() if "known_at" not in names}
    assert without == set(NOT_OF_THE_PAST)


def test_at_the_newest_position_every_view_says_what_it_says_now(story: Story) -> None:
    now, known = story.everything(), story.everything(known_at=story.head)
    assert [path for path in now if now[path] != known[path]] == []


def test_every_view_says_again_what_it_said_then(story: Story) -> None:
    again = story.everything(known_at=story.position)
    assert [path for path in again if again[path] != story.then[path]] == []
    now = story.everything()
    moved = {path for path in now if now[path] != again[path]}
    assert moved >= {"/visits", "/audit", "/cases", "/activities", "/projects/{project}/midterm"}


def test_pages_of_the_past_follow_each_other_as_those_of_now(story: Story) -> None:
    for path in ("/visits", "/stock", "/persons", "/audit"):
        for moment in ({}, {"known_at": story.position}):
            whole = story.asked(path, limit=60, **moment)["items"]
            seen: list[Any] = []
            more: dict[str, str] = {}
            while len(seen) < len(whole):
                page = story.asked(path, limit=7, **moment, **more)
                seen += page["items"]
                more = {"cursor": page["next"] or ""}
            assert seen[: len(whole)] == whole, path


def test_a_recording_time_is_the_last_event_by_then_and_a_day_goes_to_its_end(story: Story) -> None:
    told = story.asked("/visits", known_at=story.moment.isoformat())
    assert told == story.asked("/visits", known_at=story.position)
    day = story.moment.date()
    by_day = story.asked("/audit", known_at=day.isoformat(), limit=1)["items"][0]
    assert by_day["recorded_at"][:10] <= day.isoformat()
    assert story.asked("/audit", known_at="2018-05-31")["items"] == []


def test_a_past_day_is_also_the_day_asked_about(story: Story) -> None:
    report = story.asked("/projects/{project}/midterm", known_at=DAY)
    assert report["as_of"] == DAY
    both = story.asked("/projects/{project}/midterm", known_at=DAY, to="2018-09-30")
    assert both["as_of"] == "2018-09-30"
    assert both["totals"]["actual_times"] < report["totals"]["actual_times"]


def test_figures_of_two_spans_of_days_add_up_to_those_of_both(story: Story) -> None:
    def times(**span: str) -> dict[str, int]:
        rows = story.asked("/projects/{project}/progress", **span)
        return {row["code"]: row["total"] for row in rows if row["measure"] == "person_times"}

    first, second = times(to="2018-09-14"), times(**{"from": "2018-09-15", "to": "2018-10-20"})
    assert sum(first.values()) > 0
    assert sum(second.values()) > 0
    both = times(to="2018-10-20")
    assert {code: first[code] + second[code] for code in first} == both
    report = story.asked(
        "/projects/{project}/midterm", **{"from": "2018-09-15", "to": "2018-10-20"}
    )
    assert report["since"] == "2018-09-15"
    cells = [cell for line in report["lines"] for cell in line["cells"].values()]
    told = sum(cell["actual"] or 0 for cell in cells if cell["measure"] == "person_times")
    assert told == sum(second.values())


@pytest.mark.parametrize(
    "path",
    [
        "/projects/{project}/midterm",
        "/projects/{project}/differences",
        "/projects/{project}/coverage",
        "/projects/{project}/progress",
        "/projects/{project}/contradictions",
        "/projects/{project}/signals",
        "/completeness",
        "/projects/{project}/changes",
    ],
)
def test_days_that_begin_after_the_day_of_the_question_are_refused(story: Story, path: str) -> None:
    asked = {"from": "2018-11-01", "known_at": DAY} | REQUIRED.get(path, {})
    asked.pop("on", None)
    answer = story.api.client.get(f"{API}{story.paths[path]}", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "days.backwards")
    assert answer.json()["details"] == {"first": "2018-11-01", "last": DAY}


@pytest.mark.parametrize("unclear", ["yesterday", "2018-02-30", "2018-10-31T12:00:00", ""])
def test_what_is_no_moment_is_refused(story: Story, unclear: str) -> None:
    answer = story.api.client.get(f"{API}/visits", params={"known_at": unclear})
    assert (answer.status_code, answer.json()["code"]) == (422, "known_at.unclear")


def test_a_position_that_is_yet_to_come_is_refused(story: Story) -> None:
    answer = story.api.client.get(f"{API}/visits", params={"known_at": story.head + 1})
    assert (answer.status_code, answer.json()["field"]) == (422, "known_at")
    assert answer.json()["code"] == "known_at.beyond"
    assert answer.json()["details"] == {"position": story.head + 1, "last": story.head}


@pytest.mark.parametrize("path", ["/visits", f"/projects/{PROJECT}/midterm"])
def test_a_day_that_is_yet_to_come_is_refused(story: Story, path: str) -> None:
    answer = story.api.client.get(f"{API}{path}", params={"known_at": "2999-01-01"})
    assert (answer.status_code, answer.json()["field"]) == (422, "known_at")
    assert answer.json()["code"] == "known_at.in_future"


def test_what_would_take_too_long_is_refused_and_fewer_ledgers_are_not(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = story.asked("/projects/{project}/indicators")["position"]
    monkeypatch.setattr(story.api.client.app.state.services.past, "most", project - 1)  # type: ignore[attr-defined]
    answer = story.api.client.get(f"{API}/visits", params={"known_at": project})
    assert (answer.status_code, answer.json()["code"]) == (422, "known_at.too_much")
    known = {"known_at": project, "known_in": [PROJECT]}
    of_project = story.asked("/visits", ledger=PROJECT, known_at=project)["items"]
    assert story.asked("/visits", **known)["items"] == of_project != []


def test_few_questions_of_the_past_are_worked_out_at_once(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.engine.past.WAIT_SECONDS", 0.01)
    past = story.api.client.app.state.services.past  # type: ignore[attr-defined]
    with past.turn(), past.turn():
        answer = story.api.client.get(f"{API}/visits", params={"known_at": story.head})
        assert (answer.status_code, answer.json()["code"]) == (503, "known_at.busy")
    assert story.asked("/visits", known_at=story.head)["items"]


def test_the_past_shows_nobody_more_than_now(story: Story) -> None:
    def told(path: str, **query: Any) -> tuple[int, Any]:
        given = REQUIRED.get(path, {}) | query
        answer = story.api.client.get(f"{API}{story.paths[path]}", params=given)
        return answer.status_code, answer.json()

    here: dict[str, Any] = {"actor": new_id(), "operator": OPERATOR}
    outside = (
        Principal(actor=new_id(), role="operator_manager", operator=new_id()),
        Principal(role="station_head", stations=(new_id(),), **here),
        Principal(role="evaluator", ledger=new_id(), evaluation=new_id(), **here),
    )
    evaluator = Principal(role="evaluator", ledger=PROJECT, evaluation=new_id(), **here)
    for who in (*outside, evaluator):
        story.api.sign_in(who)
        for path in story.paths:
            now = told(path)
            assert told(path, known_at=story.head) == now, path
            assert told(path, known_at=story.position)[0] == now[0], path
        rows = told("/audit", known_at=story.position, limit=200)[1]["items"]
        assert {row["ledger"] for row in rows} <= {OPERATOR, who.ledger}
        assert bool(rows) == (who is evaluator or who is outside[1])


def test_a_question_of_several_views_may_look_through_no_more_than_one_of_one(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = story.api.client.app.state.services.past  # type: ignore[attr-defined]
    monkeypatch.setattr(past, "most", story.head)
    asked = past.within(Principal(actor=new_id(), role="system"), story.head)
    assert asked.rows(VISIT) == asked.rows(VISIT) != []
    with refused("known_at.too_much", "known_at"):
        asked.rows(PERSON)
