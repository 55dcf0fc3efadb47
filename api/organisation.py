"""Operators and stations over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from api.commands import CommandIn, Commanding, ReceiptOut, Text, Uuid, example
from api.handing_over import everything_open
from api.paging import Cursor, Limit
from api.questions import Asked, Page
from api.routing import routes
from domain import organisation, station
from domain.identity import new_id
from domain.station import (
    PolicyAdopted,
    ServiceAreaChanged,
    StationClosed,
    StationEstablished,
    StationTransferredToOperator,
    SubStationClosed,
    SubStationOpened,
)
from domain.station_name import plain_region
from projections.open_cases import open_cases_at
from projections.organisation import STATION, namesakes

router = routes("organisation")
Region = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,12}$")]


class OperatorIn(CommandIn):
    """An agency (承接机构). A demonstration's records are invented, and marked so for ever."""

    name: Text
    uscc: Annotated[str, StringConstraints(max_length=40)]
    demonstration: bool = False

    model_config = example({"name": "示例社会工作服务中心", "uscc": "91110000600037341L"})


@router.post("/operators", status_code=201)
def register_operator(sent: OperatorIn, command: Commanding) -> ReceiptOut:
    """Register an operator; the installation's administrator does this."""
    facts = organisation.OperatorRegistered(
        name=sent.name, uscc=sent.uscc, demonstration=sent.demonstration
    )
    return command.carry_out(
        sent, lambda desk, entry: organisation.register_operator(desk, entry, facts)
    )


class AliasIn(CommandIn):
    """Another name under which documents know an operator."""

    alias: Text

    model_config = example({"alias": "示例社工"})


@router.post("/operators/{operator}/aliases", status_code=201)
def add_alias(operator: Uuid, sent: AliasIn, command: Commanding) -> ReceiptOut:
    """Know an operator by one more name."""
    return command.carry_out(
        sent,
        lambda desk, entry: organisation.add_operator_alias(desk, entry, operator, sent.alias),
        on=operator,
    )


class OperatorReasonIn(CommandIn):
    """Why."""

    reason: Text

    model_config = example({"reason": "合同到期"})


@router.post("/operators/{operator}/suspensions", status_code=201)
def suspend_operator(operator: Uuid, sent: OperatorReasonIn, command: Commanding) -> ReceiptOut:
    """Stop an operator from recording; the installation's administrator does this."""
    return command.carry_out(
        sent,
        lambda desk, entry: organisation.suspend_operator(desk, entry, operator, sent.reason),
        on=operator,
    )


@router.post("/operators/{operator}/resumptions", status_code=201)
def resume_operator(operator: Uuid, sent: OperatorReasonIn, command: Commanding) -> ReceiptOut:
    """End a suspension; the installation's administrator does this."""
    return command.carry_out(
        sent,
        lambda desk, entry: organisation.resume_operator(desk, entry, operator, sent.reason),
        on=operator,
    )


class StationIn(CommandIn):
    """A township or sub-district station (社工站)."""

    operator: Uuid
    name: Text
    region_code: Region
    purchaser: Text
    overseer: Text

    model_config = example(
        {
            "operator": "5f0c8e9e-5d0b-5b7e-8a53-0f1f6f3b9a11",
            "name": "示例街道社工站",
            "region_code": "620102001",
            "purchaser": "示例街道办事处",
            "overseer": "示例区民政局",
        }
    )


@router.post("/stations", status_code=201)
def establish_station(sent: StationIn, command: Commanding) -> ReceiptOut:
    """Establish a station."""
    facts = StationEstablished(
        name=sent.name,
        region_code=sent.region_code,
        purchaser=sent.purchaser,
        overseer=sent.overseer,
    )
    return command.carry_out(
        sent,
        lambda desk, entry: organisation.establish_station(desk, entry, sent.operator, facts),
    )


@router.get("/stations")
def list_stations(
    asked: Asked, region_code: Region | None = None, cursor: Cursor = None, limit: Limit = 50
) -> Page:
    """List stations, each open one with its `namesakes`: the others of its name in its region.

    Only the installation's administrator sees those of another operator, and whether two operators
    have the same station on record. A station stands over many days: what was known of all on one
    is asked with `known_at`.
    """
    page = asked.page(
        STATION,
        where={"region_code": region_code and plain_region(region_code)},
        cursor=cursor,
        limit=limit,
    )
    with asked.answers() as answers:
        others = namesakes(answers, page.items)
    items = [{**item, "namesakes": others.get(item["place"], [])} for item in page.items]
    return page.model_copy(update={"items": items})


