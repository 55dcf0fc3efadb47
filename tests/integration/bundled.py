"""Bundles that are asked for on a page."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient

from domain.identity import Id
from tests.integration.pages import ORIGIN


def field(shown: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', shown)
    assert found is not None
    return found[1]


def asked(reader: TestClient, project: Id, **more: str) -> str:
    """Send the form as it stands, and return where to watch what comes of it."""
    form = reader.get(f"/projects/{project}/bundles")
    assert form.status_code == 200, form.text
    sent = {name: field(form.text, name) for name in ("project", "key")} | more
    answers = [reader.post("/bundles", data=sent, headers=ORIGIN) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303], answers[0].text
    places = {answer.headers["Location"] for answer in answers}
    assert len(places) == 1, "sent twice, it is asked for once"
    return places.pop()
