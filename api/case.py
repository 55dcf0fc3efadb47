"""Cases over HTTP: an enquiry, the opening, sessions, the closing; the register and the caseload.

The other steps of a case are in `case_plan`, `case_file`, `case_crisis` and `case_referral`, as
in the domain.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from api.case_step import CASE_PATH, PERSON, STATION, sealing, words_of
from api.commands import (
    AttendanceIn,
    Code,
    CommandIn,
    Commanding,
    Minutes,
    ReceiptOut,
    Uuid,
    Whereabouts,
    Words,
    example,
    held_to,
)
from api.paging import Cursor, Limit, plain, turn
from api.questions import Asked, DatedListed, Page
from api.routing import routes
from api.thresholds import of_contact
from domain import case_commands
from domain.case import Case
from domain.case_facts import (
    CaseClosed,
    CaseEnquiryReceived,
    CaseOpened,
    CaseReopened,
    CaseSessionHeld,
    CaseStanding,
    Closure,
    Level,
    Method,
    Source,
    Stage,
)
from domain.counting import Attendance
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.identity import Id
from domain.organisation import scope_of_station
from domain.own_words import owner_of
from domain.private import private
from domain.refusals import NOT_FOUND
from projections.case import BY_OPENING, CASE, SESSION, CaseLine, carried_on, lines, loads

router = routes("cases")


class ServedIn(CommandIn):
    """Whom a case serves, about what, and who has it."""

    station: Uuid
    project: Uuid | None = None
    client: Uuid | None = None
    household: Uuid | None = None
    case_type: Code
    level: Level = "general"
    audience: Code | None = None
    worker: Uuid | None = Field(None, description="the primary worker; default: who writes")

    def standing(self, stage: Stage, actor: Id) -> CaseStanding:
        """Return where such a case stands at the start."""
        return CaseStanding(
            stage=stage,
            case_type=self.case_type,
            worker=self.worker or actor,
            level=self.level,
            client=self.client,
            household=self.household,
            audience=self.audience,
        )


class EnquiryIn(ServedIn):
    """接询: somebody asks, or is found; they need not be registered yet."""

    source: Source
    about: Uuid | None = None
    content: Words | None = None

    model_config = example(
        {"station": STATION, "client": PERSON, "case_type": "loneliness", "source": "self"}
    )


@router.post("/case-enquiries", status_code=201)
def receive_enquiry(sent: EnquiryIn, command: Commanding) -> ReceiptOut:
    """Record an enquiry."""
    standing = sent.standing("received", command.principal.actor)

    def decide(desk: Desk, entry: Entry) -> Receipt:
        seal = words_of(desk, sent.about or sent.client, named=sent.about is not None)
        facts = CaseEnquiryReceived(
            standing=standing, source=sent.source, content=seal(sent.content)
        )
        scope = scope_of_station(desk, sent.station, sent.project)
        return case_commands.receive_enquiry(desk, entry, scope, facts)

    return command.carry_out(sent, decide, location=CASE_PATH)


class OpeningIn(ServedIn):
    """接案: opens a case, from an enquiry where there was one."""

    enquiry: Uuid | None = None
    consent: Literal["written", "oral", "guardian", "legal_basis"] = "written"

    model_config = example(
        {"station": STATION, "client": PERSON, "case_type": "loneliness", "audience": "elderly"}
    )


@router.post("/cases", status_code=201)
def open_case(sent: OpeningIn, command: Commanding) -> ReceiptOut:
    """Open a case; a person has one open case of a type at a station."""
    facts = CaseOpened(
        kind="case_opened",
        audience=sent.audience,
        standing=sent.standing("accepted", command.principal.actor),
        consent=sent.consent,
    )
    return command.carry_out(
        sent,
        lambda desk, entry: case_commands.open_case(
            desk,
            entry,
            scope_of_station(desk, sent.station, sent.project),
            facts,
            enquiry=sent.enquiry,
        ),
        on=sent.enquiry,
        location=CASE_PATH,
    )


class SessionIn(CommandIn):
    """个案面谈. Who is not named as there is the client alone."""

    minutes: Annotated[Minutes, held_to(CaseSessionHeld, "minutes")] | None = None
    place: Whereabouts = None
    method: Method = "office"
    workers: Annotated[tuple[Uuid, ...], Field(max_length=20)] = ()
    attendance: Annotated[tuple[AttendanceIn, ...], Field(max_length=50)] | None = None
    about: Uuid | None = None
    content: Words | None = None
    next_step: Words | None = None

    model_config = example({"minutes": 50, "method": "home", "content": "谈近况与计划"})

    def facts(self, desk: Desk, held: Case, actor: Id) -> CaseSessionHeld:
        """Return the facts; words that are of nobody else are the client's."""
        seal, client = sealing(desk, held.id, self.about), held.stands.client
        where = owner_of(desk, self.about or client, held.stands.household)
        there: tuple[Attendance, ...] = ()
        if client is not None:
            there = (Attendance(person=client),)
        if self.attendance is not None:
            there = tuple(line.value() for line in self.attendance)
        return CaseSessionHeld(
            kind="case_session",
            minutes=self.minutes,
            address=private(where, "contact", self.place),
            method=self.method,
            workers=self.workers or (actor,),
            attendance=there,
            content=seal(self.content),
            next_step=seal(self.next_step),
        )


