"""`shilu demo`: record the demonstration project, through the commands that the API uses."""

from __future__ import annotations

import typer
from rich.progress import track

from deploy.demo.play import acts, play
from deploy.demo.stage import LEAD, OPERATOR, PROJECT
from deploy.settings import read_settings
from deploy.wiring import house
from domain.journal.tokens import Tokens
from domain.principal import Principal


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
        built.catch_up()
        token = Tokens(built.pool).issue(
            Principal(actor=LEAD, role="project_lead", operator=OPERATOR), "demonstration"
        )
    typer.echo(f"已记录 {count} 条命令 / {count} commands recorded. Project fuyuan: {PROJECT}")
    typer.echo(f"令牌 / token: {token}")
