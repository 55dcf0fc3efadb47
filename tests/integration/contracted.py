"""A project under contract, with its indicators, and services that count to them, over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from domain.identity import new_id
from tests.integration.days import today_here
from tests.integration.http import Running
from tests.integration.registered import person

SHEET = json.loads((Path(__file__).parents[2] / "deploy" / "demo" / "fuyuan.json").read_bytes())


def contract(api: Running, **more: Any) -> dict[str, Any]:
    """The contract of 福源, as if it ran now."""
    dates = {
        "start": today_here(-40).isoformat(),
        "end": today_here(40).isoformat(),
        "midterm": today_here().isoformat(),
        "start_precision": "day",
        "end_precision": "day",
    }
    given = {name: SHEET[name] for name in ("goals", "indicators")} | SHEET["contract"] | dates
    return {"operator": api.operator, "station": api.station, **given, **more}


def contracted(api: Running) -> str:
    with api.leading():
        made: str = api.done("/projects", contract(api))["stream"]
    return made


def service(api: Running, project: str, **more: Any) -> dict[str, Any]:
    """A home service, by a worker of its own: nobody is at two doors at once."""
    given = {
        "station": api.station,
        "project": project,
        "kind": "home_service",
        "audience": "elderly",
        "minutes": 40,
        "workers": [new_id()],
        "attendance": [{"role": "client", "source": "counted"}],
    }
    made: dict[str, Any] = api.done("/visits", given | more)
    return made


def named(api: Running) -> list[dict[str, Any]]:
    """Attendance that counts as 人次 at somebody's door (counting rule 3)."""
    return [{"role": "client", "person": person(api), "source": "sign-in"}]


def cell(api: Running, project: str, line: str, column: str) -> Any:
    report = api.get(f"/projects/{project}/midterm")
    lines = {each["line"]: each["cells"] for each in report["lines"]}
    return lines[line][column]
