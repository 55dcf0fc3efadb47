"""A history that was begun anew after a loss: whoever gets a bundle of it is told, and why."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import build
from domain.identity import new_id
from domain.journal.eras import told_of_eras
from domain.journal.note import checkpoint
from domain.journal.verify import verify
from tests.bundles import Handed, handed_over, listed_again, write
from tests.integration.signing import lose

REASON = "机房断电，由前一日的备份恢复"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def handed(house_url: str) -> Iterator[Handed]:
    with handed_over(house_url) as it:
        yield it


@pytest.fixture
def anew(handed: Handed, tmp_path: Path) -> Path:
    """The bundle of a ledger that lost its last two entries, as a person has decided."""
    lose(handed.built, handed.size - 2, handed.ledger)
    with handed.built.signer() as signer:
        signer.accept_loss(REASON)
    write(handed.built, tmp_path / "bundle", (handed.ledger, handed.size - 2))
    return tmp_path / "bundle"


def test_that_history_was_begun_anew_is_told_with_when_and_why(handed: Handed, anew: Path) -> None:
    report = verify(anew, handed.policy)
    (remark,) = report.remarks
    assert (report.findings, remark.code) == ([], "history.begun_anew")
    assert remark.details["origin"].endswith(f"{handed.ledger}/2")
    decided, head = told_of_eras(anew, handed.policy, report)
    assert decided.details.pop("decided_at")
    said = {"era": 2, "signed": handed.size, "left": handed.size - 2, "reason": REASON}
    assert (decided.code, decided.details) == ("history.decided", said)
    assert (head.code, head.details["size"]) == ("history.before", handed.size)
    before = (handed.folder / handed.place / "checkpoint").read_bytes()
    assert (anew / handed.place / "eras" / "1").read_bytes() == before
    assert handed.codes(anew, before) == ["since.elsewhere"]


def test_the_command_says_it_in_words_and_still_returns_0(
    handed: Handed, anew: Path, tmp_path: Path
) -> None:
    policy = tmp_path / "policy"
    policy.write_text(handed.built.ring.policy())
    words = ["verify", str(anew), "--policy", str(policy)]
    done = CliRunner().invoke(build(["verify"]), words)
    assert done.exit_code == 0
    for said in (
        "签名历史是重新开始的",
        "its history was begun anew",
        REASON,
        "the last head from",
    ):
        assert said in done.stdout
    told = json.loads(CliRunner().invoke(build(["verify"]), [*words, "--json"]).stdout)
    texts = tomllib.loads((ROOT / "deploy" / "texts" / "verify.toml").read_text("utf-8"))
    assert {each["code"] for each in told["remarks"]} <= texts.keys()
    assert (told["sound"], len(told["remarks"])) == (True, 3)


def foreign(handed: Handed) -> bytes:
    """The head of somebody else's ledger, truly signed."""
    ring = handed.built.ring
    return checkpoint(f"{ring.name}/{new_id()}", 9, bytes(32), ring.keys)


@pytest.mark.parametrize("said", [b'"other":', b'"signed":1e999,"other":'])
@pytest.mark.parametrize("head", [foreign, lambda handed: b"no head"])
def test_only_what_is_signed_and_formed_is_told(
    handed: Handed, anew: Path, head: Callable[[Handed], bytes], said: bytes
) -> None:
    (anew / handed.place / "eras" / "1").write_bytes(head(handed))
    about = (anew / "bundle.json").read_bytes()
    (anew / "bundle.json").write_bytes(about.replace(b'"signed":', said))
    listed_again(anew, handed.built.ring.keys)
    report = verify(anew, handed.policy)
    assert report.findings == []
    told = told_of_eras(anew, handed.policy, report)
    assert [each.code for each in told] == ["history.undecided", "checkpoint.unknown"]


def test_a_history_that_goes_on_is_not_said_to_be_begun_anew(handed: Handed) -> None:
    report = verify(handed.folder, handed.policy)
    assert (report.remarks, told_of_eras(handed.folder, handed.policy, report)) == ([], [])
    assert not (handed.folder / handed.place / "eras").exists()
    assert "begun_anew" not in (handed.folder / "bundle.json").read_text("utf-8")
