"""Timestamps over what stands signed, by a real authority that comes and goes."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from deploy.bench.history import History
from deploy.commands.sign import alongside, others
from deploy.settings import Settings
from deploy.wiring import House, house
from domain.clock import SimulatedClock
from domain.identity import Id, new_id
from domain.journal import posting, stamping
from domain.journal.alone import alone
from domain.journal.entries import JournalEntry
from domain.journal.note import SigningKey, checkpoint
from domain.journal.posting import Unreachable, post
from domain.journal.signer import Signer
from domain.journal.stamping import Stamper
from domain.journal.timestamp import seen, take_timestamp, verify_timestamp
from domain.journal.verify import Unsound, verify
from tests import bundles
from tests.authority import Authority, answering, established, served
from tests.processes import eventually

LEDGER = new_id()
NOTE = b"shilu/test/0190\n7\nroot\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return established(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def authority(made: Authority) -> Iterator[Authority]:
    with answering(Authority(made.folder)) as it:
        yield it


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2026, 3, 1, 4, tzinfo=UTC))


@pytest.fixture
def built(house_url: str, tmp_path: Path, clock: SimulatedClock) -> Iterator[House]:
    with house(Settings(home=tmp_path / "home"), clock, house_url) as it:
        yield it


@pytest.fixture
def signer(built: House) -> Iterator[Signer]:
    with built.signer() as it:
        yield it


@pytest.fixture
def stamper(built: House, authority: Authority) -> Stamper:
    return built.stamper(authority.url)


def record(built: House, ledger: Id = LEDGER) -> None:
    entry = JournalEntry(new_id(), 1, "test@1", b'{"note":"x"}', ledger=ledger)
    built.journal.append([entry])


VERSION = bytes.fromhex("a003020102")
"""How a certificate says that it is of X.509, version 3."""


def test_a_note_is_stamped_and_openssl_says_so_too(authority: Authority, tmp_path: Path) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    token, taken_at = take_timestamp(authority.url, NOTE)
    assert before <= taken_at <= datetime.now(UTC)
    assert verify_timestamp(token, NOTE, authority.roots) == taken_at
    (tmp_path / "token").write_bytes(token)
    (tmp_path / "note").write_bytes(NOTE)
    subprocess.run(
        ["openssl", "ts", "-verify", "-in", "token", "-data", "note", "-CAfile",
         authority.folder / "root.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip


def test_a_timestamp_holds_for_its_note_and_its_root_alone(
    authority: Authority, tmp_path: Path
) -> None:
    token, _ = take_timestamp(authority.url, NOTE)
    stranger = established(tmp_path).roots
    trusted_itself = authority.roots + (authority.folder / "tsa.pem").read_bytes()
    for altered in (
        (token, NOTE + b"x", authority.roots),
        (token, NOTE, stranger),
        (token, NOTE, b"no certificate"),
        (token[:-1], NOTE, authority.roots),
        (token[:-9] + bytes([token[-9] ^ 1]) + token[-8:], NOTE, authority.roots),
        (b"", NOTE, authority.roots),
        (token.replace(VERSION, VERSION[:-1] + b"\x2b"), NOTE, trusted_itself),
    ):
        with pytest.raises(Unsound):
            verify_timestamp(*altered)


def test_an_answer_to_another_question_is_not_taken(authority: Authority) -> None:
    earlier = []

    def replayed(reply: bytes) -> bytes:
        earlier.append(reply)
        return earlier[0]

    authority.alters = replayed
    take_timestamp(authority.url, NOTE)
    for note in (NOTE, NOTE + b"x"):  # the same note too: its nonce is an earlier one's
        with pytest.raises(Unsound, match="something else"):
            take_timestamp(authority.url, note)
    authority.alters = lambda reply: b"<html>"
    with pytest.raises(Unsound, match="not a timestamp"):
        take_timestamp(authority.url, NOTE)


def test_each_days_checkpoint_is_stamped_once(
    built: House, signer: Signer, stamper: Stamper, authority: Authority, clock: SimulatedClock
) -> None:
    record(built)
    signer.sign()
    assert (stamper.stamp(), stamper.stamp()) == (1, 0)
    record(built)
    signer.sign()
    assert stamper.stamp() == 0
    clock.set(clock.now() + timedelta(days=1))
    signer.sign()
    assert stamper.stamp() == 1
    stamped = built.checkpoints.timestamps(LEDGER, 1, 2)
    days = built.checkpoints.daily(LEDGER, 1, 2)
    assert [(one.size, one.note) for one in stamped] == [(1, days[0][1].note), (2, days[1][1].note)]
    for one in stamped:
        assert verify_timestamp(one.token, one.note, authority.roots) == one.taken_at
    assert [one.size for one in built.checkpoints.timestamps(LEDGER, 1, 1)] == [1]


def test_a_bundle_carries_what_was_stamped_and_its_evaluator_asks_the_root(
    built: House, signer: Signer, stamper: Stamper, authority: Authority, tmp_path: Path
) -> None:
    bundles.record(built, history := History(5), 20)
    ((project, _),) = (station.projects for station in history.stations)
    signer.sign()
    assert stamper.stamp() > 0
    bundles.record(built, history, 20)
    size = sum(1 for _ in built.journal.read_ledger(project))
    folder = tmp_path / "bundle"
    bundles.write(built, folder, (project, size))
    report = verify(folder, bundles.trusted(built))
    assert report.findings == []
    (told,) = seen(folder, authority.roots, report)
    assert (told.code, told.details["size"] < size) == ("timestamp.seen", True)
    note = folder / "ledgers" / project / told.details["path"].removesuffix(".tsr")
    note.write_bytes((folder / "ledgers" / project / "checkpoint").read_bytes())
    (told,) = seen(folder, authority.roots, report)
    assert told.code == "timestamp.bad"
    assert "file.changed" in [each.code for each in verify(folder, bundles.trusted(built)).findings]


def test_when_the_authority_is_gone_signing_goes_on_and_it_is_asked_again(
    built: House, signer: Signer, stamper: Stamper, authority: Authority, clock: SimulatedClock
) -> None:
    authority.gone = True
    record(built)
    assert len(signer.sign()) == 1
    with pytest.raises(Unreachable, match="503"):
        stamper.stamp()
    clock.set(clock.now() + timedelta(days=1))
    record(built)
    assert len(signer.sign()) == 1
    clock.set(clock.now() + timedelta(days=1))
    signer.sign()
    authority.gone = False
    # The newest head covers the older ones; a stamp taken now would prove no more of them.
    assert stamper.stamp() == 1
    assert [one.size for one in built.checkpoints.timestamps(LEDGER, 1, 2)] == [2]


def test_two_stampers_take_one_timestamp(
    built: House, signer: Signer, stamper: Stamper, authority: Authority
) -> None:
    record(built)
    signer.sign()
    with alone(built.connect, stamping.LOCK) as held:
        assert held is not None
        assert stamper.stamp() == 0
    assert (stamper.stamp(), authority.asked) == (1, 1)


def test_stamping_runs_beside_signing_where_the_settings_say_so(
    built: House,
    signer: Signer,
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stamping, "SECONDS", 0.01)
    assert others(built, Settings(home=tmp_path)) == []
    runs = others(
        built, Settings.model_validate({"home": tmp_path, "timestamp_url": authority.url})
    )
    authority.gone = True
    record(built)
    stop = threading.Event()
    with alongside(runs, stop):
        signer.sign()
        assert eventually(lambda: authority.asked >= 2)
        authority.gone = False
        assert eventually(lambda: built.checkpoints.timestamps(LEDGER, 1, 1))
    assert stop.is_set()


def test_nobody_who_answers_endlessly_or_elsewhere_is_listened_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Endless(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(307 if self.path == "/away" else 200)
            self.send_header("Location", "/")
            self.end_headers()
            while self.path != "/away":
                try:
                    self.wfile.write(b"x" * (1 if self.path == "/slow" else 4096))
                except OSError:
                    return

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with served(Endless) as url:
        with pytest.raises(Unreachable, match="too long"):
            post(url, b"", "text/plain")
        assert post(f"{url}/away", b"", "text/plain").status == 307
        monkeypatch.setattr(posting, "SECONDS", 0.05)
        monkeypatch.setattr(posting, "LIMIT", 2**30)
        with pytest.raises(Unreachable, match="too slow"):
            post(f"{url}/slow", b"", "text/plain")
    with pytest.raises(Unreachable, match="URLError"):
        post(url, b"", "text/plain")


def test_a_stamped_head_that_nobody_trusted_signed_dates_no_record(
    built: House, authority: Authority, tmp_path: Path
) -> None:
    """Else whoever makes records up could have had some head of so many stamped long before."""
    bundles.record(built, history := History(5), 20)
    ((project, _),) = (station.projects for station in history.stations)
    size = sum(1 for _ in built.journal.read_ledger(project))
    folder, ring = tmp_path / "bundle", built.ring
    bundles.write(built, folder, (project, size))
    stranger = SigningKey("stranger.example", bytes(32))
    note = checkpoint(f"{ring.name}/{project}", size, bytes(32), [stranger])
    token, _ = take_timestamp(authority.url, note)
    place = folder / "ledgers" / project / "timestamps"
    place.mkdir()
    (place / "000000000001").write_bytes(note)
    (place / "000000000001.tsr").write_bytes(token)
    bundles.listed_again(folder, ring.keys)
    report = verify(folder, bundles.trusted(built))
    assert [each.code for each in report.remarks] == ["checkpoint.unknown"]
    assert list(seen(folder, authority.roots, report)) == []
