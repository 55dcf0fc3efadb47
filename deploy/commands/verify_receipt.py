"""`shilu verify-receipt`: what a receipt proves, found out without the installation that made it.

It opens no database and asks no server: a file, the public keys of a policy, and reckoning.
"""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Callable
from errno import EFBIG
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from api.pages.language import LANGUAGES, Speech
from deploy.findings import in_json, refuse, said_in
from domain.journal.receipt import Proven, verify_receipt
from domain.journal.remarks import is_demonstration
from domain.journal.verify import LARGEST, Policy, Unsound
from projections.naming import Language

Told = dict[str, Any]


def command(
    file: Annotated[Path, typer.Argument(help="the receipt")],
    policy: Annotated[Path, typer.Option("--policy", help="the public keys that are trusted")],
    entry: Annotated[
        Path | None, typer.Option("--entry", help="the record's bytes, for a short receipt")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Say which record a receipt proves, and whether it holds: 0 only if it does."""
    receipt, trusted = read(file), read(policy)
    leaf = None if entry is None else as_cut(read(entry))
    try:
        Policy.read(trusted)  # a policy that is none says nothing of the receipt
    except Unsound as error:
        refuse("verify-receipt", "no_policy", path=policy, why=error)
    told = checked(as_copied(receipt), trusted, leaf)
    if as_json:
        typer.echo(in_json(told))
    else:
        typer.echo("\n\n".join("\n".join(in_words(told, one)) for one in LANGUAGES))
    raise typer.Exit(0 if told["holds"] else 1)


def read(path: Path) -> bytes:
    """Return what a file holds. Exits with 2 where it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        refuse("verify-receipt", "unreadable", path=path, why=error.strerror)
    if len(content) > LARGEST:
        refuse("verify-receipt", "unreadable", path=path, why=os.strerror(EFBIG))
    return content


def as_copied(receipt: bytes) -> bytes:
    """Return a receipt as it was before scanning, mailing or an editor changed it.

    They change line breaks, and put a byte order mark before a text.
    """
    return receipt.removeprefix(BOM_UTF8).replace(b"\r\n", b"\n").strip() + b"\n"


def as_cut(line: bytes) -> bytes:
    """Return a record's bytes, which are a line of a bundle without its line break."""
    return line.removesuffix(b"\n").removesuffix(b"\r")


def checked(receipt: bytes, policy: bytes, entry: bytes | None) -> Told:
    """Return whether a receipt holds, and what it proves or why it proves nothing."""
    try:
        return {"holds": True, **_proven(verify_receipt(receipt, Policy.read(policy), entry))}
    except Unsound as error:
        return {"holds": False, "why": str(error)}


def _proven(proven: Proven) -> Told:
    place = {"origin": proven.origin, "entry": proven.entry, "entries": proven.entries}
    # A short receipt has no record that could say it; the ledger's signed origin does.
    place["demonstration"] = is_demonstration(proven.origin)
    if proven.record is None:
        return {**place, "record": None}
    event = proven.record["event"]
    record = {
        "event": event["id"],
        "kind": event["facts"]["@type"],
        "occurred": {"precision": "instant", **event["occurred"]},
        "written": proven.record["at"],
        "demonstration": event.get("demonstration", False),
    }
    return {**place, "record": record}


def in_words(told: Told, language: Language) -> list[str]:
    """Say it for people, a line each."""
    say = partial(said_in, language, "verify-receipt")
    if not told["holds"]:
        return [say("does_not_hold"), say("why", why=told["why"])]
    invented = [say("demonstration")] if told["demonstration"] else []
    record = _record_in_words(told["record"], language)
    return [say("holds"), *invented, *record, say("place", **told), say("origin", **told)]


def _record_in_words(record: Told | None, language: Language) -> list[str]:
    say, speech = partial(said_in, language, "verify-receipt"), Speech(language)
    if record is None:
        return [say("hash_alone")]
    occurred = record["occurred"]
    instant = occurred["precision"] == "instant"
    tell = speech.moment if instant else speech.day
    start = occurred["start"] if instant else occurred["start"][:10]
    return [
        say("record", kind=speech.kind(record["kind"]), event=record["event"]),
        say("occurred", when=_civil(tell, start)),
        say("written", when=_civil(speech.moment, record["written"])),
    ]


def _civil(tell: Callable[[str], str], when: str) -> str:
    """Return a day or a moment in civil time; one that was signed and is none, as it stands."""
    try:
        return tell(when)
    except (ValueError, OverflowError):
        return when
