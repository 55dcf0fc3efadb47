"""A running API for tests: the real application over a real database, followed as in the house."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
from fastapi.testclient import TestClient

from api.app import create_app
from deploy.migrate import migrate
from deploy.settings import Settings
from deploy.wiring import House, house
from domain.clock import Clock
from domain.identity import Id, new_id
from domain.journal.tokens import Tokens
from domain.principal import Principal, Role
from tests.described import hold_to_the_document

USCC = "91110000600037341L"


class Running:
    """An application, signed in as its administrator, with an operator, a station and a worker."""

    def __init__(self, built: House, client: TestClient) -> None:
        self.built = built
        self.client = client
        self.operator = self.station = self.worker = ""

    def sign_in(self, principal: Principal) -> None:
        """Go on as somebody else."""
        token = Tokens(self.built.pool).issue(principal, "test")
        self.client.headers["Authorization"] = f"Bearer {token}"

    def as_role(self, role: Role, operator: Id | None = None) -> None:
        """Go on as this role of the operator."""
        actor, scope = self.worker or new_id(), operator or self.operator
        self.sign_in(Principal(actor=actor, role=role, operator=scope))

    @contextmanager
    def leading(self) -> Iterator[None]:
        """Do as the operator's manager what not everybody may, and go on as before."""
        before = self.client.headers["Authorization"]
        self.as_role("operator_manager")
        yield
        self.client.headers["Authorization"] = before

    def post(self, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Send a command under a key of its own, unless one is given."""
        headers.setdefault("Idempotency-Key", new_id())
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)

    def done(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a command that must succeed and return its receipt."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt

    def get(self, path: str, **query: Any) -> Any:
        """Read what must be there, after following everything."""
        self.follow()
        answer = self.client.get(f"/api/v1{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def settle(self) -> None:
        """Register an operator and a station, and go on as who does there all that is done."""
        operator = {"name": "示例社会工作服务中心", "uscc": USCC}
        self.operator = self.done("/operators", operator)["stream"]
        station = {
            "operator": self.operator,
            "name": "示例街道社工站",
            "region_code": "620102001",
            "purchaser": "示例街道办事处",
            "overseer": "示例区民政局",
        }
        self.station = self.done("/stations", station)["stream"]
        self.worker = new_id()
        self.as_role("station_head")

    def follow(self) -> None:
        """Bring the views up to date."""
        follower = self.built.follower()
        while follower.step():
            pass
        follower.close()


@contextmanager
def running(url: str, home: Path, clock: Clock | None = None) -> Iterator[Running]:
    """Run the application over an empty database."""
    migrate(url)
    with house(Settings(home=home), clock, url) as built:
        follower = built.follower()
        follower.prepare()
        with built.services() as parts, TestClient(create_app(parts)) as client:
            it = Running(built, client)
            client.event_hooks["response"].append(hold_to_the_document)
            it.sign_in(Principal(actor=new_id(), role="administrator"))
            yield it
