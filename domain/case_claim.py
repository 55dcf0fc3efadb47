"""One open case of a type for a person, or a household, at a station: held by a claim.

The claim is taken and given up in the transaction that opens or ends the case (events.md, BC4).
Of open cases at other stations it is only warned: see `case_elsewhere`.
"""

from __future__ import annotations

from domain.aggregate import Aggregate
from domain.case_elsewhere import settle_elsewhere
from domain.case_history import CaseHistory
from domain.case_rules import OPEN
from domain.claim import claim, holder_of, release
from domain.desk import Desk
from domain.entry import Entry
from domain.refusals import Conflict, refusal

WHAT = "open_case"

ALREADY_OPEN = refusal("case.already_open", Conflict)


def settle_claim(desk: Desk, entry: Entry, case: CaseHistory) -> tuple[Aggregate, ...]:
    """Hold the claim while the case is open, and not otherwise; save what this returns.

    Raises `case.already_open` while another case holds it.
    """
    held: tuple[Aggregate, ...] = ()
    if case.stands.stage in OPEN:
        taken = ALREADY_OPEN("client")
        held = (claim(desk, entry, case.scope, WHAT, key(case), case.id, taken),)
    elif holder_of(desk, WHAT, key(case)) == case.id:
        held = (release(desk, entry, WHAT, key(case), case.id),)
    return (*held, *settle_elsewhere(desk, entry, case))


def key(case: CaseHistory) -> tuple[str, ...]:
    """Return within what the claim is unique."""
    served = case.stands.client or case.stands.household or case.id
    return (case.scope.station or case.scope.operator, served, case.stands.case_type)
