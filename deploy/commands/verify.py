"""`shilu verify`: what the verifier finds in a bundle, in words that an evaluator understands."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.journal.diagnosis import diagnosed
from domain.journal.timestamp import seen
from domain.journal.verify import Finding, Policy, Report, Unsound, verify

TEXTS = Path(__file__).parents[1] / "texts" / "verify.toml"


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
    """Prove that a bundle is whole and unaltered; exit with 0 only if all of it holds."""
    try:
        trusted = Policy.read(policy.read_bytes())
        report = verify(bundle, trusted, since.read_bytes() if since else None)
        if timestamp_roots is not None:
            for each in seen(bundle, timestamp_roots.read_bytes()):
                held = each.code == "timestamp.seen"
                (report.remarks if held else report.findings).append(each)
    except (OSError, Unsound) as error:
        typer.echo(f"shilu verify: {error}", err=True)
        raise typer.Exit(2) from None
    findings = diagnosed(bundle, report)
    typer.echo(_json(report, findings) if as_json else _words(report, findings))
    raise typer.Exit(1 if findings else 0)


def _json(report: Report, findings: list[Finding]) -> str:
    told = {
        "sound": not findings,
        "ledgers": report.ledgers,
        "findings": [_told(each) for each in findings],
        "remarks": [_told(each) for each in report.remarks],
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def _told(finding: Finding) -> dict[str, Any]:
    texts = {language: _text(finding, language) for language in ("zh", "en")}
    return {**vars(finding), **texts}


def _words(report: Report, findings: list[Finding]) -> str:
    marked = [("✗", each) for each in findings] + [("·", each) for each in report.remarks]
    lines = [f"{mark} {_text(each, 'zh')}\n  {_text(each, 'en')}" for mark, each in marked]
    lines += [f"✓ {each['origin']}: {each['entries']}" for each in report.ledgers]
    verdict = _catalogue()["unsound" if findings else "sound"]
    return "\n".join([*lines, f"{verdict['zh']} / {verdict['en']}"])


def _text(finding: Finding, language: str) -> str:
    words = _catalogue()
    text = words[finding.code][language].format(**finding.details)
    if finding.entry is not None:
        text = words["entry"][language].format(number=finding.entry, text=text)
    return f"{finding.ledger}: {text}" if finding.ledger else text


def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(TEXTS.read_text("utf-8"))
