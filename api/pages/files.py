"""Files (档案) for people: a person, a household, a group, a member of staff, or any other stream.

One page shows each: what is held of it, the tables that belong to it, and its records. Of people
it is pseudonymous: names and words stay sealed, and are opened from a record, with a reason, which
is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response

from api.commands import Uuid
from api.pages.case import standing
from api.pages.columns import Column, columns, ids_in, said_in
from api.pages.delivery_form import portions
from api.pages.language import Speech
from api.pages.leading import ways_of
from api.pages.reader import KnownAt, Reader, Reading
from api.pages.registers import REGISTERS, Name, with_sums
from api.questions import Question
from api.records import known_of, seen
from domain.event import Correction
from domain.group import OPEN
from domain.group_facts import GroupSessionHeld
from domain.identity import Id
from domain.refusals import NOT_FOUND
from projections.activity import SIGNED
from projections.case import CASE
from projections.donation import LOT, RECEIVED
from projections.engine.ask import Answers
from projections.engine.view import Record, Row, Table
from projections.evidence import DOCUMENT
from projections.group import GROUP, lines, members, sessions
from projections.group import MEMBER as GROUP_MEMBER
from projections.household import HARDSHIP, HOUSEHOLD
from projections.household import MEMBER as HOUSEHOLD_MEMBER
from projections.need import DELIVERY, FOLLOW_UP, VERIFICATION
from projections.person import CONSENT, MEMBERSHIP, PERSON
from projections.project import PROJECT
from projections.reading import READING
from projections.registers import records_of, without_birth
from projections.spans import shown
from projections.staff import QUALIFICATION, ROLE, STAFF
from projections.visit import ALSO_MET, VISIT

router = APIRouter()
LATEST = 20
"""So many of somebody's visits stand on their page; all of them are in the register."""
DOCUMENTS = columns(name="text", stage="code", document_status="code", drafted_on="day")
VISITS = columns(kind="code", day="day", worker="id", minutes="number", outcome="code")
STEPS: dict[str, dict[str, tuple[Table, str, str, tuple[Column, ...]]]] = {
    "need": {
        "verifications": (
            VERIFICATION, "/records/", "event", columns(day="day", verifier="id", confirmed="yes"),
        ),
        "deliveries": (
            DELIVERY, "/records/", "event",
            columns(
                day="day", items="number", money="money", receiver="id", deliverer="id",
                approver="id", emergency="yes",
            ),
        ),
        "follow_ups": (FOLLOW_UP, "/records/", "event", columns(day="day", fit="code")),
    },
    "donation": {
        "arrivals": (
            RECEIVED, "/records/", "event",
            columns(day="day", money="money", cash="money", items="number", valuation="code"),
        ),
        "lots": (
            LOT, "/files/", "stock_item",
            columns(name="text", quantity="number", unit="text", value="money", expires="day"),
        ),
    },
}  # fmt: skip
"""What was done of a need or a gift: its tables, each with where a row leads and what it shows."""
REGISTER_OF: dict[str, Name] = {
    "person": "persons", "household": "households", "group": "groups", "staff": "staff",
    "activity": "plans", "donation": "donations", "stock_item": "stock", "need": "needs",
}  # fmt: skip
"""In which register a stream stands; all others are led back to the first."""


@dataclass(frozen=True)
class Section:
    """A table of a file; `name` is its text, `none` what stands there where it is empty."""

    name: str
    columns: tuple[Column, ...]
    rows: list[Row]


@dataclass(frozen=True)
class ShownFile:
    """What is held of one stream: its row, the columns of it that are facts, and its tables.

    `links` lead to more of it: text → address.
    """

    kind: str
    id: Id
    row: Row
    facts: tuple[Column, ...] = ()
    sections: list[Section] = field(default_factory=list)
    name: str | None = None
    links: dict[str, str] = field(default_factory=dict)


