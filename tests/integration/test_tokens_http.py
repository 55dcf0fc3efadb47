"""Access tokens over HTTP: an operator's manager lets people in, and shuts doors again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.commands.tokens import command
from domain.clock import SystemClock
from domain.identity import Id, new_id
from domain.journal.codec import decode
from domain.journal.tokens import Tokens, id_of
from domain.principal import Principal, Role
from domain.token import TokenEnded, TokenIssued, TokenReplaced
from tests.everything import everything
from tests.integration.evaluated import evaluator
from tests.integration.http import Running, running
from tests.integration.pages import browser
from tests.integration.pages import sign_in as sign_in_page
from tests.integration.pages import token as token_of

UNKNOWN = "0123456789abcdef"


@pytest.fixture
def api(house_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setenv("SHILU_DATABASE_URL", house_url)
    monkeypatch.setenv("SHILU_HOME", str(tmp_path / "home"))
    with running(house_url, tmp_path / "home") as it:
        it.settle()
        it.as_role("operator_manager")
        yield it


def sign_in(api: Running, role: Role, *stations: Id, operator: Id | None = None) -> Principal:
    whose = None if role == "administrator" else operator or api.operator
    who = Principal(actor=new_id(), role=role, operator=whose, stations=stations)
    api.sign_in(who)
    return who


def issued(api: Running, **body: Any) -> dict[str, Any]:
    told: dict[str, Any] = api.done(f"/operators/{api.operator}/tokens", {"role": "worker"} | body)
    return told


def refused(api: Running, path: str = "", body: dict[str, Any] | None = None) -> Any:
    """Send what must be refused, and that records and makes nothing."""
    before = api.built.journal.max_notification_id(), len(Tokens(api.built.pool).issued())
    sent = {"role": "worker"} if body is None else body
    answer = api.post(f"/operators/{api.operator}/tokens{path}", sent)
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    after = api.built.journal.max_notification_id(), len(Tokens(api.built.pool).issued())
    assert before == after
    told = answer.json()
    return answer.status_code, told["code"], told.get("field")


def listed(api: Running, **query: Any) -> dict[str, dict[str, Any]]:
    found = api.get(f"/operators/{api.operator}/tokens", **query)
    return {one["id"]: one for one in found}


def opens(api: Running, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    return bool(api.client.get("/api/v1/visits", headers=headers).status_code == 200)


def recorded(api: Running) -> list[Any]:
    """Return the decisions about tokens in the operator's ledger, each with who took it."""
    events = [decode(row.state) for row in api.built.journal.read_ledger(api.operator)]
    kinds = (TokenIssued, TokenReplaced, TokenEnded)
    return [(one.facts, one.role) for one in events if isinstance(one.facts, kinds)]


def test_a_token_is_issued_listed_replaced_and_ended_and_each_is_on_record(api: Running) -> None:
    until = SystemClock().now() + timedelta(days=30)
    body = {"stations": [api.station], "until": until.isoformat(), "label": "前台平板"}
    answer = api.post(f"/operators/{api.operator}/tokens", {"role": "worker"} | body)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    first = answer.json()
    assert first["id"] == id_of(first["token"])
    assert opens(api, first["token"])
    one = listed(api)[first["id"]]
    assert (one["role"], one["stations"], one["label"]) == ("worker", [api.station], "前台平板")
    assert one["ended_at"] is None
    second = api.done(f"/operators/{api.operator}/tokens/{first['id']}/replacements", {})
    assert [opens(api, each["token"]) for each in (first, second)] == [False, True]
    again = listed(api)[second["id"]]
    assert [again[name] for name in ("holder", "stations", "until", "label")] == [
        one[name] for name in ("holder", "stations", "until", "label")
    ]
    api.done(f"/operators/{api.operator}/tokens/{second['id']}/endings", {})
    assert not opens(api, second["token"])
    assert second["id"] not in listed(api)
    assert listed(api, ended=True)[second["id"]]["ended_at"] is not None
    (let_in, role), (replaced, _), (ended, _) = recorded(api)
    assert (let_in.token, let_in.holder, let_in.until) == (first["id"], one["holder"], until)
    assert (replaced.token, replaced.by) == (first["id"], second["id"])
    assert (ended.token, role) == (second["id"], "operator_manager")


