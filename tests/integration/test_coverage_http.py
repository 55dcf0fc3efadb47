"""Coverage over HTTP: figures of a station's register that open to people and to records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from domain.clock import SHANGHAI
from domain.counting import PriorityGroup
from domain.identity import Id, new_id
from domain.principal import Principal
from domain.registering import note_about
from domain.registry import PriorityGroupJoined
from tests.integration.http import Running, running
from tests.integration.registered import carried_out, person

REASON = {"code": "entry_error", "text": "录入时看错了"}


class Street:
    """Three people of a register: two live alone, of whom one was visited and one called."""

    def __init__(self, api: Running) -> None:
        self.api = api
        self.path = f"/stations/{api.station}/coverage"
        self.today = api.built.clock.now().astimezone(SHANGHAI).date().isoformat()
        self.visited, self.called, self.missed = (person(api) for _ in range(3))
        for one in (self.visited, self.missed):
            self.join(one, "living_alone")
        self.before = self.position
        self.visit = self.met("home_visit", self.visited)
        self.call = self.met("phone_contact", self.called)

    def join(self, one: Id, group: PriorityGroup) -> None:
        begins = self.api.built.clock.now().astimezone(SHANGHAI).date()
        joined = PriorityGroupJoined(group=group, basis="assessment", begins=begins)
        carried_out(self.api, lambda desk, entry: note_about(desk, entry, one, joined))

    def met(self, kind: str, one: Id) -> Id:
        sent = {"kind": kind, "station": self.api.station, "attendance": [{"person": one}]}
        event: Id = self.api.done("/visits", sent | {"minutes": 30})["events"][0]
        return event

    @property
    def position(self) -> int:
        return self.api.built.journal.max_notification_id() or 0

    def told(self, **query: Any) -> dict[str, Any]:
        """Return the whole answer."""
        answer: dict[str, Any] = self.api.get(self.path, **query)
        return answer

    def share(self, group: str | None = None, **query: Any) -> tuple[int, int]:
        """Return numerator and denominator of a group, or of the register."""
        told = self.told(**query)
        (one,) = (one for one in [told["everybody"], *told["groups"]] if one["group"] == group)
        return one["numerator"], one["denominator"]

    def listed(self, what: str, **query: Any) -> list[dict[str, Any]]:
        """Return the members, or the contacts, behind a figure."""
        rows: list[dict[str, Any]] = self.api.get(f"{self.path}/{what}", **query)["items"]
        return rows


@pytest.fixture(scope="module")
def street(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with running(module_house_url, tmp_path_factory.mktemp("home")) as api:
        api.settle()
        yield Street(api)


def refused(street: Street, path: str, **query: Any) -> tuple[int, str, str | None]:
    street.api.follow()
    answer = street.api.client.get(f"/api/v1{path}", params=query)
    return answer.status_code, answer.json()["code"], answer.json().get("field")


def test_each_figure_says_of_whom_by_which_rule_and_as_of_when(street: Street) -> None:
    told = street.told()
    alone = next(one for one in told["groups"] if one["group"] == "living_alone")
    assert alone == {
        "group": "living_alone", "numerator": 1, "denominator": 2, "unreached": 1,
        "tenths": 500, "formula": "coverage@1", "as_of": street.today,
    }  # fmt: skip
    assert (told["since"], told["until"]) == (None, street.today)
    assert {"home_visit", "phone_contact", "group_session"} <= set(told["kinds"])
    assert (told["everybody"]["group"], told["everybody"]["tenths"]) == (None, 667)
    assert len(told["groups"]) == 19


def test_a_group_of_nobody_has_no_percentage(street: Street) -> None:
    (orphans,) = (one for one in street.told()["groups"] if one["group"] == "orphan")
    assert (orphans["denominator"], orphans["tenths"]) == (0, None)


def test_days_kinds_and_the_place_are_the_askers(street: Street) -> None:
    assert street.share("living_alone", kind="phone_contact") == (0, 2)
    assert street.share(kind=["phone_contact", "lecture"]) == (1, 3)
    assert street.told(kind=["lecture", "phone_contact"])["kinds"] == ["phone_contact", "lecture"]
    earlier = street.told(to="2018-01-01")
    assert (earlier["until"], earlier["everybody"]["as_of"]) == ("2018-01-01", "2018-01-01")
    assert street.share(to="2018-01-01") == (0, 0)
    assert street.share(to="2018-01-01", reference=street.today) == (0, 3)
    assert street.share(community="示例社区") == (2, 3)
    assert street.share(community="另一社区") == (0, 0)


def test_a_figure_opens_to_the_people_behind_it(street: Street) -> None:
    assert {row["person"] for row in street.listed("members")} == {
        street.visited, street.called, street.missed,
    }  # fmt: skip
    (missed,) = street.listed("members", group="living_alone", reached=False)
    assert (missed["person"], missed["contacts"]) == (street.missed, 0)
    assert (missed["groups"], missed["last_contact"]) == (
        ["living_alone", "advanced_age"],
        None,
    )
    assert "born" not in missed
    (reached,) = street.listed("members", group="living_alone", reached=True)
    assert (reached["person"], reached["last_contact"]) == (street.visited, street.today)
    assert street.listed("members", group="orphan") == []


def test_a_figure_opens_to_the_records_behind_it(street: Street) -> None:
    (visit,) = street.listed("contacts", group="living_alone")
    assert (visit["event"], visit["met"]) == (street.visit, [street.visited])
    assert street.api.get(f"/records/{visit['event']}") != []
    assert "words" not in visit
    (call,) = street.listed("contacts", person=street.called)
    assert call["event"] == street.call
    assert street.listed("contacts", person=street.called, group="living_alone") == []


@pytest.mark.parametrize("what", ["members", "contacts"])
def test_pages_follow_each_other(street: Street, what: str) -> None:
    whole = street.listed(what)
    seen: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while len(seen) < len(whole):
        page = street.api.get(f"{street.path}/{what}", limit=1, **more)
        assert len(page["items"]) == 1
        seen += page["items"]
        more = {"cursor": page["next"]} if page["next"] else {}
    assert (seen, more) == (whole, {})
    assert refused(street, f"{street.path}/{what}", cursor="x")[1:] == ("invalid", "cursor")


def test_it_stands_as_it_was_known_then(street: Street) -> None:
    assert street.share(known_at=street.before) == (0, 3)
    assert street.share(known_at=street.position) == street.share() == (2, 3)
    recorded = street.position
    again = street.met("home_visit", street.missed)
    assert street.share("living_alone") == (2, 2)
    street.api.done(f"/records/{again}/voidings", {"reason": REASON})
    assert street.share("living_alone") == (1, 2)
    assert street.share("living_alone", known_at=recorded + 1) == (2, 2)
    assert len(street.listed("contacts", known_at=recorded + 1)) == 3


def test_what_cannot_be_asked_is_refused(street: Street) -> None:
    backwards = {"from": "2018-02-01", "to": "2018-01-01"}
    assert refused(street, street.path, **backwards)[:2] == (422, "days.backwards")
    for kind in ("training", "drop_in", "fraud"):
        assert refused(street, street.path, kind=kind) == (422, "invalid", "kind")
    assert refused(street, f"{street.path}/members", group="elderly")[:2] == (422, "invalid")


def test_what_is_out_of_scope_is_as_if_it_were_not_there(street: Street) -> None:
    here: dict[str, Any] = {"actor": new_id(), "operator": street.api.operator}
    others = (
        Principal(role="operator_manager", actor=new_id(), operator=new_id()),
        Principal(role="station_head", stations=(new_id(),), **here),
        Principal(role="evaluator", ledger=new_id(), evaluation=new_id(), **here),
    )
    paths = [street.path, f"{street.path}/members", f"{street.path}/contacts"]
    for who in others:
        street.api.sign_in(who)
        assert {refused(street, path)[:2] for path in paths} == {(404, "not_found")}
    head = Principal(role="station_head", stations=(street.api.station,), **here)
    street.api.sign_in(head)
    assert street.share("living_alone") == (1, 2)
    street.api.as_role("worker")
    assert refused(street, f"/stations/{new_id()}/coverage") == (404, "not_found", "station")
