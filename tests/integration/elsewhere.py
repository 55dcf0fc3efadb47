"""Another station of the same operator, and who works there."""

from __future__ import annotations

from domain.identity import Id
from tests.integration.http import Running


def another_station(api: Running) -> Id:
    api.as_role("operator_manager")
    sent = {
        "operator": api.operator,
        "name": "另一街道社工站",
        "region_code": "620102002",
        "purchaser": "另一街道办事处",
        "overseer": "示例区民政局",
    }
    return str(api.done("/stations", sent)["stream"])


def hired(api: Running, name: str, role: str = "worker") -> tuple[Id, Id]:
    """Take somebody on, in a role; return their id and the event that has the name."""
    begins = "2018-06-01"
    made = api.done("/staff", {"operator": api.operator, "name": name, "begins": begins})
    taken = {"station": api.station, "role": role, "begins": begins}
    api.done(f"/staff/{made['stream']}/roles", taken)
    return made["stream"], made["events"][0]
