"""动态信息核对: what the register says of somebody is checked with them, by telephone or at home.

It is work that indicators count, so it is a record of its own in its project's ledger.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from domain.aggregate import Aggregate
from domain.attending import served
from domain.counting import Counted
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.event import Effective, fact
from domain.identity import Id
from domain.project_work import allocated
from domain.references import check_named

KIND = "register_verification"


@fact(corrections=True)
class RegisterInfoVerified(
    Counted, frozen=True, kw_only=True, tag="verification.RegisterInfoVerified@1"
):
    """A person's entry in the register was found right, or something in it had changed."""

    person: Id
    method: Literal["phone", "visit"]
    outcome: Literal["confirmed", "changed"]
    worker: Id | None = None

    @property
    def whom(self) -> Id:
        """Whose entry it was."""
        return self.person


class Verification(Aggregate):
    """One check of one person's entry."""

    kind = "register_verification"

    def check_references(
        self, desk: Any, entry: Entry, before: Effective[Any] | None, after: Effective[Any]
    ) -> None:
        """Refuse a corrected or reinstated check of somebody dead or gone by then."""
        person = after.facts.person
        stood = before is None or before.facts.person == person
        served(desk, person, after.occurred.day, "person", stood=stood)


def verify_register(
    desk: Desk, entry: Entry, scope: Scope, facts: RegisterInfoVerified, *, id: Id | None = None
) -> Receipt:
    """Record a check; the kind is `register_verification` whatever is given.

    Refused: the dead, and who moved away.
    """
    served(desk, facts.person, entry.day, "person")
    check_named(desk, entry, scope.operator, facts)
    facts = msgspec.structs.replace(facts, kind=KIND, worker=facts.worker or entry.principal.actor)
    facts = allocated(desk, entry, scope, facts)
    return desk.save(entry, Verification.start(entry, scope, facts, id=id))