def test_a_command_sent_again_reveals_nothing_and_makes_no_second_token(
    api: Running,
    house_url: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    path, key = f"/operators/{api.operator}/tokens", {"Idempotency-Key": new_id()}
    first = api.post(path, {"role": "worker"}, **key).json()
    made = len(Tokens(api.built.pool).issued())
    again = api.post(path, {"role": "worker"}, **key)
    assert again.status_code == 201
    told = again.json()
    assert (told["token"], told["id"]) == (None, first["id"])
    assert told["receipt"]["repeated"]
    (warning,) = told["receipt"]["warnings"]
    assert warning["code"] == "token.shown_once"
    assert "换发" in warning["title"]
    assert len(Tokens(api.built.pool).issued()) == made
    other = api.post(path, {"role": "supervisor"}, **key)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    replacing = {"Idempotency-Key": new_id()}
    path += f"/{first['id']}/replacements"
    answers = [api.post(path, {}, **replacing).json() for _ in range(2)]
    assert [one["id"] for one in answers] == [answers[0]["id"]] * 2
    assert answers[1]["token"] is None
    assert opens(api, answers[0]["token"])
    kept = [row for _, row in everything(house_url)]
    logged = "".join([caplog.text, *capfd.readouterr()])
    assert first["id"] in logged, "the address that was asked"
    for token in (first["token"], answers[0]["token"]):
        assert not any(token in row for row in kept)
        assert token not in logged


def test_only_the_manager_lets_people_in(api: Running) -> None:
    token = issued(api)["id"]
    body = {"role": "worker"}
    for role in ("worker", "supervisor", "project_lead", "station_head"):
        api.as_role(role)
        assert refused(api) == (403, "token.may_not", "Authorization")
        assert refused(api, f"/{token}/replacements", {})[:2] == (403, "token.may_not")
        assert refused(api, f"/{token}/endings", {})[:2] == (403, "token.may_not")
        answer = api.client.get(f"/api/v1/operators/{api.operator}/tokens")
        assert (answer.status_code, answer.json()["code"]) == (403, "token.may_not")
    evaluator(api, new_id(), SystemClock().now() + timedelta(hours=1))
    assert refused(api)[:2] == (403, "access.read_only")
    answer = api.client.get(f"/api/v1/operators/{api.operator}/tokens")
    assert (answer.status_code, answer.json()["code"]) == (403, "token.may_not")
    sign_in(api, "operator_manager", operator=new_id())
    assert refused(api) == (404, "not_found", "operator")
    assert refused(api, f"/{token}/endings", {})[:2] == (404, "not_found")
    assert api.client.get(f"/api/v1/operators/{api.operator}/tokens").status_code == 404
    del api.client.headers["Authorization"]
    assert api.post(f"/operators/{api.operator}/tokens", body).status_code == 401


def test_the_administrator_shuts_doors_and_opens_none(api: Running) -> None:
    token = issued(api)
    sign_in(api, "administrator")
    assert refused(api)[:2] == (403, "token.may_not")
    assert refused(api, f"/{token['id']}/replacements", {})[:2] == (403, "token.may_not")
    assert token["id"] in listed(api)
    api.done(f"/operators/{api.operator}/tokens/{token['id']}/endings", {})
    assert not opens(api, token["token"])
    missing = api.client.get(f"/api/v1/operators/{new_id()}/tokens")
    assert missing.status_code == 404


def test_nobody_issues_a_token_of_more_reach_than_their_own(api: Running) -> None:
    everywhere, here = issued(api), issued(api, stations=[api.station])
    sign_in(api, "operator_manager", api.station)
    assert refused(api) == (403, "token.more_reach", "stations")
    elsewhere = {"role": "worker", "stations": [api.station, new_id()]}
    assert refused(api, body=elsewhere) == (403, "token.more_reach", "stations")
    assert refused(api, f"/{everywhere['id']}/replacements", {}) == (404, "not_found", "token")
    assert refused(api, f"/{everywhere['id']}/endings", {}) == (404, "not_found", "token")
    assert opens(api, everywhere["token"])
    own = issued(api, stations=[api.station])
    assert {own["id"], here["id"]} <= set(listed(api))
    assert everywhere["id"] not in listed(api)


def test_nobody_issues_a_token_that_outlasts_their_own(api: Running) -> None:
    lasting, ends = issued(api), SystemClock().now() + timedelta(days=7)
    who = Principal(actor=new_id(), role="operator_manager", operator=api.operator)
    token = Tokens(api.built.pool).issue(who, "for a week", ends)
    api.client.headers["Authorization"] = f"Bearer {token}"
    assert refused(api) == (403, "token.more_reach", "until")
    later = {"role": "worker", "until": (ends + timedelta(seconds=1)).isoformat()}
    assert refused(api, body=later) == (403, "token.more_reach", "until")
    assert refused(api, f"/{lasting['id']}/replacements", {}) == (403, "token.more_reach", "until")
    assert opens(api, issued(api, until=ends.isoformat())["token"])


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"role": "administrator"}, "invalid", "role"),
        ({"role": "evaluator"}, "invalid", "role"),
        ({"role": "system"}, "invalid", "role"),
        ({}, "invalid", "role"),
        ({"role": "worker", "staff": "nonsense"}, "invalid", "staff"),
        ({"role": "worker", "staff": UNKNOWN * 2}, "invalid", "staff"),
        ({"role": "worker", "stations": ["nonsense"]}, "invalid", "stations.0"),
        ({"role": "worker", "stations": "all"}, "invalid", "stations"),
        ({"role": "worker", "until": "tomorrow"}, "invalid", "until"),
        ({"role": "worker", "until": "9999-12-31T23:59:59-12:00"}, "invalid", "until"),
        ({"role": "worker", "until": "2018-01-01T00:00:00+08:00"}, "token.no_future", "until"),
        ({"role": "worker", "label": "evaluation:x"}, "token.of_evaluation", "label"),
        ({"role": "worker", "label": "电话13800138000"}, "text.personal_number", "label"),
        ({"role": "worker", "label": "a\0b"}, None, "label"),
        ({"role": "worker", "label": "长" * 101}, "invalid", "label"),
        ({"role": "worker", "token": "shilu_mine"}, "invalid", "token"),
    ],
)
def test_nonsense_is_refused_and_names_the_field(
    api: Running, body: dict[str, Any], code: str | None, field: str
) -> None:
    status, said, named = refused(api, body=body)
    assert status in {409, 422}
    assert said == (code or said)
    assert named == field


