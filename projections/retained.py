"""Which documents a line of a report keeps (已留存的资料内容): those that were approved."""

from __future__ import annotations

from collections.abc import Iterator

from domain.evidence import DocumentApproved, DocumentDrafted, DocumentSuperseded, DocumentVoided
from domain.identity import Id
from projections.engine.ask import Answers
from projections.engine.view import Effect, Put, Record, Table, View

RETAINED = Table(
    "retained_document",
    key={"document": "uuid"},
    columns={
        "line": "text",
        "subject": "uuid",
        "service_type": "text",
        "name": "text",
        "position": "int",
        "status": "text",
    },
    indexes=(("ledger", "line"),),
)

retained = View("retained", 2, (RETAINED,))


@retained.on(DocumentDrafted)
def drafted(record: Record[DocumentDrafted]) -> Iterator[Effect]:
    """A draft is not yet retained."""
    facts = record.facts
    yield Put(
        RETAINED,
        (record.event.stream,),
        {
            "line": facts.subject.line,
            "subject": facts.subject.stream,
            "service_type": facts.service_type,
            "name": facts.name,
            "position": record.position,
            "status": "draft",
        },
    )


@retained.on(DocumentApproved)
def approved(record: Record[DocumentApproved]) -> Iterator[Effect]:
    """An approved document is retained."""
    yield Put(RETAINED, (record.event.stream,), {"status": "approved"})


@retained.on(DocumentSuperseded)
def superseded(record: Record[DocumentSuperseded]) -> Iterator[Effect]:
    """Until another stands in its place, whatever becomes of that one."""
    yield Put(RETAINED, (record.event.stream,), {"status": "superseded"})


@retained.on(DocumentVoided)
def voided(record: Record[DocumentVoided]) -> Iterator[Effect]:
    """Or until it is void."""
    yield Put(RETAINED, (record.event.stream,), {"status": "void"})


def documents_of_lines(answers: Answers, project: Id) -> dict[str, list[str]]:
    """Return the names of the documents that each line of a project's report retains."""
    rows = answers.rows(
        RETAINED, where={"ledger": project, "status": "approved"}, order=("position",)
    )
    lines: dict[str, list[str]] = {}
    for row in rows:
        names = lines.setdefault(row["line"], [])
        if row["name"] not in names:
            names.append(row["name"])
    return lines
