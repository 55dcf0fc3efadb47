"""An evaluator draws at home: the nonce stays with them, and what does not fit draws nothing."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from deploy.commands.sample import command
from domain.sampling import Member, Method, allocate, commitment, draw, population_hash, seed_of
from tests.evaluations import CONTRIBUTION, NONCE, POPULATION, ROOT


def run(*words: object) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words])


def given(members: tuple[Member, ...], **more: Any) -> bytes:
    strata = allocate(POPULATION, Method(by="share", amount=40))
    said = {
        "sample": "x",
        "root": ROOT,
        "contribution": CONTRIBUTION,
        "commitment": commitment(bytes.fromhex(NONCE)),
        "population": population_hash(POPULATION),
        "drawn": {stratum.name: stratum.drawn for stratum in strata},
        "members": members,
    }
    return msgspec.json.encode(said | more)


@pytest.fixture
def nonce(tmp_path: Path) -> Path:
    path = tmp_path / "nonce"
    path.write_text(NONCE)
    return path


def test_a_nonce_is_kept_for_its_owner_alone_and_only_its_commitment_is_printed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "nonce"
    said = run("commit", path).output.strip()
    kept = path.read_text().strip()
    assert said == commitment(bytes.fromhex(kept))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("commit", path).exit_code == 1
    assert path.read_text().strip() == kept


def test_the_sample_is_the_one_that_the_server_will_show(tmp_path: Path, nonce: Path) -> None:
    population = tmp_path / "population.json"
    population.write_bytes(given(tuple(reversed(POPULATION))))
    seed = seed_of(*map(bytes.fromhex, (ROOT, CONTRIBUTION, NONCE)))
    expected = draw(POPULATION, allocate(POPULATION, Method(by="share", amount=40)), seed)
    assert run("draw", nonce, population).output.split() == list(expected)


def test_another_nonce_or_another_population_draws_nothing(tmp_path: Path, nonce: Path) -> None:
    population = tmp_path / "population.json"
    for content in (given(POPULATION[1:]), given(POPULATION, commitment="0" * 64)):
        population.write_bytes(content)
        result = run("draw", nonce, population)
        assert result.exit_code == 1
        assert not any(member.id in result.output for member in POPULATION)


def test_what_is_no_nonce_or_no_population_is_told_in_a_sentence(
    tmp_path: Path, nonce: Path
) -> None:
    good, bad, nowhere = (tmp_path / name for name in ("population", "bad", "no/such"))
    good.write_bytes(given(POPULATION))
    for content in (b"{}", b"zzz", b"\xff", b"[" * 100_000, given(POPULATION, root="zzz"),
                    given(POPULATION, drawn={"no such stratum": 1})):  # fmt: skip
        bad.write_bytes(content)
        assert "is no population" in refused("draw", nonce, bad), content[:9]
    for content in (b"zzz", "é".encode(), b"\xff"):
        bad.write_bytes(content)
        assert "keeps no nonce" in refused("draw", bad, good), content
    assert "cannot be read (No such file" in refused("draw", nowhere, good)
    assert "cannot be read (No such file" in refused("draw", nonce, nowhere)
    assert "cannot be written (No such file" in refused("commit", nowhere)


def refused(*words: object) -> str:
    """Run what cannot be done; return the one line that says so in both languages."""
    result = run(*words)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    chinese, english = result.stderr.split(" / ", 1)
    assert chinese.startswith("shilu sample: ")
    assert re.search(r"[一-鿿]", chinese)
    return english
