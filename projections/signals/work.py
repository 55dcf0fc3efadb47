"""What the signals read: one project's or one station's records of some days, and the thresholds.

Thresholds are data, and stand in every answer: another evaluator may set others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from domain.clock import civil_date
from domain.event import topic_of
from domain.evidence import DocumentDrafted
from domain.identity import Id
from domain.subject import counted_as
from projections.activity import HELD, activities
from projections.audit import AUDIT, audit
from projections.engine.ask import Answers
from projections.engine.view import Row, Table, View
from projections.evaluation import evaluations
from projections.evaluation_tables import EVALUATION
from projections.evidence import ATTACHMENT, documents
from projections.group import SESSION, groups
from projections.indicators import CONTRIBUTION, INDICATOR, TARGET, indicators
from projections.midterm import ProjectRows, gather
from projections.period import closings
from projections.person import PERSON, persons
from projections.progress import merged_subjects
from projections.project import PROJECT, SUBMISSION, projects
from projections.registers import mergers
from projections.signals.telling import Telling, tellings
from projections.signals.trace import TRACE, traces

VIEWS: tuple[View, ...] = (
    activities,
    audit,
    documents,
    evaluations,
    groups,
    indicators,
    persons,
    projects,
    traces,
)
"""The views that signals ask."""
DRAFTED = topic_of(DocumentDrafted)


class SignalThresholds(msgspec.Struct, frozen=True, kw_only=True):
    """From where on something is worth asking about.

    A record is late after `late_days`, a writer's lag is shown from `late_records` on; entry is
    in mass when the last `before_days` days before a date saw `mass_records` and `usual_percent`
    of what is usual, and so many records of work were late; nights last from `night_from` to
    `night_to` o'clock, over midnight or after it, and are shown from `night_records` on; who is
    at two places may overlap by `overlap_minutes`; the same words are shown from `same_words`
    records on; a worker's day holds `day_minutes`.
    """

    late_days: int = 3
    late_records: int = 3
    before_days: int = 14
    mass_records: int = 10
    usual_percent: int = 200
    night_from: int = 22
    night_to: int = 6
    night_records: int = 3
    overlap_minutes: int = 15
    same_words: int = 5
    day_minutes: int = 720


DEFAULT = SignalThresholds()


class RecordsOf(msgspec.Struct, frozen=True, kw_only=True):
    """Whose records: a project's, or all of a station's."""

    project: Id | None = None
    station: Id | None = None

    @property
    def where(self) -> dict[str, Id | None]:
        """The condition on rows."""
        if self.project is not None:
            return {"ledger": self.project}
        return {"station": self.station}


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """The records of the days asked about.

    `works` are pieces of work as they hold now, `noted` other records with words or files;
    `written` the first writing of every record by its event, `told` how each piece of work came to
    be of its day, `voided` the records that are void now. `deaths` are the days on which people of
    the register died, which a station's records tell and a project's alone do not; `merged` are
    those registered twice: absorbed record → kept one, link by link. `cutoffs` are the dates before
    which entry in mass is looked for, and `began` is the first day on which work could be written
    down: the projects' start.
    """

    works: Sequence[Row]
    noted: Sequence[Row] = ()
    written: Mapping[Id, Row] = {}
    told: Mapping[Id, Telling] = {}
    voided: frozenset[Id] = frozenset()
    sessions: Sequence[Row] = ()
    held: Sequence[Row] = ()
    files: Sequence[Row] = ()
    targets: Sequence[Row] = ()
    codes: Mapping[Id, str] = {}
    contributions: Sequence[Row] = ()
    reports: Sequence[ProjectRows] = ()
    deaths: Mapping[Id, date] = {}
    merged: Mapping[Id, Id] = {}
    cutoffs: Sequence[date] = ()
    began: date | None = None
    thresholds: SignalThresholds = SignalThresholds()

    @property
    def traced(self) -> list[Row]:
        """Every record with words or files."""
        return [*self.works, *self.noted]

    @property
    def met(self) -> list[Row]:
        """The pieces of work, with whoever was registered twice under the record that was kept."""
        same = counted_as(self.merged)
        return [_as_one(row, same) for row in self.works]

    @property
    def writings(self) -> list[Row]:
        """How each piece of work was first written down."""
        return [self.written[row["event"]] for row in self.works if row["event"] in self.written]

    @property
    def documents(self) -> list[Row]:
        """How each draft of a document was written."""
        return [row for row in self.written.values() if row["type"] == DRAFTED]


def _as_one(row: Row, same: Mapping[Id, Id]) -> Row:
    people = row["people"].split()
    if same.keys().isdisjoint(people):
        return row
    return {**row, "people": " ".join(dict.fromkeys(same.get(one, one) for one in people))}


def read(
    answers: Answers,
    place: RecordsOf,
    until: date,
    since: date | None = None,
    cutoffs: Sequence[date] = (),
    thresholds: SignalThresholds = DEFAULT,
) -> Work:
    """Read what the signals of a place need; without cut-off dates, those of its projects."""

    def of_days(table: Table, *order: str) -> list[Row]:
        first = {"day": since} if since else None
        last = {"day": until}
        return answers.rows(table, where=place.where, since=first, until=last, order=order)

    rows, trail = of_days(TRACE, "day"), of_days(AUDIT, "position")
    works = [row for row in rows if row["kind"] is not None]
    told = tellings(answers, place.where, frozenset(row["event"] for row in works))
    ledgers = sorted({row["ledger"] for row in works} | set(filter(None, (place.project,))))
    known = answers.rows(INDICATOR, where={"ledger": ledgers}) if ledgers else []
    contracted = sorted({row["ledger"] for row in known})
    return Work(
        works=works,
        noted=[row for row in rows if row["kind"] is None],
        written={
            **{row["event"]: row for row in trail if row["change"] == "written"},
            **{event: each.written for event, each in told.items()},
        },
        told=told,
        voided=_voided(trail),
        sessions=of_days(SESSION),
        held=of_days(HELD),
        files=answers.rows(ATTACHMENT, where=place.where, until={"stored_on": until}),
        targets=_targets(answers, contracted, until),
        codes={row["indicator"]: row["code"] for row in known},
        contributions=of_days(CONTRIBUTION),
        deaths=_deaths(answers, place, until),
        merged=_merged(answers, place),
        reports=[gather(answers, ledger, until) for ledger in contracted],
        cutoffs=cutoffs or _cutoffs(answers, ledgers, until),
        began=_began(answers, ledgers, since),
        thresholds=thresholds,
    )


def _voided(trail: Sequence[Row]) -> frozenset[Id]:
    """Return the records whose last change made them void."""
    last = {row["record"]: row["change"] for row in trail}
    return frozenset(record for record, change in last.items() if change == "voided")


def _targets(answers: Answers, contracted: Sequence[Id], until: date) -> list[Row]:
    """Return the targets that held by a day; figures of that day are held against no others."""
    if not contracted:
        return []
    of = {"ledger": list(contracted)}
    return answers.rows(TARGET, where=of, until={"effective_from": until})


def _deaths(answers: Answers, place: RecordsOf, until: date) -> dict[Id, date]:
    """Return on which days those people of the register died who were dead by a day."""
    died = answers.rows(PERSON, where=place.where, until={"alive_until": until})
    return {row["person"]: row["alive_until"] for row in died}


def _merged(answers: Answers, place: RecordsOf) -> dict[Id, Id]:
    """Return who was registered twice, as far as the place's own ledgers tell.

    A project was told (decision 0019); a station's register knows.
    """
    if place.project is not None:
        return merged_subjects(answers, place.project)
    return mergers(answers, **place.where)


def _began(answers: Answers, ledgers: Sequence[Id], since: date | None) -> date | None:
    """Return the start of the first of the projects; never before the days that were read."""
    known = answers.rows(PROJECT, where={"ledger": list(ledgers)}) if ledgers else []
    first = min((row["first"] for row in known), default=None)
    return first if first is None or since is None else max(first, since)


def _cutoffs(answers: Answers, ledgers: Sequence[Id], until: date) -> list[date]:
    """Return the dates on which somebody looked, or was to look, at the records of projects."""
    if not ledgers:
        return []
    of = {"ledger": list(ledgers)}
    dates = {row[name] for row in answers.rows(PROJECT, where=of) for name in ("midterm", "last")}
    dates |= {civil_date(row["recorded_at"]) for row in closings(answers, ledgers) if row["closed"]}
    dates |= {row["day"] for row in answers.rows(SUBMISSION, where=of)}
    dates |= {
        civil_date(row["as_of"])
        for row in answers.rows(EVALUATION, where=of)
        if row["state"] != "withdrawn"
    }
    return sorted(day for day in dates if day is not None and day <= until)
