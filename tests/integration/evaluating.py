"""An evaluation of a project, from its commission on, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.clock import SHANGHAI, SystemClock
from domain.identity import Id, new_id
from domain.sampling import Member, Method, allocate, commitment, draw, population_hash, seed_of
from tests.integration.evaluated import PassingClock, contracted
from tests.integration.http import Running
from tests.integration.registered import person

NONCE = "5a" * 32


COMMITTED = commitment(bytes.fromhex(NONCE))


HOUR = timedelta(hours=1)


USCC = "52620102MJ1234567J"


PLAN = {
    "records": "visits",
    "strata": ["kind"],
    "method": {"by": "share", "amount": 50},
    "commitment": COMMITTED,
}


class Evaluating:
    """A project with visits, frozen for an evaluator who holds a token."""

    def __init__(self, api: Running, clock: PassingClock, url: str) -> None:
        self.api, self.clock, self.url = api, clock, url
        self.evaluator = new_id()
        self.project = contracted(api, clock)
        self.agreeing, self.silent = person(api), person(api, "李示例")
        today = clock.now().astimezone(SHANGHAI).date().isoformat()
        consent = {"purpose": "evaluation", "form": "written", "begins": today}
        api.done(f"/persons/{self.agreeing}/consents", consent)
        self.visits = [self.visit() for _ in range(6)]
        self.as_of = SystemClock().now()
        self.late = self.visit()
        clock.set(self.as_of + HOUR)
        self.hour, self.expires = clock.now() + HOUR, clock.now() + 24 * HOUR
        self.begin()

    def begin(self) -> None:
        """Commission an evaluation and let its evaluator in; another takes its place."""
        self.id = self._commissioned()
        self.token = self._let_in()

    def visit(self) -> Id:
        """Record a visit to both persons, by a worker of its own."""
        sent = {
            "station": self.api.station,
            "project": self.project,
            "kind": "home_service",
            "minutes": 40,
            "workers": [new_id()],
            "attendance": [{"person": self.agreeing}, {"person": self.silent}],
        }
        return str(self.api.done("/visits", sent)["events"][0])

    @property
    def commission(self) -> dict[str, Any]:
        """What commissions the evaluation."""
        return {
            "kind": "midterm",
            "organisation": new_id(),
            "name": "示例评估中心",
            "uscc": USCC,
            "evaluators": [self.evaluator],
            "as_of": self.as_of.isoformat(),
        }

    def _commissioned(self) -> Id:
        made = self.api.done(f"/projects/{self.project}/evaluations", self.commission)
        return str(made["stream"])

    def _let_in(self) -> str:
        none = {"evaluator": self.evaluator, "conflict": False}
        self.done("declarations", none)
        return str(self.done("accesses", self.access)["token"])

    @property
    def access(self) -> dict[str, Any]:
        """What lets the evaluator in."""
        return {"evaluator": self.evaluator, "expires": self.expires.isoformat()}

    def done(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a command of the evaluation that must succeed."""
        return self.api.done(f"/evaluations/{self.id}/{path}", body or {})

    def refused(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
        """Send one that must not, and say how."""
        answer = self.api.post(f"/evaluations/{self.id}/{path}", body or {})
        return answer.status_code, answer.json()["code"]

    def read(self, path: str = "", **query: Any) -> Any:
        """Read something of the evaluation."""
        return self.api.get(f"/evaluations/{self.id}{path}", **query)

    def as_evaluator(self) -> None:
        """Go on as the evaluator, with their token."""
        self.api.client.headers["Authorization"] = f"Bearer {self.token}"

    def drawn(self) -> Id:
        """Freeze, and settle a sample."""
        self.done("snapshot")
        self.as_evaluator()
        sent = PLAN | {"visible_from": self.hour.isoformat()}
        return str(self.done("samples", sent)["events"][0])

    def drawn_at_home(self, sample: Id) -> list[Id]:
        """Draw as the evaluator does, from what anybody may read."""
        given = self.read(f"/samples/{sample}/population")
        members = [Member(**one) for one in given["members"]]
        assert population_hash(members) == given["population"]
        strata = allocate(members, Method(by="share", amount=50))
        assert {one.name: one.drawn for one in strata} == given["drawn"]
        sides = (given["root"], given["contribution"], NONCE)
        return list(draw(members, strata, seed_of(*map(bytes.fromhex, sides))))

    def revealed(self) -> Id:
        """… and show it at its hour."""
        sample = self.drawn()
        self.clock.set(self.hour)
        self.done(f"samples/{sample}/revelation", {"nonce": NONCE})
        return sample