@router.get("/persons/{person}")
def person_page(person: Uuid, reader: Reading, at: KnownAt = None) -> Response:
    """A person: groups, consents, cases, and what was done with them. Raises `not_found`."""
    with reader.asked.at(at).answers() as answers:
        rows = answers.rows(PERSON, where={"person": person})
        if not rows:
            raise NOT_FOUND("person")
        row = without_birth(rows[0])
        same = records_of(answers, (person,))[person]
        file = ShownFile(
            "person",
            person,
            row | {"absorbed": [{"person": one, "status": "present"} for one in same[1:]]},
            columns(
                registered="day", sex="code", community="text", found_by="code", tier="code",
                next_review="day", household="id", station="station", alive_until="day",
                here_until="day", merged_into="id", absorbed="roster",
            ),
            _of_person(answers, person, same),
        )  # fmt: skip
        if reader.writes and at is None:
            file.links["files.record_service"] = f"/recording/home_visit?whom=person:{person}"
        if row["station"] in reader.stations:
            met = f"/coverage/contacts?station={row['station']}&person={person}&from="
            file.links["files.all_contacts"] = met
        return _page(reader, answers, file, at)


def _of_person(answers: Answers, person: Id, same: list[Id]) -> list[Section]:
    def of(table: Any, **where: Any) -> list[Row]:
        return [shown(row) for row in answers.rows(table, where=where)]

    latest: dict[str, Any] = {"order": ("read_at",), "descending": True, "limit": LATEST}
    read = answers.rows(READING, where={"person": same}, **latest)

    cases = _led(of(CASE, client=same), "/cases/", "case_id")
    joined = of(GROUP_MEMBER, person=same)
    titles = {row["group_id"]: row["title"] for row in _groups(answers, joined)}
    for row in joined:
        row["title"] = titles.get(row["group_id"])
    return [
        Section(
            "groups",
            columns(group="code", begins="day", ends="day", basis="code"),
            of(MEMBERSHIP, person=same),
        ),
        Section(
            "consents",
            columns(purpose="code", form="code", by_guardian="yes", begins="day", ends="day"),
            of(CONSENT, person=person),
        ),
        Section(
            "cases",
            columns(number="text", case_type="code", stage="code", worker="id", opened="day"),
            [row | {"number": row["number"] or row["case_id"][-6:].upper()} for row in cases],
        ),
        Section(
            "small_groups",
            columns(title="text", role="code", joined="day"),
            _led([row for row in joined if row["title"]], "/groups/", "group_id"),
        ),
        Section("visits", VISITS, _led(_visits(answers, same), "/records/", "event")),
        Section(
            "readings",
            columns(read_at="moment", reader="id", role="code", read="code", reason="text"),
            _led(read, "/records/", "event"),
        ),
    ]


def _groups(answers: Answers, joined: Iterable[Row]) -> list[Row]:
    wanted = sorted({row["group_id"] for row in joined})
    return answers.rows(GROUP, where={"group_id": wanted}) if wanted else []


def _visits(answers: Answers, same: list[Id]) -> list[Row]:
    """Return somebody's latest visits and contacts, those at which others were met first too."""
    latest: dict[str, Any] = {"order": ("day",), "descending": True, "limit": LATEST}
    beside = answers.rows(ALSO_MET, where={"person": same}, **latest)
    found = answers.rows(VISIT, where={"person": same}, **latest)
    if beside:
        found += answers.rows(VISIT, where={"event": [row["event"] for row in beside]})
    once = {row["event"]: row for row in found}
    return sorted(once.values(), key=lambda row: (row["day"], row["event"]), reverse=True)[:LATEST]


@router.get("/households/{home}")
def household_page(home: Uuid, reader: Reading, at: KnownAt = None) -> Response:
    """A household: its members, former ones too, and its hardship. Raises `not_found`."""
    with reader.asked.at(at).answers() as answers:
        rows = answers.rows(HOUSEHOLD, where={"household": home})
        if not rows:
            raise NOT_FOUND("household")
        of = {"household": home}
        file = ShownFile(
            "household",
            home,
            shown(rows[0]),
            columns(community="text", head="id", station="station", formed="day", ends="day"),
            [
                Section(
                    "members",
                    columns(person="id", role="code", begins="day", ends="day", reason="code"),
                    [shown(row) for row in answers.rows(HOUSEHOLD_MEMBER, where=of)],
                ),
                Section(
                    "hardship",
                    columns(kinds="code", income_band="text", begins="day", ends="day"),
                    [
                        shown(row) | {"kinds": row["kind"]}
                        for row in answers.rows(HARDSHIP, where=of)
                    ],
                ),
            ],
        )
        return _page(reader, answers, file, at)


