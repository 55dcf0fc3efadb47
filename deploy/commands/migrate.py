"""`shilu migrate`: bring the database up to date, and make the first access token."""

from __future__ import annotations

import typer

from deploy.database import answering, database_url
from deploy.findings import said
from deploy.migrate import migrate
from deploy.settings import Settings, read_settings
from deploy.wiring import House, house
from domain.identity import new_id
from domain.journal.rekeying import rekey
from domain.journal.tokens import Tokens
from domain.principal import Principal

FIRST_TOKEN = "first-token"  # noqa: S105 - the name of a file


def command() -> None:
    """Apply missing migrations; on a new installation, write the first token to a file."""
    settings = read_settings()
    with answering():
        made = migrate(database_url(settings))
    for name in made:
        typer.echo(said("migrate", "applied", name=name), err=True)
    with house(settings) as built:
        key_what_was_asked(built)
        make_tables(built)
        make_first_token(settings, built)


def key_what_was_asked(built: House) -> None:
    """Put the plain hashes of commands under the master key, once: only here are both at hand."""
    with built.connect() as connection:
        connection.autocommit = True
        keyed = rekey(connection, built.vault.fingerprint)
    if keyed:
        typer.echo(said("migrate", "keyed", count=keyed), err=True)


def make_tables(built: House) -> None:
    """Make the views' tables where there are none: whoever starts next may ask them at once."""
    follower = built.follower()
    follower.prepare()
    follower.close()


def make_first_token(settings: Settings, built: House) -> None:
    """Give a new installation its administrator, whose token only the owner of the file reads."""
    tokens = Tokens(built.pool)
    if tokens.any_issued():
        return
    path = settings.home / FIRST_TOKEN
    token = tokens.issue(Principal(actor=new_id(), role="administrator"), "first")
    path.touch(mode=0o600)
    path.write_text(token + "\n")
