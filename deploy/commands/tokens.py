"""`shilu tokens`: who may come in. Access tokens are issued, listed, replaced and ended here.

A token is printed once, when it is made, on the output alone; a list shows its id, which opens
nothing. Each decision about an operator's token is recorded in its ledger before it is carried
out, as over HTTP; an administrator's token belongs to no operator and so stands in no ledger.
Evaluators are let in by their evaluation instead, and its accesses end by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, time
from types import MappingProxyType
from typing import Annotated, Literal, get_args

import typer
from rich.console import Console
from rich.table import Table

from deploy.findings import headings, refuse, refuse_as, said, shown
from deploy.settings import read_settings
from deploy.wiring import House, house
from domain.clock import SHANGHAI
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.event import Occurred
from domain.identity import Id, derived_id, is_id, new_id
from domain.journal.tokens import Issued, Tokens, id_of, new_token
from domain.principal import Principal
from domain.refusals import NotFound, ShiluError
from domain.token import (
    Employed,
    TokenEnded,
    TokenIssued,
    TokenReplaced,
    check_label,
    end_token,
    issue_token,
    replace_token,
)

command = typer.Typer(no_args_is_help=True, help="Access tokens / 访问令牌")
WIDTH = 250
"""Columns of a list: ids are whole, so that they can be copied, and only labels are folded."""
HERE = derived_id("system", "shilu tokens")
"""Whoever works on the machine itself."""

Holder = Literal["administrator"] | Employed
ROLES: tuple[Holder, ...] = ("administrator", *get_args(Employed))
For = Annotated[str, typer.Option("--role", help=f"one of {', '.join(ROLES)}")]
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
        ends = None if until is None else datetime.combine(until.date(), time.max, SHANGHAI)
        if ends is not None and ends <= built.clock.now():
            refuse("tokens", "past")
        with _refusing({"label": "--label"}):
            check_label(label)
        token = new_token()
        holder = let_in(built, role, operator, staff, tuple(station or ()), token, ends)
        Tokens(built.pool).issue(holder, label, ends, token)
    _show_once(token)


@command.command("list")
def list_issued(ended: All = False) -> None:
    """Show the tokens that open something, with their ids; no token itself / 列出令牌."""
    with house(read_settings()) as built:
        now = built.clock.now()
        issued = [one for one in Tokens(built.pool).issued() if ended or one.stands(now)]
    table = Table()
    columns = ("token", "role", "actor", "operator", "stations", "label", "made_at", "ends")
    for column, words in zip(columns, headings("tokens", columns), strict=True):
        table.add_column(words, no_wrap=column != "label", overflow="fold")
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
        unknown = [token for token in tokens if not end(built, token)]
    for token in unknown:
        _say("unknown", token=token)
    raise typer.Exit(1 if unknown else 0)


@command.command()
def replace(token: OneId) -> None:
    """End a token and print another that opens the same, this once / 换发令牌."""
    with house(read_settings()) as built:
        found, new = _standing(built, token), new_token()
        if found is None:
            refuse("tokens", "unknown", token=token)
        if found.evaluation is not None:
            refuse("tokens", "of_evaluation")
        replaced = TokenReplaced(token=token, by=id_of(new))
        with _refusing():
            _record(
                built,
                found.operator,
                lambda desk, entry, of: replace_token(desk, entry, of, replaced, found),
            )
        made = Tokens(built.pool).replace(token, new)
    if made is None:
        refuse("tokens", "unknown", token=token)
    _show_once(made)


def let_in(
    built: House,
    role: str,
    operator: str | None,
    staff: str | None,
    stations: tuple[str, ...],
    token: str,
    ends: datetime | None,
) -> Principal:
    """Record that somebody is let in, and return who. Exits with 2 where nobody could be that."""
    found = next((one for one in ROLES if one == role), None)
    if found is None:
        refuse("tokens", "no_role", role=role, roles=", ".join(ROLES))
    for named in (operator, staff, *stations):
        if named is not None and not is_id(named):
            refuse("tokens", "no_id", id=named)
    if found == "administrator":
        if operator or staff or stations:
            refuse("tokens", "administrator")
        return Principal(actor=new_id(), role=found)
    if operator is None:
        refuse("tokens", "no_operator")
    holder = staff or new_id()
    issued = TokenIssued(
        token=id_of(token), holder=holder, role=found, stations=stations, until=ends
    )
    words = {"operator": f"--operator {operator}", "staff": f"--staff {holder}"}
    words |= {f"stations.{each}": f"--station {one}" for each, one in enumerate(stations)}
    with _refusing(words):
        _record(
            built,
            operator,
            lambda desk, entry, of: issue_token(desk, entry, of, issued, staff=staff is not None),
        )
    return Principal(actor=holder, role=found, operator=operator, stations=stations)


def end(built: House, token: str) -> bool:
    """End a token, and say whether there was one."""
    found = _standing(built, token)
    if found is not None:
        ended = TokenEnded(token=token)
        # An operator that is not on record here keeps nobody's door open.
        with suppress(NotFound):
            _record(
                built,
                found.operator,
                lambda desk, entry, of: end_token(desk, entry, of, ended, found),
            )
    return Tokens(built.pool).revoke(token)


def _standing(built: House, token: str) -> Issued | None:
    now = built.clock.now()
    issued = Tokens(built.pool).issued()
    return next((one for one in issued if one.token == token and one.stands(now)), None)


def _record(
    built: House, operator: Id | None, decide: Callable[[Desk, Entry, Id], Receipt]
) -> None:
    """Record a decision in the operator's ledger; what belongs to no operator stands in none."""
    if operator is None:
        return
    now = built.clock.now()
    here = Principal(actor=HERE, role="system", operator=operator)
    occurred = Occurred(start=now)
    entry = Entry(principal=here, now=now, occurred=occurred, command=new_id(), channel="system")
    built.records.carry_out(here, entry, lambda desk: decide(desk, entry, operator))


@contextmanager
def _refusing(named: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """Say a refusal in both languages and exit with 2.

    `named` are the words of the command by the field that they are refused as: they come first.
    """
    try:
        yield
    except ShiluError as error:
        what = named.get(error.field or "")
        about = "" if what is None else f"{what}: "
        refuse_as("tokens", error, about=about)


def _ends(one: Issued) -> str:
    if one.revoked_at is not None:
        return f"× {one.revoked_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return "" if one.expires_at is None else f"{one.expires_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _show_once(token: str) -> None:
    _say("issued", token=id_of(token))
    typer.echo(token)


def _say(name: str, **details: str) -> None:
    typer.echo(f"shilu tokens: {said('tokens', name, **details)}", err=True)
