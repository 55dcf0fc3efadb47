"""`shilu sample`: an evaluator's own draw (抽样), at home, with neither server nor database.

The nonce never leaves the evaluator's machine before the sample is to be shown; what is drawn
follows from it and from what the server gives anybody who asks (docs/sampling.md).
"""

from __future__ import annotations

import secrets
from collections import Counter
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer

from domain.sampling import Member, Stratum, commitment, draw, population_hash, seed_of

command = typer.Typer(help="Draw a sample / 抽样", no_args_is_help=True)

NonceFile = Annotated[Path, typer.Argument(help="the file that keeps the nonce")]


class Population(msgspec.Struct, frozen=True):
    """What `GET …/samples/{sample}/population` answers, as far as it is needed here."""

    root: str
    contribution: str
    commitment: str
    population: str
    drawn: dict[str, int]
    members: tuple[Member, ...]


@command.command("commit")
def commit(nonce: NonceFile) -> None:
    """Make a nonce, keep it in a new file, and print the commitment that is sent."""
    made = secrets.token_hex(32)
    try:
        nonce.touch(0o600, exist_ok=False)
    except FileExistsError:
        stop("该文件已存在，不会覆盖 / the file exists and is not overwritten")
    nonce.write_text(f"{made}\n", "ascii")
    typer.echo(commitment(bytes.fromhex(made)))


@command.command("draw")
def drawn(
    nonce: NonceFile,
    population: Annotated[Path, typer.Argument(help="the population as the server answered it")],
) -> None:
    """Print the ids that are drawn, one a line. Exits with 1 where something does not fit."""
    given = msgspec.json.decode(population.read_bytes(), type=Population)
    secret = bytes.fromhex(nonce.read_text("ascii").strip())
    if commitment(secret) != given.commitment:
        stop("随机数与承诺值不符 / the nonce is not the one committed to")
    if population_hash(given.members) != given.population:
        stop("总体与记录的校验值不符 / the population is not the one recorded")
    for one in draw(given.members, strata_of(given), _seed(given, secret)):
        typer.echo(one)


def strata_of(given: Population) -> list[Stratum]:
    """Return how many are drawn of each stratum, in the order of their names."""
    sizes = Counter(member.stratum for member in given.members)
    return [
        Stratum(name=name, size=sizes[name], drawn=given.drawn[name])
        for name in sorted(given.drawn)
    ]


def _seed(given: Population, nonce: bytes) -> bytes:
    return seed_of(bytes.fromhex(given.root), bytes.fromhex(given.contribution), nonce)


def stop(why: str) -> NoReturn:
    """Say why and exit with 1."""
    typer.echo(why, err=True)
    raise typer.Exit(1)
