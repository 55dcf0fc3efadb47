"""Evaluations as people read them: what was frozen, drawn, asked for, scored, found and mended.

Nothing of a sample shows before its hour, since the view that is read has nothing of it.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.commands import Uuid
from api.pages.progress import terms
from api.pages.reader import KnownAt, Reading, Turn, turned
from domain.identity import Id
from domain.refusals import NOT_FOUND
from projections.audit import AUDIT
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.evaluation_tables import (
    DRAWN,
    EVALUATION,
    EVALUATOR,
    FINDING,
    REQUEST,
    SAMPLE,
    SCORE,
    SNAPSHOT,
    STRATUM,
)

router = APIRouter()
PAGE = 50


@router.get("/projects/{project}/evaluations")
def evaluations_page(project: Uuid, reader: Reading, at: KnownAt = None) -> Response:
    """The evaluations of a project, the latest first."""
    named = terms(reader, project, at)
    with reader.asked.at(at).answers() as answers:
        found = answers.rows(
            EVALUATION, where={"ledger": project}, order=("commissioned_on",), descending=True
        )
    return reader.page(
        "evaluations.html",
        project=named,
        evaluations=found,
        at=at,
        demonstration=named["demonstration"],
    )


@router.get("/evaluations/{evaluation}")
def evaluation_page(evaluation: Uuid, reader: Reading, at: KnownAt = None) -> Response:
    """One evaluation: what is frozen, who evaluates, samples, scores, findings and requests."""
    with reader.asked.at(at).answers() as answers:
        one = _evaluation(answers, evaluation)
        where = {"evaluation": evaluation}
        strata = answers.rows(STRATUM, where=where, order=("stratum",))
        values = {
            "evaluators": answers.rows(EVALUATOR, where=where),
            "hashes": answers.rows(SNAPSHOT, where=where, order=("view",)),
            "samples": [
                (row, [each for each in strata if each["sample"] == row["sample"]])
                for row in answers.rows(SAMPLE, where=where, order=("drawn_on",))
            ],
            "scores": answers.rows(SCORE, where=where, order=("number",)),
            "findings": answers.rows(FINDING, where=where, order=("raised_on",)),
            "requests": answers.rows(REQUEST, where=where, order=("due",)),
        }
    named = terms(reader, one["ledger"], at)
    return reader.page(
        "evaluation.html",
        project=named,
        one=one,
        total=f"{one['total'] // 100}.{one['total'] % 100:02}",
        today=reader.asked.at(at).today,
        then=at or reader.now,
        at=at,
        demonstration=named["demonstration"],
        **values,
    )


@router.get("/evaluations/{evaluation}/samples/{sample}")
def sample_page(
    evaluation: Uuid, sample: Uuid, reader: Reading, at: KnownAt = None, cursor: Turn = None
) -> Response:
    """The records that were drawn and what was found of each; none before the sample is shown."""
    with reader.asked.at(at).answers() as answers:
        one = _evaluation(answers, evaluation)
        found = answers.rows(SAMPLE, where={"sample": sample, "evaluation": evaluation})
        if not found:
            raise NOT_FOUND("sample")
        rows, next = turned(answers, DRAWN, {"sample": sample}, ("stratum",), cursor, PAGE)
        opened = _opened(answers, one["ledger"], rows)
    named = terms(reader, one["ledger"], at)
    return reader.page(
        "sample.html",
        project=named,
        one=one,
        sample=found[0],
        rows=rows,
        opened=opened,
        next=next,
        at=at,
        demonstration=named["demonstration"],
    )


def _opened(answers: Answers, ledger: Id, rows: list[Row]) -> dict[Id, Id]:
    """Return the record with which each drawn one opens: itself, or the first of a file."""
    drawn = [row["record"] for row in rows]
    first: dict[Id, Id] = {each: each for each in drawn}
    where = {"ledger": ledger, "stream": drawn}
    steps = answers.rows(AUDIT, where=where, order=("position",)) if drawn else []
    for step in reversed(steps):
        if step["event"] not in first:
            first[step["stream"]] = step["record"]
    return first


def _evaluation(answers: Answers, evaluation: str) -> Row:
    found = answers.rows(EVALUATION, where={"evaluation": evaluation})
    if not found:
        raise NOT_FOUND("evaluation")
    return found[0]
