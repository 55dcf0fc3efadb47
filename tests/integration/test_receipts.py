"""Receipts as people meet them: taken away, printed, checked by others, and never foreign."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp

from api.proof import qr_code
from deploy.commands.receipt import receipt_of
from deploy.commands.verify_receipt import as_cut, checked, in_words
from deploy.wiring import House
from domain.clock import SystemClock
from domain.event import FACTS
from domain.identity import Id, new_id
from domain.journal.entries import JournalEntry
from domain.principal import Principal
from domain.refusals import ShiluError
from domain.visit import HomeServiceDelivered
from projections.engine.fold import read
from tests.integration.demonstration import demonstration
from tests.integration.http import Running
from tests.integration.pages import browser, sign_in, token

NOTE = "情绪平稳，愿意参加活动"
PERSON = {
    "name": "张秀兰",
    "sex": "female",
    "birth": {"day": "1949-12-31"},
    "community": "示例社区",
}


@pytest.fixture(scope="module")
def demo(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with demonstration(module_house_url, tmp_path_factory.mktemp("home")) as built:
        with built.signer() as signer:
            signer.sign()
        yield built


def signed(api: Running) -> None:
    with api.built.signer() as signer:
        signer.sign()


def policy(built: House) -> bytes:
    return built.ring.policy().encode()


def visit(api: Running, person: Id | None = None) -> str:
    seen = {"person": person} if person else {"role": "resident", "source": "counted"}
    sent = {
        "station": api.station,
        "kind": "home_service",
        "workers": [new_id()],
        "minutes": 40,
        "attendance": [seen],
        "note": NOTE if person else None,
    }
    return str(api.done("/visits", sent)["events"][0])


def taken(api: Running, event: str, **query: bool) -> bytes:
    answer = api.client.get(f"/api/v1/records/{event}/receipt", params=query)
    assert answer.status_code == 200, answer.text
    return answer.content


def in_a_picture(drawn: bytes) -> bytes:
    """Read a QR code as a telephone does, from the modules that the SVG draws."""
    side = int(re.findall(rb'viewBox="0 0 (\d+) \1"', drawn)[0])
    strokes = re.findall(rb' d="M(4 4\.5h[^"]+)"', drawn)[0].decode()
    picture = [bytearray(b"\xff" * side * 4) for _ in range(side * 4)]
    x, y = 0, 0
    for step, numbers in re.findall(r"([mhM]?)(-?[\d.]+(?: -?[\d.]+)?)", "M" + strokes):
        if step == "h":
            for line in picture[y * 4 : y * 4 + 4]:
                line[x * 4 : (x + int(numbers)) * 4] = b"\0" * int(numbers) * 4
            x += int(numbers)
        else:
            right, down = numbers.split()
            x, y = x + int(right), y + int(float(down))
    pixels = memoryview(b"".join(picture)).cast("B", [side * 4, side * 4])
    # Asked for every kind, the reader takes rows of modules for bars, in one picture of 400.
    (code,) = zxingcpp.read_barcodes(
        pixels, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    return bytes(code.bytes)


def test_a_receipt_of_every_kind_of_record_in_the_demonstration_holds(demo: House) -> None:
    kinds: dict[type, Id] = {}
    for row in demo.journal.read(0, 100_000):
        record = read(row)
        kinds.setdefault(type(record.facts), record.id)
    assert len(kinds) > 30
    for kind, event in kinds.items():
        told = checked(receipt_of(demo, event, short=False), policy(demo), None)
        assert told["holds"], told
        assert told["record"]["demonstration"]
        assert told["record"]["event"] == event
        assert FACTS[told["record"]["kind"].partition("@")[0]] is kind


def test_a_short_receipt_holds_and_its_code_is_read_from_paper(demo: House) -> None:
    row = demo.journal.read(0, 100_000)[-1]
    event = read(row).id
    short = receipt_of(demo, event, short=True)
    assert len(short) < 1000
    assert in_a_picture(qr_code(short)) == short
    assert checked(short, policy(demo), None)["record"] is None
    assert checked(short, policy(demo), row.leaf)["record"]["event"] == event
    told = checked(short, policy(demo), None)
    assert told["demonstration"] is True
    assert "这是演示数据，不是真实记录。" in in_words(told, "zh")
    assert "".join(in_words(checked(short, policy(demo), row.leaf), "zh")).count("演示数据") == 1
    other = demo.journal.read(0, 1)[0].leaf
    assert not checked(short, policy(demo), other)["holds"]


def test_what_does_not_fit_into_one_code_is_not_cut(demo: House) -> None:
    with pytest.raises(ShiluError) as refused:
        qr_code(bytes(2954))
    assert refused.value.code == "receipt.too_long_for_qr"


def test_an_altered_receipt_does_not_hold_and_says_why_in_both_languages(demo: House) -> None:
    event = read(demo.journal.read(0, 1)[0]).id
    receipt = receipt_of(demo, event, short=False)
    for altered, why in (
        (receipt.replace(b"index 0", b"index 1"), "改动"),
        (receipt.replace(b"\nextra ", b"\nextra AAAA"), "改动"),
        (receipt[:-40], "损坏"),
    ):
        told = checked(altered, policy(demo), None)
        assert not told["holds"]
        chinese, english = "".join(in_words(told, "zh")), "".join(in_words(told, "en"))
        assert "回执不成立" in chinese
        assert why in chinese
        assert "does not hold" in english
        assert not re.search(r"[一-鿿]", english)


@pytest.mark.slow
def test_the_command_checks_a_receipt_without_database_or_home(demo: House, tmp_path: Path) -> None:
    records = map(read, demo.journal.read(0, 100_000))
    event = next(one.id for one in records if isinstance(one.facts, HomeServiceDelivered))
    file, trusted = tmp_path / "one.tlog-proof", tmp_path / "policy"
    file.write_bytes(receipt_of(demo, event, short=False))
    trusted.write_bytes(policy(demo))
    nowhere = {"SHILU_DATABASE_URL": "postgresql://127.0.0.1:1/none", "SHILU_HOME": "none"}

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        words = ("verify-receipt", str(file), "--policy", str(trusted), *more)
        return subprocess.run(
            [sys.executable, "-m", "deploy", *words],
            env=os.environ | nowhere, capture_output=True, text=True, check=False,
        )  # fmt: skip

    held = run()
    assert held.returncode == 0, held.stderr
    for words in ("回执成立", "上门服务", "发生时间：2018年", "录入时间：2018年", "Home service"):
        assert words in held.stdout
    assert json.loads(run("--json").stdout)["record"]["event"] == event
    scanned, line = file.read_bytes(), tmp_path / "line"
    row = next(one for one in demo.journal.read(0, 100_000) if read(one).id == event)
    line.write_bytes(row.leaf + b"\n")
    file.write_bytes(receipt_of(demo, event, short=True))
    assert run("--entry", str(line)).returncode == 0
    for copied in (
        scanned.removesuffix(b"\n"),
        b"\n" + scanned.replace(b"\n", b"\r\n") + b"\r\n",
        b"\xef\xbb\xbf" + scanned,
    ):
        file.write_bytes(copied)
        assert run().returncode == 0
    file.write_bytes(re.sub(rb"\nindex \d+", b"\nindex 7", file.read_bytes()))
    broken = run("--json")
    assert (broken.returncode, json.loads(broken.stdout)["holds"]) == (1, False)
    file.unlink()
    assert run().returncode == 2
    assert not Path("none").exists()


@pytest.mark.parametrize(
    ("after", "holds"), [(b"", True), (b"\n", True), (b"\r\n", True), (b"\n\n", False)]
)
def test_a_records_line_cut_out_of_a_bundle_is_its_bytes(
    demo: House, after: bytes, *, holds: bool
) -> None:
    row = demo.journal.read(0, 1)[0]
    short = receipt_of(demo, read(row).id, short=True)
    told = checked(short, policy(demo), as_cut(row.leaf + after))
    assert told["holds"] is holds


@pytest.mark.slow
def test_the_command_line_gives_a_receipt_and_draws_it(demo: House, tmp_path: Path) -> None:
    event = read(demo.journal.read(0, 1)[0]).id
    where = {"SHILU_DATABASE_URL": demo.url, "SHILU_HOME": str(demo.keys.parent)}

    def run(*words: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "deploy", "receipt", *words]
        return subprocess.run(
            command, env=os.environ | where, cwd=tmp_path, capture_output=True, check=False
        )

    printed = run(event)
    assert printed.stdout == receipt_of(demo, event, short=False), printed.stderr
    said = run(event, "--qr", "code.svg").stdout.decode().splitlines()
    assert len(said) == 2
    assert all("code.svg" in line and "shilu verify-receipt" in line for line in said)
    drawn = (tmp_path / "code.svg").read_bytes()
    assert in_a_picture(drawn) == run(event, "--short").stdout
    nowhere = run(event, "--qr", "none/code.svg")
    assert (nowhere.returncode, len(nowhere.stderr.splitlines())) == (2, 1)
    assert "写不了 none/code.svg" in nowhere.stderr.decode()
    for unknown in (new_id(), "x"):
        refused = run(unknown)
        assert (refused.returncode, refused.stdout) == (1, b"")
        assert "没有找到" in refused.stderr.decode()


def test_a_command_names_its_receipt_which_is_there_once_signed(api: Running) -> None:
    answer = api.post("/visits", {"station": api.station, "kind": "home_service", "minutes": 40,
        "attendance": [{"role": "resident", "source": "counted"}]})  # fmt: skip
    proof = answer.json()["proof"]
    early = api.client.get(proof)
    assert (early.status_code, early.json()["code"]) == (503, "receipt.not_signed_yet")
    assert 0 < int(early.headers["Retry-After"]) <= 10
    signed(api)
    receipt = api.client.get(proof)
    event = answer.json()["events"][0]
    assert receipt.headers["content-type"].startswith("text/plain")
    assert f'attachment; filename="{event}.tlog-proof"' == receipt.headers["content-disposition"]
    assert checked(receipt.content, policy(api.built), None)["record"]["event"] == event


def test_the_short_one_is_asked_for_or_drawn(api: Running) -> None:
    event = visit(api)
    signed(api)
    short = taken(api, event, short=True)
    told = checked(short, policy(api.built), None)
    assert (told["record"], told["demonstration"]) == (None, False)
    assert "演示" not in "".join(in_words(told, "zh"))
    drawn = api.client.get(f"/api/v1/records/{event}/receipt.svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert in_a_picture(drawn.content) == short


def test_while_signing_stands_still_nobody_is_told_to_wait(api: Running) -> None:
    event = visit(api)
    with api.built.connect() as connection:
        connection.execute("UPDATE signing SET halted_at = now(), code = 'events-lost'")
    answer = api.client.get(f"/api/v1/records/{event}/receipt")
    assert (answer.status_code, answer.json()["code"]) == (409, "receipt.signing_halted")
    assert "Retry-After" not in answer.headers


def test_an_entry_in_the_place_of_a_signed_one_gets_no_receipt(api: Running) -> None:
    event = visit(api)
    signed(api)
    with api.built.connect() as connection:
        connection.execute("UPDATE journal SET state = state || ' ' WHERE event = %s", (event,))
    answer = api.client.get(f"/api/v1/records/{event}/receipt")
    assert answer.status_code == 503


def test_after_signed_entries_were_lost_there_is_no_receipt_from_the_rest(api: Running) -> None:
    ledger = new_id()
    entries = [
        JournalEntry(new_id(), 1, "test@1", b'{"note":"x"}', ledger=ledger) for _ in range(9)
    ]
    api.built.journal.append(entries)
    signed(api)
    with api.built.connect() as connection:
        connection.execute("DELETE FROM journal WHERE ledger = %s AND number > 5", (ledger,))
    row = next(iter(api.built.journal.read_ledger(ledger)))
    assert api.built.checkpoints.receipt(row) is None


def test_who_may_not_read_a_record_gets_no_receipt_of_it(api: Running) -> None:
    event = visit(api)
    signed(api)
    foreign = Principal(actor=new_id(), role="operator_manager", operator=new_id())
    api.sign_in(foreign)
    for end in ("receipt", "receipt.svg"):
        for id in (event, new_id()):
            answer = api.client.get(f"/api/v1/records/{id}/{end}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    del api.client.headers["Authorization"]
    assert api.client.get(f"/api/v1/records/{event}/receipt").status_code == 401


def test_a_receipt_holds_after_the_person_is_erased_and_tells_nothing_of_them(
    api: Running,
) -> None:
    person = api.done("/persons", PERSON | {"station": api.station})["stream"]
    event = visit(api, person)
    signed(api)
    before = taken(api, event)
    assert NOTE.encode() not in before
    now = SystemClock().now()
    api.built.vault.destroy(person, now, new_id(), api.operator)
    assert taken(api, event) == before
    assert checked(before, policy(api.built), None)["record"]["event"] == event


def test_the_records_page_leads_to_a_receipt_to_print(api: Running) -> None:
    event = visit(api)
    with browser(api) as client:
        sign_in(client, token(api))
        api.follow()
        assert f"/records/{event}/receipt" in client.get(f"/records/{event}").text
        early = client.get(f"/records/{event}/receipt")
        assert early.status_code == 503
        assert "还没有签名" in early.text
        signed(api)
        shown = client.get(f"/records/{event}/receipt").text
        for words in ("上门服务", event, f'src="/api/v1/records/{event}/receipt.svg"'):
            assert words in shown
        assert "docs/" not in shown, "whoever holds the paper has no such file"
        for words in ("shilu keys show", "shilu verify-receipt", "c2sp.org/tlog-proof"):
            assert words in shown
        assert client.get(f"/api/v1/records/{event}/receipt").status_code == 200
