"""The contract of S0 as data: goals, indicators and targets, statuses declared, figures claimed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from deploy.demo.stage import (
    LEAD,
    PROJECT,
    STATION_SCOPE,
    Act,
    act,
    goes_on,
    named,
    starts,
)
from domain.contract import ContractSheet, adopt_contract, declare_status
from domain.indicators import IndicatorStatusDeclared, indicator_id
from domain.period import FigureClaimed
from domain.reporting import claim_figure

SHEET = Path(__file__).parent / "fuyuan.json"
BEGINS = date(2018, 6, 1)
REPORTED = date(2018, 12, 7)


class Fuyuan(msgspec.Struct, frozen=True):
    """What fuyuan.json holds beside the contract."""

    statuses: tuple[dict[str, Any], ...]
    claims: tuple[dict[str, Any], ...]


def contract() -> Iterator[Act]:
    """Yield the contract with its goals, indicators and targets, as they stood at the start."""
    sheet = msgspec.json.decode(SHEET.read_bytes(), type=ContractSheet)
    adopt = starts(adopt_contract, STATION_SCOPE, sheet, PROJECT)
    yield act("contract", BEGINS, adopt, hour=8, minute=20, role="operator_manager")


def statuses() -> Iterator[Act]:
    """Yield what the report states in words: 已完成, 未完成, 持续进行, 常规开放.

    A status names what shows it: here the record of the self-evaluation itself.
    """
    for stated in msgspec.json.decode(SHEET.read_bytes(), type=Fuyuan).statuses:
        facts = IndicatorStatusDeclared(
            indicator=indicator_id(PROJECT, stated["indicator"]),
            status=stated["status"],
            text=stated["text"],
            evidence=(named("report", "midterm"),),
        )
        declare = goes_on(declare_status, PROJECT, facts)
        yield act(f"status/{stated['indicator']}", REPORTED, declare, hour=14)


def claims() -> Iterator[Act]:
    """Yield the figures of S0's narrative as claims (填报数); they never become figures."""
    for number, claimed in enumerate(msgspec.json.decode(SHEET.read_bytes(), type=Fuyuan).claims):
        indicator = claimed.get("indicator")
        facts = FigureClaimed(
            report="midterm",
            value=claimed["value"],
            unit=claimed["unit"],
            author=LEAD,
            line=claimed.get("line"),
            indicator=None if indicator is None else indicator_id(PROJECT, indicator),
            qualifier=claimed.get("qualifier"),
            text=claimed["text"],
            counts=tuple(claimed.get("counts", ())),
        )
        claim = goes_on(claim_figure, PROJECT, facts)
        yield act(f"claim/{number}", REPORTED, claim, hour=15, minute=number)
