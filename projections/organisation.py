"""The operators and stations by name, and which of them only demonstrate."""

from __future__ import annotations

from collections.abc import Iterator

from domain.organisation import OperatorRegistered
from domain.station import StationClosed, StationEstablished, StationReopened
from projections.engine.view import Effect, Put, Record, Table, View

ORGANISATION = Table(
    "organisation",
    key={"organisation": "uuid"},
    columns={"name": "text", "demonstration": "bool"},
)
STATION = Table(
    "station_place",
    key={"place": "uuid"},
    columns={"name": "text", "region_code": "text", "closed": "bool"},
)

organisations = View("organisations", 1, (ORGANISATION, STATION))


@organisations.on(OperatorRegistered)
def operator_registered(record: Record[OperatorRegistered]) -> Iterator[Effect]:
    """One row an operator."""
    facts = record.facts
    columns = {"name": facts.name, "demonstration": record.event.demonstration}
    yield Put(ORGANISATION, (record.event.stream,), columns)


@organisations.on(StationEstablished)
def station_established(record: Record[StationEstablished]) -> Iterator[Effect]:
    """One row a station."""
    facts = record.facts
    columns = {"name": facts.name, "region_code": facts.region_code, "closed": False}
    yield Put(STATION, (record.event.stream,), columns)


@organisations.on(StationClosed)
def station_closed(record: Record[StationClosed]) -> Iterator[Effect]:
    """A closed station keeps its name."""
    yield Put(STATION, (record.event.stream,), {"closed": True})


@organisations.on(StationReopened)
def station_reopened(record: Record[StationReopened]) -> Iterator[Effect]:
    """The closing was taken back."""
    yield Put(STATION, (record.event.stream,), {"closed": False})