@router.get("/groups/{group}")
def group_page(group: Uuid, reader: Reading, at: KnownAt = None) -> Response:
    """A group: its members, its sessions by number, each with its roster. Raises `not_found`."""
    asked = reader.asked.at(at)
    with asked.answers() as answers:
        rows = answers.rows(GROUP, where={"group_id": group})
        if not rows:
            raise NOT_FOUND("group")
        (line,) = lines(answers, rows)
        rosters = _rosters(known_of(asked, group))
        held = [
            row | {"session": row["number"], "roster": rosters.get(row["event"], [])}
            for row in sessions(answers, group)
        ]
        work = {"held": line.held, "minutes": line.minutes, "person_times": line.person_times}
        file = ShownFile(
            "group",
            group,
            rows[0] | work,
            columns(
                stage="code", audience="code", variant="code", leader="id", co_leader="id",
                station="station", planned="day", opened="day", closed="day", sessions="number",
                held="number", minutes="number", person_times="number",
            ),
            [
                Section(
                    "members",
                    columns(person="id", role="code", joined="day", left="day", reason="code"),
                    members(answers, group),
                ),
                Section(
                    "sessions",
                    columns(
                        session="number", phase="code", day="day", minutes="number", leader="id",
                        present="number", enrolled="number", anonymous="number", roster="roster",
                    ),
                    _led(held, "/records/", "event"),
                ),
                Section("documents", DOCUMENTS, _documents(answers, group)),
            ],
            rows[0]["title"],
        )  # fmt: skip
        if reader.writes and at is None and rows[0]["stage"] in OPEN:
            file.links["files.record_meeting"] = f"/groups/{group}/meeting"
        return _page(reader, answers, file, at)


def _rosters(records: Iterable[Record[Any]]) -> dict[Id, list[Row]]:
    """Return who came to each session as it stands, and who did not."""
    found: dict[Id, list[Row]] = {}
    for each in records:
        facts, target = each.facts, each.id
        if isinstance(facts, Correction):
            target, facts = facts.target, None if facts.after is None else facts.after.facts
        if isinstance(facts, GroupSessionHeld):
            told = ("person", "count", "status")
            found[target] = [
                {name: getattr(one, name) for name in told} for one in facts.attendance
            ]
    return found


@router.get("/staff/{staff}")
def staff_page(staff: Uuid, reader: Reading, at: KnownAt = None) -> Response:
    """A member of staff: roles, level, and the ways to their work. Raises `not_found`."""
    with reader.asked.at(at).answers() as answers:
        rows = answers.rows(STAFF, where={"staff": staff})
        if not rows:
            raise NOT_FOUND("staff")
        roles = [shown(row) for row in answers.rows(ROLE, where={"staff": staff})]
        named = {row["project"] for row in roles if row["project"]}
        projects = answers.rows(PROJECT, where={"project": sorted(named)}) if named else []
        titles = {row["project"]: row["name"] for row in projects}
        for row in roles:
            row |= {"project": titles.get(row["project"]), "station": row["place"]}
        file = ShownFile(
            "staff",
            staff,
            shown(rows[0]) | {"staff_number": rows[0]["number"]},
            columns(
                staff_number="text", begins="day", ends="day", intern="yes", supervisor="id",
                mentor="id", backup="id", handed_to="id",
            ),
            [
                Section(
                    "roles",
                    columns(
                        role="code", station="station", project="text", begins="day", ends="day"
                    ),
                    roles,
                ),
                Section(
                    "qualifications",
                    columns(level="code", valid_to="day"),
                    [shown(row) for row in answers.rows(QUALIFICATION, where={"staff": staff})],
                ),
            ],
            links={
                "files.caseload": f"/caseload?worker={staff}",
                "files.visits": f"/registers/visits?worker={staff}",
                "files.written": f"/records?worker={staff}",
            },
        )  # fmt: skip
        return _page(reader, answers, file, at)


