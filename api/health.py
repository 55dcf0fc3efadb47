"""Whether the house stands: health for anyone, metrics for those with a token."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel

from api.access import Caller
from api.routing import routes
from api.services import Services, services

router = routes("health")
Parts = Annotated[Services, Depends(services)]


class Health(BaseModel):
    """`lag` is how many events the slowest view is behind the journal.

    `parked` is how many streams wait because a view could not digest them (`shilu views`).
    `signing` is `ok`, or why nothing is signed until a person decides (docs/backup.md,
    `shilu keys accept-loss`).
    """

    status: str
    position: int
    lag: int
    parked: int
    signing: str


@router.get("/health")
def health(parts: Parts) -> Health:
    """Say whether the journal answers and how far the views are; needs no token."""
    position = parts.journal.max_notification_id() or 0
    return Health(
        status="ok",
        position=position,
        lag=max(0, position - parts.watch.position),
        parked=sum(streams for _, _, streams in parts.asking.standing()),
        signing=parts.checkpoints.halted() or "ok",
    )


@router.get("/metrics", response_class=Response)
def metrics(caller: Caller, parts: Parts) -> Response:
    """Positions, lag and parked streams, for Prometheus."""
    registry = CollectorRegistry()
    position = parts.journal.max_notification_id() or 0
    Gauge("shilu_journal_position", "Last position", registry=registry).set(position)
    reached = Gauge("shilu_view_position", "Position reached", ["view"], registry=registry)
    lag = Gauge("shilu_view_lag", "Events behind the journal", ["view"], registry=registry)
    parked = Gauge("shilu_view_parked", "Streams parked", ["view"], registry=registry)
    for view, at, streams in parts.asking.standing():
        reached.labels(view).set(at)
        lag.labels(view).set(max(0, position - at))
        parked.labels(view).set(streams)
    halted = Gauge("shilu_signing_halted", "1 while nothing is signed", registry=registry)
    halted.set(parts.checkpoints.halted() is not None)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
