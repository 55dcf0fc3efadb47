"""One case for people: where it stands, what was agreed and done, and the records of all of it.

It reads and decides nothing: how it stands is the caseload's, its steps are its own stream.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Response

from api.commands import Uuid
from api.pages.caseload import shown
from api.pages.leading import ways_of
from api.pages.reader import KnownAt, Reading
from api.pages.telling import telling
from api.records import known_of
from api.thresholds import of_contact
from domain.case_crisis_facts import CrisisActionTaken, CrisisCleared, CrisisFlagged
from domain.case_facts import ServicePlanAdopted, ServicePlanRevised
from domain.event import Correction, topic_of
from domain.identity import Id
from domain.refusals import NOT_FOUND
from projections.audit import change_of
from projections.case import CASE, SESSION, lines
from projections.engine.view import Record, Row
from projections.evidence import DOCUMENT

router = APIRouter()


@router.get("/cases/{case}")
def case_page(case: Uuid, reader: Reading, at: KnownAt = None) -> Response:
    """A case as it stands, or stood when known. Raises `not_found`."""
    asked = reader.asked.at(at)
    with asked.answers() as answers:
        found = answers.rows(CASE, where={"case_id": case})
        if not found:
            raise NOT_FOUND("case")
        (line,) = lines(answers, found, asked.today, of_contact(asked, found))
        sessions = answers.rows(SESSION, where={"case_id": case}, order=("day",), descending=True)
        documents = answers.rows(DOCUMENT, where={"subject": case}, order=("drafted_on",))
        told = {found[0][name] for name in ("worker", "client", "household")}
        ways = ways_of(answers, told - {None}, at)
    records = known_of(asked, case)
    return reader.page(
        "case.html",
        each=shown(line, asked.today),
        case=found[0],
        sessions=sessions,
        documents=documents,
        ways=ways,
        plan=_plan(records),
        crises=_crises(records),
        records=standing(records),
        at=at,
        demonstration=any(each.event.demonstration for each in records),
    )


def standing(records: Iterable[Record[Any]]) -> list[Row]:
    """Return the records of a stream, the latest first, each with what was last done to it."""
    rows: dict[Id, Row] = {}
    for each in records:
        facts = each.facts
        if isinstance(facts, Correction):
            rows[facts.target]["change"] = change_of(facts)
            if facts.after is not None:
                rows[facts.target]["day"] = facts.after.occurred.day
        else:
            rows[each.id] = {
                "record": each.id,
                "type": topic_of(type(facts)),
                "day": each.occurred.day,
                "recorded_at": each.at,
                "actor": each.event.actor,
                "role": each.event.role,
                "ledger": each.event.ledger,
                "change": "written",
                "late": False,
                "lag_days": 0,
                "tells": telling(each.event)[1:],
            }
    return list(rows.values())[::-1]


def _plan(records: Iterable[Record[Any]]) -> Row | None:
    """Return the plan that holds: its version, its goals and the record of it."""
    plans = [
        each for each in records if isinstance(each.facts, (ServicePlanAdopted, ServicePlanRevised))
    ]
    if not plans:
        return None
    last = plans[-1]
    return {
        "record": last.id,
        "day": last.occurred.day,
        "goals": last.facts.goals,
        "version": last.facts.version or len(plans),
    }


def _crises(records: Iterable[Record[Any]]) -> list[Row]:
    """Return the crises that were flagged, with what was done last and whether each is over."""
    found: dict[Id, Row] = {}
    for each in records:
        match each.facts:
            case CrisisFlagged(type=type, act_by=act_by):
                found[each.id] = {
                    "record": each.id,
                    "type": type,
                    "day": each.occurred.day,
                    "act_by": act_by,
                    "acted": None,
                    "cleared": None,
                }
            case CrisisActionTaken(crisis=crisis) if crisis in found:
                found[crisis]["acted"] = each.occurred.day
            case CrisisCleared(crisis=crisis) if crisis in found:
                found[crisis]["cleared"] = each.occurred.day
    return list(found.values())[::-1]
