"""Who leans on a record: documents, evaluations, claimed figures, reports that were handed in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import msgspec

from domain.identity import Id
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.evaluation_tables import DRAWN, FINDING, REQUEST
from projections.evidence import DOCUMENT
from projections.indicators import CLAIM
from projections.project import SUBMISSION

NAMED_IN = (("sample", DRAWN), ("request", REQUEST), ("finding", FINDING))
"""How an evaluation names a record: drawn into a sample, asked for, or found about.

Cases and groups are drawn as whole files, by their streams.
"""
DOCUMENT_SAYS = ("document", "form", "name", "stage", "status", "subject")
CLAIM_SAYS = ("claim", "report", "line", "indicator", "event", "value", "unit")
SUBMISSION_SAYS = ("submission", "report", "until", "recorded_at")


class Leaning(msgspec.Struct, frozen=True, kw_only=True):
    """What names a record, or rests on a figure that it is part of."""

    documents: list[Row]
    evaluations: list[Row]
    claims: list[Row]
    submissions: list[Row]


def leaning(
    answers: Answers,
    stream: Id,
    event: Id,
    project: Id | None,
    indicators: Collection[Id],
    lines: Collection[str],
    first: date,
) -> Leaning:
    """Return what leans on an event of a stream, which is part of some indicators' figures.

    `lines` are those of the report in which these stand, `first` the first day that is concerned.
    """
    documents = answers.rows(DOCUMENT, where={"subject": [stream, event]})
    submissions = []
    if project is not None and indicators:
        handed_in = {"ledger": project}
        submissions = answers.rows(SUBMISSION, where=handed_in, since={"until": first})
    return Leaning(
        documents=[_said(row, DOCUMENT_SAYS) for row in documents],
        evaluations=[
            {"evaluation": row["evaluation"], "named_in": name, "id": row[next(iter(table.key))]}
            for name, table in NAMED_IN
            for row in answers.rows(table, where={"record": [stream, event]})
        ],
        claims=[
            _said(row, CLAIM_SAYS)
            for row in _claims(answers, project)
            if row["event"] == event or row["indicator"] in indicators or row["line"] in lines
        ],
        submissions=[_said(row, SUBMISSION_SAYS) for row in submissions],
    )


def _claims(answers: Answers, project: Id | None) -> list[Row]:
    if project is None:
        return []
    return answers.rows(CLAIM, where={"ledger": project}, order=("position",))


def _said(row: Row, names: Collection[str]) -> Row:
    return {name: row[name] for name in names}
