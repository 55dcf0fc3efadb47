"""What alerts are raised about."""

from __future__ import annotations

from datetime import timedelta

from domain.alert import (
    Concern,
    Threshold,
)
from domain.identity import new_id
from tests.station import TODAY, WORKER

CONCERN = Concern(
    rule="AL-01",
    rule_version=0,
    subject_type="case",
    subject=new_id(),
    episode=new_id(),
    since=TODAY - timedelta(days=8),
    due=TODAY - timedelta(days=1),
    thresholds=(Threshold(name="days", value=7),),
    worker=WORKER,
    roles=("supervisor",),
)
