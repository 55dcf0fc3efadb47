"""All views there are, in the order in which they are folded."""

from __future__ import annotations

from projections.activities import activities
from projections.alerts import alerts
from projections.audit import audit
from projections.caseload import caseload
from projections.documents import documents
from projections.donations import donations
from projections.engine.view import View
from projections.evaluations import evaluations
from projections.followups import followups
from projections.groups import groups
from projections.households import households
from projections.indicators import indicators
from projections.needs import needs
from projections.organisation import organisations
from projections.persons import persons
from projections.projects import projects
from projections.retained import retained
from projections.signals.trace import traces
from projections.staff import staff
from projections.visits import visits

VIEWS: tuple[View, ...] = (
    activities,
    alerts,
    audit,
    caseload,
    documents,
    donations,
    evaluations,
    followups,
    groups,
    households,
    indicators,
    needs,
    organisations,
    persons,
    projects,
    retained,
    staff,
    traces,
    visits,
)