def test_what_is_not_there_is_refused(api: Running) -> None:
    somewhere, somebody = {"stations": [new_id()]}, {"staff": new_id()}
    assert refused(api, body={"role": "worker"} | somewhere) == (404, "not_found", "stations.0")
    assert refused(api, body={"role": "worker"} | somebody)[:2] == (404, "not_found")
    for act in ("replacements", "endings"):
        assert refused(api, f"/{UNKNOWN}/{act}", {}) == (404, "not_found", "token")
        for nonsense in ("nonsense", UNKNOWN.upper(), f"{UNKNOWN}0", "%00"):
            assert refused(api, f"/{nonsense}/{act}", {})[0] in {404, 422}
    assert api.client.get("/api/v1/operators/nonsense/tokens").status_code == 422
    wrong = api.client.get(f"/api/v1/operators/{api.operator}/tokens", params={"ended": "perhaps"})
    assert wrong.status_code == 422
    elsewhere = Tokens(api.built.pool).issue(
        Principal(actor=new_id(), role="worker", operator=new_id()), "of another operator"
    )
    assert refused(api, f"/{id_of(elsewhere)}/endings", {}) == (404, "not_found", "token")


def test_what_has_ended_is_not_ended_again_but_the_same_command_is_answered_again(
    api: Running,
) -> None:
    path = f"/operators/{api.operator}/tokens/{issued(api)['id']}/endings"
    key = {"Idempotency-Key": new_id()}
    first, again = (api.post(path, {}, **key).json() for _ in range(2))
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert first["events"] == again["events"]
    other = api.post(path, {})
    assert (other.status_code, other.json()["code"]) == (409, "token.ended")
    assert api.post(path.replace("endings", "replacements"), {}).status_code == 409


def test_an_evaluators_token_is_ended_by_the_evaluation(api: Running) -> None:
    until = SystemClock().now() + timedelta(hours=1)
    manager = api.client.headers["Authorization"]
    evaluator(api, new_id(), until)
    token = api.client.headers["Authorization"].removeprefix("Bearer ")
    api.client.headers["Authorization"] = manager
    assert listed(api)[id_of(token)]["evaluation"] is not None
    for act in ("replacements", "endings"):
        assert refused(api, f"/{id_of(token)}/{act}", {})[1] == "token.of_evaluation"


def test_what_is_done_on_the_machine_is_on_record_too(api: Running) -> None:
    def run(*words: str) -> str:
        ran = CliRunner().invoke(command, words)
        assert ran.exit_code == 0, ran.output
        return ran.stdout.strip()

    first = run("issue", "--role", "worker", "--operator", api.operator)
    second = run("replace", id_of(first))
    run("revoke", id_of(second))
    run("revoke", id_of(run("issue", "--role", "administrator")))  # stands in nobody's ledger
    kinds = [(type(facts), role) for facts, role in recorded(api)]
    assert kinds == [(kind, "system") for kind in (TokenIssued, TokenReplaced, TokenEnded)]
    api.follow()
    audited = [row["type"] for row in api.get("/audit", limit=200)["items"]]
    assert {"token.TokenIssued@1", "token.TokenReplaced@1", "token.TokenEnded@1"} <= set(audited)


def test_the_records_of_tokens_are_not_shown_to_whoever_is_held_to_a_station(api: Running) -> None:
    event = issued(api)["receipt"]["events"][0]
    assert event in {row["event"] for row in api.get("/audit", limit=200)["items"]}
    held = sign_in(api, "operator_manager", api.station)
    api.follow()
    assert event not in {row["event"] for row in api.get("/audit", limit=200)["items"]}
    assert event not in api.client.get("/api/v1/events", params={"limit": 1000}).text
    for path in (f"/records/{event}", f"/records/{event}/receipt"):
        assert api.client.get(f"/api/v1{path}").status_code == 404
    with browser(api) as reader:
        sign_in_page(reader, token_of(api, held))
        assert event not in reader.get("/records").text
        assert reader.get(f"/records/{event}").status_code == 404
    own = issued(api, stations=[api.station])["receipt"]["events"][0]
    assert api.client.get(f"/api/v1/records/{own}").status_code == 200
