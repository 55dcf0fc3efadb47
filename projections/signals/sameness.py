"""What is the same in several records: the occasion, the words, the photograph.

Words are compared by their fingerprints (`domain.fingerprint`) and never read, those in the open
like those that are sealed; photographs and other files by the hash of their bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from domain.event import topic_of
from domain.evidence_file import AttachmentStored
from domain.identity import Id
from domain.subject import way
from projections.engine.view import Row
from projections.finding import Figure, Finding, FindingSubject, ordered
from projections.signals.work import Work

STORED = topic_of(AttachmentStored)
SERVICE = frozenset({"activity", "case", "community_org", "donation", "group", "need", "visit"})
"""Streams whose steps are shown by photographs of their own; papers, reports and evaluations speak
of what others show."""
Occasion = tuple[str, frozenset[str], datetime]
"""The kind of work, with whom or else where, and the minute."""


def possible_duplicates(work: Work) -> Iterator[Finding]:
    """Find records that say the same kind of work, with the same people, to the minute.

    Of work that names nobody, the same place stands for the people. Work of which only the day or
    the month is known has no minute; of the same day, whoever records it is warned.
    """
    said: dict[tuple[Id, *Occasion], list[Row]] = {}
    for row in work.met:
        for worker in row["workers"].split() if row["started"] is not None else ():
            said.setdefault((worker, *_occasion(row)), []).append(row)
    workers: dict[tuple[Id, ...], list[Id]] = {}
    for (worker, *_), rows in said.items():
        if len(rows) > 1:
            workers.setdefault(ordered(row["event"] for row in rows), []).append(worker)
    rows_of = {row["event"]: row for row in work.works}
    for events, staff in workers.items():
        yield Finding(
            code="possible_duplicate",
            about=tuple(sorted(FindingSubject(kind="staff", id=worker) for worker in staff)),
            details={
                "day": rows_of[events[0]]["day"].isoformat(),
                "kinds": rows_of[events[0]]["kind"],
            },
            figures=(Figure(name="records", value=len(events), unit="条"),),
            events=events,
        )


def _occasion(row: Row) -> Occasion:
    met = frozenset(row["people"].split()) or frozenset((row["place"],))
    return row["kind"], met, row["started"].replace(second=0, microsecond=0)


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
        met = {person for row in rows.values() for person in (row["people"] or "").split()}
        people = {way(work.merged, person)[-1] for person in met}
        days = {row["day"] for row in rows.values()}
        yield Finding(
            code="same_words",
            about=tuple(sorted(FindingSubject(kind="staff", id=writer) for writer in writers)),
            figures=(
                Figure(name="records", value=len(rows), unit="条"),
                Figure(name="people", value=len(people), unit="人"),
                Figure(name="days", value=len(days), unit="天"),
                Figure(name="writers", value=len(writers), unit="人"),
            ),
            thresholds={"same_words": work.thresholds.same_words},
            events=ordered(rows),
        )


def same_files(work: Work) -> Iterator[Finding]:
    """Find files that were stored twice, and photographs that show more than one thing done.

    A sheet that many signed shows several records with good reason, as long as it is one file; a
    photograph of a sheet may show the steps of one case, or of one group, and a sitting in it.
    """
    stored = {row["stream"]: row for row in work.written.values() if row["type"] == STORED}
    showing: dict[Id, list[Row]] = {}
    for row in work.traced:
        if row["stream_type"] in SERVICE:
            for file in row["evidence"].split():
                showing.setdefault(file, []).append(row)
    for (code, _), copies in _by_hash(work.files).items():
        shown = list(
            {row["event"]: row for copy in copies for row in showing.get(copy, ())}.values()
        )
        if len(copies) < 2 and (code == "same_file" or _things(shown) < 2):
            continue
        keeping = [stored[copy] for copy in copies if copy in stored]
        yield Finding(
            code=code,
            about=tuple(sorted(FindingSubject(kind="attachment", id=copy) for copy in copies)),
            figures=(
                Figure(name="stored", value=len(copies), unit="份"),
                Figure(name="records", value=len(shown), unit="条"),
                Figure(name="days", value=len({row["day"] for row in shown}), unit="天"),
            ),
            events=ordered(row["event"] for row in (*shown, *keeping)),
        )


def _things(shown: list[Row]) -> int:
    """Count the pieces of work that are shown, and the streams of which only steps are."""
    works = [row for row in shown if row["kind"] is not None]
    steps = {row["stream"] for row in shown} - {row["stream"] for row in works}
    return len(works) + len(steps)


def _by_hash(files: Iterable[Row]) -> dict[tuple[str, str], list[Id]]:
    """Return the files of the same bytes, photographs and others apart: (code, hash) → files."""
    found: dict[tuple[str, str], list[Id]] = {}
    for row in files:
        if row["sha256"] is not None:
            picture = (row["mime"] or "").startswith("image/")
            key = "same_photograph" if picture else "same_file", row["sha256"]
            found.setdefault(key, []).append(row["attachment"])
    return found
