"""Tasks over HTTP: ask for what takes long, see how far it is, fetch what came of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field, StringConstraints

from api.commands import CommandIn, Commanding, Uuid, example
from api.paging import Cursor, Limit, turn
from api.questions import AskedNow, From, Question, To
from api.routing import routes
from domain.clock import SHANGHAI
from domain.export import NOT_WHOLE, WITHDRAWN, ExportMade, reads_whole, scope_of
from domain.identity import Id, derived_id
from domain.journal.opened import outlived, withdrawn
from domain.journal.past import moment_of, reached
from domain.journal.tasks import Asked as AskedTask
from domain.journal.tasks import Task, month_end
from domain.refusals import NOT_FOUND, refusal
from projections.engine.view import Table
from projections.project import PROJECT

router = routes("tasks")
WORKBOOK = "make_workbook"
NOT_READY = refusal("task.not_ready")
MONTH_TO_COME = refusal("task.month_to_come")
MADE = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
"""What tasks make, by how the file's name ends."""
TASK = Table(
    "task",
    key={"task": "uuid"},
    columns={
        "duty": "text",
        "asked_by": "uuid",
        "asked_as": "text",
        "asked_at": "moment",
        "holder": "uuid",
        "progress": "int",
        "total": "int",
        "attempts": "int",
        "error": "text",
        "failed_at": "moment",
        "result": "text",
        "finished_at": "moment",
        "due": "moment",
        "position": "int",
    },
)
"""The register as it is read: no view's, but held to the reader's scope as theirs are."""
NEWEST = ("asked_at",)


class TaskOut(BaseModel):
    """A task: how far it is, and the code of what went wrong. `state` is asked, running, done or
    failed; what is running has `progress` of `total` steps behind it. `duty` says what is made:
    `make_bundle`, `make_workbook`; `ledger` whose, where it is one; a workbook's `month` is the one
    that it is about (2018-10), and `position` up to which it knows."""

    task: Id
    duty: str
    ledger: Id | None
    state: str
    progress: int
    total: int
    attempts: int
    error: str | None
    asked_at: datetime
    finished_at: datetime | None
    failed_at: datetime | None
    result: str | None
    month: str | None = None
    position: int | None = None


class TaskPage(BaseModel):
    """Tasks, the newest first, and the cursor of the next page where there is one."""

    items: list[TaskOut]
    next: str | None = None


def shown(task: Task) -> TaskOut:
    """Return a task as answers have it."""
    return _told(vars(task))


def _told(task: Mapping[str, Any]) -> TaskOut:
    said = {name: task[name] for name in TaskOut.model_fields if name not in ("state", "month")}
    of_month = task["duty"] == WORKBOOK and task["due"] is not None
    said["month"] = f"{task['due'].astimezone(SHANGHAI):%Y-%m}" if of_month else None
    said["position"] = task["position"] or None
    for name in ("asked_at", "finished_at", "failed_at"):
        said[name] = said[name] and said[name].astimezone(UTC)
    return TaskOut(state=_state(task), **said)


def _state(task: Mapping[str, Any]) -> str:
    """Say in one word where a task stands."""
    if task["finished_at"] is not None:
        return "done"
    if task["failed_at"] is not None:
        return "failed"
    return "asked" if task["holder"] is None else "running"


def own_tasks(
    asked: Question,
    cursor: str | None,
    limit: int,
    first: date | None = None,
    last: date | None = None,
) -> TaskPage:
    """Return what the asker asked for in the role that they have now, the newest first.

    Between two civil days, both included, where they are named. Raises `invalid` for a cursor
    that no page gave.
    """
    who = asked.principal
    since = {} if first is None else {"asked_at": datetime.combine(first, time.min, SHANGHAI)}
    until = {} if last is None else {"asked_at": datetime.combine(last, time.max, SHANGHAI)}
    with asked.parts.asking.within(who) as answers:
        rows, more = turn(
            TASK,
            NEWEST,
            cursor,
            limit,
            lambda after, most: answers.rows(
                TASK,
                where={"asked_by": who.actor, "asked_as": who.role},
                since=since,
                until=until,
                order=NEWEST,
                descending=True,
                after=after,
                limit=most,
            ),
        )
    asked.mark(row["ledger"] for row in rows if row["ledger"])
    return TaskPage(items=[_told(row) for row in rows], next=more)


