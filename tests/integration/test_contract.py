"""Whatever is sent, the API answers with a problem or an answer, and never falls over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from domain.identity import new_id
from tests.integration.http import Running, running

pytestmark = pytest.mark.slow
EXAMPLES = 6
ENDLESS = "/api/v1/events/stream"


@pytest.fixture(scope="module")
def api(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(module_house_url, tmp_path_factory.mktemp("home")) as it:
        it.settle()
        yield it


def asked(api: Running, case: Any) -> tuple[int, str]:
    """Send a generated request and return what came back."""
    sent = case.as_transport_kwargs(base_url="http://testserver")
    headers = {**(sent.get("headers") or {}), **api.client.headers, "Idempotency-Key": new_id()}
    kept = {
        name: sent[name] for name in ("json", "content", "params") if sent.get(name) is not None
    }
    path = sent["url"].removeprefix("http://testserver")
    answer = api.client.request(sent["method"], path, headers=headers, **kept)
    return answer.status_code, answer.text


@pytest.mark.timeout(900)
def test_no_input_makes_it_fall_over(api: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    # Made-up positions never come; nobody needs to wait for them.
    monkeypatch.setattr("api.questions.WAIT_SECONDS", 0.01)
    schema = schemathesis.openapi.from_dict(api.client.get("/api/v1/openapi.json").json())
    fallen: list[str] = []
    found: list[Any] = list(schema.get_all_operations())
    operations = [result.ok() for result in found]
    for operation in operations:
        if operation.path == ENDLESS:
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        )
        @given(case=operation.as_strategy())
        def probe(case: Any) -> None:
            status, text = asked(api, case)
            if status >= 500 and '"code":"position_not_reached"' not in text:
                fallen.append(f"{case.method} {case.path} {status} {text[:200]}")

        probe()
    assert len(operations) > 20
    assert fallen == []
