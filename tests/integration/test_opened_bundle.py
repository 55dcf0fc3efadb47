"""What a bundle carries for a purpose: opened fields with a watermark, and checked attachments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import build
from domain.clock import SimulatedClock, SystemClock
from domain.export import ExportMade
from domain.journal.codec import decode
from tests.bundles import copied, listed_again
from tests.integration.erasing import erasures_done
from tests.integration.evaluated import visited
from tests.integration.http import Running, running
from tests.integration.opened_words import EVERYTHING, opened, stored
from tests.integration.registered import person
from tests.integration.taken_away import REASON, asked, fetched

NAME, WORDS = "王示例", "情绪平稳"


@pytest.fixture
def api(house_url: str, tmp_path: Path) -> Iterator[Running]:
    clock = SimulatedClock(SystemClock().now())
    with running(house_url, tmp_path / "home", clock) as it:
        it.settle()
        yield it


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def test_opened_fields_carry_the_export_that_opened_them(api: Running, tmp_path: Path) -> None:
    known, visit = person(api, NAME), visited(api)
    made = opened(api, tmp_path)
    assert made.codes() == []
    lines = made.lines("opened.ndjson")
    assert {line["export"] for line in lines} == {made.export}
    name = {line["person"]: line for line in lines if line["field"] == "details.name"}[known]
    assert (name["text"], "erased" in name) == (NAME, False)
    assert (WORDS, "note") in {
        (line["text"], line["field"]) for line in lines if line["event"] == visit
    }
    readme = (made.folder / "README.md").read_text("utf-8")
    about = json.loads((made.folder / "bundle.json").read_text("utf-8"))["export"]
    assert all(word in readme for word in (made.export, REASON, api.worker, "third-party"))
    assert (about["export"], about["asked_by"], about["reason"]) == (
        made.export,
        api.worker,
        REASON,
    )
    records = (made.place / "entries.ndjson").read_text("utf-8")
    assert NAME not in records
    assert WORDS not in records


def test_only_what_was_asked_for_is_opened(api: Running, tmp_path: Path) -> None:
    person(api, NAME)
    visit = visited(api)
    made = opened(api, tmp_path / "casework", opened=["casework"])
    assert made.codes() == []
    lines = made.lines("opened.ndjson")
    assert {(line["event"], line["field"]) for line in lines} == {(visit, "note")}
    about = json.loads((made.folder / "bundle.json").read_text("utf-8"))["export"]
    assert about["opened"] == ["casework"]
    readme = (made.folder / "README.md").read_text("utf-8")
    assert "notes of casework and visits" in readme
    assert "names and document numbers" not in readme
    nothing = opened(api, tmp_path / "nothing", opened=[])
    assert nothing.codes() == []
    assert not (nothing.place / "opened.ndjson").exists()
    assert "Nothing of it is opened" in (nothing.folder / "README.md").read_text("utf-8")


def test_the_export_is_on_record_before_anything_is_opened(api: Running, tmp_path: Path) -> None:
    visited(api)
    api.as_role("operator_manager")
    asked(api, api.station, purpose="authority", reason=REASON, opened=["health", "contact"])
    *_, last = api.built.journal.read_ledger(api.station)
    facts = decode(last.state).facts
    assert isinstance(facts, ExportMade)
    assert (facts.purpose, facts.reason) == ("authority", REASON)
    assert facts.columns == ("contact", "health")
    assert not api.built.exports.exists()


def test_of_whoever_was_erased_it_says_only_that(api: Running, tmp_path: Path) -> None:
    gone, there = person(api, NAME), person(api, "李示例")
    before = opened(api, tmp_path / "before")
    (event,) = (line["event"] for line in before.lines("opened.ndjson") if line["person"] == gone)
    api.built.vault.destroy(gone, api.built.clock.now(), event, api.operator)
    after = opened(api, tmp_path / "after")
    assert after.codes() == []
    lines = {line["person"]: line for line in after.lines("opened.ndjson")}
    assert (lines[gone]["erased"], "text" in lines[gone]) == (True, False)
    assert lines[there]["text"] == "李示例"


def test_a_bundle_with_the_words_of_somebody_who_was_erased_is_withdrawn(
    api: Running, tmp_path: Path
) -> None:
    gone, there = person(api, NAME), person(api, "李示例")
    api.as_role("operator_manager")
    given = {"purpose": "evaluation", "reason": REASON, "opened": EVERYTHING}
    tasks = [asked(api, api.station, **given)["task"], asked(api, api.station)["task"]]
    for number, task in enumerate(tasks):
        fetched(api, task, tmp_path / str(number))
    api.done(f"/persons/{gone}/erasure-requests", {"by": "person", "reason": "own_wish"})
    assert erasures_done(api) == 1
    answers = [api.client.get(f"/api/v1/tasks/{task}/file") for task in tasks]
    assert [answer.status_code for answer in answers] == [404, 200]
    assert answers[0].json()["code"] == "export.withdrawn"
    assert len(list(api.built.exports.glob("*.zip"))) == 1
    again = opened(api, tmp_path / "again")
    told = {line["person"]: line for line in again.lines("opened.ndjson")}
    assert ("text" in told[gone], told[there]["text"]) == (False, "李示例")


def test_a_bundle_made_while_somebody_was_erased_is_not_handed_out(
    api: Running, tmp_path: Path
) -> None:
    gone = person(api, NAME)
    api.as_role("operator_manager")
    given = {"purpose": "evaluation", "reason": REASON, "opened": EVERYTHING}
    task = asked(api, api.station, **given)["task"]
    made = fetched(api, task, tmp_path)
    (line, *_) = (made / "ledgers" / api.station / "opened.ndjson").read_text().splitlines()
    event = json.loads(line)["event"]
    api.built.vault.destroy(gone, api.built.clock.now(), event, api.operator)
    answer = api.client.get(f"/api/v1/tasks/{task}/file")
    assert (answer.status_code, answer.json()["code"]) == (404, "export.withdrawn")


def test_files_go_along_only_where_they_may_and_are_whole(api: Running, tmp_path: Path) -> None:
    plain, held, spoilt, lost, twice = (
        b"%PDF-1.7 " + word for word in (b"a", b"b", b"c", b"d", b"e")
    )
    stored(api, plain)
    sensitive = stored(api, held)
    for content in (spoilt, lost, twice):
        stored(api, content)
    redacted = stored(api, b"%PDF-1.7 whole")
    copy = stored(api, b"%PDF-1.7 blacked out")
    api.done(f"/attachments/{redacted}/redactions", {"copied_to": copy})
    api.done(f"/attachments/{sensitive}/sensitivity", {"reason": "当事人病历"})
    stored(api, held)
    store = api.built.attachments
    place = store._path  # type: ignore[attr-defined] # where a disk goes bad
    place(digest(spoilt)).chmod(0o600)
    place(digest(spoilt)).write_bytes(b"%PDF-1.7 x")
    place(digest(lost)).unlink()
    made = opened(api, tmp_path, attachments=True)
    assert made.codes() == []
    there = {path.name for path in (made.folder / "attachments").iterdir()}
    assert there == {digest(each) for each in (plain, twice, b"%PDF-1.7 blacked out")}
    listed = made.lines("attachments.ndjson")
    assert all(("left_out" in line) != (line.get("export") == made.export) for line in listed)
    said = {line["sha256"]: line.get("left_out") for line in listed}
    assert said == {
        digest(plain): None,
        digest(twice): None,
        digest(b"%PDF-1.7 blacked out"): None,
        digest(held): "sensitive",
        digest(b"%PDF-1.7 whole"): "redacted",
        digest(spoilt): "damaged",
        digest(lost): "missing",
    }
    done = CliRunner().invoke(build(["replay"]), ["replay", str(made.folder)])
    assert (done.exit_code, "✗" in done.output) == (0, False), done.output


def test_a_file_removed_from_the_store_is_handed_out_no_more(api: Running, tmp_path: Path) -> None:
    """As docs/erasure.md says: its hash stays on record, and everything verifies."""
    content = b"%PDF-1.7 of somebody who was erased"
    stored(api, content)
    api.follow()
    path = f"/api/v1/attachments/{digest(content)}"
    assert api.client.get(path).content == content
    named = digest(content)
    (tmp_path / "home" / "attachments" / named[:2] / named[2:4] / named).unlink()
    gone = api.client.get(path)
    assert (gone.status_code, gone.json()["code"]) == (404, "attachment.not_stored")
    made = opened(api, tmp_path, attachments=True)
    assert made.codes() == []
    (line,) = made.lines("attachments.ndjson")
    assert (line["sha256"], line["left_out"]) == (named, "missing")
    assert not (made.folder / "attachments").exists()


def test_what_was_marked_later_stays_here_even_of_an_earlier_state(
    api: Running, tmp_path: Path
) -> None:
    file = stored(api, b"%PDF-1.7 a")
    position = api.built.journal.max_notification_id()
    api.done(f"/attachments/{file}/sensitivity", {"reason": "当事人病历"})
    made = opened(api, tmp_path, attachments=True, known_at=str(position))
    (line,) = made.lines("attachments.ndjson")
    assert line["left_out"] == "sensitive"
    assert not (made.folder / "attachments").exists()


def test_a_swapped_and_a_foreign_attachment_are_found(api: Running, tmp_path: Path) -> None:
    stored(api, b"%PDF-1.7 a")
    made = opened(api, tmp_path, attachments=True)
    ring = api.built.ring
    swapped = copied(made.folder, tmp_path / "swapped")
    (swapped / "attachments" / digest(b"%PDF-1.7 a")).write_bytes(b"%PDF-1.7 b")
    assert "file.changed" in made.codes(swapped)
    listed_again(swapped, ring.keys)
    assert made.codes(swapped) == ["attachment.swapped"]
    foreign = copied(made.folder, tmp_path / "foreign")
    (foreign / "attachments" / digest(b"%PDF-1.7 b")).write_bytes(b"%PDF-1.7 b")
    assert made.codes(foreign) == ["file.unlisted"]
    listed_again(foreign, ring.keys)
    assert made.codes(foreign) == ["attachment.undeclared"]
