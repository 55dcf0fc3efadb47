"""`shilu verify`: what the verifier finds in a bundle, in words that an evaluator understands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from deploy.findings import Words, in_json, refuse, shown, told, worded, words_of
from domain.clock import SHANGHAI
from domain.journal.diagnosis import diagnosed
from domain.journal.eras import told_of_eras
from domain.journal.remarks import few, told_of_demonstrations, told_of_keys
from domain.journal.timestamp import seen
from domain.journal.verify import Finding, Policy, Report, Unsound, gravest_first, verify


def command(
    bundle: Annotated[Path, typer.Argument(help="the bundle's folder")],
    policy: Annotated[Path, typer.Option("--policy", help="whom you trust; not from the bundle")],
    since: Annotated[
        Path | None, typer.Option("--since", help="a checkpoint that you kept from earlier")
    ] = None,
    timestamp_roots: Annotated[
        Path | None,
        typer.Option("--timestamp-roots", help="root certificates of timestamp authorities (PEM)"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Prove that a bundle is whole and unaltered; exit with 0 only if all of it holds.

    With 1 where something does not hold, and with 2 where nothing could be checked.
    """
    if not bundle.is_dir():
        _refuse("no_folder", bundle)
    try:
        trusted = Policy.read(policy.read_bytes())
    except (OSError, Unsound) as error:
        _refuse("no_policy", policy, error)
    try:
        held = since.read_bytes() if since else None
    except OSError as error:
        _refuse("no_since", since or bundle, error)
    try:
        report = verify(bundle, trusted, held)
    except Unsound as error:
        _refuse("no_since", since or bundle, error)
    except OSError as error:
        _refuse("unreadable", Path(error.filename or bundle), error)
    if timestamp_roots is not None and not _unseen(report):
        _date(bundle, report, timestamp_roots)
    report.remarks[:0] = [*told_of_keys(bundle, policy), *told_of_demonstrations(report)]
    report.remarks += told_of_eras(bundle, trusted, report)
    findings = gravest_first(diagnosed(bundle, report))
    typer.echo(_json(report, findings) if as_json else _words(report, findings))
    raise typer.Exit(1 if findings else 0)


def _unseen(report: Report) -> bool:
    """Say whether there is something that nobody looked at, and so nothing was read."""
    return any(each.code in ("file.odd", "file.large", "folder.unread") for each in report.findings)


def _date(bundle: Path, report: Report, roots: Path) -> None:
    """Add what timestamps in the bundle prove, under root certificates, and which do not hold."""
    try:
        for each in seen(bundle, roots.read_bytes(), report):
            (report.remarks if each.code == "timestamp.seen" else report.findings).append(each)
    except (OSError, Unsound) as error:
        _refuse("no_roots", roots, error)


def _refuse(code: str, path: Path, error: Exception | None = None) -> NoReturn:
    why = error.strerror if isinstance(error, OSError) else error
    refuse("verify", code, path=path, why=why)


def _json(report: Report, findings: list[Finding]) -> str:
    words = words_of("verify")
    whole = {
        "sound": not findings,
        "ledgers": report.ledgers,
        "findings": [told(each, words) for each in findings],
        "remarks": [told(each, words) for each in report.remarks],
    }
    return in_json(whole)


def _words(report: Report, findings: list[Finding]) -> str:
    words = words_of("verify")
    marked = [("✗", each) for each in few(findings)] + [("·", each) for each in report.remarks]
    lines = [
        f"{mark} {worded(each, 'zh', words)}\n  {worded(each, 'en', words)}"
        for mark, each in marked
    ]
    lines += [
        f"✓ {_whole(each, 'zh', words)}\n  {_whole(each, 'en', words)}" for each in report.ledgers
    ]
    own_keys = any(each.code == "policy.inside" for each in report.remarks)
    verdict = words["unsound" if findings else "own_keys" if own_keys else "sound"]
    return "\n".join([*lines, f"{verdict['zh']} / {verdict['en']}"])


def _whole(ledger: dict[str, Any], language: str, words: Words) -> str:
    """Say of a ledger that holds how many entries it has, and up to which moment."""
    text = words["empty" if ledger["until"] is None else "whole"][language]
    return shown(text.format(**{**ledger, "until": _civil(ledger["until"])}))


def _civil(until: str | None) -> str:
    """Return a moment in civil time; one that was signed and is none as it stands."""
    try:
        return f"{datetime.fromisoformat(until or '').astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):
        return until or ""
