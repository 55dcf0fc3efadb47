"""Taking a project's records away (评估资料包): asked for, watched while it is made, fetched.

Every field stays sealed and files stay here, unless whoever answers for them names what is opened,
for which purpose, and why: that stands in the export's record.
"""

from __future__ import annotations

from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, get_args

import msgspec
from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from api.bundle import DUTY, BundleIn, ask_for_bundle
from api.commands import Command, Uuid
from api.pages.fields import Typed
from api.pages.forms import Sent, as_sent, in_words
from api.pages.progress import terms
from api.pages.reader import Reader, Reading, civil_minute
from api.tasks import check_own, found, shown
from domain.event import topic_of
from domain.export import OPENERS, TAKERS, ExportMade, ExportPurpose
from domain.identity import Id, new_id
from domain.private import Purpose
from domain.refusals import NOT_FOUND, Refusal
from projections.audit import AUDIT

router = APIRouter()
LATEST = 20
"""How many exports are listed."""
Key = Annotated[Uuid, Form()]
NOTHING: Typed = MappingProxyType({})
LABELS = {
    "known_at": "bundle.known_at",
    "opened": "bundle.opened",
    "purpose": "bundle.purpose",
    "reason": "bundle.reason",
    "ledgers": "bundle.stations",
}


@router.get("/projects/{project}/bundles")
def bundles_page(project: Uuid, reader: Reading) -> Response:
    """What can be taken away, and who took the records away before."""
    return _page(reader, project)


@router.post("/bundles")
def take_away(reader: Reading, project: Annotated[Uuid, Form()], key: Key, typed: Sent) -> Response:
    """Ask for the bundle, once however often it is sent, and go where it can be watched."""
    asked = reader.asked
    said = {name: texts for name, texts in typed.items() if name != "key"}
    content = msgspec.json.encode([asked.principal.actor, said], order="sorted")
    command = Command(asked.principal, asked.parts, Response(), key, sha256(content).digest(), None)
    try:
        sent = _sent(project, typed)
        made = ask_for_bundle(sent, command)
    except Refusal as refused:
        if refused.code == NOT_FOUND.code:
            raise
        return _page(reader, project, refused.status, _said(reader, refused), typed)
    watched = f"/bundles/{made.task}" if len(sent.ledgers) == 1 else "/tasks"
    return RedirectResponse(watched, status_code=303)


def _sent(project: Id, typed: Typed) -> BundleIn:
    """Return what was typed, as the command has it. Raises `invalid` and `text.too_long`."""
    at = civil_minute(_text(typed, "known_at"), "known_at")
    sent = {
        "ledgers": [project, *typed.get("stations", ())],
        "known_at": None if at is None else at.isoformat(),
        "opened": [each for each in typed.get("opened", ()) if each],
        "purpose": _text(typed, "purpose") or None,
        "reason": _text(typed, "reason"),
        "attachments": bool(_text(typed, "attachments")),
        "parquet": bool(_text(typed, "parquet")),
    }
    return as_sent(BundleIn, sent)


def _text(typed: Typed, name: str) -> str:
    return next(iter(typed.get(name, ())), "").strip()


def _said(reader: Reader, refused: Refusal) -> str:
    return in_words(reader.request, refused, LABELS)


@router.get("/bundles/{task}")
def bundle_page(task: Uuid, reader: Reading) -> Response:
    """How far a bundle is, and where to fetch it; a task that makes another thing is not found."""
    one = found(reader.asked, task)
    check_own(reader.asked, one)
    if one.duty != DUTY or one.ledger is None:
        raise NOT_FOUND("task")
    named = terms(reader, one.ledger, None)
    return reader.page(
        "bundle.html", project=named, task=shown(one), demonstration=named["demonstration"]
    )


def _page(
    reader: Reader,
    project: Id,
    status: int = 200,
    said: str | None = None,
    typed: Typed = NOTHING,
) -> Response:
    """Show the page; with what was refused, what was typed, under a key of its own."""
    named = terms(reader, project, None)
    where = {"ledger": project, "type": topic_of(ExportMade)}
    with reader.asked.answers() as answers:
        exports = answers.rows(
            AUDIT, where=where, order=("position",), descending=True, limit=LATEST
        )
    answer = reader.page(
        "bundles.html",
        project=named,
        exports=exports,
        may=reader.role in TAKERS,
        may_open=reader.role in OPENERS,
        opening=get_args(Purpose),
        purposes=get_args(ExportPurpose),
        typed=typed,
        typed_in=lambda name: _text(typed, name),
        key=new_id(),
        said=said,
        demonstration=named["demonstration"],
    )
    answer.status_code = status
    return answer
