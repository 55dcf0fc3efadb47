"""What AL-01 goes by: each case as it stands, its contacts, its openings and its rests.

The view is `raw`: a void contact stays as a row marked void, with the day on which it was first
written down, so that a reinstated one is not taken for a late one; and where a case stands is
said by its steps alone, since a corrected opening restates it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from domain.case_facts import (
    CaseClosed,
    CaseEvaluated,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseSessionHeld,
    CaseStanding,
    CaseStep,
    CaseSuspended,
    ServicePlanRevised,
)
from domain.clock import civil_date
from domain.contact_rule import STAGES, Contact, FollowedCase, Time
from domain.event import CORRECTIONS, AnyEvent, Correction, Effective
from domain.identity import Id
from domain.visit import HomeServiceDelivered, HomeVisitMade, PhoneContactMade
from projections.engine.ask import Answers
from projections.engine.view import Effect, Put, Record, Row, Table, View

CASE = Table(
    "followed_case",
    key={"case_id": "uuid"},
    columns={
        "project": "uuid",
        "demonstration": "bool",
        "stage": "text",
        "suspended": "bool",
        "worker": "uuid",
        "step": "uuid",
    },
    indexes=(("case_id",), ("station", "stage"), ("worker", "stage")),
)
TURN = Table(
    "followed_turn",
    key={"case_id": "uuid", "event": "uuid"},
    columns={
        "what": "text",
        "day": "date",
        "latest": "date",
        "recorded": "date",
        "late_after": "int",
        "changed": "uuid",
        "void": "bool",
        "version": "int",
    },
    indexes=(("case_id",),),
)
"""`day` is that from which is counted, `latest` the last that the time can mean, as of a month of
which no day is known; `recorded` is when that day was first told of the case. `what` is opened,
contact, suspended, resumed, evaluated, revised or closed; `version` its place in the life of the
case."""

followups = View("followups", 4, (CASE, TURN), raw=True)

Met = CaseSessionHeld | HomeVisitMade | HomeServiceDelivered | PhoneContactMade
MET: tuple[type[Met], ...] = (
    CaseSessionHeld,
    HomeVisitMade,
    HomeServiceDelivered,
    PhoneContactMade,
)
RESTATED = tuple(kind for made in (*MET, CaseOpened, CaseClosed) for kind in CORRECTIONS[made])


def case_of(stream: Id, facts: Any) -> Id | None:
    """Return the case with whose client somebody was in contact; a call that nobody answered is
    no contact, nor is a visit that is linked to no case."""
    if isinstance(facts, CaseSessionHeld):
        return stream
    if isinstance(facts, PhoneContactMade) and not facts.answered:
        return None
    if isinstance(facts, HomeVisitMade | HomeServiceDelivered | PhoneContactMade):
        return facts.case
    return None


def cases_touched(event: AnyEvent) -> tuple[Id, ...]:
    """Return the cases of which an event tells, each once: a correction's before and after."""
    if event.stream_type == "case":
        return (event.stream,)
    facts = event.facts
    sides = (facts.before, facts.after) if isinstance(facts, Correction) else ()
    said = [side.facts for side in sides if side is not None] or [facts]
    cases = (case_of(event.stream, one) for one in said)
    return tuple(dict.fromkeys(case for case in cases if case is not None))


@followups.on(CaseStep)
def step_taken(record: Record[Any]) -> Iterator[Effect]:
    """Where the case stands after a step."""
    standing: CaseStanding | None = record.facts.standing
    if standing is not None:
        yield Put(
            CASE,
            (record.event.stream,),
            {
                "project": record.event.project,
                "demonstration": record.event.demonstration,
                "stage": standing.stage,
                "suspended": standing.suspended,
                "worker": standing.worker,
                "step": record.id,
            },
        )


@followups.on(CaseOpened)
def opened(record: Record[CaseOpened]) -> Iterator[Effect]:
    """The count begins."""
    yield from step_taken(record)
    yield _turn(record, "opened")


@followups.on(CaseReopened)
def reopened(record: Record[CaseReopened]) -> Iterator[Effect]:
    """The count begins anew."""
    yield _turn(record, "opened")


@followups.on(CaseSuspended)
def suspended(record: Record[CaseSuspended]) -> Iterator[Effect]:
    """The count rests."""
    yield _turn(record, "suspended")


@followups.on(CaseResumed)
def resumed(record: Record[CaseResumed]) -> Iterator[Effect]:
    """The count goes on."""
    yield _turn(record, "resumed")


@followups.on(CaseEvaluated)
def evaluated(record: Record[CaseEvaluated]) -> Iterator[Effect]:
    """The case is no longer followed."""
    yield _turn(record, "evaluated")


@followups.on(ServicePlanRevised)
def revised(record: Record[ServicePlanRevised]) -> Iterator[Effect]:
    """After an evaluation it is again."""
    yield _turn(record, "revised")


