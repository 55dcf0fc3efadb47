"""A token is looked up once for all who come with it in the same moment, and not much longer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner, Result

from deploy.commands.tokens import command
from deploy.migrate import migrate
from deploy.workroom import workshop_of
from domain.clock import SystemClock
from domain.identity import Id, new_id
from domain.journal.feed import Feed
from domain.journal.past import civil_day
from domain.journal.tokens import CHANNEL, REMEMBER_SECONDS, Tokens, id_of
from domain.principal import Principal
from projections.catalogue import VIEWS
from projections.engine.watch import Watch
from tests.integration.http import Running, running
from tests.processes import eventually
from workers.clock import Timetable
from workers.reactor import Reactor
from workers.running import Runner
from workers.token import END_TOKENS


def test_one_request_asks_again_for_all_before_the_moment_is_over(database_url: str) -> None:
    migrate(database_url)
    moment = [0.0]
    worker = Principal(actor=new_id(), role="worker", operator=new_id())
    with ConnectionPool(database_url, min_size=1, kwargs={"autocommit": True}) as pool:
        here, elsewhere = Tokens(pool, lambda: moment[0]), Tokens(pool)
        token = here.issue(worker, "test")
        assert here.remembered(token) is None
        assert here.principal(token) == here.remembered(token) == worker
        moment[0] = 0.6 * REMEMBER_SECONDS
        assert [here.remembered(token) for _ in range(3)] == [None, worker, worker]
        here.principal(token)
        moment[0] = 1.0 * REMEMBER_SECONDS
        assert here.remembered(token) == worker
        assert elsewhere.revoke(id_of(token))
        assert here.principal(token) is None
        moment[0] = 1.7 * REMEMBER_SECONDS
        assert here.remembered(token) is None


@pytest.fixture
def tokens(database_url: str) -> Iterator[Tokens]:
    migrate(database_url)
    with ConnectionPool(database_url, min_size=1, kwargs={"autocommit": True}) as pool:
        yield Tokens(pool, lambda: 0.0)  # time stands still: what is remembered stays so


def worker_of(operator: Id, **more: Any) -> Principal:
    return Principal(actor=new_id(), role="worker", operator=operator, **more)


def test_a_list_names_tokens_by_ids_that_open_nothing(tokens: Tokens) -> None:
    who = worker_of(new_id(), stations=(new_id(),))
    token = tokens.issue(who, "front desk")
    (issued,) = tokens.issued()
    assert (issued.token, issued.actor, issued.label) == (id_of(token), who.actor, "front desk")
    assert tuple(issued.stations) == who.stations
    assert token not in repr(issued)
    assert tokens.principal(issued.token) is None
    assert tokens.principal(token) == who


def test_a_token_is_ended_by_its_id_and_no_other_with_it(tokens: Tokens) -> None:
    ended, other = (tokens.issue(worker_of(new_id()), "test") for _ in range(2))
    assert tokens.revoke(id_of(ended))
    assert not tokens.revoke(id_of(ended))
    assert not tokens.revoke("nosuch")
    assert (tokens.principal(ended), tokens.remembered(ended)) == (None, None)
    assert tokens.principal(other) is not None
    stands = [one.token for one in tokens.issued() if one.stands(datetime.now(UTC))]
    assert stands == [id_of(other)]


def test_another_token_opens_what_the_one_that_it_replaces_did(tokens: Tokens) -> None:
    who = worker_of(new_id())
    old = tokens.issue(who, "phone", datetime.now(UTC) + timedelta(days=1))
    new = tokens.replace(id_of(old))
    assert new is not None
    assert (tokens.principal(old), tokens.principal(new)) == (None, who)
    was, now = tokens.issued()
    assert (was.label, was.expires_at) == (now.label, now.expires_at)
    assert tokens.replace(id_of(old)) is None
    assert len(tokens.issued()) == 2


def test_every_process_hears_at_once_that_a_token_was_ended(
    tokens: Tokens, database_url: str
) -> None:
    token = tokens.issue(worker_of(new_id()), "test")
    heard: list[None] = []

    def forget() -> None:
        heard.append(tokens.forget())  # type: ignore[func-returns-value] # that it was called

    watch = Watch(lambda: psycopg.connect(database_url), VIEWS, {CHANNEL: forget})
    try:
        assert eventually(lambda: heard)
        tokens.principal(token)
        assert tokens.remembered(token) is not None
        with ConnectionPool(database_url, min_size=1, kwargs={"autocommit": True}) as elsewhere:
            Tokens(elsewhere).revoke(id_of(token))
        assert eventually(lambda: tokens.remembered(token) is None)
    finally:
        watch.close()


@pytest.fixture
def api(house_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr("domain.journal.tokens.REMEMBER_SECONDS", 3600.0)
    monkeypatch.setenv("SHILU_DATABASE_URL", house_url)
    monkeypatch.setenv("SHILU_HOME", str(tmp_path / "home"))
    with running(house_url, tmp_path / "home") as it:
        it.settle()
        yield it


def run(*words: str) -> Result:
    return CliRunner().invoke(command, words)


def status(api: Running, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return api.client.get("/api/v1/visits", headers=headers).status_code


def test_a_token_is_issued_listed_replaced_and_ended_on_the_machine(api: Running) -> None:
    words = ("--role", "worker", "--operator", api.operator, "--station", api.station)
    made = run("issue", *words, "--label", "front desk", "--until", "2099-12-31")
    assert made.exit_code == 0, made.output
    token = made.stdout.strip()
    assert token not in made.stderr
    assert status(api, token) == 200
    listed = run("list").stdout
    assert id_of(token) in listed
    assert api.operator in listed
    assert api.station in listed
    assert token not in listed
    new = run("replace", id_of(token)).stdout.strip()
    assert eventually(lambda: status(api, token) == 401)
    assert status(api, new) == 200
    assert run("revoke", id_of(new)).exit_code == 0
    assert eventually(lambda: status(api, new) == 401)
    again = run("revoke", id_of(new))
    assert (again.exit_code, id_of(new) in again.stderr) == (1, True)
    assert id_of(new) not in run("list").stdout
    assert id_of(new) in run("list", "--all").stdout


def test_a_stream_of_events_ends_with_its_token(
    api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = api.client.headers["Authorization"].removeprefix("Bearer ")
    elsewhere, page, pages = Tokens(api.built.pool), Feed.page, 0

    def ending(feed: Feed, *asked: Any) -> Any:
        nonlocal pages
        pages += 1
        elsewhere.revoke(id_of(token))
        assert pages < 1000, "the stream went on"
        return page(feed, *asked)

    monkeypatch.setattr("api.feed.POLL_SECONDS", 0.01)
    monkeypatch.setattr(Feed, "page", ending)
    answer = api.client.get("/api/v1/events/stream")
    assert (answer.status_code, "data: " in answer.text) == (200, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("issue --role worker", "--operator"),
        ("issue --role evaluator", "no such role"),
        ("issue --role system", "no such role"),
        ("issue --role worker --operator nonsense", "no id"),
        ("issue --role worker --operator {nobody}", "--operator {nobody}: "),
        ("issue --role worker --operator {operator} --station {nobody}", "--station {nobody}: "),
        ("issue --role worker --operator {operator} --staff {nobody}", "--staff {nobody}: "),
        ("issue --role administrator --operator {operator}", "belongs to no operator"),
        ("issue --role worker --operator {operator} --until 2018-01-01", "is over"),
        ("issue --role worker --operator {operator} --label evaluation:x", "An evaluator's token"),
        ("issue --role worker --operator {operator} --label 13800138000", "--label: "),
        ("issue --role administrator --label 13800138000", "--label: "),
        ("issue --role administrator --label " + "x" * 101, "--label: "),
        ("replace nosuch", "no token nosuch stands"),
    ],
)
def test_no_token_is_made_for_what_is_not_there(api: Running, words: str, said: str) -> None:
    before = len(Tokens(api.built.pool).issued())
    ids = {"operator": api.operator, "nobody": new_id()}
    ran = run(*words.format(**ids).split())
    assert (ran.exit_code, ran.stdout) == (2, ""), ran.output
    assert said.format(**ids) in ran.stderr
    assert len(Tokens(api.built.pool).issued()) == before


def test_an_evaluators_token_is_replaced_by_its_evaluation_alone(api: Running) -> None:
    register = Tokens(api.built.pool)
    who = Principal(actor=new_id(), role="evaluator", operator=api.operator, evaluation=new_id())
    token = register.issue(who, "evaluation:x", datetime.now(UTC) + timedelta(days=1))
    assert run("replace", id_of(token)).exit_code == 2
    assert register.principal(token) is not None
    assert run("revoke", id_of(token)).exit_code == 0
    assert register.principal(token) is None


def hired(api: Running) -> Id:
    body = {"operator": api.operator, "name": "示例", "begins": day_of(api, -7)}
    stream: str = api.done("/staff", body)["stream"]
    api.follow()
    return stream


def day_of(api: Running, later: int) -> str:
    return (civil_day(None, (), api.built.clock.now()) + timedelta(days=later)).isoformat()


def work(api: Running) -> None:
    """Let workers do what events have asked for."""
    api.follow()
    workshop = workshop_of(api.built)
    reactor = Reactor(api.built.journal, workshop.register, [END_TOKENS])
    while reactor.step():
        pass
    tasks = workshop.register.take_unsent()
    assert tasks
    for task in tasks:
        Runner(workshop).run(END_TOKENS, task.task)
        done = workshop.register.find(task.task)
        assert done is not None
        assert done.error is None


class Tomorrow(SystemClock):
    """The clock of the day after."""

    def now(self) -> datetime:
        return super().now() + timedelta(days=1)


def token_of(api: Running, staff: Id) -> str:
    made = run("issue", "--role", "worker", "--operator", api.operator, "--staff", staff)
    assert made.exit_code == 0, made.output
    api.follow()
    return made.stdout.strip()


def test_whoever_leaves_comes_in_until_the_last_day_is_over(api: Running) -> None:
    left, stays = hired(api), hired(api)
    tokens = token_of(api, left), token_of(api, stays)
    api.done(f"/staff/{left}/leavings", {"last_day": day_of(api, 0)})
    work(api)
    assert [status(api, token) for token in tokens] == [200, 200]
    api.built.clock = Tomorrow()
    workshop = workshop_of(api.built)
    assert Timetable(workshop.register, workshop.clock, [END_TOKENS]).step() == 1
    work(api)
    assert eventually(lambda: status(api, tokens[0]) == 401)
    assert status(api, tokens[1]) == 200


def test_whoever_is_said_to_have_left_yesterday_comes_in_no_more(api: Running) -> None:
    left = hired(api)
    token = token_of(api, left)
    api.done(f"/staff/{left}/leavings", {"last_day": day_of(api, -1)})
    work(api)
    assert eventually(lambda: status(api, token) == 401)
    refused = run("issue", "--role", "worker", "--operator", api.operator, "--staff", left)
    assert (refused.exit_code, refused.stdout) == (2, "")
