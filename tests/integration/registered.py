"""People in the register of a running application, for tests of what is done with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from domain.age import Birth
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.event import Occurred
from domain.identity import Id, new_id
from domain.organisation import scope_of_station
from domain.principal import Principal
from domain.private import private
from domain.registering import note_about, register_person
from domain.registry import ConsentGiven, ConsentPurpose, Details, PersonRegistered
from tests.integration.days import today_here
from tests.integration.http import Running


def carried_out(api: Running, decide: Callable[[Desk, Entry], Receipt]) -> Receipt:
    """Carry out a command that has no route of its own here, in the worker's name."""
    who = Principal(actor=api.worker, role="operator_manager", operator=api.operator)
    now = api.built.clock.now()
    entry = Entry(principal=who, now=now, occurred=Occurred(start=now), command=new_id())
    return api.built.records.carry_out(who, entry, lambda desk: decide(desk, entry))


def consented(api: Running, person: Id, purpose: ConsentPurpose) -> None:
    """Record that somebody consents to a purpose from today on."""
    begins = api.built.clock.now().date()
    given = ConsentGiven(purpose=purpose, form="written", begins=begins)
    carried_out(api, lambda desk, entry: note_about(desk, entry, person, given))


def person(api: Running, name: str = "王示例") -> Id:
    """Register an elderly person at the station."""
    id = new_id()
    born = Birth(day=date(1940, 1, 1), precision="year")
    details = Details(name=private(id, "identity", name), birth=born, community="示例社区")
    carried_out(
        api,
        lambda desk, entry: register_person(
            desk,
            entry,
            scope_of_station(desk, api.station),
            PersonRegistered(details=details),
            id=id,
        ),
    )
    return id


def elder(api: Running, **more: Any) -> dict[str, Any]:
    return {
        "station": api.station,
        "name": "张秀兰",
        "sex": "female",
        "birth": {"day": "1949-12-31"},
        "community": "示例社区",
        **more,
    }


def registered(api: Running, **more: Any) -> str:
    stream: str = api.done("/persons", elder(api, **more))["stream"]
    return stream


def taken_on(api: Running, **more: Any) -> str:
    body = {"operator": api.operator, "name": "王小明", "begins": today_here().isoformat(), **more}
    stream: str = api.done("/staff", body)["stream"]
    return stream
