"""Projects over HTTP: read them, suspend, resume and end them."""

from __future__ import annotations

from typing import Any

from api.commands import CommandIn, Commanding, ReceiptOut, Text, Uuid, example
from api.paging import plain
from api.questions import Asked, Listed, Page
from api.routing import routes
from domain import contract
from domain.refusals import NOT_FOUND
from projections.period import closings
from projections.project import AMENDMENT, DECISION, GOAL, PROJECT, SUBMISSION

router = routes("projects")


@router.get("/projects")
def list_projects(listed: Listed) -> Page:
    """Read the projects within one's scope.

    A project runs over many days: what was known of all on one is asked with `known_at`.
    """
    return listed.page(PROJECT)


@router.get("/projects/{project}")
def read_project(project: Uuid, asked: Asked) -> dict[str, Any]:
    """Read one project: its terms, goals, amendments, decisions by hand, the reports that were
    handed in, and every closing of its periods.

    Of `periods`, those with `closed` stand; one with `superseded_by` was closed again since.
    """
    asked.tag(project)
    where = {"ledger": project}
    with asked.answers() as answers:
        found = answers.rows(PROJECT, where=where)
        if not found:
            raise NOT_FOUND("project")
        parts = {
            table.name: [plain(row) for row in answers.rows(table, where=where)]
            for table in (GOAL, AMENDMENT, DECISION, SUBMISSION)
        }
        parts["period"] = [plain(row) for row in closings(answers, project)]
    return {**plain(found[0]), **{f"{name}s": rows for name, rows in parts.items()}}


class ProjectReasonIn(CommandIn):
    """Why."""

    reason: Text

    model_config = example({"reason": "经费未到"})


@router.post("/projects/{project}/suspension", status_code=201)
def suspend_project(project: Uuid, sent: ProjectReasonIn, command: Commanding) -> ReceiptOut:
    """Suspend a project from the day given on."""
    return command.carry_out(
        sent,
        lambda desk, entry: contract.suspend_project(desk, entry, project, sent.reason),
        on=project,
    )


@router.post("/projects/{project}/resumption", status_code=201)
def resume_project(project: Uuid, sent: CommandIn, command: Commanding) -> ReceiptOut:
    """Resume a suspended project."""
    return command.carry_out(
        sent, lambda desk, entry: contract.resume_project(desk, entry, project), on=project
    )


@router.post("/projects/{project}/end", status_code=201)
def end_project(project: Uuid, sent: ProjectReasonIn, command: Commanding) -> ReceiptOut:
    """End a project; the day given is its last."""
    return command.carry_out(
        sent,
        lambda desk, entry: contract.end_project(desk, entry, project, sent.reason),
        on=project,
    )
