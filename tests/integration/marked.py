"""A demonstration and real work side by side."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx

from domain.identity import Id, new_id
from domain.principal import Principal
from tests.integration.contracted import contracted
from tests.integration.http import Running
from tests.integration.registered import person


class Both:
    """A running application with a real station and one that demonstrates, each with a visit."""

    def __init__(self, api: Running) -> None:
        self.api = api
        api.settle()
        self.real, self.real_operator = api.station, api.operator
        self.real_visit = self._recorded()
        self.by_administrator()
        invented = {"name": "演示中心", "uscc": "91110000802100433B", "demonstration": True}
        api.operator = api.done("/operators", invented)["stream"]
        station = {
            "operator": api.operator,
            "name": "演示社工站",
            "region_code": "620102001",
            "purchaser": "示例街道办事处",
            "overseer": "示例区民政局",
        }
        self.operator, api.worker = api.operator, new_id()
        self.demonstration = api.station = api.done("/stations", station)["stream"]
        api.as_role("operator_manager")
        self.project = contracted(api)
        self.visit = self._recorded()

    def _recorded(self) -> Id:
        self.api.as_role("worker")
        person(self.api)
        visit = {
            "station": self.api.station,
            "kind": "home_service",
            "minutes": 40,
            "attendance": [{"role": "resident", "source": "counted"}],
        }
        event: Id = self.api.done("/visits", visit)["events"][0]
        return event

    def by_administrator(self) -> None:
        """Go on as the administrator, who sees both."""
        self.api.sign_in(Principal(actor=new_id(), role="administrator"))

    def get(self, path: str, **query: Any) -> httpx.Response:
        """Read what must be there, with the headers of the answer."""
        self.api.follow()
        answer = self.api.client.get(f"/api/v1{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer
