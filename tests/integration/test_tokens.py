"""A token is looked up once for all who come with it in the same moment, and not much longer."""

from __future__ import annotations

from psycopg_pool import ConnectionPool

from deploy.migrate import migrate
from domain.identity import new_id
from domain.journal.tokens import REMEMBER_SECONDS, Tokens
from domain.principal import Principal


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
        elsewhere.revoke(token)
        assert here.principal(token) is None
        moment[0] = 1.7 * REMEMBER_SECONDS
        assert here.remembered(token) is None
