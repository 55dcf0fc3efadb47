"""What commands say and what verifying and replaying found, in words: a file of texts for each."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import typer

from domain.journal.verify import Finding
from domain.refusals import ShiluError

TEXTS = Path(__file__).parent / "texts"
Words = Mapping[str, Mapping[str, str]]
"""Code → language → sentence: read once for everybody, so nobody may change it."""
IN_POLICY = "policy, line"
"""How a reason begins that names a line of a policy."""


@cache
def words_of(name: str) -> Words:
    """Read the sentences of a command."""
    return tomllib.loads((TEXTS / f"{name}.toml").read_text("utf-8"))


@cache
def reasons() -> Mapping[str, str]:
    """Read why things do not hold, in Chinese, by words of the English reason."""
    return tomllib.loads((TEXTS / "reasons.toml").read_text("utf-8"))


def why_in(why: str, language: str) -> str:
    """Return a reason of the verifier's, which speaks English, or of the system's in a language."""
    known = (said for words, said in reasons().items() if words in why and words != IN_POLICY)
    told = why if language == "en" else next(known, why)
    line = re.match(rf"{IN_POLICY} (\d+): ", why)
    return reasons()[IN_POLICY].format(line=line[1], why=told) if line and told != why else told


def said(name: str, code: str, /, **details: object) -> str:
    """Return a sentence of a command in both languages; its details obey no terminal."""
    return " / ".join(said_in(language, name, code, **details) for language in ("zh", "en"))


def said_in(language: str, name: str, code: str, /, **details: object) -> str:
    """Return a sentence of a command in one language; its details obey no terminal."""
    return words_of(name)[code][language].format(**_values(details, language))


def headings(name: str, columns: Iterable[str]) -> list[str]:
    """Return what columns of a command's list are called, one language above the other."""
    words = words_of(name)
    return ["\n".join(words[f"column_{column}"].values()) for column in columns]


def refuse(command: str, code: str, exit: int = 2, /, **details: object) -> NoReturn:
    """Say in both languages why a command gives no answer, and end it."""
    typer.echo(f"shilu {command}: {said(command, code, **details)}", err=True)
    raise typer.Exit(exit)


def refuse_as(command: str, error: ShiluError, exit: int = 2, /, about: str = "") -> NoReturn:
    """Say in both languages what was refused, after what it is `about`, and end the command."""
    typer.echo(f"shilu {command}: {about}{error.text('zh')} / {error.text('en')}", err=True)
    raise typer.Exit(exit)


def told(finding: Finding, words: Words) -> dict[str, Any]:
    """Return a finding as JSON has it, with its words."""
    texts = {language: worded(finding, language, words) for language in ("zh", "en")}
    return {**vars(finding), **texts}


def worded(finding: Finding, language: str, words: Words) -> str:
    """Return a finding in a language, with its ledger and its entry."""
    text = words[finding.code][language].format(**_values(finding.details, language))
    if finding.entry is not None:
        text = words["entry"][language].format(number=finding.entry, text=text)
    return f"{shown(finding.ledger)}: {text}" if finding.ledger else text


def _values(details: Mapping[str, object], language: str) -> dict[str, str]:
    """Return details as a sentence has them, none of which a terminal obeys."""
    texts = {name: str(value) for name, value in details.items()}
    return {
        name: shown(why_in(text, language) if name == "why" else text)
        for name, text in texts.items()
    }


def shown(words: str) -> str:
    """Return words out of a bundle so that a terminal only shows them, and obeys none."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in words)


def in_json(value: Any) -> str:
    """Return JSON for people and programs: what a terminal would obey stands escaped in it.

    So do bytes in the names of files that are no text.
    """
    text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
    plain = (
        each if each == "\n" or each.isprintable() else json.dumps(each)[1:-1] for each in text
    )
    return "".join(plain)
