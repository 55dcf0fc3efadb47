"""Names on a page: those of the people whom it lists, opened at once, with one reason for all.

The page itself names nobody and is sent again to nobody with names in it: a script (`names.js`)
asks for them and puts them beside the ids. Each is a reading on record, as any sealed word is.
"""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from api.pages.asked_language import language_of
from api.pages.fields import Typed
from api.pages.filled_in import plain
from api.pages.forms import Sent, as_sent, command_of, in_words
from api.pages.language import Speech
from api.pages.reader import Reader, Reading
from api.reading import NamesIn, opened_names
from domain.identity import Id, is_id, new_id
from domain.reading import NO_NAMES
from domain.refusals import Refusal
from projections.person import PERSON

router = APIRouter()
LABELS = {"reason": "names.reason"}


@router.post("/names")
def names(reader: Reading, typed: Sent) -> Response:
    """Answer with the names of those of the `people` who have one: person → name.

    What is refused is answered with what is `said` of it, in the reader's language.
    """
    try:
        return JSONResponse({"names": _opened(reader, typed)})
    except Refusal as refused:
        said = in_words(reader.request, refused, LABELS)
        return JSONResponse({"said": said}, refused.status)


def _opened(reader: Reader, typed: Typed) -> dict[Id, str]:
    why = plain(typed.get("reason", ()))
    sent = {"people": _people(reader, typed.get("people", ())), "reason": why}
    command = command_of(reader, new_id(), "names", sent)
    erased = Speech(language_of(reader.request)).text("names.erased")
    shown = opened_names(command, as_sent(NamesIn, sent)).names
    return {each.person: each.name or erased for each in shown}


def _people(reader: Reader, ids: tuple[str, ...]) -> tuple[Id, ...]:
    """Return those of the ids that are people whom the reader sees. Raises `reading.no_names`."""
    wanted = sorted({id for id in ids if is_id(id)})
    with reader.asked.answers() as answers:
        found = answers.rows(PERSON, where={"person": wanted}) if wanted else []
    if not found:
        raise NO_NAMES("people")
    return tuple(row["person"] for row in found)
