"""The operators and stations by name: which of them only demonstrate, which go by one name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.identity import Id
from domain.organisation import OperatorRegistered
from domain.station import (
    StationClosed,
    StationEstablished,
    StationReopened,
    StationTransferredToOperator,
)
from domain.station_name import plain_name, plain_region
from projections.engine.ask import Answers
from projections.engine.view import Effect, Put, Record, Row, Table, View

ORGANISATION = Table(
    "organisation",
    key={"organisation": "uuid"},
    columns={"name": "text", "demonstration": "bool"},
)
STATION = Table(
    "station_place",
    key={"place": "uuid"},
    columns={
        "name": "text",
        "plain_name": "text",
        "region_code": "text",
        "closed": "bool",
        "successor": "uuid",
    },
    indexes=(("place",), ("region_code", "plain_name")),
)

organisations = View("organisations", 3, (ORGANISATION, STATION))


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
    columns = {
        "name": facts.name,
        "plain_name": plain_name(facts.name),
        "region_code": plain_region(facts.region_code),
        "closed": False,
    }
    yield Put(STATION, (record.event.stream,), columns)


@organisations.on(StationClosed)
def station_closed(record: Record[StationClosed]) -> Iterator[Effect]:
    """A closed station keeps its name."""
    yield Put(STATION, (record.event.stream,), {"closed": True})


@organisations.on(StationReopened)
def station_reopened(record: Record[StationReopened]) -> Iterator[Effect]:
    """The closing was taken back."""
    yield Put(STATION, (record.event.stream,), {"closed": False})


@organisations.on(StationTransferredToOperator)
def station_transferred(record: Record[StationTransferredToOperator]) -> Iterator[Effect]:
    """It goes on under another operator as its successor."""
    yield Put(STATION, (record.event.stream,), {"successor": record.facts.successor})


def namesakes(answers: Answers, stations: Sequence[Row]) -> dict[Id, list[Id]]:
    """Return for each open station the other open ones of its name in its region, as seen.

    An operator's own are from before names were held; those of another operator are seen by whoever
    sees both.
    """
    where = {
        "region_code": {row["region_code"] for row in stations},
        "plain_name": {row["plain_name"] for row in stations},
        "closed": False,
        "successor": None,
    }
    found: dict[tuple[str, str], list[Id]] = {}
    for row in answers.rows(STATION, where=where) if stations else ():
        found.setdefault((row["region_code"], row["plain_name"]), []).append(row["place"])
    return {
        place: [other for other in places if other != place]
        for places in found.values()
        for place in places
    }
