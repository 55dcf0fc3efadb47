"""A case that is closed is one case, however often it was, to each indicator and exclusive set.

It counts at the closing that counted it first, for as long as that one stands. Where that one is
void, or says something else, the next that the indicator takes counts it instead; one that is
taken back counts only where no other does by now.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from domain.case_facts import CaseClosed
from domain.case_history import CaseHistory
from domain.counting import Allocation
from domain.desk import Desk
from domain.entry import Entry
from domain.event import Correction, Effective
from domain.identity import Id
from domain.neighbours import Contract
from domain.project_work import check_periods


def counted_once(desk: Desk, case: CaseHistory, facts: CaseClosed) -> CaseClosed:
    """Leave out of a new closing the indicators that count this case as closed already."""
    if case.scope.project is None:
        return facts
    contract: Contract = desk.load_any("project", case.scope.project, "project")
    return replace(facts, allocations=contract.uncounted(facts.allocations, counted(case)))


def counted(case: CaseHistory, beside: Id | None = None) -> tuple[Allocation, ...]:
    """Return where the closings that stand count a case, `beside` one of them."""
    return tuple(each for id, one in _standing(case) if id != beside for each in _of(one))


def settle_closings(desk: Desk, entry: Entry, case: CaseHistory, change: Correction) -> None:
    """Count the case once again after one of its closings was corrected, void or taken back.

    It moves neither out of a closed period nor into one without approval.
    """
    if case.scope.project is None:
        return
    contract: Contract = desk.load_any("project", case.scope.project, "project")
    _leave_out(entry, case, contract, change)
    for id, closing in list(_standing(case)):
        gained = _gained(case, contract, id, closing, change)
        if gained:
            check_periods(desk, entry, case.scope, closing.occurred)
            held = replace(closing.facts, allocations=(*_of(closing), *gained))
            _allocate(entry, case, id, contract.reallocate(held, closing.facts), change)


def _leave_out(entry: Entry, case: CaseHistory, contract: Contract, change: Correction) -> None:
    """Take out of the closing that was set right what another counts."""
    if change.after is None:
        return
    allocations = _of(case.standing(change.target))
    kept = contract.uncounted(allocations, counted(case, beside=change.target))
    if kept != allocations:
        _allocate(entry, case, change.target, kept, change)


def _gained(
    case: CaseHistory,
    contract: Contract,
    id: Id,
    closing: Effective[CaseClosed],
    change: Correction,
) -> tuple[Allocation, ...]:
    """Return what a closing is to count to, since the one that did counts there no more.

    Not where somebody withdrew this closing by hand.
    """
    takes = contract.allocate(closing.facts)
    never_lost = contract.uncounted(takes, _lost(case, change))
    withdrawn = case.closings[id].withdrawn
    found = (each for each in takes if each not in never_lost and each.indicator not in withdrawn)
    return contract.uncounted(tuple(found), counted(case, beside=id))


def _lost(case: CaseHistory, change: Correction) -> tuple[Allocation, ...]:
    """Return where the case was counted by a closing, and is by none that stands."""
    once = [written.effective for written in case.records.values() if written.void]
    if change.before is not None:
        once.append(change.before)
    held = {each.indicator for each in counted(case)}
    return tuple(
        each
        for one in once
        if isinstance(one.facts, CaseClosed)
        for each in _of(one)
        if each.indicator not in held
    )


def _standing(case: CaseHistory) -> Iterator[tuple[Id, Effective[CaseClosed]]]:
    for id, written in case.records.items():
        if not written.void and isinstance(written.effective.facts, CaseClosed):
            yield id, written.effective


def _of(closing: Effective[CaseClosed]) -> tuple[Allocation, ...]:
    return closing.facts.allocations


def _allocate(
    entry: Entry,
    case: CaseHistory,
    id: Id,
    allocations: tuple[Allocation, ...],
    change: Correction,
) -> None:
    """Say in a closing where it counts, for the reason for which the other was set right."""
    stands = case.standing(id)
    facts = replace(stands.facts, allocations=allocations)
    reason = replace(change.reason, duplicate_of=None)
    case.correct(entry, id, Effective(occurred=stands.occurred, facts=facts), reason)
