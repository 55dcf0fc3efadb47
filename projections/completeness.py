"""Completeness of files (AL-02): the documents that are demanded by a day against those kept.

A file is what is kept about one subject: a case, a group, an activity, or a line of the project's
report. A form is demanded once its subject has reached the form's stage, and due some days later.
What lies on a line of the report answers for all work of its service type in that ledger. A share
is never printed without its numerator, denominator and day (counting rule 11).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from domain.identity import Id
from projections.amounts import tenths_of_percent
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.evidence import DOCUMENT, FORM, FORM_KIND, FORM_SET, REACHED, WITHDRAWN

FORMULA = "documents.kept_of_demanded@1"
KEPT = ("submitted", "approved")
REPORT_SUBJECT = "project"


@dataclass
class File:
    """One subject's file under one service type: when it reached which stage."""

    subject: Id
    subject_type: str
    service_type: str
    line: str | None = None
    reached: dict[str, date] = field(default_factory=dict)
    documents: list[Row] = field(default_factory=list)


class Demanded:
    """The form sets that a ledger is held to: the project's own, else its operator's."""

    def __init__(self, answers: Answers, ledger: Id) -> None:
        self._ledger = ledger
        self._retired = {row["form_set"]: row["retired_from"] for row in answers.rows(FORM_SET)}
        self._forms: dict[tuple[Id, int], list[Row]] = {}
        for row in answers.rows(FORM, order=("form_set", "version", "number")):
            self._forms.setdefault((row["form_set"], row["version"]), []).append(row)
        self._kinds: dict[str, list[Row]] = {}
        for row in answers.rows(FORM_KIND, order=("effective_from", "version")):
            self._kinds.setdefault(row["kind"], []).append(row)

    def service_type(self, kind: str, variant: str | None, day: date) -> str | None:
        """Return the service type of a kind of work on a day, or None where nothing is demanded."""
        for asked in (f"{kind}/{variant}", kind):
            known = [row for row in self._kinds.get(asked, ()) if self._holds(row, day)]
            if known:
                return str(self._own(known)[-1]["service_type"])
        return None

    def forms(self, service_type: str, day: date) -> list[Row]:
        """Return the forms of a service type that were in force on a day, in order."""
        published = [forms[0] for forms in self._forms.values()]
        known = [
            row
            for row in published
            if row["service_type"] == service_type and self._holds(row, day)
        ]
        if not known:
            return []
        latest = max(self._own(known), key=lambda row: (row["effective_from"], row["version"]))
        return self._forms[latest["form_set"], latest["version"]]

    def of(self, form_set: Id, version: int) -> list[Row]:
        """Return the forms of one version of a set."""
        return self._forms.get((form_set, version), [])

    def _holds(self, row: Row, day: date) -> bool:
        retired = self._retired.get(row["form_set"])
        return row["effective_from"] <= day and (retired is None or day < retired)

    def _own(self, rows: list[Row]) -> list[Row]:
        return [row for row in rows if row["ledger"] == self._ledger] or rows


def completeness(
    answers: Answers,
    ledger: Id,
    on: date,
    *,
    since: date | None = None,
    until: date | None = None,
    subject: Id | None = None,
    station: Id | None = None,
) -> dict[str, Any]:
    """Return the files of a ledger as they stand on a day, and the sums of each service type.

    `since` and `until` leave out subjects that reached their last stage before or after, `station`
    what other stations keep, and what a project keeps as a whole. Of a case whose opening is void
    nothing is demanded.
    """
    demanded = Demanded(answers, ledger)
    named = {"subject": subject, "station": station}
    of = {"ledger": ledger} | {name: id for name, id in named.items() if id is not None}
    reached = answers.rows(REACHED, where=of, until={"day": on}, order=("day",))
    written = [
        {**row, "status": status}
        for row in answers.rows(DOCUMENT, where=of)
        if (status := _status_on(row, on)) is not None
    ]
    withdrawn = {row["subject"] for row in reached if row["stage"] == WITHDRAWN}
    files = [
        _file(file, demanded, on)
        for file in _files(demanded, _without(reached, withdrawn), _without(written, withdrawn))
        if not file.reached
        or (since or date.min) <= max(file.reached.values()) <= (until or date.max)
    ]
    return {
        "ledger": ledger,
        "as_of": on,
        "formula": FORMULA,
        "files": [file for file in files if file["demanded"]],
        "service_types": _sums(files),
    }


def _status_on(row: Row, on: date) -> str | None:
    """Return how a document stood on a day, as far as its row tells; None where there was none.

    Of one that was drafted or handed in again, the row tells the last time only.
    """
    drafted, submitted, ended = row["drafted_on"], row["submitted_on"], row["ended_on"]
    begun = drafted if submitted is None else min(drafted, submitted)
    if on < begun or (ended is not None and ended <= on):
        return None
    told = [day for day in (drafted, submitted, row["decided_on"], ended) if day is not None]
    if max(told) <= on:
        return str(row["status"])
    if submitted is None or on < submitted:
        return "draft"
    returned, decided = row["returned_on"], row["decided_on"]
    if returned is not None:
        return "returned" if returned <= on else "submitted"
    approved = decided is not None and submitted <= decided <= on
    return "approved" if approved else "submitted"


