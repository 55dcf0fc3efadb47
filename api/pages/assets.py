"""What pages load, served from `api/assets`: by name, with its hash in the address.

`shilu.css` and the seal are sources; what npm brings is in `built/`, which may be missing: pages
are whole without it.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec
from fastapi import APIRouter, Request, Response

from domain.refusals import NOT_FOUND

router = APIRouter()
FOLDER = Path(__file__).parents[1] / "assets"
PLACES = {
    "shilu.css": (FOLDER, "text/css; charset=utf-8"),
    "seal.svg": (FOLDER, "image/svg+xml"),
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
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(held.content, media_type=held.media_type, headers=headers)
