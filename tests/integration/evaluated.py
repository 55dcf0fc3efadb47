"""A project over HTTP that is evaluated: its records, its evaluator, and a clock that can pass."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.clock import SimulatedClock
from domain.identity import Id, new_id
from domain.principal import Principal
from tests.integration.http import Running


class PassingClock(SimulatedClock):
    """A clock on which every look takes `pace`."""

    pace = timedelta()

    def now(self) -> datetime:
        """Return the moment, and move on."""
        moment = self.moment
        self.moment += self.pace
        return moment


def visited(api: Running, project: Id | None = None) -> Id:
    sent = {
        "station": api.station,
        "project": project,
        "kind": "home_service",
        "minutes": 40,
        "attendance": [{"role": "resident", "source": "counted"}],
        "note": "情绪平稳",
    }
    return str(api.done("/visits", sent)["events"][0])


def contracted(api: Running, clock: SimulatedClock, key: str = "fuyuan") -> Id:
    today = clock.now().date()
    sent = {
        "operator": api.operator,
        "stations": [api.station],
        "number": f"{key}-01",
        "key": key,
        "name": "三社联动试点项目",
        "purchaser": "示例街道办事处",
        "start": (today - timedelta(days=30)).isoformat(),
        "end": (today + timedelta(days=30)).isoformat(),
    }
    api.as_role("project_lead")
    return str(api.done("/projects", sent)["stream"])


def evaluator(api: Running, project: Id, until: datetime) -> Principal:
    """Sign in as an evaluator of a project."""
    who = Principal(
        actor=new_id(),
        role="evaluator",
        operator=api.operator,
        ledger=project,
        evaluation=new_id(),
        until=until,
    )
    api.sign_in(who)
    return who
