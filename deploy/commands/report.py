"""`shilu report`: the field's reports, computed from events and from nothing else."""

from __future__ import annotations

import typer

from deploy.reports.beside import print_projects, print_stations
from deploy.reports.changes import print_adjustments, print_changes
from deploy.reports.checking import print_differences, print_signals
from deploy.reports.midterm import print_midterm

command = typer.Typer(help="Reports / 报表", no_args_is_help=True)
command.command("midterm")(print_midterm)
command.command("stations")(print_stations)
command.command("projects")(print_projects)
command.command("differences")(print_differences)
command.command("signals")(print_signals)
command.command("changes")(print_changes)
command.command("adjustments")(print_adjustments)