def _without(rows: list[Row], subjects: set[Id]) -> list[Row]:
    return [row for row in rows if row["subject"] not in subjects]


def _files(demanded: Demanded, reached: list[Row], written: list[Row]) -> list[File]:
    files: dict[tuple[Id, str | None, str], File] = {}
    for row in written:
        line = row["line"] if row["subject_type"] == REPORT_SUBJECT else None
        key = (row["subject"], line, row["service_type"])
        file = files.setdefault(
            key, File(row["subject"], row["subject_type"], row["service_type"], row["line"])
        )
        file.documents.append(row)
    on_a_line = {service_type for _, line, service_type in files if line is not None}
    for subject, rows in _by_subject(reached).items():
        for service_type in _service_types(demanded, rows) - on_a_line:
            kind = rows[0]["subject_type"]
            file = files.setdefault(
                (subject, None, service_type), File(subject, kind, service_type)
            )
            for row in rows:
                file.reached.setdefault(row["stage"], row["day"])
    return [files[key] for key in sorted(files, key=lambda key: (key[2], key[1] or "", key[0]))]


def _by_subject(reached: list[Row]) -> dict[Id, list[Row]]:
    subjects: dict[Id, list[Row]] = {}
    for row in reached:
        subjects.setdefault(row["subject"], []).append(row)
    return subjects


def _service_types(demanded: Demanded, rows: list[Row]) -> set[str]:
    """What was held says which sets apply; before anything was held, what was planned says it."""
    held = [row for row in rows if row["stage"] == "held"]
    for told in (held, rows):
        found = {demanded.service_type(row["kind"], row["variant"], row["day"]) for row in told}
        if found - {None}:
            return {service_type for service_type in found if service_type is not None}
    return set()


def _file(file: File, demanded: Demanded, on: date) -> Row:
    forms = [_form(form, file, on) for form in _demanded_of(file, demanded)]
    asked = [form for form in forms if form["state"] != "not_yet"]
    return {
        "subject": file.subject,
        "subject_type": file.subject_type,
        "service_type": file.service_type,
        "line": file.line,
        "kept": sum(form["state"] == "kept" for form in asked),
        "demanded": len(asked),
        "overdue": sum(form["state"] == "overdue" for form in asked),
        "percent": percent(sum(form["state"] == "kept" for form in asked), len(asked)),
        "forms": forms,
    }


def _demanded_of(file: File, demanded: Demanded) -> list[Row]:
    """A file is measured by the version in force when its subject reached its first stage.

    Of a line of the report, and where none was in force by then, its first document's day decides.
    """
    days = [min(file.reached.values())] if file.reached else []
    first = min(file.documents, key=lambda row: (row["drafted_on"], row["document"]), default=None)
    if first is not None:
        days.append(first["drafted_on"])
    for day in days:
        if forms := demanded.forms(file.service_type, day):
            return forms
    return [] if first is None else demanded.of(first["form_set"], first["version"])


def _form(form: Row, file: File, on: date) -> Row:
    kept = [row for row in file.documents if row["form"] == form["form"]]
    best = max(kept, key=lambda row: (row["status"] in KEPT, row["revision"]), default=None)
    # Of a line of the report nothing says when it was reached: all its forms are asked for.
    began = file.reached.get(form["stage"]) if file.reached else on
    due_on = began + timedelta(days=form["due_days"]) if began is not None else None
    return {
        "form": form["form"],
        "name": form["name"],
        "stage": form["stage"],
        "form_set": form["form_set"],
        "version": form["version"],
        "due_on": due_on if file.reached else None,
        "document": best["document"] if best else None,
        "status": best["status"] if best else None,
        "state": _state(best, due_on, on),
    }


def _state(best: Row | None, due_on: date | None, on: date) -> str:
    if best is not None and best["status"] in KEPT:
        return "kept"
    if due_on is None:
        return "not_yet" if best is None else "due"
    return "overdue" if due_on < on else "due"


def _sums(files: Iterable[Row]) -> list[Row]:
    sums: dict[str, Row] = {}
    for file in files:
        row = sums.setdefault(
            file["service_type"],
            {
                "service_type": file["service_type"],
                "files": 0,
                "kept": 0,
                "demanded": 0,
                "overdue": 0,
            },
        )
        row["files"] += 1
        for column in ("kept", "demanded", "overdue"):
            row[column] += file[column]
    for row in sums.values():
        row["percent"] = percent(row["kept"], row["demanded"])
    return list(sums.values())


def percent(numerator: int, denominator: int) -> str | None:
    """Return a share to one decimal, half up, as text; None of nothing."""
    if denominator == 0:
        return None
    tenths = tenths_of_percent(numerator, denominator)
    return f"{tenths // 10}.{tenths % 10}"
