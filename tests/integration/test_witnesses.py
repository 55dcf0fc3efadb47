"""What is signed is seen by witnesses that come and go; a policy may ask for so many of them."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from deploy.commands.sign import alongside, others
from deploy.settings import Settings
from deploy.wiring import House, house
from domain.identity import Id, new_id
from domain.journal import witnesses
from domain.journal.alone import alone
from domain.journal.entries import JournalEntry
from domain.journal.posting import Unreachable
from domain.journal.receipt import verify_receipt
from domain.journal.signer import Signer, SigningHalted
from domain.journal.verify import SIGNATURE, Key, Policy, Unsound
from domain.journal.witnesses import Cosigner, read_witnesses
from tests.integration.signing import execute, lose
from tests.processes import eventually
from tests.station import RECORD
from tests.witness import Head, SmallWitness, watching
from workers.handing_over import signed_at

LEDGER = new_id()


@pytest.fixture
def built(house_url: str, tmp_path: Path) -> Iterator[House]:
    with house(Settings(home=tmp_path / "home"), None, house_url) as it:
        yield it


@pytest.fixture
def signer(built: House) -> Iterator[Signer]:
    with built.signer() as it:
        yield it


@pytest.fixture
def seen_by(built: House, signer: Signer) -> Iterator[list[SmallWitness]]:
    logs = [Key.read(key.verifier, SIGNATURE) for key in built.ring.keys]
    with ExitStack() as stack:
        yield [
            stack.enter_context(watching(SmallWitness(f"w{seed}", seed, logs)))
            for seed in (1, 2, 3)
        ]


@pytest.fixture
def witness(seen_by: list[SmallWitness]) -> SmallWitness:
    return seen_by[0]


def cosigner(built: House, witness: SmallWitness) -> Cosigner:
    (read,) = read_witnesses(witness.line.encode())
    return built.cosigner(read)


def record(built: House, count: int = 1, ledger: Id = LEDGER) -> None:
    built.journal.append(
        [JournalEntry(new_id(), 1, "test@1", RECORD, ledger=ledger) for _ in range(count)]
    )


def grow(built: House, signer: Signer, count: int = 1) -> None:
    record(built, count)
    signer.sign()


def policy(built: House, *lines: str) -> Policy:
    logs = built.ring.policy().replace("quorum none\n", "")
    return Policy.read("".join([logs, *lines]).encode())


def note(built: House, ledger: Id = LEDGER) -> bytes:
    kept = built.checkpoints.latest(ledger)
    assert kept is not None
    return kept.note


def test_each_new_head_is_cosigned_with_a_proof_that_it_continues_the_last(
    built: House, signer: Signer, witness: SmallWitness
) -> None:
    asking = cosigner(built, witness)
    for count in (1, 6, 300, 512, 3):
        grow(built, signer, count)
        assert (asking.gather(), asking.gather()) == (1, 0)
        opened = policy(built, witness.line, "quorum w1\n").opens(note(built))
        assert witness.cosigned[-1] == opened
    assert set(witness.replies) == {200}


def test_a_quorum_opens_a_head_only_once_enough_witnesses_have_seen_it(
    built: House, signer: Signer, seen_by: list[SmallWitness]
) -> None:
    grow(built, signer, 3)
    two = policy(built, *(one.line for one in seen_by), "group g 2 w1 w2 w3\n", "quorum g\n")
    for asked, enough in enumerate((False, False, True, True)):
        if enough:
            assert two.opens(note(built)).size == 3
        else:
            with pytest.raises(Unsound, match="witnesses"):
                two.opens(note(built))
        for one in seen_by[asked : asked + 1]:
            cosigner(built, one).gather()


def test_who_does_not_know_what_a_witness_has_seen_is_told(
    built: House, signer: Signer, witness: SmallWitness
) -> None:
    grow(built, signer, 5)
    cosigner(built, witness).gather()
    grow(built, signer, 300)
    assert cosigner(built, witness).gather() == 1  # as after a restart
    assert witness.replies == [200, 409, 200]
    with built.connect() as connection:  # as when the answer was lost on its way
        connection.execute("DELETE FROM checkpoint")
    signer.sign()
    assert cosigner(built, witness).gather() == 1
    assert witness.replies[-2:] == [409, 200]


def test_what_a_witness_cosigned_before_a_restart_is_not_asked_again(
    built: House, signer: Signer, witness: SmallWitness
) -> None:
    grow(built, signer)
    assert [cosigner(built, witness).gather() for _ in range(2)] == [1, 0]
    assert note(built).count(b" w1 ") == 1


def test_a_witness_that_is_gone_is_asked_again_and_the_others_meanwhile(
    built: House, signer: Signer, seen_by: list[SmallWitness]
) -> None:
    gone, there, _ = seen_by
    gone.gone = True
    asking = cosigner(built, gone)
    grow(built, signer)
    with pytest.raises(Unreachable):
        asking.gather()
    assert cosigner(built, there).gather() == 1
    grow(built, signer)
    gone.gone = False
    assert asking.gather() == 1
    assert [head.size for head in gone.cosigned] == [2]


def test_a_ledger_that_a_witness_does_not_know_holds_up_no_other(
    built: House, signer: Signer, witness: SmallWitness
) -> None:
    other = new_id()
    record(built)
    record(built, 1, other)
    signer.sign()
    witness.knows = lambda origin: origin.endswith(other)
    asking = cosigner(built, witness)
    with capture_logs() as logs:
        assert (asking.gather(), asking.gather()) == (1, 0)
    assert [(line["why"], line["ledger"]) for line in logs] == [("origin-unknown", LEDGER)]
    assert witness.replies.count(404) == 1
    witness.knows = lambda origin: True
    grow(built, signer)  # it is asked again with the next head
    assert asking.gather() == 1


def test_a_witness_that_has_seen_more_or_something_else_is_an_alarm(
    built: House, signer: Signer, witness: SmallWitness
) -> None:
    grow(built, signer, 5)
    origin = note(built).partition(b"\n")[0].decode()
    for seen, why in (
        (Head(9, bytes(32)), "witness-has-seen-more"),
        (Head(5, bytes(32)), "root-differs"),
        (Head(4, bytes(32)), "proof-refused"),
    ):
        witness.heads[origin] = seen
        with capture_logs() as logs:
            assert cosigner(built, witness).gather() == 0
        assert [(line["why"], line["log_level"]) for line in logs] == [(why, "critical")]
    assert witness.cosigned == []
    for _ in range(2):
        with pytest.raises(SigningHalted, match="proof-refused"):
            signer.sign()
    assert built.checkpoints.halted() == "proof-refused"
    witness.heads.clear()  # it was the witness that erred, and it cosigns again
    assert cosigner(built, witness).gather() == 1
    grow(built, signer)
    assert built.checkpoints.halted() is None


def restored(built: House, after: int) -> None:
    """Put back a copy of the whole home that was made when the ledger had so many entries."""
    lose(built, after, LEDGER)
    execute(built, "DELETE FROM checkpoint WHERE size > %s", after)
    execute(built, "DELETE FROM tile")
    (built.signing / "signed.sqlite3").unlink()


@pytest.mark.parametrize(
    ("written", "code"),
    [(1, "witness-has-seen-more"), (2, "root-differs"), (5, "proof-refused")],
)
def test_a_restore_that_took_the_memory_along_is_found_out_by_a_witness(
    built: House, signer: Signer, witness: SmallWitness, written: int, code: str
) -> None:
    grow(built, signer, 3)
    cosigner(built, witness).gather()
    grow(built, signer, 2)
    cosigner(built, witness).gather()
    restored(built, 3)
    with built.signer() as again:
        grow(built, again, written)  # nobody here can know
        with capture_logs() as logs:
            assert cosigner(built, witness).gather() == 0
        assert [(line["why"], line["log_level"]) for line in logs] == [(code, "critical")]
        record(built, 1, new_id())
        with pytest.raises(SigningHalted, match=code):
            again.sign()
        assert built.checkpoints.halted() == code
        assert again.accept_loss("整机由备份恢复") == [(LEDGER, 3 + written, max(5, 3 + written))]
        assert len(again.sign()) == 2
        assert note(built).partition(b"\n")[0].endswith(b"/2")
        assert cosigner(built, witness).gather() == 2
        assert again.accept_loss("再查一遍") == []


def test_a_witness_that_is_not_asked_any_more_holds_up_nobody(
    built: House, signer: Signer, witness: SmallWitness, tmp_path: Path
) -> None:
    grow(built, signer, 5)
    witness.heads[note(built).partition(b"\n")[0].decode()] = Head(9, bytes(32))
    cosigner(built, witness).gather()
    named = tmp_path / "witnesses"
    named.write_text(witness.line)
    for still in (named, tmp_path / "nowhere"):  # one that cannot be read names nobody else
        others(built, Settings(home=tmp_path, witnesses=still))
        with pytest.raises(SigningHalted, match="witness-has-seen-more"):
            signer.sign()
    others(built, Settings(home=tmp_path))
    grow(built, signer)


def test_only_a_true_cosignature_by_the_witness_is_kept(
    built: House, signer: Signer, seen_by: list[SmallWitness]
) -> None:
    first, second, _ = seen_by
    lines: list[bytes] = []

    def spoiled(line: bytes) -> bytes:
        lines.append(line)
        dash, name, encoded = line.split(b" ")
        raw = bytearray(base64.b64decode(encoded))
        raw[-1] ^= 1
        return b" ".join([dash, name, base64.b64encode(bytes(raw)) + b"\n"])

    grow(built, signer)
    before = note(built)
    for answer in (spoiled, lambda line: b"", lambda line: b"\xff\n", lambda line: line + b"more"):
        first.alters = answer
        grow(built, signer)
        before = note(built)
        assert cosigner(built, first).gather() == 0
        assert note(built) == before
    grow(built, signer)
    before = note(built)
    second.alters = lambda line: lines[0] + line  # one of its own and one of somebody else's
    assert cosigner(built, second).gather() == 1
    kept = note(built).removeprefix(before)
    assert (kept.count(b"\n"), kept.startswith("— w2 ".encode())) == (1, True)


def test_two_processes_ask_a_witness_once(
    built: House, signer: Signer, witness: SmallWitness
) -> None:
    grow(built, signer)
    one = cosigner(built, witness)
    lock = witnesses.LOCK | int.from_bytes(one.witness.key.id, "big")
    with alone(built.connect, lock) as held:
        assert held is not None
        assert one.gather() == 0
    assert one.gather() == 1


def test_a_receipt_is_made_from_a_head_that_was_seen(
    built: House, signer: Signer, seen_by: list[SmallWitness]
) -> None:
    first, second, _ = seen_by
    both = policy(built, first.line, second.line, "group g all w1 w2\n", "quorum g\n")
    grow(built, signer)
    row = next(iter(built.journal.read_ledger(LEDGER)))

    def entries() -> int:
        made = built.checkpoints.receipt(row)
        assert made is not None
        return verify_receipt(made, both).entries

    with pytest.raises(Unsound, match="witnesses"):
        entries()
    grow(built, signer)
    cosigner(built, first).gather()
    grow(built, signer)
    for one in (first, second):
        cosigner(built, one).gather()
    assert entries() == 3
    grow(built, signer)  # not seen yet
    assert entries() == 3


def test_witnesses_are_asked_beside_the_signing_where_the_settings_say_so(
    built: House,
    signer: Signer,
    seen_by: list[SmallWitness],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(witnesses, "SECONDS", 0.01)
    named = tmp_path / "witnesses"
    named.write_text("# 见证\n" + "".join(one.line for one in seen_by) + "quorum w1\n")
    seen_by[0].gone = True
    grow(built, signer)
    all_three = policy(built, *(o.line for o in seen_by), "group g all w1 w2 w3\n", "quorum g\n")

    def opens() -> bool:
        try:
            return all_three.opens(note(built)).size == 2
        except Unsound:
            return False

    with alongside(others(built, Settings(home=tmp_path, witnesses=named)), threading.Event()):
        assert eventually(lambda: seen_by[1].cosigned and seen_by[2].cosigned)
        grow(built, signer)
        seen_by[0].gone = False
        assert eventually(opens)


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "quorum none\n",
        "witness w {key}\n",
        "witness w {key} ftp://w.example\n",
        "witness w {key}x https://w.example\n",
        "witness w {key} https://w.example\nwitness w {key} https://w.example\n",
        "wittness w {key} https://w.example\n",
    ],
)
def test_a_file_of_witnesses_that_cannot_be_meant_is_said_and_signing_goes_on(
    built: House, tmp_path: Path, lines: str
) -> None:
    key = SmallWitness("w", 1, []).line.split()[2]
    (tmp_path / "witnesses").write_text(lines.format(key=key))
    for place in (tmp_path / "witnesses", tmp_path / "nowhere"):
        with capture_logs() as logs:
            assert others(built, Settings(home=tmp_path, witnesses=place)) == []
        assert [line["log_level"] for line in logs] == ["critical"]


def test_a_bundle_waits_until_witnesses_have_seen_what_was_just_signed(
    built: House, signer: Signer, witness: SmallWitness
) -> None:
    asking = cosigner(built, witness)
    grow(built, signer, 3)
    asking.gather()
    record(built, 2)
    asked = policy(built, witness.line, "quorum w1\n")
    with built.press() as press, ThreadPoolExecutor(1) as making:
        head = making.submit(signed_at, press, LEDGER, 5)
        assert eventually(lambda: built.checkpoints.latest(LEDGER).size == 5)  # type: ignore[union-attr]
        assert not head.done()
        asking.gather()
        assert asked.opens(head.result(10).note).size == 5


def test_while_one_witness_is_waited_for_what_another_has_seen_is_told_already(
    built: House, signer: Signer, seen_by: list[SmallWitness]
) -> None:
    """Should the first not come, the bundle is made with what the other cosigned."""
    first, second, _ = seen_by
    grow(built, signer, 3)
    for one in (first, second):
        cosigner(built, one).gather()
    record(built, 1)
    signed = signer.sign_at(LEDGER, 4)
    cosigner(built, first).gather()
    known, done = built.checkpoints.witnessed(signed)
    assert not done
    assert policy(built, first.line, "quorum w1\n").opens(known.note).size == 4


def test_a_bundle_waits_for_nobody_where_nobody_cosigns_or_can(
    built: House, signer: Signer, witness: SmallWitness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.handing_over.sleep", pytest.fail)
    record(built, 3)
    with built.press() as press:
        assert signed_at(press, LEDGER, 3).size == 3
        cosigner(built, witness).gather()
        assert signed_at(press, LEDGER, 2).size == 2  # older than what the witness has seen
        assert note(built) == signed_at(press, LEDGER, 3).note


def test_a_bundle_is_made_all_the_same_where_a_witness_has_gone(
    built: House, signer: Signer, witness: SmallWitness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.handing_over.PATIENCE", 0.1)
    grow(built, signer, 3)
    cosigner(built, witness).gather()
    record(built, 1)
    with built.press() as press:
        assert signed_at(press, LEDGER, 4).size == 4
