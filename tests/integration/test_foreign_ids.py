"""Every id that a command names is of the writer's own operator, or is refused by its field.

Two operators keep their staff here; what one has on record, the other cannot name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.clock import SHANGHAI
from domain.identity import Id, new_id
from domain.principal import Principal
from tests.integration.http import Running, running
from tests.integration.registered import person

TODAY = datetime.now(UTC).astimezone(SHANGHAI).date().isoformat()
SOMEBODY = {"role": "resident", "source": "counted"}
Ids = dict[str, Id]


class Two:
    """A running application with two operators; `ours` are the ids of one, `theirs` the other's."""

    def __init__(self, api: Running) -> None:
        self.api = api
        api.settle()
        self.theirs = self._on_record()
        self._another_operator(api)
        self.ours = self._on_record()

    def _another_operator(self, api: Running) -> None:
        api.sign_in(Principal(actor=new_id(), role="administrator"))
        operator = {"name": "另一家社会工作服务中心", "uscc": "91110000802100433B"}
        api.operator = api.done("/operators", operator)["stream"]
        station = {
            "operator": api.operator,
            "name": "另一街道社工站",
            "region_code": "620102002",
            "purchaser": "示例街道办事处",
            "overseer": "示例区民政局",
        }
        api.station = api.done("/stations", station)["stream"]
        api.worker = new_id()

    def _on_record(self) -> Ids:
        """Put colleagues, a person, a household, a case, a group and a need on record."""
        api = self.api
        api.as_role("operator_manager")
        hired = {"operator": api.operator, "name": "示例", "begins": "2018-06-01"}
        api.done("/staff", hired | {"staff": api.worker})
        colleague = api.done("/staff", hired)["stream"]
        somebody = person(api)
        household = {
            "station": api.station, "community": "示例社区", "head": somebody, "begins": TODAY,
        }  # fmt: skip
        case = {"station": api.station, "client": somebody, "case_type": "loneliness"}
        group = {
            "station": api.station, "title": "小组", "audience": "elderly",
            "sessions": 2, "size_min": 1, "size_max": 9,
        }  # fmt: skip
        need = {
            "station": api.station, "category": "service", "item": "陪护", "purpose": "care",
            "person": somebody,
        }  # fmt: skip
        return {
            "operator": api.operator,
            "station": api.station,
            "colleague": colleague,
            "person": somebody,
            "household": api.done("/households", household)["stream"],
            "case": api.done("/cases", case)["stream"],
            "group": api.done("/groups", group)["stream"],
            "need": api.done("/needs", need)["stream"],
        }


