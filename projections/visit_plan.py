"""When the next visit of each plan is due, reckoned from what was scheduled and from who was met.

A plan stands in its station's ledger and a visit perhaps in a project's, so no row of either could
say it: it is worked out when it is asked, from the last contact that anybody of the station made
with that person (`domain.visit_plan.due`). Whoever was registered twice is one person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from domain.identity import Id
from domain.subject import counted_as
from domain.visit_plan import Window, due
from projections.engine.ask import Answers, Where, full_order
from projections.engine.view import Row
from projections.registers import mergers
from projections.visit import ALSO_MET, PLAN, VISIT

AT_ONCE = 50
"""Of how many plans at least the contacts are looked up at once."""
FURTHER = 4
"""How many times further back is looked for those whose last contact was not found yet."""
Known = Mapping[Id, Id]
"""As whom each absorbed record of somebody is known now."""
Place = tuple[Id, Id]
"""A person as known now, and the station that keeps the plan or made the contact."""


def visit_plans(
    answers: Answers,
    where: Where,
    today: date,
    *,
    due_until: date | None = None,
    after: tuple[Any, ...] | None = None,
    limit: int,
) -> list[Row]:
    """Return plans in the order of their ids, each with its next window and its last contact.

    With `due_until`, those that run and whose window ends by that day. `after` is where the page
    before ended.
    """
    found: list[Row] = []
    known, at_once = counted_as(mergers(answers)), max(limit, AT_ONCE)
    running = {} if due_until is None else {"ended": False}
    while True:
        some = answers.rows(PLAN, where={**where, **running}, after=after, limit=at_once)
        reckoned = _reckoned(answers, some, known, today)
        found += [row for row in reckoned if due_until is None or row["latest"] <= due_until]
        if len(found) >= limit or len(some) < at_once:
            return found[:limit]
        after = tuple(some[-1][name] for name in full_order(PLAN, ()))


def _reckoned(answers: Answers, plans: Sequence[Row], known: Known, today: date) -> Iterator[Row]:
    last = _last_contacts(answers, plans, known, today) if plans else {}
    for plan in plans:
        met = last.get(_place(plan, known))
        if met is not None and met < plan["begins"]:
            met = None
        window = None if plan["ended"] else _window(plan, met)
        yield {
            **plan,
            "earliest": None if window is None else window.earliest,
            "latest": None if window is None else window.latest,
            "last_contact": met,
        }


def _place(row: Row, known: Known) -> Place:
    return known.get(row["person"], row["person"]), row["station"]


def _window(plan: Row, met: date | None) -> Window:
    scheduled = None
    if plan["latest"] is not None:
        scheduled = Window(earliest=plan["earliest"], latest=plan["latest"])
    return due(
        plan["every_days"],
        plan["begins"],
        scheduled=scheduled,
        skipped=plan["skipped"],
        last=met,
    )


def _last_contacts(
    answers: Answers, plans: Sequence[Row], known: Known, today: date
) -> dict[Place, date]:
    """Return the last contact with each plan's person by its station, since the plans began.

    Most were met within the time of their plan; further back is looked for the others only, since
    nobody's whole history need be read for its last day.
    """
    begun, back = min(plan["begins"] for plan in plans), max(plan["every_days"] for plan in plans)
    wanted, last = {_place(plan, known) for plan in plans}, dict[Place, date]()
    since = date.max
    while since > begun and (missing := wanted - last.keys()):
        since = max(begun, _before(today, back))
        last |= _latest(answers, missing, known, {"day": since})
        back *= FURTHER
    return last


def _before(day: date, days: int) -> date:
    """Return an earlier day, at least the first that there is."""
    return date.fromordinal(max(day.toordinal() - days, date.min.toordinal()))


def _latest(
    answers: Answers, wanted: Collection[Place], known: Known, since: Where
) -> dict[Place, date]:
    """Return the last day of a contact with each person of `wanted` by the station named there."""
    people = {person for person, _ in wanted}
    records = people | {absorbed for absorbed, kept in known.items() if kept in people}
    last: dict[Place, date] = {}
    for table, where in ((VISIT, {"outcome": "made"}), (ALSO_MET, {})) if records else ():
        for row in answers.rows(table, where={**where, "person": records}, since=since):
            place = _place(row, known)
            last[place] = max(row["day"], last.get(place, row["day"]))
    return {place: day for place, day in last.items() if place in wanted}
