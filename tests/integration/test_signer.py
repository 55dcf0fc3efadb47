"""What is signed of real ledgers: as they grow, after faults, and never against itself."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from structlog.testing import capture_logs

from deploy.settings import Settings
from deploy.wiring import House, house
from domain.identity import Id, new_id
from domain.journal.entries import JournalEntry
from domain.journal.keyring import SigningKeysError
from domain.journal.receipt import verify_receipt, write_receipt
from domain.journal.seal import Edge, leaf_hash, verify_consistency
from domain.journal.signer import LOCK, Signer, SigningHalted
from domain.journal.verify import Checkpoint, Policy
from tests.databases import fresh_database
from tests.integration.signing import LEDGER, OPERATOR, execute, lose
from tests.processes import eventually
from tests.proofs import inclusion_proof
from tests.station import RECORD
from workers.bundle import NotAsSignedError
from workers.handing_over import signed_at

EARLIER = "01890a5d-ac96-774b-bcce-b302099a8000"
"""Another ledger, which comes before the one that is lost or altered."""


class Noon:
    """A clock that is set by hand."""

    moment = datetime(2026, 3, 1, 4, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def built(house_url: str, tmp_path: Path) -> Iterator[House]:
    with house(Settings(home=tmp_path), Noon(), house_url) as made:
        yield made


@pytest.fixture
def signer(built: House) -> Iterator[Signer]:
    with built.signer() as made:
        yield made


def record(
    built: House, count: int = 1, ledger: Id = LEDGER, *, demonstration: bool = False
) -> None:
    built.journal.append(
        [
            JournalEntry(
                originator_id=new_id(),
                originator_version=1,
                topic="test@1",
                state=RECORD,
                operator=new_id() if demonstration else OPERATOR,
                ledger=ledger,
                demonstration=demonstration,
            )
            for _ in range(count)
        ]
    )


def opened(built: House, note: bytes) -> Checkpoint:
    return Policy.read(built.ring.policy().encode()).opens(note)


def test_a_ledger_is_signed_when_it_has_grown_and_only_then(built: House, signer: Signer) -> None:
    record(built, 3)
    (first,) = signer.sign()
    assert signer.sign() == []
    record(built, 300)
    (second,) = signer.sign()
    hashes = [leaf_hash(row.leaf) for row in built.journal.read_ledger(LEDGER)]
    proof = built.checkpoints.tree(LEDGER, 303).consistency(3)
    old, new = opened(built, first.note), opened(built, second.note)
    assert (old.size, new.size) == (3, 303)
    verify_consistency(3, 303, old.root, new.root, proof)
    assert built.checkpoints.tree(LEDGER, 303).inclusion(7) == list(inclusion_proof(hashes, 7))
    assert new.origin == f"{built.ring.name}/{LEDGER}"


def test_a_demonstrations_origin_says_what_it_is(built: House, signer: Signer) -> None:
    record(built, ledger=new_id(), demonstration=True)
    (kept,) = signer.sign()
    assert "/demonstration/" in opened(built, kept.note).origin


def test_a_receipt_from_tiles_holds(
    built: House, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.journal.signer.BLOCK", 256)  # read in three turns
    record(built, 600)
    signer.sign()
    record(built, 5)
    signer.sign()
    kept = built.checkpoints.covering(LEDGER, 17)
    row = next(iter(built.journal.read_ledger(LEDGER, 16)))
    assert kept is not None
    assert kept.size == 600
    path = built.checkpoints.tree(LEDGER, kept.size).inclusion(16)
    receipt = write_receipt(row.leaf, 16, path, kept.note)
    assert verify_receipt(receipt, Policy.read(built.ring.policy().encode())).entry == 17


def test_each_day_what_stands_signed_is_kept_once(built: House, signer: Signer) -> None:
    record(built, 2)
    signer.sign()
    record(built, 2)
    signer.sign()
    Noon.moment += timedelta(days=1)
    signer.sign()
    days = built.checkpoints.daily(LEDGER, 1, 4)
    assert [(day.day, kept.size) for day, kept in days] == [(1, 2), (2, 4)]
    Noon.moment -= timedelta(days=1)


def test_many_signers_at_once_sign_one_checkpoint(built: House) -> None:
    record(built, 5)

    def one(_: int) -> int:
        with built.signer() as signer:
            return len(signer.sign())

    with ThreadPoolExecutor(4) as many:
        assert sum(many.map(one, range(4))) == 1


@pytest.mark.parametrize("signing", [True, False], ids=["signs", "accepts a loss"])
def test_who_signs_or_accepts_a_loss_waits_for_whoever_signs_elsewhere(
    built: House, signer: Signer, signing: bool
) -> None:
    record(built, 3)
    with built.connect() as elsewhere, ThreadPoolExecutor(1) as here:
        elsewhere.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        asked = here.submit(signer.sign) if signing else here.submit(signer.accept_loss, "备份")
        with pytest.raises(TimeoutError):
            asked.result(timeout=0.5)
        elsewhere.commit()
        assert len(asked.result(timeout=30)) == signing


def test_after_a_restore_that_lost_events_nothing_is_signed(built: House, signer: Signer) -> None:
    other = new_id()
    record(built, 10)
    signer.sign()
    lose(built, 8)
    record(built, 1, other)
    for _ in range(2):
        with pytest.raises(SigningHalted, match="events-lost"):
            signer.sign()
    assert built.checkpoints.halted() == "events-lost"
    assert built.checkpoints.latest(other) is None


@pytest.mark.parametrize("published", [True, False])
@pytest.mark.parametrize("more", [2, 5])
def test_new_events_in_the_place_of_lost_ones_are_not_signed(
    built: House, signer: Signer, more: int, published: bool
) -> None:
    """Of what was signed, or was remembered as such and the backup knows nothing of it."""
    record(built, 10)
    signer.sign()
    if not published:
        execute(built, "DELETE FROM checkpoint")
    lose(built, 8)
    record(built, more)
    with pytest.raises(SigningHalted, match="events-altered"):
        signer.sign()


@pytest.mark.parametrize("number", [4, 12])
def test_an_altered_entry_is_not_signed_over(built: House, signer: Signer, number: int) -> None:
    """One that was signed, or one that is to be signed now."""
    record(built, 10)
    signer.sign()
    record(built, 300)
    execute(built, "UPDATE journal SET state = '{}' WHERE number = %s", number)
    with pytest.raises(SigningHalted, match="events-altered"):
        signer.sign()
    with pytest.raises(LookupError):  # nor kept for proofs
        built.checkpoints.tree(LEDGER, 310).inclusion(17)


def test_a_head_of_any_size_that_a_ledger_has_had_is_signed_late_and_once(
    built: House, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(built, 7, EARLIER)
    record(built, 300)
    signer.sign()
    early = signer.sign_at(LEDGER, 5)
    leaves = [leaf_hash(row.leaf) for row in built.journal.read_ledger(LEDGER)]
    head = opened(built, early.note)
    assert (head.size, head.root) == (5, Edge().extend(leaves[:5]).root())
    assert head.origin == f"{built.ring.name}/{LEDGER}"
    monkeypatch.setattr(Noon, "moment", Noon.moment + timedelta(hours=1))
    assert signer.sign_at(LEDGER, 5) == early
    assert signer.sign_at(LEDGER, 300) == built.checkpoints.latest(LEDGER)
    assert opened(built, signer.sign_at(LEDGER, 1).note).root == leaves[0]
    for ledger, size in ((LEDGER, 0), (LEDGER, 301), (new_id(), 1)):
        with pytest.raises(LookupError):
            signer.sign_at(ledger, size)


def test_no_early_head_is_signed_of_what_was_altered_since(built: House, signer: Signer) -> None:
    record(built, 300)
    signer.sign()
    execute(built, "UPDATE journal SET state = '{}' WHERE number = 4")
    with built.press() as press, pytest.raises(NotAsSignedError):
        signed_at(press, LEDGER, 5)
    assert built.checkpoints.covering(LEDGER, 1) == built.checkpoints.latest(LEDGER)


def _killed(signed: Iterable[object]) -> None:
    """Die where there is something to remember."""
    if list(signed):
        raise KeyboardInterrupt


def test_a_person_decides_and_a_new_era_begins_under_another_origin(
    built: House, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(built, 10)
    (before,) = signer.sign()
    record(built, 3, EARLIER)
    signer.sign()
    lose(built, 8)
    with pytest.raises(SigningHalted):
        signer.sign()
    with monkeypatch.context() as killed:
        killed.setattr(signer.memory, "keep", _killed)
        with pytest.raises(KeyboardInterrupt):
            signer.accept_loss("备份恢复")
    with pytest.raises(SigningHalted):
        signer.sign()
    assert signer.accept_loss("备份恢复") == [(LEDGER, 8, 10)]
    (after,) = signer.sign()
    assert built.checkpoints.halted() is None
    assert opened(built, after.note).origin == opened(built, before.note).origin + "/2"
    assert built.checkpoints.latest(LEDGER) == after
    assert signer.accept_loss("再查一遍") == []


def test_of_a_ledger_that_is_gone_altogether_the_loss_is_accepted_once(
    built: House, signer: Signer
) -> None:
    record(built, 1)
    signer.sign()
    lose(built, 0)
    execute(built, "DELETE FROM ledger WHERE ledger = %s", LEDGER)
    with pytest.raises(SigningHalted, match="events-lost"):
        signer.sign()
    assert signer.accept_loss("备份恢复") == [(LEDGER, 0, 1)]
    assert signer.sign() == []
    assert signer.accept_loss("再查一遍") == []


@pytest.mark.parametrize("remembers", [0, 4])
def test_a_signer_that_lost_its_memory_takes_up_what_was_published(
    built: House, signer: Signer, tmp_path: Path, remembers: int
) -> None:
    """All of its memory, or the last of it: another machine signed meanwhile."""
    memory = tmp_path / "keys" / "signing" / "signed.sqlite3"
    record(built, 4)
    signer.sign()
    earlier = memory.read_bytes()
    record(built, 6)
    signer.sign()
    memory.unlink()
    if remembers:
        memory.write_bytes(earlier)
    with built.signer() as forgetful:
        assert forgetful.sign() == []
        record(built, 1)
        assert [kept.size for kept in forgetful.sign()] == [11]


@pytest.mark.parametrize(("fault", "why"), [(8, "events-lost"), (10, "events-altered")])
def test_a_signer_without_memory_holds_what_is_there_against_what_was_published(
    built: House, signer: Signer, tmp_path: Path, fault: int, why: str
) -> None:
    record(built, 10)
    signer.sign()
    (tmp_path / "keys" / "signing" / "signed.sqlite3").unlink()
    execute(built, "UPDATE journal SET state = '{}' WHERE number = 4")
    lose(built, fault)  # and the ledger's own head is made to agree with what is left
    with built.signer() as forgetful, pytest.raises(SigningHalted, match=why):
        forgetful.sign()


def test_what_a_signer_took_up_it_remembers(built: House, signer: Signer, tmp_path: Path) -> None:
    record(built, 10)
    signer.sign()
    (tmp_path / "keys" / "signing" / "signed.sqlite3").unlink()
    with built.signer() as forgetful:
        forgetful.sign()
        lose(built, 8)
        execute(built, "DELETE FROM checkpoint")  # as a backup of that time would have it
        with pytest.raises(SigningHalted, match="events-lost"):
            forgetful.sign()


def test_what_is_remembered_but_not_published_is_published_next_time(
    built: House, signer: Signer
) -> None:
    record(built, 10)
    (kept,) = signer.sign()
    execute(built, "DELETE FROM checkpoint")  # as after a power cut between the two
    assert [again.note for again in signer.sign()] == [kept.note]


@pytest.mark.parametrize("era", [1, 2])
def test_tiles_that_were_lost_with_an_unpublished_checkpoint_are_made_again(
    built: House, signer: Signer, era: int
) -> None:
    """A pass is remembered first; a power cut before its commit takes checkpoint and tiles, also
    the first ones of a history that was begun anew."""
    record(built, 300)
    signer.sign()
    if era == 2:
        lose(built, 290)
        signer.accept_loss("备份恢复")
        signer.sign()
    execute(built, "DELETE FROM checkpoint WHERE era = %s", era)
    execute(built, "DELETE FROM tile")
    record(built, 300)
    (kept,) = signer.sign()
    leaves = [leaf_hash(row.leaf) for row in built.journal.read_ledger(LEDGER)]
    tree = built.checkpoints.tree(LEDGER, kept.size)
    assert tuple(tree.inclusion(17)) == inclusion_proof(leaves, 17)
    assert tuple(tree.inclusion(400)) == inclusion_proof(leaves, 400)


def test_signing_that_must_not_goes_on_being_said_and_takes_nobody_down(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given a database that is away for a moment and a history that does not go on."""
    stop, met = Event(), [SigningHalted("events-lost", LEDGER), psycopg.OperationalError("at 5432")]

    def sign() -> None:
        if met:
            raise met.pop()
        stop.set()

    monkeypatch.setattr(signer, "sign", sign)
    monkeypatch.setattr("domain.journal.signer.SECONDS", 0)
    with capture_logs() as logs:
        signer.run(stop)
    assert [line["log_level"] for line in logs] == ["warning", "critical"]
    assert (logs[1]["code"], logs[1]["ledger"]) == ("events-lost", LEDGER)
    assert "5432" not in str(logs[0])


