"""All views there are, in the order in which they are folded."""

from __future__ import annotations

from projections.alerts import alerts
from projections.audit import audit
from projections.engine.view import View
from projections.followups import followups
from projections.indicators import indicators
from projections.projects import projects
from projections.visits import visits

VIEWS: tuple[View, ...] = (audit, visits, followups, alerts, indicators, projects)
