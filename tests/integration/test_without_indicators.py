"""A project of which no indicator is defined yet has reports like any other: empty ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from deploy.commands import report
from domain.identity import new_id
from tests.integration.contracted import contract, service
from tests.integration.counted import page
from tests.integration.http import Running

REPORTS = ("midterm", "differences", "contradictions", "coverage")


@pytest.fixture
def project(api: Running) -> str:
    made: str = api.done("/projects", contract(api, goals=[], indicators=[]))["stream"]
    return made


def test_its_reports_are_empty(api: Running, project: str) -> None:
    """Given a project without indicators, when its reports are asked for, then each is there and
    says nothing, as its progress does."""
    asked: dict[str, Any] = {each: api.get(f"/projects/{project}/{each}") for each in REPORTS}
    assert (asked["midterm"]["table_a"], asked["midterm"]["table_b"]) == ([], [])
    assert asked["midterm"]["totals"]["actual_times"] == 0
    assert (asked["midterm"]["lines"], asked["differences"]) == ([], [])
    assert asked["contradictions"] == []
    assert asked["coverage"]["goals"] == []
    assert api.get(f"/projects/{project}/progress") == []


def test_its_reports_tell_of_work_and_claims_all_the_same(api: Running, project: str) -> None:
    """Given a delivery to it and a figure claimed of it, when its reports are asked for, then both
    are told of: no indicator counts the one, and nothing that is counted speaks of the other."""
    done = service(api, project)["events"]
    claim = {"report": "midterm", "line": "B05", "value": 3, "unit": "次", "text": "3次"}
    made = api.done(f"/projects/{project}/claims", claim)["events"]
    (differs,) = api.get(f"/projects/{project}/differences")
    assert (differs["kind"], differs["claim"]) == ("claim_uncounted", made[0])
    found = {one["code"]: one["events"] for one in api.get(f"/projects/{project}/contradictions")}
    assert (found["work_of_no_indicator"], found["claim_without_line"]) == (done, made)
    (alone,) = api.get(f"/projects/{project}/coverage")["claims_of_no_line"]
    assert alone["claim"] == made[0]


@pytest.mark.parametrize("name", REPORTS)
def test_what_is_not_there_is_not_found(api: Running, project: str, name: str) -> None:
    """Given the project, when a report of none that there is is asked for, or of it before it was
    contracted, or by another operator, then nothing is found."""
    refused = api.client.get(f"/api/v1/projects/{new_id()}/{name}")
    assert (refused.status_code, refused.json()["field"]) == (404, "project")
    assert api.client.get(f"/api/v1/projects/{project}/{name}?known_at=1").status_code == 404
    api.as_role("operator_manager", operator=new_id())
    assert api.client.get(f"/api/v1/projects/{project}/{name}").status_code == 404


@pytest.mark.parametrize("name", ["", "/contradictions", "/signals", "/changes"])
def test_its_pages_open(api: Running, reader: TestClient, project: str, name: str) -> None:
    assert contract(api)["name"] in page(api, reader, f"/projects/{project}{name}")


@pytest.mark.parametrize("name", ["midterm", "differences", "signals"])
def test_a_command_prints_it(
    api: Running,
    project: str,
    house_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setenv("SHILU_DATABASE_URL", house_url)
    monkeypatch.setenv("SHILU_HOME", str(tmp_path / "home"))
    api.follow()
    assert api.get(f"/projects/{project}")["slug"] == "fuyuan"
    asked = [name, "--project", "fuyuan"]
    for way in ([], ["--json"]):
        ran = CliRunner().invoke(report.command, [*asked, *way])
        assert ran.exit_code == 0, ran.output
    made = json.loads(ran.stdout)
    assert made.get("table_b", []) == []
