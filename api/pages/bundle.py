"""Taking a project's records away (评估资料包): asked for, watched while it is made, fetched.

A bundle asked for here has every field sealed and no attachments: what opens more needs a purpose,
and is asked for over HTTP or on the command line.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from api.bundle import DUTY, BundleIn, ask_for_bundle
from api.commands import Command, Uuid
from api.pages.language import language_of
from api.pages.progress import terms
from api.pages.reader import Reader, Reading, civil_minute
from api.tasks import check_own, found, shown
from domain.event import topic_of
from domain.export import TAKERS, ExportMade
from domain.identity import Id, new_id
from domain.refusals import NOT_FOUND, Refusal
from projections.audit import AUDIT

router = APIRouter()
LATEST = 20
"""How many exports are listed."""
Key = Annotated[Uuid, Form()]
Minute = Annotated[str, Form(max_length=40)]


@router.get("/projects/{project}/bundles")
def bundles_page(project: Uuid, reader: Reading) -> Response:
    """What can be taken away, and who took the records away before."""
    return _page(reader, project)


@router.post("/bundles")
def take_away(
    reader: Reading, project: Annotated[Uuid, Form()], key: Key, known_at: Minute = ""
) -> Response:
    """Ask for the bundle, once however often it is sent, and go where it can be watched."""
    asked = reader.asked
    content = sha256(f"{asked.principal.actor} {project} {known_at}".encode()).digest()
    command = Command(asked.principal, asked.parts, Response(), key, content, None)
    try:
        at = civil_minute(known_at, "known_at")
        sent = BundleIn.model_validate({"ledgers": [project], "known_at": at and at.isoformat()})
        made = ask_for_bundle(sent, command)
    except Refusal as refused:
        if refused.code == NOT_FOUND.code:
            raise
        said = refused.text(language_of(reader.request))
        return _page(reader, project, refused.status, said, known_at)
    return RedirectResponse(f"/bundles/{made.task}", status_code=303)


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
    reader: Reader, project: Id, status: int = 200, said: str | None = None, known_at: str = ""
) -> Response:
    """Show the page; with what was refused, the minute that was typed, under a key of its own."""
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
        key=new_id(),
        said=said,
        known_at=known_at,
        demonstration=named["demonstration"],
    )
    answer.status_code = status
    return answer
