"""`shilu demo`: record the demonstration project, through the commands that the API uses."""

from __future__ import annotations

import typer
from rich.progress import track

from deploy.commands.tokens import end, let_in
from deploy.demo.play import acts, play
from deploy.demo.stage import LEAD, OPERATOR, PROJECT
from deploy.findings import said
from deploy.settings import read_settings
from deploy.wiring import House, house
from domain.journal.tokens import Tokens, new_token

LABEL = "demonstration"


def command() -> None:
    """Record the project of a real mid-term report, for an operator marked as a demonstration."""
    settings = read_settings()
    with house(settings) as built:
        bar = iter(
            track(
                acts(built.journal),
                description=said("demo", "recording"),
                total=sum(1 for _ in acts(built.journal)),
            )
        )
        count = play(built.records, lambda: next(bar, None))
        token = new_token()
        lead = let_in(built, "project_lead", OPERATOR, LEAD, (), token, None)
        earlier = end_earlier(built)
        Tokens(built.pool).issue(lead, LABEL, token=token)
        built.catch_up()
    codes = ["recorded" if count else "nothing_new", *(["earlier"] if earlier else []), "token"]
    for code in codes:
        typer.echo(said("demo", code, count=count, project=PROJECT, token=token))


def end_earlier(built: House) -> int:
    """End the tokens of earlier runs, of which nobody can read one any more; return how many."""
    now = built.clock.now()
    issued = Tokens(built.pool).issued(OPERATOR)
    earlier = [one.token for one in issued if one.label == LABEL and one.stands(now)]
    return sum(end(built, token) for token in earlier)