@router.get("/files/{stream}")
def file_page(stream: Uuid, reader: Reading, at: KnownAt = None) -> Response:
    """The records of anything that has no page of its own, as a gift. Raises `not_found`."""
    asked = reader.asked.at(at)
    records = _records(asked, stream)
    if not records:
        raise NOT_FOUND("stream")
    event = records[0].event
    with asked.answers() as answers:
        row, facts = _held(answers, event.stream_type, stream)
        row = {"station": event.station} | row
        facts = (*facts, *columns(station="station"))
        file = ShownFile(event.stream_type, stream, row, facts, name=row.get("title"))
        if event.stream_type == "activity":
            told = columns(what="code", person="id", count="number", role="code", day="day")
            signed = answers.rows(SIGNED, where={"activity": stream}, order=("day",))
            file.sections.append(Section("signed_up", told, signed))
        for name, (table, page, key, told) in STEPS.get(event.stream_type, {}).items():
            rows = answers.rows(table, where={event.stream_type: stream}, order=("day",))
            file.sections.append(Section(name, told, _led(rows, page, key)))
        file.sections.append(Section("documents", DOCUMENTS, _documents(answers, stream)))
        if reader.writes and at is None:
            file.links.update(_ways_on(answers, file, records))
        return _page(reader, answers, file, at)


def _ways_on(
    answers: Answers, file: ShownFile, records: Iterable[Record[Any]]
) -> Iterator[tuple[str, str]]:
    """Yield the forms for what can come next of a stream: text → address."""
    kind, stream, row = file.kind, file.id, file.row
    if kind == "activity" and "cancelled" in row and not row["held"] and not row["cancelled"]:
        yield "files.record_holding", f"/activities/{stream}/holding"
    if kind == "need" and row.get("deliveries"):
        yield "files.record_follow_up", f"/needs/{stream}/follow-up"
    if kind == "need" and "unmet" in row and not row["unmet"]:
        yield "files.record_verification", f"/needs/{stream}/verification"
        matched = portions(answers, row, (record.facts for record in records))
        if any(each.left > 0 for each in matched):
            yield "files.record_delivery", f"/needs/{stream}/delivery"
    if kind == "donation" and "receipt" in row:
        yield "files.record_arrival", f"/donations/{stream}/arrival"
        if row["receipt"] is None and row["received"]:
            yield "files.record_receipt", f"/donations/{stream}/receipt-given"


def _held(answers: Answers, kind: str, stream: Id) -> tuple[Row, tuple[Column, ...]]:
    """Return what its register has of a stream that stands there under its own id."""
    register = REGISTERS[REGISTER_OF[kind]] if kind in REGISTER_OF else None
    if register is None or register.page != "/files/":
        return {}, ()
    rows = answers.rows(register.table, where={register.key: stream})
    if rows and register.sums is not None:
        rows = with_sums(answers, register.sums, register.key, rows)
    return (rows[0] if rows else {}), (*register.title, *register.columns) if rows else ()


def _documents(answers: Answers, subject: Id) -> list[Row]:
    rows = answers.rows(DOCUMENT, where={"subject": subject}, order=("drafted_on",))
    return _led([row | {"document_status": row["status"]} for row in rows], "/papers/", "document")


def _led(rows: Iterable[Row], page: str, key: str) -> list[Row]:
    """Return rows with the page to which each leads."""
    return [row | {"page": f"{page}{row[key]}"} for row in rows]


def _records(asked: Question, stream: Id) -> list[Record[Any]]:
    """Return what is on record of a stream, as far as the reader may see it."""
    return [each for each in known_of(asked, stream) if seen(asked.principal, each.event)]


def _page(reader: Reader, answers: Answers, file: ShownFile, at: datetime | None) -> Response:
    asked = reader.asked.at(at)
    records = _records(asked, file.id)
    sections = [section for section in file.sections if section.rows]
    ids = ids_in(file.facts, [file.row])
    for section in sections:
        ids |= ids_in(section.columns, section.rows)
    return reader.page(
        "file.html",
        file=file,
        register=REGISTER_OF.get(file.kind, "visits"),
        facts=said_in(file.facts, [file.row]),
        sections=[(each, said_in(each.columns, each.rows)) for each in sections],
        records=standing(records),
        ways=ways_of(answers, ids - {file.id}, at),
        query=f"?at={Speech('zh').minute(at)}" if at else "",
        at=at,
        demonstration=reader.only_demonstrations
        or any(each.event.demonstration for each in records),
    )
