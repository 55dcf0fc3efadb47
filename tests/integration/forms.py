"""Forms that set a record right, filled in and sent."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import httpx2 as httpx
from fastapi.testclient import TestClient

from domain.identity import new_id
from tests.integration.contracted import contracted, service
from tests.integration.counted import today
from tests.integration.http import Running
from tests.integration.pages import ORIGIN

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


WHY = {"code": "entry_error", "text": "同一次走访重复录入"}


def hidden(shown: httpx.Response) -> dict[str, str]:
    return dict(HIDDEN.findall(shown.text))


def head(api: Running) -> int:
    return api.built.journal.max_notification_id() or 0


def in_a_closed_period(api: Running) -> str:
    """Return a record of the day before, and close the days up to it."""
    project = contracted(api)
    day = today().replace(hour=1, minute=0, second=0, microsecond=0) - timedelta(days=1)
    made: str = service(api, project, occurred={"start": day.isoformat()})["events"][0]
    api.follow()
    days = {"first": f"{day - timedelta(days=9):%Y-%m-%d}", "last": f"{day:%Y-%m-%d}"}
    api.done(f"/projects/{project}/periods", days | {"approved_by": new_id()})
    api.follow()
    return made


ALL_HIDDEN = re.compile(r'<input type="hidden" name="([\w.]+)" value="([^"]*)">')


def send(reader: TestClient, event: str, **form: Any) -> httpx.Response:
    """Send the form; a field's name has `__` for its points."""
    told = {name.replace("__", "."): value for name, value in form.items()}
    return reader.post(f"/records/{event}/correction", data=told, headers=ORIGIN)


def shown_again(answer: httpx.Response) -> dict[str, list[str]]:
    """Return what the second form would send."""
    found: dict[str, list[str]] = {}
    second = answer.text.partition('id="effects"')[2]
    for name, value in ALL_HIDDEN.findall(second):
        found.setdefault(name, []).append(html.unescape(value))
    return found


def confirm(reader: TestClient, event: str, answer: httpx.Response) -> httpx.Response:
    return reader.post(f"/records/{event}/correction", data=shown_again(answer), headers=ORIGIN)
