"""Papers (文书) on pages: hand in the one that a file lacks, and decide about what was handed in.

A paper is written and signed by hand; its photograph or scan is stored as it came. What is asked
of which file is its completeness.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse

from api.commands import Uuid
from api.evidence import (
    DocumentReviewIn,
    FiledDocumentIn,
    RevisionIn,
    decide_document,
    draft_document,
    revise_document,
)
from api.pages.case import standing
from api.pages.completeness import About, about
from api.pages.filled_in import NOT_FILLED
from api.pages.forms import Said, as_sent, command_of
from api.pages.handing_in import PATH, Handing, Sent, SentFiles, id_in, paper_answer
from api.pages.reader import Reader, Reading
from api.records import known_of
from domain.evidence import DocumentDrafted, DocumentReturned
from domain.identity import Id
from domain.refusals import FORBIDDEN, NOT_FOUND, Refusal, ShiluError
from projections.completeness import completeness
from projections.engine.view import Row
from projections.evidence import ATTACHMENT, DOCUMENT, REACHED
from projections.project import PROJECT

router = APIRouter()
EDITED = ("draft", "returned")
Code = Annotated[str, Query(max_length=40)]


@router.get(PATH)
def paper_form(
    reader: Reading, ledger: Uuid, subject: Uuid, form: Code, line: Code = ""
) -> Response:
    """Ask for the paper that a file lacks; one that was begun has a page of its own."""
    asked = Demand(reader, ledger, subject, form, line)
    if asked.form["document"] is not None:
        return RedirectResponse(f"{PATH}/{asked.form['document']}", status_code=303)
    return asked.page()


@router.post(PATH)
def hand_in(reader: Reading, sent: SentFiles) -> Response:
    """Store the files, and hand the paper in: a new one, or one that was begun or returned."""
    typed = sent.said
    if document := typed.get("document"):
        return Paper(reader, id_in(document, "document")).hand_in_again(sent)
    ledger, subject = (id_in(typed.get(name, ""), name) for name in ("ledger", "subject"))
    return Demand(reader, ledger, subject, typed.get("form", ""), typed.get("line", "")).hand_in(
        sent
    )


@router.get(PATH + "/{document}")
def paper_page(document: Uuid, reader: Reading) -> Response:
    """One paper: how far it has come, its files, and what can be done about it."""
    return Paper(reader, document).page()


@router.post(PATH + "/{document}/review")
def review(document: Uuid, reader: Reading, said: Said) -> Response:
    """Approve a paper that was handed in, or return it with what is to be set right."""
    return Paper(reader, document).decide(said)


@dataclass(frozen=True)
class Demand:
    """A paper that is asked of a file. Raises `not_found` for one that is not."""

    reader: Reader
    ledger: Id
    subject: Id
    code: str
    line: str

    @cached_property
    def _found(self) -> tuple[Row, Row]:
        asked = self.reader.asked.at(None)
        with asked.answers() as answers:
            day = asked.day_of(self.ledger)
            known = completeness(answers, self.ledger, day, subject=self.subject)
        for file in known["files"]:
            for form in file["forms"]:
                if (form["form"], file["line"] or "") == (self.code, self.line):
                    return file, form
        raise NOT_FOUND("form")

    @property
    def file(self) -> Row:
        """The file that lacks it."""
        return self._found[0]

    @property
    def form(self) -> Row:
        """The form that is asked for."""
        return self._found[1]

    @cached_property
    def station(self) -> Id | None:
        """The station that keeps the file; None of a line of the report, which has none."""
        with self.reader.asked.at(None).answers() as answers:
            rows = answers.rows(REACHED, where={"subject": self.subject}, limit=1)
        return rows[0]["station"] if rows else None

    @cached_property
    def project(self) -> Id | None:
        """The project whose file it is."""
        with self.reader.asked.at(None).answers() as answers:
            return self.ledger if answers.rows(PROJECT, where={"project": self.ledger}) else None

    def hand_in(self, sent: Sent) -> Response:
        """Draft the paper with its files, and hand it in; what is refused is said beside the form.

        Sent twice it is handed in once.
        """
        try:
            handing = Handing(self.reader, sent)
            station = self.station or sent.said.get("station")
            if not station:
                raise NOT_FILLED("station")
            told = {
                "station": id_in(station, "station"),
                "project": self.project,
                "form_set": self.form["form_set"],
                "version": self.form["version"],
                "form": self.code,
                "subject": {"stream_type": self.file["subject_type"], "stream": self.subject}
                | ({"line": self.line} if self.line else {}),
                "attachments": handing.attached(station, self.project),
            }
            drafted = draft_document(as_sent(FiledDocumentIn, told), handing.command("draft", told))
            return handing.submit(drafted.stream)
        except Refusal as refused:
            return self.page(refused, sent.said)

    def page(
        self, refused: ShiluError | None = None, typed: Mapping[str, str] | None = None
    ) -> Response:
        """Answer with the form."""
        if not self.reader.writes:
            raise FORBIDDEN("role")
        with self.reader.asked.at(None).answers() as answers:
            told = about(answers, {self.subject}).get(self.subject) or About(None, None)
        return paper_answer(self.reader, "paper_form.html", refused, typed, demand=self, about=told)


@dataclass(frozen=True)
class Paper:
    """One paper. Raises `not_found`."""

    reader: Reader
    id: Id

    @cached_property
    def row(self) -> Row:
        """How it stands."""
        with self.reader.asked.at(None).answers() as answers:
            rows = answers.rows(DOCUMENT, where={"document": self.id})
        if not rows:
            raise NOT_FOUND("document")
        return rows[0]

    def hand_in_again(self, sent: Sent) -> Response:
        """Hand it in with the files that are kept and the new ones."""
        row = self.row
        try:
            handing = Handing(self.reader, sent)
            project = None if row["ledger"] == row["station"] else row["ledger"]
            told = {"attachments": handing.attached(row["station"], project)}
            command = handing.command("revise", self.id, told)
            revise_document(self.id, as_sent(RevisionIn, told), command)
            return handing.submit(self.id)
        except Refusal as refused:
            return self.page(refused, sent.said)

    def decide(self, said: dict[str, str]) -> Response:
        """Approve or return it; what is refused is said beside the form."""
        form = {name: said[name] for name in ("outcome", "comments") if said.get(name)}
        try:
            if form.get("outcome") == "returned" and "comments" not in form:
                raise NOT_FILLED("comments")
            command = command_of(self.reader, said.get("key", ""), "review", self.id, form)
            decide_document(self.id, as_sent(DocumentReviewIn, form), command)
        except Refusal as refused:
            return self.page(refused, said)
        return RedirectResponse(f"{PATH}/{self.id}", status_code=303)

    def page(
        self, refused: ShiluError | None = None, typed: Mapping[str, str] | None = None
    ) -> Response:
        """Answer with its page."""
        row = self.row
        records = known_of(self.reader.asked.at(None), self.id)
        facts = [record.facts for record in records]
        drafted = [each for each in facts if isinstance(each, DocumentDrafted)][-1]
        returned = [each for each in facts if isinstance(each, DocumentReturned)]
        wanted = list(drafted.attachments)
        with self.reader.asked.at(None).answers() as answers:
            files = answers.rows(ATTACHMENT, where={"attachment": wanted}) if wanted else []
            told = about(answers, {row["subject"]}).get(row["subject"])
        return paper_answer(
            self.reader,
            "paper.html",
            refused,
            typed,
            paper=row,
            files=sorted(files, key=lambda row: wanted.index(row["attachment"])),
            about=told or About(None, None),
            comments=returned[-1].comments if row["status"] == "returned" else None,
            records=standing(records),
            edited=row["status"] in EDITED and self.reader.writes,
            decided=row["status"] == "submitted" and self.reader.writes,
        )
