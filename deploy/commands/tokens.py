"""`shilu tokens`: who may come in. Access tokens are issued, listed, replaced and ended here.

A token is printed once, when it is made, on the output alone; a list shows its id, which opens
nothing. Evaluators are let in by their evaluation instead, and its accesses end by themselves.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Literal, NoReturn, get_args

import typer
from rich.console import Console
from rich.table import Table

from deploy.findings import shown
from deploy.settings import read_settings
from deploy.wiring import House, house
from domain.clock import SHANGHAI
from domain.identity import Id, derived_id, is_id, new_id
from domain.journal.tokens import Issued, Tokens, id_of
from domain.organisation import OperatorOrg
from domain.principal import Principal
from domain.refusals import ShiluError
from domain.staff import StaffMember
from domain.station import Station

command = typer.Typer(no_args_is_help=True, help="Access tokens / 访问令牌")
TEXTS = Path(__file__).parents[1] / "texts" / "tokens.toml"
WIDTH = 250
"""Columns of a list: ids are whole, so that they can be copied, and only labels are folded."""
OF_EVALUATIONS = "evaluation:"
"""How the labels begin by which an evaluation ends its evaluators' tokens."""

Employed = Literal[
    "administrator", "operator_manager", "station_head", "project_lead", "supervisor", "worker"
]
For = Annotated[str, typer.Option("--role", help=f"one of {', '.join(get_args(Employed))}")]
Operator = Annotated[
    str | None, typer.Option("--operator", help="the operator's id; only administrators have none")
]
Staff = Annotated[
    str | None, typer.Option("--staff", help="the id of the member of staff whose token it is")
]
Stations = Annotated[
    list[str] | None, typer.Option("--station", help="an id; without one, all of the operator's")
]
Label = Annotated[
    str, typer.Option("--label", help="what it is for, on which device; no names of people")
]
Until = Annotated[
    datetime | None,
    typer.Option("--until", formats=["%Y-%m-%d"], help="the last day on which it opens anything"),
]
Ids = Annotated[list[str], typer.Argument(help="ids of tokens, as `list` shows them")]
OneId = Annotated[str, typer.Argument(help="the id of a token, as `list` shows it")]
All = Annotated[bool, typer.Option("--all", help="also those that have ended")]


@command.command()
def issue(
    role: For,
    operator: Operator = None,
    staff: Staff = None,
    station: Stations = None,
    label: Label = "",
    until: Until = None,
) -> None:
    """Make a token and print it, this once / 签发令牌，只显示这一次."""
    with house(read_settings()) as built:
        holder = _holder(built, role, operator, staff, station or ())
        now = built.clock.now()
        ends = None if until is None else datetime.combine(until.date(), time.max, SHANGHAI)
        if ends is not None and ends <= now:
            _refuse("past")
        if label.startswith(OF_EVALUATIONS):
            _refuse("of_evaluation")
        token = Tokens(built.pool).issue(holder, label, ends)
    _show_once(token)


@command.command("list")
def list_issued(ended: All = False) -> None:
    """Show the tokens that open something, with their ids; no token itself / 列出令牌."""
    with house(read_settings()) as built:
        now = built.clock.now()
        issued = [one for one in Tokens(built.pool).issued() if ended or one.stands(now)]
    table = Table()
    for column in ("token", "role", "actor", "operator", "stations", "label", "made at", "ends"):
        table.add_column(column, no_wrap=column != "label", overflow="fold")
    for one in issued:
        table.add_row(
            one.token,
            one.role,
            one.actor,
            one.operator or "",
            "\n".join(one.stations),
            shown(one.label),
            f"{one.made_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
            _ends(one),
        )
    Console(width=WIDTH, markup=False, emoji=False, highlight=False).print(table)


@command.command()
def revoke(tokens: Ids) -> None:
    """End tokens: they open nothing any more, in no process / 停用令牌."""
    with house(read_settings()) as built:
        register = Tokens(built.pool)
        unknown = [token for token in tokens if not register.revoke(token)]
    for token in unknown:
        _say("unknown", token=token)
    raise typer.Exit(1 if unknown else 0)


@command.command()
def replace(token: OneId) -> None:
    """End a token and print another that opens the same, this once / 换发令牌."""
    with house(read_settings()) as built:
        register = Tokens(built.pool)
        known = [one for one in register.issued() if one.token == token]
        if any(one.evaluation is not None for one in known):
            _refuse("of_evaluation")
        new = register.replace(token)
    if new is None:
        _refuse("unknown", token=token)
    _show_once(new)


def _holder(
    built: House, role: str, operator: str | None, staff: str | None, stations: Sequence[str]
) -> Principal:
    """Return whose token it is to be. Exits with 2 where nobody could be that."""
    known: Sequence[Employed] = get_args(Employed)
    found = next((one for one in known if one == role), None)
    if found is None:
        _refuse("no_role", role=role, roles=", ".join(known))
    for named in (operator, staff, *stations):
        if named is not None and not is_id(named):
            _refuse("no_id", id=named)
    if found == "administrator":
        if operator or staff or stations:
            _refuse("administrator")
        return Principal(actor=new_id(), role=found)
    if operator is None:
        _refuse("no_operator")
    try:
        _check_on_record(built, operator, staff, stations)
    except ShiluError as error:
        typer.echo(f"shilu tokens: {error.text('zh')} / {error.text('en')}", err=True)
        raise typer.Exit(2) from None
    return Principal(
        actor=staff or new_id(), role=found, operator=operator, stations=tuple(stations)
    )


def _check_on_record(built: House, operator: Id, staff: Id | None, stations: Sequence[Id]) -> None:
    """Refuse an operator, stations or staff that are not there, and staff who are not here now."""
    here = Principal(actor=derived_id("system", "shilu tokens"), role="system", operator=operator)
    desk = built.records.desk(here)
    desk.load(OperatorOrg, operator, "operator")
    for station in stations:
        desk.load(Station, station, "station")
    if staff is not None:
        today = built.clock.now().astimezone(SHANGHAI).date()
        desk.load(StaffMember, staff, "staff").check_here(today)


def _ends(one: Issued) -> str:
    if one.revoked_at is not None:
        return f"× {one.revoked_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return "" if one.expires_at is None else f"{one.expires_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _show_once(token: str) -> None:
    _say("issued", token=id_of(token))
    typer.echo(token)


def _refuse(name: str, **details: str) -> NoReturn:
    _say(name, **details)
    raise typer.Exit(2)


def _say(name: str, **details: str) -> None:
    words = tomllib.loads(TEXTS.read_text("utf-8"))[name]
    said = " / ".join(words[language].format(**details) for language in ("zh", "en"))
    typer.echo(f"shilu tokens: {said}", err=True)
