"""`shilu api`: an HTTP process; as many as wanted may share a port."""

from __future__ import annotations

import gc
from typing import Annotated

import typer
import uvicorn
from starlette.types import ASGIApp

from api.app import create_app
from deploy.port import listeners
from deploy.settings import Settings, read_settings
from deploy.wiring import house

Shared = Annotated[bool, typer.Option(help="Let other processes of this house answer here too.")]


def command(shared: Shared = False) -> None:
    """Serve the API and the pages until told to stop."""
    settings = read_settings()
    with house(settings) as built, built.services() as parts:
        serving = how_served(create_app(parts), settings)
        _set_aside()
        bound = listeners(settings.host, settings.port, shared=shared)
        uvicorn.Server(serving).run(bound)


def how_served(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """Return how an application is served: where, and whom it believes who its callers are."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        forwarded_allow_ips=settings.trusted_proxies,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )


def _set_aside() -> None:
    """Keep the cycle collector from what was built for good: walking it stops all for 0.1 s."""
    gc.collect()
    gc.freeze()
