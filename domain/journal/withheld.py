"""What of an operator's journal is withheld from whoever is held to some of its stations.

Some records belong to the operator and not to a station, because their rule holds for all of it: at
which door a worker was and whom they met, who holds a number, what a token opens. They tell of
people, places and times wherever they are. So they are shown to whoever sees all of the operator;
whoever is held to stations sees of them what they wrote themselves, and lists leave them out.
Every way of reading the journal asks here.
"""

from __future__ import annotations

from domain.event import AnyEvent
from domain.principal import Principal

WITHHELD = ("token", "worker_day", "claim")
"""The streams of which this is so; their events are called by them (`claim.Claimed`)."""


def withheld(principal: Principal, event: AnyEvent) -> bool:
    """Say whether an event is kept from somebody in whose scope it lies."""
    return event.actor != principal.actor and not may_list(principal, event.stream_type)


def may_list(principal: Principal, topic: str) -> bool:
    """Say whether events of a kind stand in lists for somebody."""
    return not principal.stations or topic.partition(".")[0] not in WITHHELD
