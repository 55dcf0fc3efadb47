"""All views there are, in the order in which they are folded."""

from __future__ import annotations

from projections.activity import activities
from projections.alert import alerts
from projections.audit import audit
from projections.case import caseload
from projections.contact_rule import followups
from projections.donation import donations
from projections.engine.view import View
from projections.evaluation import evaluations
from projections.evidence import documents
from projections.group import groups
from projections.household import households
from projections.indicators import indicators
from projections.need import needs
from projections.organisation import organisations
from projections.person import persons
from projections.project import projects
from projections.reading import readings
from projections.retained import retained
from projections.signals.trace import traces
from projections.staff import staff
from projections.visit import visits

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
    readings,
    retained,
    staff,
    traces,
    visits,
)
