"""The evaluator's way, from end to end, with the commands that people type."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.settings import environment_with
from tests.databases import fresh_database, walkable_folder
from tests.integration.demonstration import demonstration

ROOT = Path(__file__).parents[2]


def shilu(home: Path, url: str | None, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command; without a url no database can be reached."""
    where = url or "postgresql://127.0.0.1:1/none"
    environment = environment_with(SHILU_HOME=str(home), SHILU_DATABASE_URL=where)
    return subprocess.run(
        [sys.executable, "-m", "deploy", *words],
        env=environment, capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip


@pytest.fixture(scope="module")
def station(postgres_url: str) -> Iterator[tuple[Path, str]]:
    with fresh_database(postgres_url) as url, walkable_folder() as folder:
        home = folder / "home"
        with demonstration(url, home):
            pass
        yield home, url


def test_records_are_handed_over_proven_and_replayed_with_no_server(
    station: tuple[Path, str], tmp_path: Path
) -> None:
    home, url = station
    bundle, policy = tmp_path / "bundle", tmp_path / "policy"
    made = shilu(home, url, "bundle", "fuyuan", "--out", str(bundle), "--zip")
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "bundle.zip").exists()
    for told in (str(bundle), "共 1031 条", "1031 entries", "bundle.zip", "shilu keys show"):
        assert told in made.stdout
    policy.write_text(shilu(home, url, "keys", "show").stdout)
    laptop = tmp_path / "laptop"

    verified = shilu(laptop, None, "verify", str(bundle), "--policy", str(policy), "--json")
    assert verified.returncode == 0, verified.stderr
    told = json.loads(verified.stdout)
    (ledger,) = told["ledgers"]
    assert told["sound"] is True
    assert "/demonstration/" in ledger["origin"]
    assert [each["code"] for each in told["remarks"]] == ["entries.invented"]
    about = json.loads((bundle / "bundle.json").read_text("utf-8"))
    assert [each["demonstration"] for each in about["ledgers"]] == [True]
    for mark in ("演示数据", "Demonstration: "):
        assert mark in (bundle / "README.md").read_text("utf-8")

    replayed = shilu(laptop, None, "replay", str(bundle), "--json")
    assert replayed.returncode == 0, replayed.stderr
    figures = json.loads(replayed.stdout)
    assert figures["same"] is True
    assert figures["ledgers"][0]["entries"] == ledger["entries"]
    samples = shilu(laptop, None, "sample", "check", str(bundle))
    assert (samples.returncode, samples.stdout.count("✓ ")) == (0, 2), samples.stderr
    assert not laptop.exists()


@pytest.mark.slow
def test_the_report_comes_out_of_a_bundle_alone(station: tuple[Path, str], tmp_path: Path) -> None:
    home, url = station
    bundle, printed = tmp_path / "bundle", ROOT / "tests" / "data" / "fuyuan_midterm.json"
    shilu(home, url, "bundle", "fuyuan", "--out", str(bundle))
    told = shilu(tmp_path / "laptop", None, "report", "midterm", "--bundle", str(bundle), "--json")
    assert told.returncode == 0, told.stderr
    made, document = json.loads(told.stdout), json.loads(printed.read_text("utf-8"))
    for line, there in zip(made["table_a"], document["table_a"], strict=True):
        assert {name: line[name] for name in there} == there
    assert made["table_b"] == document["table_b"]
    assert made["totals"] == document["totals"]
    live = shilu(home, url, "report", "midterm", "--project", "fuyuan", "--json")
    assert made == json.loads(live.stdout)
    early = shilu(
        tmp_path / "laptop", None, "report", "midterm", "--bundle", str(bundle), "--json",
        "--known-at", "2018-09-30",
    )  # fmt: skip
    assert early.returncode == 0, early.stderr
    assert json.loads(early.stdout)["totals"] != document["totals"]


