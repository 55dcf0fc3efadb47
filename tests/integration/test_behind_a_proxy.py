"""Behind a reverse proxy: over what people came and who they are, as a proxy that is known says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from deploy.commands.api import how_served
from deploy.settings import Settings
from domain.identity import new_id
from domain.journal.tokens import Tokens
from domain.principal import Principal
from tests.integration.http import Running, running

PROXY, SOMEBODY_ELSE = "10.128.77.1", "10.128.78.1"
HOST = {"Host": "record.example.org", "Origin": "https://record.example.org"}


@pytest.fixture(scope="module")
def api(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(module_house_url, tmp_path_factory.mktemp("home")) as it:
        yield it


def sign_in(api: Running, by: str, person: str, word: str = "wrong") -> tuple[int, str]:
    """Sign in from behind what connects as `by`; return the answer's status and its cookie."""
    served = how_served(api.client.app, Settings(trusted_proxies="10.128.77.0/24"))
    served.load()
    client = TestClient(served.loaded_app, client=(by, 5000), follow_redirects=False)
    came = {"X-Forwarded-For": person, "X-Forwarded-Proto": "https", **HOST}
    answer = client.post("/signin", data={"token": word}, headers=came)
    return answer.status_code, answer.headers.get("set-cookie", "").lower()


def known(api: Running) -> str:
    return Tokens(api.built.pool).issue(Principal(actor=new_id(), role="administrator"), "test")


def test_a_known_proxy_is_believed_that_people_came_over_https(api: Running) -> None:
    status, cookie = sign_in(api, PROXY, "192.0.2.1", known(api))
    assert (status, "; secure" in cookie) == (303, True)


def test_a_stranger_is_not(api: Running) -> None:
    status, cookie = sign_in(api, SOMEBODY_ELSE, "192.0.2.1", known(api))
    assert (status, "; secure" in cookie) == (303, False)


def test_who_guesses_keeps_nobody_else_out(api: Running) -> None:
    guesses = [sign_in(api, PROXY, "192.0.2.66")[0] for _ in range(11)]
    assert guesses == [401] * 10 + [429]
    assert sign_in(api, PROXY, "192.0.2.77", known(api))[0] == 303


def test_nor_gets_further_guesses_by_saying_to_be_somebody_else(api: Running) -> None:
    guesses = [sign_in(api, PROXY, f"192.0.2.{n}, 192.0.2.99")[0] for n in range(11)]
    assert guesses == [401] * 10 + [429]
