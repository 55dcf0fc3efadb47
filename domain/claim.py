"""Claims: what may exist only once, held by the journal's own optimistic concurrency.

An ID number belongs to one person of an operator; a person has one open case of a type at a
station. No aggregate can see that by itself, and asking a view first would leave a gap. So each
such thing is a small stream of its own, under an id made from what is claimed. It is saved in
the same transaction as the record that needs it: of two writers who claim at once, one finds its
version taken, is decided again, and is then refused.
"""

from __future__ import annotations

import msgspec

from domain.aggregate import Aggregate
from domain.desk import Desk
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id, derived_id, new_id
from domain.refusals import Conflict, NotFound, ShiluError, refusal

NOT_HELD = refusal("claim.not_held", Conflict)


@fact()
class Claimed(Facts, frozen=True, kw_only=True, tag="claim.Claimed@1"):
    """`holder` (a person, a case…) alone has what was claimed; `what` names the sort of claim."""

    what: str
    holder: Id


@fact()
class Released(Facts, frozen=True, kw_only=True, tag="claim.Released@1"):
    """It is free again."""

    what: str
    holder: Id


class UniqueClaim(Aggregate):
    """Who holds one thing that can be held only once."""

    kind = "claim"
    lasting = (Facts,)
    holder: Id | None = None
    held: tuple[Id, ...] = ()

    def evolve(self, event: AnyEvent) -> None:
        """Keep the holder, and all who ever were."""
        match event.facts:
            case Claimed(holder=holder):
                self.holder = holder
                self.held = tuple(dict.fromkeys((*self.held, holder)))
            case Released():
                self.holder = None


def claim(
    desk: Desk,
    entry: Entry,
    scope: Scope,
    what: str,
    key: tuple[str, ...],
    holder: Id,
    taken: ShiluError,
) -> UniqueClaim:
    """Claim `what` (as `"id_number"`) under `key` for a holder; the caller saves what it returns.

    `key` must say within what it is unique: it begins with the operator's or the station's id.
    Scope says who may see the claim and never carries a project, since another project may claim
    next. Raises `taken` while another holder has it; claiming what one holds changes nothing.
    """
    found = _find(desk, what, key)
    if found is not None and found.holder is not None:
        if found.holder != holder:
            raise taken
        return found
    claimed = found or UniqueClaim(
        claim_id(what, *key), msgspec.structs.replace(scope, project=None)
    )
    claimed.record(entry, Claimed(what=what, holder=holder), event=new_id())
    return claimed


def release(desk: Desk, entry: Entry, what: str, key: tuple[str, ...], holder: Id) -> UniqueClaim:
    """Give up what the holder claimed; the caller saves what it returns.

    Raises `claim.not_held` when it is free or another's.
    """
    found = _find(desk, what, key)
    if found is None or found.holder != holder:
        raise NOT_HELD()
    found.record(entry, Released(what=what, holder=holder), event=new_id())
    return found


def holder_of(desk: Desk, what: str, key: tuple[str, ...]) -> Id | None:
    """Return who holds it within the principal's scope, or None."""
    found = _find(desk, what, key)
    return None if found is None else found.holder


def holders_of(desk: Desk, what: str, key: tuple[str, ...]) -> tuple[Id, ...]:
    """Return all who ever held it within the principal's scope, in the order of their claims."""
    found = _find(desk, what, key)
    return () if found is None else found.held


def claim_id(what: str, *key: str) -> Id:
    """Return the stream of a claim."""
    return derived_id("claim", what, *key)


def _find(desk: Desk, what: str, key: tuple[str, ...]) -> UniqueClaim | None:
    try:
        return desk.load(UniqueClaim, claim_id(what, *key))
    except NotFound:
        return None
