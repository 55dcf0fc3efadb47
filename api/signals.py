"""Signals over HTTP: what is worth asking about in a project's or a station's records.

Thresholds can be set by whoever asks and stand in the answer; nothing here is a verdict.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import Field

from api.commands import Uuid
from api.questions import Asked, From, Question, To
from api.routing import routes
from domain.refusals import NOT_FOUND
from projections.engine.view import Table
from projections.organisation import STATION
from projections.project import PROJECT
from projections.signals.found import answer
from projections.signals.work import DEFAULT, RecordsOf, SignalThresholds, read

router = routes("evaluation")

Concern = Literal["lag", "presence", "sameness", "order", "sums"]
Concerns = Annotated[
    list[Concern] | None, Query(alias="kind", description="look for these only; default: all")
]
EARLIEST = date(2000, 1, 1)
"""Nothing was recorded before."""
Cutoffs = Annotated[
    list[Annotated[date, Field(ge=EARLIEST)]] | None,
    Query(
        alias="cutoff",
        max_length=20,
        description="dates before which mass entry is looked for; default: those of the projects",
        examples=[["2018-12-07"]],
    ),
]
Days = Annotated[int, Query(ge=0, le=3650)]
Number = Annotated[int, Query(ge=1, le=100_000)]
Hour = Annotated[int, Query(ge=0, le=23)]


def thresholds(
    late_days: Days = DEFAULT.late_days,
    late_records: Number = DEFAULT.late_records,
    before_days: Number = DEFAULT.before_days,
    mass_records: Number = DEFAULT.mass_records,
    usual_percent: Number = DEFAULT.usual_percent,
    night_from: Hour = DEFAULT.night_from,
    night_to: Hour = DEFAULT.night_to,
    night_records: Number = DEFAULT.night_records,
    overlap_minutes: Days = DEFAULT.overlap_minutes,
    same_words: Number = DEFAULT.same_words,
    day_minutes: Number = DEFAULT.day_minutes,
) -> SignalThresholds:
    """Return from where on something is worth asking about."""
    return SignalThresholds(
        late_days=late_days,
        late_records=late_records,
        before_days=before_days,
        mass_records=mass_records,
        usual_percent=usual_percent,
        night_from=night_from,
        night_to=night_to,
        night_records=night_records,
        overlap_minutes=overlap_minutes,
        same_words=same_words,
        day_minutes=day_minutes,
    )


class SignalsAsked:
    """What signals are asked about: which days, concerns, dates and thresholds."""

    def __init__(
        self,
        limits: Annotated[SignalThresholds, Depends(thresholds)],
        since: From = None,
        until: To = None,
        concerns: Concerns = None,
        cutoffs: Cutoffs = None,
    ) -> None:
        self.limits = limits
        self.since = since
        self.until = until
        self.concerns = concerns or []
        self.cutoffs = cutoffs or []

    def of(self, asked: Question, place: RecordsOf, table: Table, column: str) -> dict[str, Any]:
        """Answer for a place that is there. Raises `not_found`."""
        with asked.answers() as answers:
            if not answers.rows(table, where={column: place.project or place.station}):
                raise NOT_FOUND("project" if place.project else "station")
            until = asked.last_day(self.since, self.until, place.project)
            work = read(answers, place, until, self.since, self.cutoffs, self.limits)
        return answer(work, self.concerns)


About = Annotated[SignalsAsked, Depends()]


@router.get("/projects/{project}/signals")
def read_project_signals(project: Uuid, asked: Asked, about: About) -> dict[str, Any]:
    """Read what is worth asking about in a project's records, with the events behind each."""
    return about.of(asked, RecordsOf(project=project), PROJECT, "project")


@router.get("/stations/{station}/signals")
def read_station_signals(station: Uuid, asked: Asked, about: About) -> dict[str, Any]:
    """Read what is worth asking about in all of a station's records."""
    return about.of(asked, RecordsOf(station=station), STATION, "place")
