"""What `shilu verify` prints: the gravest first, no flood, how far it proves, and whose keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import build
from deploy.findings import words_of
from domain.clock import SHANGHAI
from domain.journal.verify import AT, GRAVEST, main, verify
from tests.bundles import Handed, copied, handed_over


@pytest.fixture(scope="module")
def handed(module_house_url: str) -> Iterator[Handed]:
    with handed_over(module_house_url) as it:
        yield it


@pytest.fixture
def policy(handed: Handed, tmp_path: Path) -> Path:
    """The keys as they were had from elsewhere."""
    path = tmp_path / "policy"
    path.write_text(handed.built.ring.policy(), "utf-8")
    return path


@pytest.fixture
def spoilt(handed: Handed, tmp_path: Path) -> Path:
    """A bundle without the list of its files, from which an entry was taken out."""
    folder = copied(handed.folder, tmp_path / "spoilt")
    lines = handed.lines
    del lines[4]
    (folder / handed.place / "entries.ndjson").write_bytes(b"".join(lines))
    (folder / "MANIFEST").unlink()
    return folder


WORDS_IN_ORDER = ("被删去", "签名写明", "没有文件清单", "清单之外")


def verified(folder: Path, policy: Path, *more: str) -> tuple[int, list[str]]:
    words = ["verify", str(folder), "--policy", str(policy), *more]
    ran = CliRunner().invoke(build(["verify"]), words)
    return ran.exit_code, ran.output.splitlines()


def test_what_was_done_to_the_records_is_said_before_what_was_done_to_the_files(
    handed: Handed, spoilt: Path, policy: Path
) -> None:
    code, said = verified(spoilt, policy)
    assert code == 1
    assert said[0] == f"✗ {handed.ledger}: 第 5 条：被删去"
    places = [next(n for n, line in enumerate(said) if word in line) for word in WORDS_IN_ORDER]
    assert places == sorted(places), said


def test_files_that_nobody_listed_are_counted_after_the_first_few(
    spoilt: Path, policy: Path
) -> None:
    files = sum(path.is_file() for path in spoilt.rglob("*"))
    _, said = verified(spoilt, policy)
    unlisted = [line for line in said if "is not listed" in line]
    assert len(unlisted) == 5
    assert f"✗ 另有 {files - 5} 个清单之外的文件" in said
    assert f"  {files - 5} more files that are not listed" in said
    _, told = verified(spoilt, policy, "--json")
    findings = json.loads("\n".join(told))["findings"]
    assert [each["code"] for each in findings].count("file.unlisted") == files


def test_few_enough_files_that_nobody_listed_are_named_each(
    handed: Handed, policy: Path, tmp_path: Path
) -> None:
    folder = copied(handed.folder, tmp_path / "more")
    for number in range(5):
        (folder / f"more{number}").touch()
    _, said = verified(folder, policy)
    assert sum("is not listed" in line for line in said) == 5
    assert "more files" not in "\n".join(said)


def test_keys_out_of_the_bundle_itself_are_remarked_upon(
    handed: Handed, policy: Path, tmp_path: Path
) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    (tmp_path / "link").symlink_to(folder / "policy.example")
    for own in (folder / "policy.example", tmp_path / "link"):
        code, said = verified(folder, own)
        assert code == 0
        assert "包里的公钥" in said[0]
        assert "comes out of the bundle itself" in said[1]
        assert "没有证明是谁签的" in said[-1]
        assert "not proven who signed" in said[-1]
    told = json.loads("\n".join(verified(folder, folder / "policy.example", "--json")[1]))
    assert (told["sound"], [each["code"] for each in told["remarks"]]) == (True, ["policy.inside"])
    code, said = verified(folder, policy)
    assert (code, said[0][0]) == (0, "✓")
    assert "全部相符" in said[-1]


def test_what_holds_is_told_with_its_size_and_how_far_it_proves(
    handed: Handed, policy: Path
) -> None:
    last = datetime.fromisoformat(handed.lines[-1][AT].decode())
    _, said = verified(handed.folder, policy)
    assert f"{handed.size} 条" in said[0]
    assert f"{last.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" in said[0]
    assert f"{handed.size} entries" in said[1]
    assert f"{last.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" in said[1]
    (ledger,) = json.loads("\n".join(verified(handed.folder, policy, "--json")[1]))["ledgers"]
    assert ledger["until"] == handed.lines[-1][AT].decode()


def test_the_verifier_by_itself_says_the_gravest_first_too(
    spoilt: Path, policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(spoilt), str(policy)]) == 1
    codes = [json.loads(line)["code"] for line in capsys.readouterr().out.splitlines()]
    assert codes[0] == "entries.altered"
    assert codes[-1] == "file.unlisted"


def test_every_finding_has_its_place_in_that_order() -> None:
    codes = [code for code in words_of("verify") if "." in code and not code.startswith("policy.")]
    assert {code.partition(".")[0] for code in codes} == set(GRAVEST)


def test_altered_entries_lie_after_the_last_earlier_head_that_holds(
    handed: Handed, tmp_path: Path
) -> None:
    """Given a head that was signed before the last entries, when one of those is changed, then all
    up to that head are vouched for, and it is the rest that is altered."""
    place = handed.folder / handed.place
    heads = [handed.policy.opens(path.read_bytes()) for path in (place / "checkpoints").iterdir()]
    vouched = max(head.size for head in heads)
    assert vouched < handed.size
    folder = copied(handed.folder, tmp_path / "changed")
    lines = handed.lines
    lines[-1] = lines[-1].replace(b'"version":', b'"version":1', 1)
    (folder / handed.place / "entries.ndjson").write_bytes(b"".join(lines))
    found = {each.code: each.details for each in verify(folder, handed.policy).findings}
    assert found["entries.altered"] == {"first": vouched + 1, "last": handed.size}
