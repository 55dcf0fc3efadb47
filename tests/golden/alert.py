"""Samples of alerts."""

from datetime import date

from msgspec.structs import replace

from domain.alert import (
    AlertAcknowledged,
    AlertEscalated,
    AlertNotified,
    AlertRaised,
    AlertResolved,
    AlertRestated,
    AlertSnoozed,
    Concern,
    Threshold,
)
from domain.identity import derived_id
from tests.golden import WORKER, sample

COLLEAGUE = derived_id("golden", "colleague")
CONCERN = Concern(
    rule="AL-01",
    rule_version=0,
    subject_type="case",
    subject=derived_id("golden", "case"),
    episode=derived_id("golden", "session"),
    since=date(2018, 10, 18),
    due=date(2018, 10, 25),
    thresholds=(Threshold(name="days", value=7),),
    worker=WORKER,
    roles=("supervisor",),
    staff=(WORKER,),
)

NOW = replace(CONCERN, worker=COLLEAGUE, staff=(COLLEAGUE,), due=date(2018, 10, 26))

SAMPLES = [
    sample("alert", AlertRaised(concern=CONCERN, occasion=2)),
    sample("alert", AlertNotified(concern=CONCERN, recipient=WORKER)),
    sample("alert", AlertAcknowledged(concern=CONCERN)),
    sample("alert", AlertEscalated(concern=CONCERN, level="red", roles=("station_head",))),
    sample("alert", AlertRestated(concern=NOW, before=CONCERN, released=True)),
    sample("alert", AlertSnoozed(concern=CONCERN, until=date(2018, 10, 29), reason="社工外出培训")),
    sample(
        "alert",
        AlertResolved(concern=CONCERN, event=derived_id("golden", "next session"), late=True),
    ),
]
