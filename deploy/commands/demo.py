"""`shilu demo`: record the demonstration project, through the commands that the API uses."""

from __future__ import annotations

import typer
from rich.progress import track

from deploy.commands.tokens import let_in
from deploy.demo.play import acts, play
from deploy.demo.stage import LEAD, OPERATOR, PROJECT
from deploy.findings import words_of
from deploy.settings import read_settings
from deploy.wiring import house
from domain.journal.tokens import Tokens, new_token


def command() -> None:
    """Record S0's project under a simulated clock, for an operator marked as a demonstration."""
    settings = read_settings()
    with house(settings) as built:
        bar = iter(
            track(
                acts(built.journal),
                description="演示数据 / demo",
                total=sum(1 for _ in acts(built.journal)),
            )
        )
        count = play(built.records, lambda: next(bar, None))
        token = new_token()
        lead = let_in(built, "project_lead", OPERATOR, LEAD, (), token, None)
        Tokens(built.pool).issue(lead, "demonstration", token=token)
        built.catch_up()
    for name in ("recorded" if count else "nothing_new", "token"):
        words = words_of("demo")[name].values()
        said = (each.format(count=count, project=PROJECT, token=token) for each in words)
        typer.echo(" / ".join(said))
