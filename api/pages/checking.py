"""What to look at twice: a report against its records, and what is worth asking about in them.

Findings judge nobody; each opens down to its records. The evaluator and the station read the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from msgspec.structs import asdict

from api.commands import Uuid
from api.contradictions import knows_staff
from api.pages.progress import terms
from api.pages.reader import KnownAt, Reading
from domain.identity import Id
from domain.refusals import refusal
from projections.audit import AUDIT
from projections.contradictions.found import found as contradictions_in
from projections.contradictions.known import known
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.finding import Finding, codes
from projections.signals.found import signals
from projections.signals.lag import histogram
from projections.signals.work import RecordsOf, read

router = APIRouter()
NO_SUCH_FINDING = refusal("page.no_such_finding")
FEW, MANY = 5, 500
"""How many records of a finding are shown: among all findings, and of one kind alone."""
Code = Annotated[str | None, Query(max_length=40, description="findings of this kind alone")]


@dataclass(frozen=True)
class Shown:
    """A finding with the first of its records, as the audit trail has them."""

    finding: Finding
    records: list[Row]

    @property
    def more(self) -> int:
        """How many records are not shown."""
        return len(self.finding.events) - len(self.records)


Group = tuple[str, list[Shown]]
"""The code of a kind of finding, and those of the kind."""


@router.get("/projects/{project}/contradictions")
def contradictions_page(
    project: Uuid, reader: Reading, at: KnownAt = None, code: Code = None
) -> Response:
    """What a project's report and its records say against each other, and every claimed figure."""
    _check(code, "contradictions")
    named = terms(reader, project, at)
    asked = reader.asked.at(at)
    with asked.answers() as answers:
        read = known(answers, project, asked.today)
        groups = _groups(answers, project, contradictions_in(read), code)
    claims = [each for each in read.differences if each.claim is not None]
    return reader.page(
        "contradictions.html",
        project=named,
        groups=groups,
        claims=claims,
        claimed=len(read.rows.claims),
        knows_staff=knows_staff(reader.asked.principal),
        unexplained=sum(1 for each in claims if not each.explained),
        code=code,
        at=at,
        demonstration=named["demonstration"],
    )


@router.get("/projects/{project}/signals")
def signals_page(project: Uuid, reader: Reading, at: KnownAt = None, code: Code = None) -> Response:
    """What is worth asking about in a project's records, and how long after the work they came."""
    _check(code, "signals")
    named = terms(reader, project, at)
    asked = reader.asked.at(at)
    with asked.answers() as answers:
        work = read(answers, RecordsOf(project=project), asked.today)
        groups = _groups(answers, project, signals(work), code)
    lag = histogram(work.told.values())
    return reader.page(
        "signals.html",
        project=named,
        groups=groups,
        lag=lag,
        most=max(lag.values(), default=0),
        work=work,
        limits=asdict(work.thresholds),
        code=code,
        at=at,
        demonstration=named["demonstration"],
    )


def _check(code: str | None, sort: Literal["contradictions", "signals"]) -> None:
    """Refuse a kind of finding that there is not: else a slip reads as if nothing was found.

    Raises `page.no_such_finding`.
    """
    if code is not None and code not in codes(sort):
        raise NO_SUCH_FINDING("code", asked=code)


def _groups(
    answers: Answers, project: Id, findings: Sequence[Finding], code: str | None
) -> list[Group]:
    """Return findings by kind, in their own order, with records behind each."""
    wanted = [each for each in findings if code is None or each.code == code]
    limit = FEW if code is None else MANY
    named = {event for each in wanted for event in each.events[:limit]}
    where = {"ledger": project, "event": sorted(named)}
    rows = answers.rows(AUDIT, where=where) if named else []
    by_event: dict[Id, Row] = {row["event"]: row for row in rows}
    shown = (
        Shown(each, [by_event[one] for one in each.events[:limit] if one in by_event])
        for each in wanted
    )
    return [(kind, list(group)) for kind, group in groupby(shown, lambda one: one.finding.code)]