@pytest.mark.slow
def test_what_is_opened_for_a_purpose_is_its_owners_alone_and_still_proven(
    station: tuple[Path, str], tmp_path: Path
) -> None:
    home, url = station
    bundle, policy = tmp_path / "bundle", tmp_path / "policy"
    words = ("bundle", "fuyuan", "--out", str(bundle), "--zip", "--parquet", "--attachments")
    granted = ("--purpose", "evaluation", "--reason", "中期评估抽查档案", "--open", "casework")
    made = shilu(home, url, *words, *granted)
    assert made.returncode == 0, made.stderr
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "bundle.zip").stat().st_mode) == 0o600
    (opened,) = bundle.rglob("opened.ndjson")
    lines = list(map(json.loads, opened.read_text("utf-8").splitlines()))
    exports = {line["export"] for line in lines}
    assert len(lines) > 100
    assert all(line["text"] for line in lines)
    assert exports == {json.loads((bundle / "bundle.json").read_text("utf-8"))["export"]["export"]}
    policy.write_text(shilu(home, url, "keys", "show").stdout)
    assert shilu(tmp_path, None, "verify", str(bundle), "--policy", str(policy)).returncode == 0
    assert shilu(tmp_path, None, "replay", str(bundle)).returncode == 0
    bundle.rename(tmp_path / "elsewhere")
    again = shilu(home, url, *words)
    assert (again.returncode, "is there already" in again.stderr) == (2, True)


