"""A project whose indicator counts visits, and the pages that show it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

from domain.clock import SHANGHAI
from domain.identity import new_id
from tests.integration.http import Running


def today() -> datetime:
    return datetime.now(SHANGHAI)


def indicator(code: str, name: str, target: int | None, **more: Any) -> dict[str, Any]:
    definition = {"code": code, "name": name, "measure": "times", "unit": "次", **more}
    stated = {"per": "project", "target": {"value": target, "unit": "次"}, "source": "合同附件一"}
    return {"definition": definition, "targets": [] if target is None else [stated]}


def contract(
    api: Running,
    name: str = "邻里互助项目",
    days: int = 100,
    printed: dict[str, str] | None = None,
    besides: Sequence[dict[str, Any]] = (),
    number: str = "2026-01",
) -> str:
    """Contract a project half of whose days are over; a report may print its first figure."""
    api.as_role("operator_manager")
    first = (today() - timedelta(days=days // 2)).date()
    sent = {
        "operator": api.operator,
        "station": api.station,
        "number": number,
        "key": f"p{new_id()[-6:]}",
        "name": name,
        "purchaser": "示例街道办事处",
        "start": first.isoformat(),
        "end": (first + timedelta(days=days - 1)).isoformat(),
        "goals": [{"code": "1", "title": "老年人服务"}],
        "indicators": [
            indicator("1-1", "上门服务", 10, kinds=["home_service"], goal="1", placement=printed),
            indicator("1-2", "社区大讲堂", 2, kinds=["lecture"], goal="1"),
            indicator("9", "电话探访", None, kinds=["phone_contact"], in_scope=False),
            *besides,
        ],
    }
    project: str = api.done("/projects", sent)["stream"]
    api.as_role("worker")
    return project


def visit(
    api: Running,
    project: str,
    kind: str = "home_service",
    attendance: Sequence[dict[str, Any]] = ({"role": "resident", "source": "counted"},),
) -> str:
    sent = {
        "station": api.station,
        "project": project,
        "kind": kind,
        "minutes": 40,
        "workers": [new_id()],
        "attendance": list(attendance),
    }
    event: str = api.done("/visits", sent)["events"][0]
    return event


def page(api: Running, reader: TestClient, path: str, **query: Any) -> str:
    api.follow()
    answer = reader.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def row(shown: str, name: str) -> str:
    """Return the table row of an indicator, as text."""
    rows = re.findall(r"<tr>.*?</tr>", shown, re.DOTALL)
    found = next(each for each in rows if name in each)
    return " ".join(re.sub(r"<[^>]*>", " ", found).split())


PRINTED = {"table": "A", "line": "A01", "column": "count"}
