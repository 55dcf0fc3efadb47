"""What is the same word for word, or byte for byte, in records that should be of different days.

Words are compared by their fingerprints (`domain.fingerprint`) and never read, those in the open
like those that are sealed; photographs by the hash of their bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.event import topic_of
from domain.evidence_file import AttachmentStored
from domain.identity import Id
from projections.engine.view import Row
from projections.finding import Figure, Finding, Subject, ordered
from projections.signals.work import Work

STORED = topic_of(AttachmentStored)


def same_words(work: Work) -> Iterator[Finding]:
    """Find notes that say the same in many records."""
    said: dict[str, dict[Id, Row]] = {}
    for row in work.traced:
        for words in row["words"].split():
            said.setdefault(words, {})[row["event"]] = row
    for rows in said.values():
        if len(rows) < work.thresholds.same_words:
            continue
        writers = {work.written[event]["actor"] for event in rows if event in work.written}
        people = {person for row in rows.values() for person in (row["people"] or "").split()}
        days = {row["day"] for row in rows.values()}
        yield Finding(
            code="same_words",
            about=tuple(sorted(Subject(kind="staff", id=writer) for writer in writers)),
            figures=(
                Figure(name="records", value=len(rows), unit="条"),
                Figure(name="people", value=len(people), unit="人"),
                Figure(name="days", value=len(days), unit="天"),
                Figure(name="writers", value=len(writers), unit="人"),
            ),
            thresholds={"same_words": work.thresholds.same_words},
            events=ordered(rows),
        )


def same_photographs(work: Work) -> Iterator[Finding]:
    """Find photographs that were stored twice, or that show more than one piece of work."""
    pictures: dict[str, list[Id]] = {}
    for row in work.files:
        if row["mime"] is not None and row["mime"].startswith("image/"):
            pictures.setdefault(row["sha256"], []).append(row["attachment"])
    stored = {row["stream"]: row for row in work.written.values() if row["type"] == STORED}
    showing: dict[Id, list[Row]] = {}
    for row in work.works:
        for file in row["evidence"].split():
            showing.setdefault(file, []).append(row)
    for copies in pictures.values():
        shown = list(
            {row["event"]: row for copy in copies for row in showing.get(copy, ())}.values()
        )
        if len(copies) < 2 and len(shown) < 2:
            continue
        keeping = [stored[copy] for copy in copies if copy in stored]
        yield Finding(
            code="same_photograph",
            about=tuple(sorted(Subject(kind="attachment", id=copy) for copy in copies)),
            figures=(
                Figure(name="stored", value=len(copies), unit="份"),
                Figure(name="records", value=len(shown), unit="条"),
                Figure(name="days", value=len({row["day"] for row in shown}), unit="天"),
            ),
            events=ordered(row["event"] for row in (*shown, *keeping)),
        )