def test_a_signer_whose_keys_are_unusable_for_a_while_goes_on_when_they_are_not(
    built: House, signer: Signer, tmp_path: Path
) -> None:
    record(built, 1)
    (path,) = (tmp_path / "keys" / "signing").glob("*.key")
    path.chmod(0o640)
    stop = Event()
    running = Thread(target=signer.run, args=(stop,))
    running.start()
    time.sleep(0.5)
    assert running.is_alive()
    assert not built.checkpoints.any()
    path.chmod(0o600)
    signed = eventually(built.checkpoints.any)
    stop.set()
    running.join()
    assert signed


def test_on_another_machine_without_its_keys_no_new_log_begins(
    built: House, signer: Signer, tmp_path: Path
) -> None:
    record(built, 1)
    signer.sign()
    (tmp_path / "keys" / "signing").rename(tmp_path / "elsewhere")
    with pytest.raises(SigningKeysError, match=r"signing_keys\.elsewhere"), built.signer():
        pass
    assert not (tmp_path / "keys" / "signing").exists()


def test_a_restored_copy_of_the_database_is_found_out(
    built: House, signer: Signer, postgres_url: str, house_template: str, tmp_path: Path
) -> None:
    record(built, 3)
    signer.sign()
    with (
        fresh_database(postgres_url, house_template) as empty,
        house(Settings(home=tmp_path), Noon(), empty) as restored,
        restored.signer() as again,
        pytest.raises(SigningHalted, match="events-lost"),
    ):
        again.sign()
