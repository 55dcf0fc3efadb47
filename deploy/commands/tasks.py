"""`shilu tasks`: see what is still to be done and what failed, try it again, or set it aside."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.findings import headings, refuse, said
from deploy.settings import read_settings
from deploy.wiring import house
from domain.identity import is_id
from domain.journal.tasks import Task, TaskRegister

command = typer.Typer(no_args_is_help=True, help="What is to be done later, and what failed.")
Ids = Annotated[list[str], typer.Argument(help="Ids of tasks, as `list` shows them.")]


@command.command("list")
def list_open(limit: Annotated[int, typer.Option(min=1, max=10_000)] = 200) -> None:
    """Show tasks that are not done: failed ones first."""
    with house(read_settings()) as built:
        tasks = TaskRegister(built.pool).open(limit=limit)
    columns = ("task", "duty", "state", "attempts", "error", "asked_at")
    table = Table(*headings("tasks", columns))
    for task in tasks:
        table.add_row(
            task.task,
            task.duty,
            _state(task),
            str(task.attempts),
            task.error or "",
            f"{task.asked_at:%Y-%m-%d %H:%M:%S}",
        )
    Console(width=160).print(table)


@command.command()
def retry(tasks: Ids) -> None:
    """Have failed tasks tried again."""
    _each(tasks, TaskRegister.retry)


@command.command("set-aside")
def set_aside(tasks: Ids) -> None:
    """Let failed tasks be: somebody has dealt with them otherwise."""
    _each(tasks, TaskRegister.set_aside)


def _each(tasks: list[str], change: Callable[[TaskRegister, str], bool]) -> None:
    for task in tasks:
        if not is_id(task):
            refuse("tasks", "no_id", id=task)
    with house(read_settings()) as built:
        register = TaskRegister(built.pool)
        unknown = [task for task in tasks if not change(register, task)]
    for task in unknown:
        typer.echo(said("tasks", "not_failed", task=task), err=True)
    raise typer.Exit(1 if unknown else 0)


def _state(task: Task) -> str:
    if task.failed_at is not None:
        return said("tasks", "failed")
    return said("tasks", "asked" if task.holder is None else "running")
