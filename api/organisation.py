"""Operators and stations over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import StringConstraints

from api.commands import CommandIn, Commanding, ReceiptOut, Text, Uuid, example
from domain import organisation
from domain.station import StationEstablished

router = APIRouter(tags=["organisation"])
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
