"""`shilu keys`: the keys that sign checkpoints and bundles, and what to do when they must not."""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.findings import refuse, said
from deploy.settings import read_settings
from deploy.wiring import house
from domain.journal import keyring

REASON = 5
"""So many characters at least, as for any correction."""

command = typer.Typer(help="Signing keys / 签名密钥", no_args_is_help=True)


@command.command("show")
def show() -> None:
    """Print the public keys as a policy file, to be handed to whoever checks what is signed."""
    with house(read_settings()) as built:
        typer.echo(built.ring.policy(), nl=False)


@command.command("rotate")
def rotate() -> None:
    """Add a new key. The old one goes on signing too, until it is retired."""
    with house(read_settings()) as built:
        typer.echo(keyring.rotate(built.signing).policy(), nl=False)


@command.command("retire")
def retire() -> None:
    """Destroy every key but the newest; what the old ones signed still counts."""
    with house(read_settings()) as built:
        typer.echo(keyring.retire(built.signing).policy(), nl=False)


@command.command("accept-loss")
def accept_loss(
    reason: Annotated[str, typer.Option("--reason", help="why events that were signed are gone")],
) -> None:
    """Sign again after a restore that lost events, under a new origin for each such ledger.

    So too where a witness has seen another history of it. What was signed before stays as it is,
    and contradicts nothing that is signed from now on.
    """
    if len(reason.strip()) < REASON:
        refuse("keys", "no_reason", least=REASON)
    with house(read_settings()) as built, built.signer() as signer:
        lost = signer.accept_loss(reason.strip())
    for ledger, now, before in lost:
        typer.echo(f"{ledger}: {before} -> {now}")
    if not lost:
        typer.echo(said("keys", "nothing_lost"))
