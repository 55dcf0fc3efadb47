"""Pages over what is invented carry the mark, for whoever reads them, and no others do."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from domain.clock import SHANGHAI
from domain.identity import Id, new_id
from domain.principal import Principal
from tests.integration.contracted import SHEET, contracted
from tests.integration.http import running
from tests.integration.marked import Both
from tests.integration.pages import browser, sign_in, token

BANNER = 'class="demonstration"'
PAGES = ("/", "/records", "/caseload", "/coverage")


@pytest.fixture(scope="module")
def both(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with running(module_house_url, tmp_path_factory.mktemp("home")) as api:
        yield Both(api)


@pytest.fixture(scope="module")
def real_project(both: Both) -> Id:
    api = both.api
    api.operator, api.station = both.real_operator, both.real
    api.as_role("operator_manager")
    project = contracted(api)
    api.follow()
    return project


@contextmanager
def evaluator(both: Both, operator: Id, project: Id) -> Iterator[TestClient]:
    """Open a browser whose token opens one project of an operator, and nothing else."""
    who = Principal(
        actor=new_id(),
        role="evaluator",
        operator=operator,
        ledger=project,
        evaluation=new_id(),
        until=both.api.built.clock.now() + timedelta(hours=1),
    )
    with browser(both.api) as client:
        sign_in(client, token(both.api, who))
        yield client


def shown(both: Both, client: TestClient, path: str) -> str:
    both.api.follow()
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def minute(both: Both) -> str:
    now = both.api.built.clock.now().astimezone(SHANGHAI)
    return f"{now:%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize("path", PAGES)
def test_an_evaluator_is_told_that_what_the_token_opens_is_invented(both: Both, path: str) -> None:
    with evaluator(both, both.operator, both.project) as client:
        assert BANNER in shown(both, client, path)
        assert BANNER in shown(both, client, f"{path}?at={minute(both)}")


@pytest.mark.parametrize("path", PAGES)
def test_an_evaluator_of_a_real_project_is_told_no_such_thing(
    both: Both, real_project: Id, path: str
) -> None:
    with evaluator(both, both.real_operator, real_project) as client:
        assert "演示数据" not in shown(both, client, path)


def test_an_evaluators_first_page_is_headed_by_the_project(both: Both) -> None:
    with evaluator(both, both.operator, both.project) as client:
        for path in ("/", f"/?at={minute(both)}"):
            text = shown(both, client, path)
            assert "全部机构" not in text
            assert f"<h1>{SHEET['contract']['name']}</h1>" in text
