"""One open case of a type for a person, or a household, at a station: held by a claim.

The claim is taken and given up in the transaction that opens or ends the case (events.md, BC4).
It tells of today alone. What is written down afterwards is held to the cases that had it before:
none is opened on a day on which another stood open, and no correction opens two at once. That a
case was open beside another may show only when its closing is written; then it is warned of.
Of open cases at other stations it is only warned: see `case_elsewhere`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from domain.aggregate import Aggregate
from domain.case_elsewhere import settle_elsewhere
from domain.case_facts import CaseOpened
from domain.case_history import CaseHistory, OpenSpan
from domain.case_rules import OPEN
from domain.claim import claim, holder_of, holders_of, release
from domain.desk import Desk
from domain.entry import Entry
from domain.event import fact
from domain.identity import Id, new_id
from domain.refusals import Conflict, refusal
from domain.warning import Warned

WHAT = "open_case"

ALREADY_OPEN = refusal("case.already_open", Conflict)
OPEN_THEN = refusal("case.open_then", Conflict)


@fact()
class OpenTogether(Warned, frozen=True, kw_only=True, tag="case.OpenTogether@1"):
    """By its closing it is known that a case was open beside another; `other` opened that one."""

    code = "case.open_together"


def settle_claim(
    desk: Desk, entry: Entry, case: CaseHistory, gained: OpenSpan | None = None
) -> tuple[Aggregate, ...]:
    """Hold the claim while the case is open, and not otherwise; save what this returns.

    `gained` are the days on which the case is open by this step and was not before, its end not
    among them. Raises `case.already_open` while another case holds the claim, `case.open_then`
    where another was open on one of those days.
    """
    held: tuple[Aggregate, ...] = ()
    if case.stands.stage in OPEN:
        taken = ALREADY_OPEN("client")
        held = (claim(desk, entry, case.scope, WHAT, key(case), case.id, taken),)
    elif holder_of(desk, WHAT, key(case)) == case.id:
        held = (release(desk, entry, WHAT, key(case), case.id),)
    for _, then in () if gained is None else _beside(desk, case, gained):
        raise OPEN_THEN("occurred.start", begins=str(then.begin), ends=str(then.end or "…"))
    return (*held, *settle_elsewhere(desk, entry, case))


def on_day(day: date) -> OpenSpan:
    """Return one day as it is gained: of a case that is opened its closing is not known yet."""
    return OpenSpan(day, day + timedelta(days=1))


def warn_of_others(desk: Desk, entry: Entry, case: CaseHistory, closing: Id) -> None:
    """Put on record in a case beside which others it was open until it was closed now."""
    for other in {id: None for id, _ in _beside(desk, case, case.open_spans[-1])}:
        case.record(entry, OpenTogether(record=closing, other=other), event=new_id())


def _beside(desk: Desk, case: CaseHistory, days: OpenSpan) -> Iterator[tuple[Id, OpenSpan]]:
    """Yield the opening, and the days, of other cases that were open on some of these days.

    Where one closes on the day on which the next is opened, they were not open at once.
    """
    for id in holders_of(desk, WHAT, key(case)):
        if id == case.id:
            continue
        other: CaseHistory = desk.load_any("case", id)
        opened = [
            record
            for record, written in other.records.items()
            if not written.void and isinstance(written.effective.facts, CaseOpened)
        ]
        for span in other.open_spans if opened else ():
            if _overlap(span, days):
                yield opened[0], span


def _overlap(one: OpenSpan, other: OpenSpan) -> bool:
    return (one.end is None or other.begin < one.end) and (
        other.end is None or one.begin < other.end
    )


def key(case: CaseHistory) -> tuple[str, ...]:
    """Return within what the claim is unique."""
    served = case.stands.client or case.stands.household or case.id
    return (case.scope.station or case.scope.operator, served, case.stands.case_type)
