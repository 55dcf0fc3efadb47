"""docs/bundle-format.md is enough: a verifier written from it alone comes to the same verdicts."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from domain.clock import SimulatedClock, SystemClock
from domain.journal.checkpoints import latest_of_all
from domain.journal.verify import SIGNATURE, Key
from domain.journal.witnesses import read_witnesses
from tests import descriptions, heads, policies, tampering
from tests.authority import answering, established
from tests.bundles import Handed, copied, handed_over, listed_again, trusted, write
from tests.integration.evaluated import visited
from tests.integration.http import running
from tests.integration.opened_words import opened, stored
from tests.integration.registered import person
from tests.integration.signing import lose
from tests.tampering import Tampering, Work, policy_of, witnessed
from tests.verifiers import SECOND, Verifiers, both_verifiers
from tests.witness import SmallWitness, watching

SIGNED = [
    tampering.listed_file,
    tampering.entries,
    tampering.positions,
    tampering.attachments,
    tampering.places,
    descriptions.description,
    descriptions.manifest,
    heads.head,
    heads.kept,
    policies.policy,
]


@pytest.fixture(scope="module")
def verifiers() -> Iterator[Verifiers]:
    with both_verifiers() as it:
        yield it


@pytest.fixture(scope="module")
def handed(
    verifiers: Verifiers, module_house_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Handed]:
    """A station's bundle with all that one can hold, fetched as a zip and unpacked."""
    folder = tmp_path_factory.mktemp("handed")
    clock = SimulatedClock(SystemClock().now())
    with running(module_house_url, folder / "home", clock) as api:
        api.settle()
        person(api)
        visited(api)
        for content in (b"%PDF-1.7 a", b"%PDF-1.7 b"):
            stored(api, content)
        with api.built.signer() as signer:
            signer.sign()
        visited(api)
        made = opened(api, folder, attachments=True, parquet=True).folder
        entries = made / "ledgers" / api.station / "entries.ndjson"
        size = entries.read_bytes().count(b"\n")
        yield Handed(api.built, made, api.station, size, trusted(api.built))


@pytest.fixture(scope="module")
def lean(handed: Handed, tmp_path_factory: pytest.TempPathFactory) -> Handed:
    """The same with one table only, which is quick to copy, and with heads that were witnessed."""
    folder = copied(handed.folder, tmp_path_factory.mktemp("lean") / "bundle")
    place = folder / handed.place
    shutil.rmtree(place / "parquet")
    for view in (place / "tables").iterdir():
        if view.name != "visits":
            shutil.rmtree(view)
    for path in (place / "checkpoint", *place.glob("checkpoints/*")):
        path.write_bytes(witnessed(path.read_bytes()))
    listed_again(folder, handed.built.ring.keys)
    return replace(handed, folder=folder)


@dataclass
class Compared:
    """What both said of many spoiled bundles."""

    verdicts: Counter[bool]
    differing: list[str]


def compared(
    verifiers: Verifiers, handed: Handed, spoil: Tampering, seeds: range, scratch: Path
) -> Compared:
    """Spoil a copy for each seed, and ask both verifiers."""
    verdicts, differing = Counter[bool](), []
    folder, policy, since = (scratch / name for name in ("bundle", "policy", "since"))
    for seed in seeds:
        shutil.copytree(handed.folder, folder)
        dice = Random(f"{spoil.__name__} {seed}")  # noqa: S311 - the same for the same seed
        work = Work(handed, folder, dice, policy_of(handed))
        spoil(work)
        policy.write_bytes(work.policy)
        since.write_bytes(work.since or b"")
        asked = folder, policy, since if work.since is not None else None
        ours, second = verifiers.ours(*asked), verifiers.second(*asked)
        verdicts[ours[0]] += 1
        if ours[0] != second[0]:
            differing.append(f"{spoil.__name__} {seed}: {work.told}\n{ours[1]}\n{second[1]}")
        shutil.rmtree(folder)
    return Compared(verdicts, differing)


@pytest.mark.parametrize("spoil", [tampering.any_file, *SIGNED], ids=lambda spoil: spoil.__name__)
def test_both_agree_about_a_few(
    verifiers: Verifiers, lean: Handed, tmp_path: Path, spoil: Tampering
) -> None:
    told = compared(verifiers, lean, spoil, range(25), tmp_path)
    assert not told.differing, "\n\n".join(told.differing)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("spoil", [tampering.any_file, *SIGNED], ids=lambda spoil: spoil.__name__)
def test_both_agree_about_hundreds(
    verifiers: Verifiers, lean: Handed, tmp_path: Path, spoil: Tampering
) -> None:
    told = compared(verifiers, lean, spoil, range(25, 225), tmp_path)
    assert not told.differing, "\n\n".join(told.differing)
    assert told.verdicts[False] > 50
    assert (told.verdicts[True] > 0) == (spoil in SIGNED)


def both_say(verifiers: Verifiers, folder: Path, policy: Path, since: Path | None = None) -> bool:
    """What both say of a bundle, whether it holds; they must agree."""
    ours, second = (ask(folder, policy, since) for ask in (verifiers.ours, verifiers.second))
    assert ours[0] == second[0], (ours[1], second[1])
    return ours[0]


def kept_policy(folder: Path, text: str) -> Path:
    """A policy as its reader keeps it."""
    path = folder / "policy"
    path.write_text(text, "utf-8")
    return path


