"""What was written down on a page."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx2 as httpx

from tests.integration.http import Running

WHY = "下乡三天没有网络，回来补录"


def written(api: Running, answer: httpx.Response) -> dict[str, Any]:
    """Return the record to which an answer leads."""
    assert answer.status_code == 303, re.search(r'id="said">.*', html.unescape(answer.text))
    found = api.client.get(f"/api/v1{answer.headers['location']}")
    assert found.status_code == 200, found.text
    (record,) = found.json()
    return dict(record)