@pytest.mark.slow
def test_the_verifier_runs_alone_as_one_file(station: tuple[Path, str], tmp_path: Path) -> None:
    home, url = station
    bundle, policy = tmp_path / "bundle", tmp_path / "policy"
    shilu(home, url, "bundle", "fuyuan", "--out", str(bundle))
    policy.write_text(shilu(home, url, "keys", "show").stdout)
    alone = tmp_path / "verify.py"
    alone.write_bytes((ROOT / "domain" / "journal" / "verify.py").read_bytes())
    words = [sys.executable, "-I", str(alone), str(bundle), str(policy)]
    subprocess.check_call(words, cwd=tmp_path)
    (bundle / "README.md").write_text("x")
    done = subprocess.run(words, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "README.md" in done.stdout


@pytest.mark.slow
def test_an_older_state_is_handed_over_and_the_newest_continues_it(
    station: tuple[Path, str], tmp_path: Path
) -> None:
    home, url = station
    older, newest, policy = tmp_path / "older", tmp_path / "newest", tmp_path / "policy"
    moment = "2018-10-31T23:59:59+08:00"
    made = shilu(home, url, "bundle", "fuyuan", "--out", str(older), "--at", moment)
    assert made.returncode == 0, made.stderr
    shilu(home, url, "bundle", "fuyuan", "--out", str(newest))
    policy.write_text(shilu(home, url, "keys", "show").stdout)
    (ledger,) = (older / "ledgers").iterdir()
    sizes = [
        len((each / "ledgers" / ledger.name / "entries.ndjson").read_bytes().splitlines())
        for each in (older, newest)
    ]
    assert 0 < sizes[0] < sizes[1]
    kept = str(ledger / "checkpoint")
    words = ("verify", str(newest), "--policy", str(policy), "--since", kept)
    assert shilu(tmp_path, None, *words).returncode == 0
    assert shilu(tmp_path, None, "replay", str(older)).returncode == 0


def test_what_was_altered_is_said_in_words(station: tuple[Path, str], tmp_path: Path) -> None:
    home, url = station
    bundle, policy = tmp_path / "bundle", tmp_path / "policy"
    shilu(home, url, "bundle", "fuyuan", "--out", str(bundle))
    policy.write_text(shilu(home, url, "keys", "show").stdout)
    (entries,) = bundle.rglob("entries.ndjson")
    lines = entries.read_bytes().splitlines(keepends=True)
    del lines[100]
    entries.write_bytes(b"".join(lines))
    done = shilu(tmp_path, None, "verify", str(bundle), "--policy", str(policy))
    assert done.returncode == 1
    assert "第 101 条：被删去" in done.stdout
    assert "entry 101: it was left out" in done.stdout


@pytest.mark.slow  # each is a process that imports the house
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bundle", "nosuch", "--out", "x"], "no such project or station"),
        (["bundle", "fuyuan", "--out", "x", "--at", "never"], "as a position"),
        (["bundle", "fuyuan", "--out", "x", "--at", "²"], "as a position"),
        (["bundle", "fuyuan", "--out", "x", "--at", "2018-1-5"], "as a position"),
        (["bundle", "fuyuan", "--out", "x", "--at", "9" * 5_000], "as a position"),
        (["bundle", "fuyuan", "--out", "x", "--at", "999999999"], "there is no position 999999999"),
        (["bundle", "fuyuan", "--out", "x", "--at", "2999-01-01"], "has not come yet"),
        (["keys", "accept-loss", "--reason", " "], "a reason of at least"),
        (["bundle", "fuyuan", "--out", "x", "--at", "2001-01-01"], "nothing was recorded by then"),
        (["bundle", "fuyuan", "--out", "."], "is there already"),
        (["bundle", "fuyuan", "--out", "no/such/folder/x"], "there is no folder"),
        (["bundle", "fuyuan", "--out", "x", "--attachments"], "need a purpose"),
        (["bundle", "fuyuan", "--out", "x", "--purpose", "handover"], "at least 5 characters"),
        (["bundle", "fuyuan", "--out", "x", "--open", "everything"], "no such kind"),
        (["bundle", "fuyuan", "--out", "x", "--open", "health"], "need a purpose"),
        (["verify", "x", "--policy", "nowhere"], "unpack a zip first"),
        (["verify", ".", "--policy", "nowhere"], "the policy nowhere cannot be used"),
        (["replay", "nowhere"], "not a bundle's folder"),
        (["report", "midterm", "--bundle", "nowhere"], "not a bundle"),
        (["report", "midterm"], "--project"),
        (["replay", "nowhere", "--view", "nosuch"], "no such view"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(
    station: tuple[Path, str], words: list[str], said: str
) -> None:
    done = shilu(*station, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["entries.ndjson", "positions"])
def test_a_replay_of_what_has_no_form_says_to_verify_first(
    station: tuple[Path, str], tmp_path: Path, name: str
) -> None:
    home, url = station
    bundle = tmp_path / "bundle"
    shilu(home, url, "bundle", "fuyuan", "--out", str(bundle))
    (path,) = bundle.rglob(name)
    path.write_bytes(b"nonsense\n" + path.read_bytes())
    done = shilu(tmp_path, None, "replay", str(bundle))
    assert done.returncode == 2
    assert "run shilu verify first" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_bundle_says_is_shown_and_never_obeyed(
    station: tuple[Path, str], tmp_path: Path
) -> None:
    """A name of a file can hold line breaks, a terminal's commands, and bytes that are no text."""
    home, url = station
    bundle, policy = tmp_path / "bundle", tmp_path / "policy"
    bundle.mkdir()
    policy.write_text(shilu(home, url, "keys", "show").stdout)
    name = b"x\n\x1b[2J\xe2\x80\xae\xff"
    (bundle / os.fsdecode(name)).touch()
    words = ("verify", str(bundle), "--policy", str(policy))
    told, as_json = (shilu(tmp_path, None, *words, *more) for more in ((), ("--json",)))
    assert told.returncode == as_json.returncode == 1
    assert "x\\n\\x1b[2J\\u202e\\udcff" in told.stdout
    assert json.loads(as_json.stdout)["findings"]


def test_every_finding_has_words_in_both_languages() -> None:
    texts = tomllib.loads((ROOT / "deploy" / "texts" / "verify.toml").read_text("utf-8"))
    source = "".join(
        (ROOT / "domain" / "journal" / name).read_text("utf-8")
        for name in ("verify.py", "diagnosis.py", "eras.py", "remarks.py", "timestamp.py")
    )
    codes = set(re.findall(r'"([a-z]+\.[a-z_]+)"', source)) - {"bundle.json", "entries.ndjson"}
    assert codes <= texts.keys()
    assert {code for code in texts if "." in code} <= codes
    assert all({"zh", "en"} == set(each) for each in texts.values())
