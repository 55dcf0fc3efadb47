"""A person's open cases of one type at several stations: allowed, and said to whoever opens one.

Several stations of an operator may work with one person, each on a case of its own, and should
know of it (events.md, BC4). But the staff of one may not read the cases of another, so that no
command can look there. What they share is a stream of the operator for each person and type that
only counts: under a keyed hash, written in the system's name, with a mark for every open case. It
tells neither whom it is about nor which station or worker has a case, also to those who read the
operator's ledger; only a command that names the person finds it. Of another operator's cases
nothing is known here, since each has streams of its own.

Cases that were opened before this was kept are known from their next opening or closing on.
"""

from __future__ import annotations

from domain.aggregate import Aggregate
from domain.case_history import CaseHistory
from domain.case_rules import OPEN
from domain.desk import Desk
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Facts, Occurred, fact
from domain.identity import Id, derived_id, new_id
from domain.principal import Principal
from domain.refusals import NotFound
from domain.warning import Warned


@fact()
class OpenElsewhere(Warned, frozen=True, kw_only=True, tag="case.OpenElsewhere@1"):
    """Another station had an open case of the type for `other`, the client or household."""

    code = "case.open_elsewhere"


@fact()
class CaseMarked(Facts, frozen=True, kw_only=True, tag="case.CaseMarked@1"):
    """One more case is open; its `mark` is made from the case's id, and nothing is told by it."""

    mark: Id


@fact()
class CaseUnmarked(Facts, frozen=True, kw_only=True, tag="case.CaseUnmarked@1"):
    """The case is open no more."""

    mark: Id


class OpenCases(Aggregate):
    """The marks of all open cases of one type for one person, or household, of an operator."""

    kind = "open_cases"
    lasting = (Facts,)

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.marks: set[Id] = set()

    def evolve(self, event: AnyEvent) -> None:
        """Keep the marks."""
        match event.facts:
            case CaseMarked(mark=mark):
                self.marks.add(mark)
            case CaseUnmarked(mark=mark):
                self.marks.discard(mark)


def settle_elsewhere(desk: Desk, entry: Entry, case: CaseHistory) -> tuple[OpenCases, ...]:
    """Mark the case while it is open, and not otherwise; save what this returns, and the case.

    Where another one is marked when this one is opened, that is put on record in the case itself,
    so that its receipt warns of it (`case.open_elsewhere`).
    """
    found, mark = _find(desk, case), derived_id("open_case", case.id)
    open_now = case.stands.stage in OPEN
    if open_now == (mark in found.marks):
        return ()
    if open_now and found.marks:
        warning = OpenElsewhere(record=case.id, other=_served(case))
        case.record(entry, warning, event=new_id())
    kind = CaseMarked if open_now else CaseUnmarked
    found.record(_unnamed(entry, case.scope.operator), kind(mark=mark), event=new_id())
    return (found,)


def _find(desk: Desk, case: CaseHistory) -> OpenCases:
    operator = case.scope.operator
    hidden = desk.digest(f"open cases of {_served(case)}, {case.stands.case_type}")
    id = derived_id("open_cases", operator, hidden)
    try:
        return desk.load(OpenCases, id)
    except NotFound:
        scope = Scope(operator=operator, demonstration=case.scope.demonstration)
        return OpenCases(id, scope)


def _served(case: CaseHistory) -> Id:
    return case.stands.client or case.stands.household or case.id


def _unnamed(entry: Entry, operator: Id) -> Entry:
    """Return an entry of nobody in particular: it says neither who wrote, nor why, nor when."""
    system = Principal(actor=operator, role="system", operator=operator)
    return Entry(
        principal=system,
        now=entry.now,
        occurred=Occurred(start=entry.now),
        command=new_id(),
        channel="system",
    )