@router.post("/cases/{case}/sessions", status_code=201)
def hold_session(case: Uuid, sent: SessionIn, command: Commanding) -> ReceiptOut:
    """Record a session of a case."""

    def decide(desk: Desk, entry: Entry) -> Receipt:
        facts = sent.facts(desk, desk.load(Case, case, "case"), command.principal.actor)
        return case_commands.hold_session(desk, entry, case, facts)

    return command.carry_out(sent, decide, on=case, location=CASE_PATH)


class CaseClosingIn(CommandIn):
    """结案: how the case ended; without an evaluation, also why."""

    closure: Closure
    about: Uuid | None = None
    reason: Words | None = None
    summary: Words | None = None

    model_config = example({"closure": "goals_met", "summary": "目标达成，服务对象认可"})


@router.post("/cases/{case}/closing", status_code=201)
def close_case(case: Uuid, sent: CaseClosingIn, command: Commanding) -> ReceiptOut:
    """Close a case and count it; `approved_by` where the station's policy asks for one."""

    def decide(desk: Desk, entry: Entry) -> Receipt:
        seal = sealing(desk, case, sent.about)
        facts = CaseClosed(
            kind="case_closed",
            closure=sent.closure,
            reason=seal(sent.reason),
            summary=seal(sent.summary),
        )
        return case_commands.close_case(desk, entry, case, facts)

    return command.carry_out(sent, decide, on=case, location=CASE_PATH)


class CaseReopeningIn(CommandIn):
    """Why a closed case is worked on again."""

    reason: Code
    about: Uuid | None = None
    note: Words | None = None

    model_config = example({"reason": "needs_again", "note": "再次求助"})


@router.post("/cases/{case}/reopening", status_code=201)
def reopen_case(case: Uuid, sent: CaseReopeningIn, command: Commanding) -> ReceiptOut:
    """Work on a closed case again."""

    def decide(desk: Desk, entry: Entry) -> Receipt:
        note = sealing(desk, case, sent.about)(sent.note)
        return case_commands.reopen_case(
            desk, entry, case, CaseReopened(reason=sent.reason, note=note)
        )

    return command.carry_out(sent, decide, on=case, location=CASE_PATH)


@router.get("/cases")
def list_cases(
    listed: DatedListed,
    station: Uuid | None = None,
    worker: Uuid | None = None,
    client: Uuid | None = None,
    stage: Stage | None = None,
    audience: Annotated[str | None, Query(max_length=40)] = None,
    ledger: Uuid | None = None,
) -> Page:
    """Read the register of cases, latest first; `from` and `to` bound the day of opening."""
    where = {"station": station, "worker": worker, "client": client, "stage": stage}
    return listed.within(
        CASE,
        "opened",
        order=(),
        where={**where, "audience": audience, "ledger": ledger},
        descending=True,
    )


@router.get("/cases/{case}")
def read_case(case: Uuid, asked: Asked, day: date | None = None) -> dict[str, Any]:
    """Read where a case stands; with `day`, its sessions and contacts up to that day.

    Whether it rested and when contact was due are of that day too; the rest is as it stands now.
    """
    asked.tag(case)
    with asked.answers() as answers:
        found = answers.rows(CASE, where={"case_id": case})
        if not found:
            raise NOT_FOUND("case")
        on = day or asked.today
        (line,) = lines(answers, found, on, of_contact(asked, found))
        held = {"case_id": case}
        sessions = answers.rows(SESSION, where=held, until={"day": on}, order=("day",))
    return {**_line(line), "held": [plain(row) for row in sessions]}


@router.get("/caseload")
def read_caseload(
    asked: Asked,
    station: Uuid | None = None,
    worker: Uuid | None = None,
    day: date | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page:
    """Read the open cases, longest open first: last contact, when the next is due (RP-04).

    `day` asks for those that were open on that day, by the days on which things happened: whoever
    was closed since is among them, and sessions, contacts and rests are those up to that day. What
    has no history here (stage, closing, level, worker, number, plan, review, referral, crisis) is
    as it stands now; `known_at` asks how it was known to stand. Cases that were reopened since then
    are left out of their page, which is the shorter for it.
    """
    named = {"station": station, "worker": worker}
    where = {name: value for name, value in named.items() if value is not None}
    on = day or asked.today
    with asked.answers() as answers:
        rows, more = turn(
            CASE,
            BY_OPENING,
            cursor,
            limit,
            lambda after, most: carried_on(answers, where, on, after, most),
        )
        found = lines(answers, rows, on, of_contact(asked, rows))
    return asked.told([_line(line) for line in found if line.open], more)


@router.get("/stations/{station}/loads")
def read_loads(station: Uuid, asked: Asked, day: date | None = None) -> list[dict[str, Any]]:
    """Read what each worker of a station carries: open, urgent, overdue, sessions, minutes.

    With `day`, of the cases open on that day, as `/caseload` tells it: by who has them now.
    """
    on = day or asked.today
    with asked.answers() as answers:
        cases = carried_on(answers, {"station": station}, on)
        found = loads(lines(answers, cases, on, of_contact(asked, cases)))
    return [{name: getattr(load, name) for name in load.__struct_fields__} for load in found]


def _line(line: CaseLine) -> dict[str, Any]:
    reckoned = {
        "sessions": line.sessions,
        "minutes": line.minutes,
        "last_contact": line.last_contact,
        "due": line.due,
        "overdue": line.overdue,
    }
    return plain({**line.case, **reckoned})
