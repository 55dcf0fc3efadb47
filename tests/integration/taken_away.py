"""Bundles that are asked for over HTTP, and fetched."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from domain.identity import Id
from tests.integration.alarmed import work
from tests.integration.http import Running

REASON = "中期评估抽查档案"


def asked(api: Running, *ledgers: Id, **more: Any) -> dict[str, Any]:
    answer = api.post("/bundles", {"ledgers": list(ledgers), **more})
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json()
    return told


def fetched(api: Running, task: Id, folder: Path) -> Path:
    """Have the task done, fetch its zip and unpack it."""
    work(api)
    done = api.get(f"/tasks/{task}")
    assert (done["state"], done["error"]) == ("done", None)
    file = api.client.get(f"/api/v1/tasks/{task}/file")
    assert file.headers["Content-Type"] == "application/zip"
    assert re.search(r'filename="[\w-]+-bundle-[\d-]+\.zip"', file.headers["Content-Disposition"])
    with zipfile.ZipFile(BytesIO(file.content)) as archive:
        archive.extractall(folder)
    return folder / "bundle"
