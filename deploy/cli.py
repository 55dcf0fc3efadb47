"""`shilu …`: finds the command's module in deploy/commands and runs it.

A module there is a command as soon as it exists: `deploy/commands/verify_bundle.py` with a
function `command` is `shilu verify-bundle`; a typer.Typer of that name is a group of commands.
Only the module that was asked for is imported, so that a small command stays quick, and so does
the list of them all.
"""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import typer

from deploy import commands
from deploy.database import NoDatabaseError
from deploy.findings import said
from deploy.logs import configure_logs
from deploy.settings import WrongSettings, read_settings
from domain.journal.installation import InstallationError


def main() -> None:
    """The console script."""
    try:
        settings = read_settings()
    except WrongSettings as error:
        _stop(error.wrong, 2)
    configure_logs(settings.log_level)
    try:
        build(sys.argv[1:])()
    except InstallationError as error:
        _stop([error], 2 if isinstance(error, NoDatabaseError) else 1)


def _stop(wrong: Sequence[InstallationError], code: int) -> NoReturn:
    for error in wrong:
        typer.echo(f"shilu: {said('shilu', error.code, **error.details)}", err=True)
    raise SystemExit(code) from None


def build(words: Sequence[str]) -> typer.Typer:
    """The application for a command line: the one command it begins with, or all for the help."""
    app = typer.Typer(
        name="shilu",
        help="Shilu 实录: the record of social-work stations.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # they show local variables, which may hold secrets
    )
    app.callback()(_root)
    names = command_names()
    if not words or words[0] not in names:
        for name, module in names.items():
            app.command(name, help=purpose_of(module))(_root)
        return app
    command = importlib.import_module(names[words[0]]).command
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=words[0])
    else:
        app.command(words[0])(command)
    return app


def purpose_of(module: str) -> str:
    """Return what the help says of a command, read without importing all that the command needs."""
    found = find_spec(module)
    assert found is not None and found.origin is not None  # noqa: S101, PT018 - it was just listed
    for part in ast.parse(Path(found.origin).read_text("utf-8")).body:
        match part:
            case ast.FunctionDef(name="command"):
                return (ast.get_docstring(part) or "").partition("\n\n")[0]
            case ast.Assign(targets=[ast.Name(id="command")], value=ast.Call(keywords=given)):
                return next(
                    str(ast.literal_eval(each.value)) for each in given if each.arg == "help"
                )
    raise LookupError(module)


def command_names() -> dict[str, str]:
    """Each command and the module that holds it, found without importing any."""
    modules = (module.name for module in pkgutil.iter_modules(commands.__path__))
    return {name.strip("_").replace("_", "-"): f"{commands.__name__}.{name}" for name in modules}


def _root() -> None:
    """Keeps `shilu <command>` a group even when only one command is loaded."""