@followups.on(CaseClosed)
def closed(record: Record[CaseClosed]) -> Iterator[Effect]:
    """The case is no longer followed; a rest is over with it."""
    yield from step_taken(record)
    yield _turn(record, "closed")


@followups.on(*MET)
def met(record: Record[Met]) -> Iterator[Effect]:
    """Somebody was in contact."""
    case = case_of(record.event.stream, record.facts)
    if case is not None:
        yield _written(record, case, "contact")


@followups.on(*RESTATED)
def restated(record: Record[Correction]) -> Iterator[Effect]:
    """A contact, an opening or a closure was corrected, voided or reinstated."""
    facts, stream = record.facts, record.event.stream
    was, now = _place(stream, facts.before), _place(stream, facts.after)
    if was is not None and was != now:
        yield Put(TURN, (was, facts.target), {"void": True, "changed": record.id})
    if now is not None and facts.after is not None:
        columns = {
            "what": _what(facts.after.facts),
            "day": facts.after.occurred.day,
            "latest": facts.after.occurred.latest,
            "changed": record.id,
            "void": False,
        }
        if facts.before is not None and (was != now or _moved(facts)):
            # For this case, or of this day, it was written down only now.
            columns["recorded"] = civil_date(record.at)
            columns["late_after"] = record.event.late_beyond
        yield Put(TURN, (now, facts.target), columns)


def _moved(facts: Correction) -> bool:
    both = facts.before, facts.after
    return len({side.occurred.day for side in both if side is not None}) > 1


def _place(stream: Id, side: Effective[Any] | None) -> Id | None:
    if side is None:
        return None
    if isinstance(side.facts, CaseOpened | CaseClosed):
        return stream
    return case_of(stream, side.facts)


def _what(facts: Any) -> str:
    if isinstance(facts, CaseOpened):
        return "opened"
    return "closed" if isinstance(facts, CaseClosed) else "contact"


def _turn(record: Record[Any], what: str) -> Put:
    return _written(record, record.event.stream, what)


def _written(record: Record[Any], case: Id, what: str) -> Put:
    return Put(
        TURN,
        (case, record.id),
        {
            "what": what,
            "day": record.occurred.day,
            "latest": record.occurred.latest,
            "recorded": civil_date(record.at),
            "late_after": record.event.late_beyond,
            "changed": record.id,
            "void": False,
            "version": record.event.version,
        },
    )


def open_cases(answers: Answers, station: Id, *, demonstration: bool) -> list[Row]:
    """Return the cases of a station that AL-01 follows."""
    where = {"station": station, "stage": sorted(STAGES), "demonstration": demonstration}
    return answers.rows(CASE, where=where)


def stations(answers: Answers, *, demonstration: bool) -> list[tuple[Id, Id]]:
    """Return operator and station of whoever has such cases."""
    rows = answers.rows(
        CASE, where={"stage": sorted(STAGES), "demonstration": demonstration}, order=("station",)
    )
    found = {(row["operator"], row["station"]): None for row in rows if row["station"]}
    return list(found)


def followed(answers: Answers, cases: Sequence[Id]) -> list[tuple[Row, FollowedCase]]:
    """Return cases by id, with all that the rule must know of them."""
    rows = answers.rows(CASE, where={"case_id": list(cases)})
    turns: dict[tuple[Id, Id], list[Row]] = {}
    for turn in answers.rows(TURN, where={"case_id": list(cases)}):
        turns.setdefault((turn["operator"], turn["case_id"]), []).append(turn)
    # A contact is one of the case only within its own operator, whatever others have recorded.
    return [(row, _followed(row, turns.get((row["operator"], row["case_id"]), []))) for row in rows]


def _followed(row: Row, turns: list[Row]) -> FollowedCase:
    life = sorted((one for one in turns if not one["void"]), key=lambda one: int(one["version"]))
    return FollowedCase(
        case=row["case_id"],
        stage=row["stage"],
        suspended=row["suspended"],
        step=row["step"],
        openings=[_contact(turn) for turn in turns if turn["what"] == "opened"],
        contacts=[_contact(turn) for turn in turns if turn["what"] == "contact"],
        rests=_times(life, "suspended", "resumed", "closed", "opened"),
        times=_times(life, "opened", "closed"),
        evaluations=_times(life, "evaluated", "revised", "closed", "opened"),
    )


def _contact(turn: Row) -> Contact:
    return Contact(
        event=turn["event"],
        day=turn["day"],
        latest=turn["latest"],
        recorded=turn["recorded"],
        late_after=turn["late_after"],
        changed=turn["changed"],
        void=turn["void"],
    )


def _times(life: list[Row], begin: str, *ends: str) -> list[Time]:
    """Pair what begins a time with what ended it, in the order of the case's life."""
    times: list[Time] = []
    for turn in life:
        running = bool(times) and times[-1].end is None
        if running and turn["what"] in ends:
            times[-1] = Time(begin=times[-1].begin, end=turn["day"])
        elif not running and turn["what"] == begin:
            times.append(Time(begin=turn["day"]))
    return times