def test_a_bundle_with_all_that_there_can_be_holds(
    verifiers: Verifiers, handed: Handed, lean: Handed, tmp_path: Path
) -> None:
    """Earlier heads, opened fields, attachments, Parquet; fetched as a zip; then witnessed."""
    policy = kept_policy(tmp_path, handed.built.ring.policy())
    for name in ("checkpoints", "proofs", "opened.ndjson", "parquet"):
        assert (handed.folder / handed.place / name).exists()
    assert len(list((handed.folder / "attachments").iterdir())) == 2
    assert both_say(verifiers, handed.folder, policy)
    policy.write_bytes(policy_of(handed))
    assert both_say(verifiers, lean.folder, policy)
    assert not both_say(verifiers, handed.folder, policy)  # nobody has seen that one


def test_older_states_and_several_ledgers_hold_and_continue_what_was_kept(
    verifiers: Verifiers, house_url: str, tmp_path: Path
) -> None:
    with handed_over(house_url) as handed:
        built, ledger, size = handed.built, handed.ledger, handed.size
        policy, since = kept_policy(tmp_path, built.ring.policy()), tmp_path / "since"
        with built.connect() as connection:
            other = next(each.ledger for each in latest_of_all(connection) if each.ledger != ledger)
        count = sum(1 for _ in built.journal.read_ledger(other))
        for number, sizes in enumerate([[(ledger, 1)], [(ledger, size - 1), (other, count)]]):
            folder = tmp_path / str(number)
            (kept, *_) = write(built, folder, *sizes)
            since.write_bytes(kept.note)
            assert both_say(verifiers, folder, policy)
            assert both_say(verifiers, handed.folder, policy, since)
            since.write_bytes((handed.folder / handed.place / "checkpoint").read_bytes())
            assert not both_say(verifiers, folder, policy, since)


def test_what_witnesses_saw_holds_for_whoever_asks_for_them(
    verifiers: Verifiers, house_url: str, tmp_path: Path
) -> None:
    with handed_over(house_url) as handed, ExitStack() as stack:
        built = handed.built
        logs = [Key.read(key.verifier, SIGNATURE) for key in built.ring.keys]
        seen = [SmallWitness(f"w{seed}", seed, logs) for seed in (1, 2, 3)]
        lines = [stack.enter_context(watching(each)).line for each in seen]
        asked = built.ring.policy().replace("quorum none\n", "".join(lines))
        policy = kept_policy(tmp_path, f"{asked}group g 2 w1 w2 w3\nquorum g\n")
        with built.signer() as signer:
            signer.sign()
        for number, line in enumerate(lines[:2]):
            (read,) = read_witnesses(line.encode())
            built.cosigner(read).gather()
            folder = tmp_path / str(number)
            write(built, folder, (handed.ledger, handed.size))
            assert both_say(verifiers, folder, policy) == (number == 1)


def test_what_an_authority_stamped_holds(
    verifiers: Verifiers, house_url: str, tmp_path: Path
) -> None:
    with handed_over(house_url) as handed, answering(established(tmp_path)) as authority:
        with handed.built.signer() as signer:
            signer.sign()
        assert handed.built.stamper(authority.url).stamp() > 0
        write(handed.built, tmp_path / "bundle", (handed.ledger, handed.size))
        assert list(tmp_path.glob(f"bundle/{handed.place}/timestamps/*.tsr"))
        policy = kept_policy(tmp_path, handed.built.ring.policy())
        assert both_say(verifiers, tmp_path / "bundle", policy)


def test_a_history_that_was_begun_anew_holds_and_is_told(
    verifiers: Verifiers, house_url: str, tmp_path: Path
) -> None:
    with handed_over(house_url) as handed:
        lose(handed.built, handed.size - 2, handed.ledger)
        with handed.built.signer() as signer:
            signer.accept_loss("机房断电")
        write(handed.built, tmp_path / "bundle", (handed.ledger, handed.size - 2))
        policy = kept_policy(tmp_path, handed.built.ring.policy())
        assert both_say(verifiers, tmp_path / "bundle", policy)
        (told,) = verifiers.answer(tmp_path / "bundle", policy)["told"]
        assert told == {"ledger": handed.ledger, "what": "began anew, number 2"}


def test_the_second_says_which_ledger_and_which_entry(
    verifiers: Verifiers, lean: Handed, tmp_path: Path
) -> None:
    folder = copied(lean.folder, tmp_path / "bundle")
    lines = lean.lines
    del lines[3]
    (folder / lean.place / "entries.ndjson").write_bytes(b"".join(lines))
    policy = kept_policy(tmp_path, lean.built.ring.policy())
    found = verifiers.answer(folder, policy)["found"]
    assert [each["entry"] for each in found if "entry" in each] == [4]
    for bundle, code in ((lean.folder, 0), (folder, 1)):
        words = list(map(str, ["node", SECOND, bundle, "--policy", policy]))
        ran = subprocess.run(words, check=False, capture_output=True, encoding="utf-8")
        assert (ran.returncode, f"{lean.ledger}: entry 4" in ran.stderr) == (code, bool(code))


def test_the_second_needs_nothing_but_node_itself() -> None:
    texts = [path.read_text("utf-8") for path in SECOND.parent.glob("*.mjs")]
    imported = {name for text in texts for name in re.findall(r'from "([^"]+)"', text)}
    ours = {f"./{path.name}" for path in SECOND.parent.glob("*.mjs")}
    assert imported - ours == {"node:crypto", "node:fs", "node:path", "node:readline"}
    assert all(text.startswith("//") and text.count("\n") < 500 for text in texts)
