"""Handing in a paper (文书): its files as they came with a form, each stored once, then the rest.

Each step is a command under a key made of the form's and of what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from api.attachments import facts_of, stored
from api.commands import Command
from api.evidence import StepIn, submit_document
from api.pages.fields import Texts, Typed
from api.pages.filled_in import NOT_FILLED
from api.pages.forms import as_sent, command_of, in_words
from api.pages.reader import Reader, Reading
from domain.identity import Id, derived_id, is_id, new_id
from domain.policy import FILE_TYPES, MOST_BYTES
from domain.refusals import FORBIDDEN, INVALID, ShiluError, refusal

TOO_MANY_FILES = refusal("page.too_many_files")
PATH = "/papers"
MOST_FILES = 10
LIMIT = 2 * MOST_BYTES
"""How many bytes come at once at most: several photographs of one paper."""
LABELS = {"files": "papers.files", "station": "belonging.station", "comments": "papers.comments"}


@dataclass(frozen=True)
class Upload:
    """A file as it came, and what its sender says it is."""

    content: bytes
    mime: str


@dataclass(frozen=True)
class Sent:
    """A form with files: what was typed, and the files."""

    typed: Typed
    files: tuple[Upload, ...] = ()

    @property
    def said(self) -> dict[str, str]:
        """What was typed; of each field the first."""
        return {name: texts[0].strip() for name, texts in self.typed.items()}

    @property
    def kept(self) -> tuple[Id, ...]:
        """Which files of before are kept."""
        return tuple(self.typed.get("kept", ()))


async def sent_files(request: Request, _reader: Reading) -> Sent:
    """Take a form with files, of somebody who is known; a field with no file chosen has none."""
    async with request.form(max_files=10 * MOST_FILES) as form:
        typed = dict[str, Texts]()
        files = list[Upload]()
        for name, part in form.multi_items():
            if isinstance(part, str):
                typed[name] = (*typed.get(name, ()), part)
            elif part.size:
                files.append(Upload(await part.read(), part.content_type or ""))
        return Sent(typed, tuple(files))


SentFiles = Annotated[Sent, Depends(sent_files)]


def id_in(text: str, field: str) -> Id:
    if not is_id(text):
        raise INVALID(field)
    return text


@dataclass(frozen=True)
class Handing:
    """The files of one form on their way, each step under a key made of the form's."""

    reader: Reader
    sent: Sent

    def __post_init__(self) -> None:
        if not self.reader.writes:
            raise FORBIDDEN("role")
        id_in(self.key, "key")

    @property
    def key(self) -> Id:
        """The key that was made when the form was shown."""
        return self.sent.said.get("key", "")

    def command(self, step: str, *told: object) -> Command:
        """Return the command of one step: told the same again it is the same one, and a file that
        was stored before something was refused is not stored twice."""
        said = msgspec.json.encode(told, order="sorted").decode()
        return command_of(self.reader, derived_id(self.key, step, said), step, *told)

    def attached(self, station: Id, project: Id | None) -> tuple[Id, ...]:
        """Store the files, and return their ids, those that are kept first.

        Raises what is refused, `page.not_filled` where there is none, and `page.too_many_files`.
        """
        if not self.sent.files and not self.sent.kept:
            raise NOT_FILLED("files")
        if len(self.sent.files) + len(self.sent.kept) > MOST_FILES:
            raise TOO_MANY_FILES("files", most=MOST_FILES)
        return (*self.sent.kept, *self.stored(station, project))

    def stored(self, station: Id, project: Id | None) -> Iterator[Id]:
        """Store the files one by one, and yield their ids. Raises what is refused."""
        for file in self.sent.files:
            command = self.command("file", sha256(file.content).hexdigest(), station)
            facts = facts_of(file.content, file.mime)
            yield stored(file.content, facts, command, station, project).stream

    def submit(self, document: Id) -> Response:
        """Hand it in, and lead to its page."""
        submit_document(document, as_sent(StepIn, {}), self.command("submit", document))
        return RedirectResponse(f"{PATH}/{document}", status_code=303)


def paper_answer(
    reader: Reader,
    template: str,
    refused: ShiluError | None,
    typed: Mapping[str, str] | None,
    **shown: Any,
) -> Response:
    """Answer with a page whose forms are sent under one key until that was carried out."""
    typed = typed or {}
    key = typed.get("key", "")
    said = None if refused is None else in_words(reader.request, refused, LABELS)
    answer = reader.page(
        template,
        said=said,
        typed=typed,
        key=key if is_id(key) else new_id(),
        types=",".join(FILE_TYPES),
        most=MOST_FILES,
        **shown,
    )
    answer.status_code = 200 if refused is None else refused.status
    return answer
