"""`shilu sample`: an evaluator's own draw (抽样), at home, with neither server nor database.

The nonce never leaves the evaluator's machine before the sample is to be shown; what is drawn
follows from it and from what the server gives anybody who asks (docs/sampling.md).
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer

from deploy.findings import refuse, said
from deploy.handed import open_bundle
from domain.sampling import Member, Stratum, commitment, draw, population_hash, seed_of
from projections.replay import ledgers_of
from projections.samples import checked_samples

command = typer.Typer(help="Draw a sample / 抽样", no_args_is_help=True)

T = TypeVar("T")
NonceFile = Annotated[Path, typer.Argument(help="the file that keeps the nonce")]


class Population(msgspec.Struct, frozen=True):
    """What `GET …/samples/{sample}/population` answers, as far as it is needed here."""

    root: str
    contribution: str
    commitment: str
    population: str
    drawn: dict[str, Annotated[int, msgspec.Meta(ge=0)]]
    members: tuple[Member, ...]


@command.command("commit")
def commit(nonce: NonceFile) -> None:
    """Make a nonce, keep it in a new file, and print the commitment that is sent.

    Exits with 1 where the file is there already, with 2 where it cannot be written.
    """
    made = secrets.token_hex(32)
    try:
        nonce.touch(0o600, exist_ok=False)
        nonce.write_text(f"{made}\n", "ascii")
    except FileExistsError:
        refuse("sample", "exists", 1, path=nonce)
    except OSError as error:
        refuse("sample", "not_written", 2, path=nonce, why=error.strerror)
    typer.echo(commitment(bytes.fromhex(made)))


@command.command("draw")
def drawn(
    nonce: NonceFile,
    population: Annotated[Path, typer.Argument(help="the population as the server answered it")],
) -> None:
    """Print the ids that are drawn, one a line.

    Exits with 1 where something does not fit, with 2 where a file cannot be read.
    """
    given = _read(population, population_in, "no_population")
    secret = _read(nonce, nonce_in, "no_nonce")
    if commitment(secret) != given.commitment:
        refuse("sample", "other_nonce", 1, path=nonce)
    if population_hash(given.members) != given.population:
        refuse("sample", "other_population", 1, path=population)
    for one in draw(given.members, strata_of(given), _seed(given, secret)):
        typer.echo(one)


@command.command("check")
def checked(bundle: Annotated[Path, typer.Argument(help="the bundle's folder")]) -> None:
    """Hold each sample in a bundle against all of its records; exit with 0 only if all hold.

    With 1 where one does not, and with 2 where nothing could be checked.
    """
    try:
        opened = open_bundle(bundle)
        found = [
            each
            for ledger in ledgers_of(bundle)
            for each in checked_samples(partial(opened.entries, ledger))
        ]
    except OSError as error:
        refuse("sample", "unreadable", 2, path=error.filename or bundle, why=error.strerror)
    except (ValueError, LookupError, RecursionError, msgspec.MsgspecError):
        refuse("sample", "no_bundle", 2, path=bundle)
    for sample in found:
        for code in sample.wrong or ("settled" if sample.shown is None else "shown",):
            mark = "✗" if sample.wrong else "✓"
            typer.echo(f"{mark} {said('sample', code, entry=sample.entry, sample=sample.sample)}")
    if not found:
        typer.echo(said("sample", "none"))
    raise typer.Exit(1 if any(sample.wrong for sample in found) else 0)


def nonce_in(content: bytes) -> bytes:
    """Return the nonce that a file keeps. Raises ValueError where it keeps none."""
    return bytes.fromhex(content.decode("ascii"))


def population_in(content: bytes) -> Population:
    """Return a population as the server answered it.

    Raises ValueError where it is none, as where it draws of a stratum that no member is in.
    """
    try:
        given = msgspec.json.decode(content, type=Population)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from None
    _seed(given, b"")
    if not given.drawn.keys() <= {member.stratum for member in given.members}:
        raise ValueError("drawn")
    return given


def _read(path: Path, form: Callable[[bytes], T], otherwise: str) -> T:
    """Return what a file holds. Exits with 2 where it cannot be read, or holds something else."""
    try:
        return form(path.read_bytes())
    except OSError as error:
        refuse("sample", "unreadable", 2, path=path, why=error.strerror)
    except ValueError:
        refuse("sample", otherwise, 2, path=path)


def strata_of(given: Population) -> list[Stratum]:
    """Return how many are drawn of each stratum, in the order of their names."""
    sizes = Counter(member.stratum for member in given.members)
    return [
        Stratum(name=name, size=sizes[name], drawn=given.drawn[name])
        for name in sorted(given.drawn)
    ]


def _seed(given: Population, nonce: bytes) -> bytes:
    return seed_of(bytes.fromhex(given.root), bytes.fromhex(given.contribution), nonce)
