"""All views there are, in the order in which they are folded."""

from __future__ import annotations

from projections.alerts import alerts
from projections.audit import audit
from projections.caseload import caseload
from projections.engine.view import View
from projections.followups import followups
from projections.groups import groups
from projections.households import households
from projections.indicators import indicators
from projections.persons import persons
from projections.projects import projects
from projections.retained import retained
from projections.staff import staff
from projections.visits import visits

VIEWS: tuple[View, ...] = (
    alerts,
    audit,
    caseload,
    followups,
    groups,
    households,
    indicators,
    persons,
    projects,
    retained,
    staff,
    visits,
)