def found(asked: Question, task: Id) -> Task:
    """Return a task that the asker may see. Raises `not_found` for any other."""
    one = asked.parts.register.find(task)
    if one is None or not may_see(asked, one):
        raise NOT_FOUND("task")
    return one


def may_see(asked: Question, task: Task) -> bool:
    """Say whether somebody asked for a task, or may read all that it is about.

    That a ledger is taken away, when and by whom is for those who see the whole of it: whoever is
    held to stations sees the tasks of those, and of ledgers to which no other station writes.
    """
    who = asked.principal
    if task.operator is None:
        return who.operator is None
    if not who.covers(task.operator, task.station, task.ledger):
        return False
    if (task.asked_by, task.asked_as) == (who.actor, who.role):
        return True
    if not who.stations or task.station is not None:
        return True
    if task.ledger is None:
        return False
    desk = asked.parts.records.desk(who)
    return reads_whole(desk, desk.load_stream(task.ledger, "task"))


@router.get("/tasks")
def list_own(
    asked: AskedNow, since: From = None, until: To = None, cursor: Cursor = None, limit: Limit = 50
) -> TaskPage:
    """Read what oneself asked for, the newest first; what was done is kept for 30 days."""
    return own_tasks(asked, cursor, limit, since, until)


@router.get("/unfinished-tasks")
def list_unfinished(
    asked: AskedNow, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> list[TaskOut]:
    """Read what is not done yet, whoever or whatever asked for it, failed tasks first."""
    tasks = asked.parts.register.open(operator=asked.principal.operator, limit=limit)
    return [shown(one) for one in tasks if may_see(asked, one)]


@router.get("/tasks/{task}")
def read_task(task: Uuid, asked: AskedNow) -> TaskOut:
    """Read how far a task is; ask again until it is done or failed."""
    return shown(found(asked, task))


@router.post("/tasks/{task}/retries", status_code=202)
def retry_task(task: Uuid, asked: AskedNow) -> TaskOut:
    """Have a failed task tried again; for any other nothing changes."""
    asked.parts.register.retry(found(asked, task).task)
    return shown(found(asked, task))


@router.get("/tasks/{task}/file", response_class=FileResponse)
def read_file(task: Uuid, asked: AskedNow) -> FileResponse:
    """Fetch the file that a task made, named by whose it is and the month or day it is of.

    The `result` of the task is the hash of its bytes.
    A bundle that opened words of somebody who has been erased since is withdrawn.
    """
    one = found(asked, task)
    check_own(asked, one)
    if one.finished_at is None:
        raise NOT_READY("task")
    place = file_of(asked, one.result)
    if place is None:
        gone = withdrawn(asked.parts.exports, one.result)
        raise (WITHDRAWN if gone else NOT_FOUND)("task")
    if outlived(asked.parts.vault, place):
        raise WITHDRAWN("task")
    kept = {"Cache-Control": "no-store"}
    return FileResponse(
        place, media_type=MADE[place.suffix], filename=_name(asked, one, place), headers=kept
    )


def _name(asked: Question, task: Task, file: Path) -> str:
    """Name a file so that a folder of them tells which is which.

    By its project's key, or by its ledger's id; then by a workbook's month, or the day on which a
    bundle was asked for; then by the position, or the number of a ledger's records, up to which it
    knows.
    """
    whose = [_whose(asked, ledger) for ledger in (task.ledger,) if ledger] or ["several"]
    day = (task.due or task.asked_at).astimezone(SHANGHAI)
    reach = task.position or rows_of(asked, task)
    what = {".xlsx": "workbook", ".zip": "bundle"}[file.suffix]
    said = (
        *whose,
        what,
        f"{day:%Y-%m}" if task.due else f"{day:%Y-%m-%d}",
        *([str(reach)] if reach else []),
    )
    return "-".join(re.sub(r"[^\w-]+", "-", each) for each in said) + file.suffix


def rows_of(asked: Question, task: Task) -> int | None:
    """Return how many records of its ledger a bundle has; None of anything else, or of several."""
    known = [each for each in map(asked.parts.records.find, task.subjects) if each]
    facts = [event.facts for _, event in known]
    rows = [each.rows for each in facts if isinstance(each, ExportMade)]
    return rows[0] if len(rows) == 1 else None


def _whose(asked: Question, ledger: Id) -> str:
    with asked.parts.asking.within(asked.principal) as answers:
        rows = answers.rows(PROJECT, where={"project": ledger})
    return next((row["slug"] for row in rows if row["slug"]), ledger)


def file_of(asked: Question, result: str | None) -> Path | None:
    """Return where the file lies that a task made; None where it made none, or none is kept."""
    places = (asked.parts.exports / f"{result}{suffix}" for suffix in MADE)
    return next(filter(Path.is_file, places), None)


def check_own(asked: Question, task: Task) -> None:
    """Refuse what somebody else had made for them, and records that one may not see any more."""
    records, who = asked.parts.records, asked.principal
    if task.duty == WORKBOOK:
        if (task.asked_by, task.asked_as) != (who.actor, who.role):
            raise NOT_FOUND("task")
        (project,) = task.subjects
        _check_whole(asked, project)
    for known in filter(None, map(records.find, task.subjects)):
        event = known[1]
        if not isinstance(event.facts, ExportMade):
            continue
        if (event.actor, event.role) != (who.actor, who.role):
            raise NOT_FOUND("task")
        scope_of(records.desk(who), event.ledger)


class WorkbookIn(CommandIn):
    """Which month the workbook is about, and as known when; default: now.

    `known_at` is a position, the end of a civil day or a zoned time, as everywhere; `position` says
    the first of them as a number.
    """

    year: Annotated[int, Field(ge=2000, le=2100)]
    month: Annotated[int, Field(ge=1, le=12)]
    position: Annotated[int, Field(ge=1)] | None = None
    known_at: Annotated[str, StringConstraints(max_length=40)] | None = None

    model_config = example({"year": 2018, "month": 10})


@router.post("/projects/{project}/workbooks", status_code=202)
def ask_for_workbook(
    project: Uuid, sent: WorkbookIn, command: Commanding, asked: AskedNow, response: Response
) -> dict[str, Any]:
    """Ask for the monthly indicator workbook. The answer names the task; the same key asks once.

    It shows every delivery of the project, so it is for those who see all of its ledger.
    """
    with asked.answers() as answers:
        rows = answers.rows(PROJECT, where={"project": project})
    if not rows:
        raise NOT_FOUND("project")
    _begun(sent, asked)
    row, register, who = rows[0], asked.parts.register, asked.principal
    _check_whole(asked, project)
    said = command.fingerprint.hex()  # who asks, and for which month
    task = derived_id("task", row["operator"], command.key, said, WORKBOOK)
    register.ask(
        AskedTask(
            task=task,
            duty=WORKBOOK,
            subjects=(project,),
            position=_position(sent, asked, project),
            due=month_end(sent.year, sent.month),
            operator=row["operator"],
            station=row["station"],
            ledger=row["ledger"],
            asked_by=who.actor,
            asked_as=who.role,
        )
    )
    response.headers["Location"] = f"/api/v1/tasks/{task}"
    return {"task": task}


def _check_whole(asked: Question, project: Id) -> None:
    """Refuse what tells of all of a project to who sees a part of it."""
    desk = asked.parts.records.desk(asked.principal)
    if not reads_whole(desk, desk.load_stream(project, "project")):
        raise NOT_WHOLE("project")


def _begun(sent: WorkbookIn, asked: Question) -> None:
    """Refuse a month that has not begun, of which there is nothing. Raises `task.month_to_come`."""
    now = asked.parts.clock.now().astimezone(SHANGHAI)
    if (sent.year, sent.month) > (now.year, now.month):
        said = f"{sent.year}-{sent.month:02}"
        raise MONTH_TO_COME("month", asked=said, now=f"{now:%Y-%m}")


def _position(sent: WorkbookIn, asked: Question, project: Id) -> int:
    """Return up to which position a workbook knows.

    Raises `known_at.unclear`, `known_at.beyond`, `known_at.in_future`, and `not_found` before the
    project began.
    """
    head = asked.parts.journal.max_notification_id() or 0
    moment = sent.position if sent.known_at is None else moment_of(sent.known_at)
    if moment is None:
        return head
    moment = reached(
        moment, head, asked.parts.clock.now(), "known_at" if sent.known_at else "position"
    )
    reach = asked.parts.past.reach(asked.principal, project, moment)
    if reach is None:
        raise NOT_FOUND("project")
    return reach.position
