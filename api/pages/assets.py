"""What pages load, served from `api/assets`: by name, with its hash in the address.

The style, the seal and our own scripts are sources; what npm brings is in `built/`, which may be
missing: pages are whole without any script.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec
from fastapi import APIRouter, Request, Response

from domain.refusals import NOT_FOUND

router = APIRouter()
FOLDER = Path(__file__).parents[1] / "assets"
WORKER = "worker.js"
"""The service worker, which may answer for every page, though its script stands among assets."""
PLACES = {
    "shilu.css": (FOLDER, "text/css; charset=utf-8"),
    "seal.svg": (FOLDER, "image/svg+xml"),
    "outbox.js": (FOLDER, "text/javascript; charset=utf-8"),
    "offline.js": (FOLDER, "text/javascript; charset=utf-8"),
    "names.js": (FOLDER, "text/javascript; charset=utf-8"),
    WORKER: (FOLDER, "text/javascript; charset=utf-8"),
    "htmx.js": (FOLDER / "built", "text/javascript; charset=utf-8"),
}
FOR_EVER = "public, max-age=31536000, immutable"


class Asset(msgspec.Struct, frozen=True):
    """One file as it was when the process started."""

    content: bytes
    media_type: str
    version: str


def read_assets() -> dict[str, Asset]:
    """Read what is there."""
    found = {}
    for name, (folder, media_type) in PLACES.items():
        path = folder / name
        if path.is_file():
            content = path.read_bytes()
            found[name] = Asset(content, media_type, sha256(content).hexdigest()[:12])
    return found


@router.get("/assets/{name}")
def asset(name: str, request: Request, v: str = "") -> Response:
    """Serve one; under its right version it never changes."""
    assets: dict[str, Asset] = request.app.state.assets
    if name not in assets:
        raise NOT_FOUND("asset")
    held = assets[name]
    caching = FOR_EVER if v == held.version else "no-cache"
    headers = {"Cache-Control": caching, "ETag": f'"{held.version}"'}
    if name == WORKER:
        headers["Service-Worker-Allowed"] = "/"
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(held.content, media_type=held.media_type, headers=headers)