class SubStationIn(CommandIn):
    """A branch in a village or community (社工室)."""

    sub_station: Uuid | None = None
    name: Text
    community: Text

    model_config = example({"name": "示例社区社工室", "community": "示例社区"})


@router.post("/stations/{place}/sub-stations", status_code=201)
def open_sub_station(place: Uuid, sent: SubStationIn, command: Commanding) -> ReceiptOut:
    """Open a branch; where no id is given for it, the event has a new one."""
    opened = SubStationOpened(
        sub_station=sent.sub_station or new_id(), name=sent.name, community=sent.community
    )
    return _change(command, place, sent, opened)


@router.post("/stations/{place}/sub-stations/{sub_station}/closings", status_code=201)
def close_sub_station(
    place: Uuid, sub_station: Uuid, sent: OperatorReasonIn, command: Commanding
) -> ReceiptOut:
    """Close a branch."""
    closed = SubStationClosed(sub_station=sub_station, reason=sent.reason)
    return _change(command, place, sent, closed)


class AreaIn(CommandIn):
    """All communities that the station serves from now on."""

    communities: Annotated[tuple[Text, ...], Field(max_length=500)]

    model_config = example({"communities": ["示例社区", "示例村"]})


@router.post("/stations/{place}/service-areas", status_code=201)
def change_service_area(place: Uuid, sent: AreaIn, command: Commanding) -> ReceiptOut:
    """Set the service area."""
    return _change(command, place, sent, ServiceAreaChanged(communities=sent.communities))


class PolicyIn(CommandIn):
    """A rule of the house, in a version newer than the one in force."""

    policy: Text
    policy_version: Annotated[int, Field(ge=1, le=10_000)]
    document: Uuid | None = None

    model_config = example({"policy": "档案管理", "policy_version": 2})


@router.post("/stations/{place}/policies", status_code=201)
def adopt_policy(place: Uuid, sent: PolicyIn, command: Commanding) -> ReceiptOut:
    """Adopt a policy."""
    adopted = PolicyAdopted(
        policy=sent.policy, policy_version=sent.policy_version, document=sent.document
    )
    return _change(command, place, sent, adopted)


class StationClosingIn(CommandIn):
    """The station's last day of work."""

    last_day: date
    reason: Text

    model_config = example({"last_day": "2019-06-30", "reason": "合同到期"})


@router.post("/stations/{place}/closings", status_code=201)
def close_station(place: Uuid, sent: StationClosingIn, command: Commanding) -> ReceiptOut:
    """Close a station. Refused while it has open cases."""
    with everything_open(command) as answers:
        cases = open_cases_at(answers, place)
    closed = StationClosed(last_day=sent.last_day, reason=sent.reason)
    return command.carry_out(
        sent,
        lambda desk, entry: station.close_station(desk, entry, place, closed, cases),
        on=place,
    )


@router.post("/stations/{place}/reopenings", status_code=201)
def reopen_station(place: Uuid, sent: OperatorReasonIn, command: Commanding) -> ReceiptOut:
    """Take a closing back."""
    return command.carry_out(
        sent,
        lambda desk, entry: station.reopen_station(desk, entry, place, sent.reason),
        on=place,
    )


class TransferIn(CommandIn):
    """Who runs the station from `begins` on, and what was handed over."""

    new_operator: Uuid
    begins: date
    handover: Annotated[tuple[Text, ...], Field(max_length=200)] = ()

    model_config = example(
        {
            "new_operator": "5f0c8e9e-5d0b-5b7e-8a53-0f1f6f3b9a11",
            "begins": "2019-07-01",
            "handover": ["档案 120 份", "钥匙 6 把"],
        }
    )


@router.post("/stations/{place}/transfers", status_code=201)
def transfer_station(place: Uuid, sent: TransferIn, command: Commanding) -> ReceiptOut:
    """Hand a station to another operator, under which it goes on as a station of its own.

    The installation's administrator does this, on the day from which the other runs it or later.
    """
    transferred = StationTransferredToOperator(
        new_operator=sent.new_operator,
        successor=new_id(),
        begins=sent.begins,
        handover=sent.handover,
    )
    return command.carry_out(
        sent,
        lambda desk, entry: organisation.transfer_station(desk, entry, place, transferred),
        on=place,
    )


def _change(
    command: Commanding, place: Uuid, sent: CommandIn, change: station.StationChange
) -> ReceiptOut:
    return command.carry_out(
        sent, lambda desk, entry: station.change_station(desk, entry, place, change), on=place
    )