@pytest.fixture(scope="module")
def two(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with running(module_house_url, tmp_path_factory.mktemp("home")) as api:
        yield Two(api)


VISIT: dict[str, Any] = {"station": "=station", "kind": "home_visit", "attendance": [SOMEBODY]}
HELD: dict[str, Any] = {
    "station": "=station", "kind": "exchange", "title": "例会", "attendance": [{"count": 2}],
}  # fmt: skip
SERVED = {"station": "=station", "case_type": "other", "client": "=person"}
GROUP = {
    "station": "=station", "title": "小组", "audience": "elderly",
    "sessions": 2, "size_min": 1, "size_max": 9,
}  # fmt: skip
MEETING = {"number": 1, "phase": "formation", "attendance": [SOMEBODY]}
NAMED = [
    ("/visits", VISIT, "station", "station", "station"),
    ("/visits", VISIT, "workers", ["colleague"], "workers.0"),
    ("/visits", VISIT, "household", "household", "household"),
    ("/visits", VISIT, "household", "station", "household"),
    ("/visits", VISIT, "case", "case", "case"),
    ("/visits", VISIT, "on_behalf_of", "colleague", "on_behalf_of"),
    ("/visits", VISIT, "approved_by", "colleague", "approved_by"),
    ("/visits", VISIT, "attendance", [{"person": "person"}], "attendance.0.person"),
    *(
        ("/visits", VISIT, "attendance", [SOMEBODY, {"person": "colleague", "role": role}],
         "attendance.1.person")
        for role in ("worker", "supervisee")
    ),
    ("/visit-attempts", {"station": "=station", "person": "=person", "outcome": "refused"},
     "workers", ["colleague"], "workers.0"),
    ("/visit-plans", {"station": "=station", "person": "=person", "begins": TODAY},
     "worker", "colleague", "worker"),
    ("/cases", SERVED, "worker", "colleague", "worker"),
    ("/cases", SERVED, "client", "person", "client"),
    ("/cases", SERVED, "household", "household", "household"),
    ("/case-enquiries", SERVED | {"source": "self"}, "worker", "colleague", "worker"),
    ("/cases/=case/sessions", {"minutes": 50}, "workers", ["colleague"], "workers.0"),
    ("/cases/=case/supervisions", {}, "supervisor", "colleague", "supervisor"),
    ("/cases/=case/handovers", {"reason": "leave"}, "worker", "colleague", "worker"),
    ("/groups", GROUP, "leader", "colleague", "leader"),
    ("/groups", GROUP, "co_leader", "colleague", "co_leader"),
    ("/groups/=group/meetings", MEETING, "leader", "colleague", "leader"),
    ("/groups/=group/meetings", MEETING, "workers", ["colleague"], "workers.0"),
    ("/groups/=group/members", {}, "member", "person", "member"),
    ("/held-activities", HELD, "workers", ["colleague"], "workers.0"),
    ("/needs/=need/verifications", {}, "verifier", "colleague", "verifier"),
    ("/needs/=need/matches", {"match": "=person", "match_kind": "volunteer"},
     "approver", "colleague", "approver"),
    ("/needs/=need/deliveries", {"lines": [], "attendance": []},
     "deliverer", "colleague", "deliverer"),
    ("/needs/=need/deliveries", {"lines": [], "attendance": []},
     "receiver", "person", "receiver"),
    ("/persons/=person/risk-tiers", {"tier": "high"}, "assessed_by", "colleague", "assessed_by"),
    ("/persons/=person/verifications",
     {"station": "=station", "method": "phone", "outcome": "confirmed"},
     "worker", "colleague", "worker"),
]  # fmt: skip
"""Path and body, the field that is sent, whose id it is, and the field that is named."""


APART = [one for one in NAMED if one[4] not in ("station", "receiver")]
"""A record at another's station is theirs, whole; and nothing is delivered before verifying."""


def filled(sent: Any, ids: Ids, mark: str = "=") -> Any:
    """Put ids where their names stand."""
    if isinstance(sent, str):
        return "/".join(
            ids[part.removeprefix(mark)] if part.startswith(mark) and part[len(mark):] in ids
            else part
            for part in sent.split("/")
        )  # fmt: skip
    if isinstance(sent, dict):
        return {name: filled(value, ids, mark) for name, value in sent.items()}
    return [filled(value, ids, mark) for value in sent] if isinstance(sent, list) else sent


@pytest.mark.parametrize(
    ("path", "body", "field", "named", "said"),
    NAMED,
    ids=[f"{path} {said}".replace("=", "") for path, _, _, _, said in NAMED],
)
def test_a_foreign_id_is_refused_by_its_field(
    two: Two, path: str, body: dict[str, Any], field: str, named: Any, said: str
) -> None:
    before = two.api.built.journal.max_notification_id()
    where, given = filled(path, two.ours), filled(body, two.ours)
    foreign = "station" if field == "household" and named == "station" else None
    theirs = two.ours[foreign] if foreign else filled(named, two.theirs, "")
    answer = two.api.post(where, given | {field: theirs})
    assert answer.status_code in (404, 422), answer.text
    assert (answer.json()["code"], answer.json().get("field")) == ("not_found", said)
    assert two.api.built.journal.max_notification_id() == before
    unknown = two.api.post(where, given | {field: _unknown(theirs)})
    assert (unknown.status_code, unknown.json().get("field")) == (answer.status_code, said)


def _unknown(sent: Any) -> Any:
    """The same with ids that nobody has: whether somebody else has one is not to be told."""
    if isinstance(sent, list):
        return [_unknown(one) for one in sent]
    if isinstance(sent, dict):
        return {name: _unknown(one) if name == "person" else one for name, one in sent.items()}
    return new_id()


@pytest.mark.parametrize(
    ("path", "body", "field", "named", "said"),
    APART,
    ids=[f"{path} {said}".replace("=", "") for path, _, _, _, said in APART],
)
def test_who_sees_both_operators_names_nothing_of_one_in_a_record_of_the_other(
    two: Two, path: str, body: dict[str, Any], field: str, named: Any, said: str
) -> None:
    before = two.api.built.journal.max_notification_id()
    two.api.sign_in(Principal(actor=new_id(), role="administrator"))
    try:
        given = filled(body, two.ours) | {field: filled(named, two.theirs, "")}
        answer = two.api.post(filled(path, two.ours), given)
    finally:
        two.api.as_role("operator_manager")
    assert answer.status_code in (404, 422), answer.text
    assert (answer.json()["code"], answer.json().get("field")) == ("not_found", said)
    assert two.api.built.journal.max_notification_id() == before
