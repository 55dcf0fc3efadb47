"""Access tokens over HTTP: an operator's manager lets its people in, and shuts doors again.

A token stands in one answer and nowhere else: what is kept is its hash, and what is on record is
its id. So a command that is sent again reveals nothing and makes no second one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.access import token_of
from api.commands import (
    ONE_LINE,
    Command,
    CommandIn,
    Commanding,
    Moment,
    ReceiptOut,
    Uuid,
    WarningOut,
    example,
)
from api.questions import AskedNow
from api.routing import routes
from api.services import services_of
from domain.identity import Id, new_id
from domain.journal.tokens import Issued, id_of, new_token
from domain.principal import Principal
from domain.refusals import UNAVAILABLE
from domain.token import (
    ENDED,
    SHOWN_ONCE,
    Employed,
    TokenEnded,
    TokenIssued,
    TokenReplaced,
    check_label,
    check_lists,
    end_token,
    issue_token,
    replace_token,
    within_reach,
)

router = routes("tokens")
TokenId = Annotated[
    str,
    Path(
        pattern="^[0-9a-f]{16}$",
        description="a token's id, as the list shows it",
        examples=["9f2b6c1d0e4a7853"],
    ),
]


async def own_until(request: Request) -> datetime | None:
    """Return when the token ends by which somebody asks; None where it does not by itself."""
    token = token_of(request)
    parts = services_of(request)
    return None if token is None else await run_in_threadpool(parts.tokens.until, token)


OwnUntil = Annotated[datetime | None, Depends(own_until)]


class TokenIn(CommandIn):
    """Whom to let in: in which role, at which stations (none: all that oneself sees the whole of),
    until when.

    `staff` is the member of staff whose token it is; without one it is somebody whom the register
    of staff does not know. `label` says what it is for, on which device: no names of people.
    """

    role: Employed
    staff: Uuid | None = None
    stations: Annotated[tuple[Uuid, ...], Field(max_length=100)] = ()
    until: Moment | None = None
    label: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=100, pattern=ONE_LINE)
    ] = ""

    model_config = example(
        {
            "role": "worker",
            "staff": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
            "stations": ["5f0c8e9e-5d0b-5b7e-8a53-0f1f6f3b9a11"],
            "until": "2019-12-31T18:00:00+08:00",
            "label": "前台平板",
        }
    )


class TokenOut(BaseModel):
    """A token, which is shown this once, and its id, by which it is listed, replaced and ended.

    Sent again under the same key, the command is not carried out again: `token` is null, `id` is
    the one of the first answer, and a warning of the receipt (`token.shown_once`) says so. Where
    the first answer never arrived, the token is replaced by its id, or another issued.
    """

    token: str | None
    id: str
    receipt: ReceiptOut

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "token": "shilu_Zk3…",
                    "id": "9f86d081884c7d65",
                    "receipt": {
                        "stream": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
                        "version": 1,
                        "events": ["5f0c8e9e-5d0b-5b7e-8a53-0f1f6f3b9a11"],
                        "position": 1204,
                        "repeated": False,
                        "proof": "/api/v1/records/5f0c8e9e-5d0b-5b7e-8a53-0f1f6f3b9a11/receipt",
                        "warnings": [],
                    },
                }
            ]
        }
    )


class IssuedOut(BaseModel):
    """A token as it is listed: its id, whose it is and how far it reaches; nothing that opens."""

    id: str
    holder: Id
    role: str
    stations: list[Id]
    evaluation: Id | None
    label: str
    issued_at: datetime
    until: datetime | None
    ended_at: datetime | None


@router.post("/operators/{operator}/tokens", status_code=201)
def issue(operator: Uuid, sent: TokenIn, command: Commanding, own: OwnUntil) -> TokenOut:
    """Let somebody in: the operator's manager does this. The token is shown this once.

    It opens no more than the manager's own: no other stations, and for no longer.
    """
    check_label(sent.label)
    token = new_token()
    issued = TokenIssued(
        token=id_of(token),
        holder=sent.staff or new_id(),
        role=sent.role,
        stations=tuple(dict.fromkeys(sent.stations)),
        until=sent.until,
    )
    receipt = command.carry_out(
        sent,
        lambda desk, entry: issue_token(
            desk, entry, operator, issued, staff=sent.staff is not None, own_until=own
        ),
    )
    if receipt.repeated:
        return _shown_before(command, receipt)
    who = Principal(
        actor=issued.holder, role=issued.role, operator=operator, stations=issued.stations
    )
    command.parts.tokens.issue(who, sent.label, issued.until, token)
    return _shown(command, token, receipt)


@router.get("/operators/{operator}/tokens")
def list_issued(
    operator: Uuid,
    asked: AskedNow,
    ended: Annotated[bool, Query(description="also those that have ended")] = False,
) -> list[IssuedOut]:
    """Read who may come in, the latest first, by tokens that open no more than one sees oneself.

    For the operator's manager and the administrator of this installation.
    """
    who, now = asked.principal, asked.parts.clock.now()
    check_lists(who)
    asked.parts.records.desk(who).load_any("operator", operator, "operator")
    return [
        _listed(one)
        for one in reversed(asked.parts.tokens.issued(operator))
        if (ended or one.stands(now)) and within_reach(who, one.stations)
    ]


@router.post("/operators/{operator}/tokens/{token}/replacements", status_code=201)
def replace(
    operator: Uuid, token: TokenId, sent: CommandIn, command: Commanding, own: OwnUntil
) -> TokenOut:
    """End a token and show another, this once, that opens the same until the same moment.

    The operator's manager does this: for what was lost, or was seen by somebody else.
    """
    tokens, new = command.parts.tokens, new_token()
    replaced = TokenReplaced(token=token, by=id_of(new))
    receipt = command.carry_out(
        sent,
        lambda desk, entry: replace_token(
            desk, entry, operator, replaced, tokens.find(operator, token), own_until=own
        ),
    )
    if receipt.repeated:
        tokens.revoke(token)  # the first time may have ended in between
        return _shown_before(command, receipt)
    if tokens.replace(token, new) is None:
        raise ENDED("token")  # by somebody else, in this moment
    return _shown(command, new, receipt)


@router.post("/operators/{operator}/tokens/{token}/endings", status_code=201)
def end(operator: Uuid, token: TokenId, sent: CommandIn, command: Commanding) -> ReceiptOut:
    """End a token for good, in every process at once.

    The operator's manager or the administrator of this installation does this.
    """
    tokens = command.parts.tokens
    receipt = command.carry_out(
        sent,
        lambda desk, entry: end_token(
            desk, entry, operator, TokenEnded(token=token), tokens.find(operator, token)
        ),
    )
    tokens.revoke(token)
    return receipt


def _shown(command: Command, token: str, receipt: ReceiptOut) -> TokenOut:
    command.response.headers["Cache-Control"] = "no-store"
    return TokenOut(token=token, id=id_of(token), receipt=receipt)


def _shown_before(command: Command, receipt: ReceiptOut) -> TokenOut:
    """Answer a repetition: the id that is on record, and words that say that there is no more."""
    found = command.parts.records.find(receipt.events[0])
    if found is None:
        raise UNAVAILABLE("token")
    facts, said = found[1].facts, SHOWN_ONCE()
    told = WarningOut(
        code=said.code, title=said.text("zh"), detail=said.text("en"), other=receipt.stream
    )
    made = facts.by if isinstance(facts, TokenReplaced) else facts.token
    return TokenOut(token=None, id=made, receipt=receipt.model_copy(update={"warnings": (told,)}))


def _listed(one: Issued) -> IssuedOut:
    return IssuedOut(
        id=one.token,
        holder=one.actor,
        role=one.role,
        stations=list(one.stations),
        evaluation=one.evaluation,
        label=one.label,
        issued_at=one.made_at,
        until=one.expires_at,
        ended_at=one.revoked_at,
    )
