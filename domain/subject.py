"""Whom a project counts: two ids that the register says are one person count once (rule 2).

That two records are of one person is written in the register, and a project's figures come from
its own ledger alone. So it is told to each project that counts one of them, and taken back where
the register takes it back. Each event says one link of the register, from the absorbed record to
the kept one; whoever was absorbed by somebody who was absorbed too is counted as the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.aggregate import Aggregate
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id, derived_id
from domain.neighbours import Participant
from domain.project import Project
from domain.refusals import Conflict, NotFound, refusal

KIND = "subjects"
SETTLED = refusal("subject.settled", Conflict)


@fact()
class SubjectsMerged(Facts, frozen=True, kw_only=True, tag="project.SubjectsMerged@1"):
    """The project counts `absorbed` as `kept`; `because` is the event of the register."""

    kept: Id
    absorbed: Id
    because: Id


@fact()
class SubjectsSplit(Facts, frozen=True, kw_only=True, tag="project.SubjectsSplit@1"):
    """The project counts `absorbed` by itself again; `because` is the event of the register."""

    kept: Id
    absorbed: Id
    because: Id


class Subjects(Aggregate):
    """The people whom one project counts under another id than the one that was written down.

    It says only what the register said already, so it is written of an ended project, in a closed
    period and while the operator is suspended too.
    """

    kind = KIND
    lasting = (Facts,)

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.merged: dict[Id, Id] = {}

    def evolve(self, event: AnyEvent) -> None:
        """Keep who is counted as whom."""
        match event.facts:
            case SubjectsMerged(absorbed=absorbed, kept=kept):
                self.merged[absorbed] = kept
            case SubjectsSplit(absorbed=absorbed):
                del self.merged[absorbed]

    def settle(self, entry: Entry, register: Mapping[Id, Participant]) -> None:
        """Count people as the register has them: each of some, and all into whom they were merged.

        What no longer holds is taken back first, so that nobody is ever merged in a circle.
        Raises `subject.settled` where they are counted so already.
        """
        for one, person in register.items():
            kept = self.merged.get(one)
            if kept is not None and kept != person.merged_into:
                self._record(entry, SubjectsSplit, kept, one, person.merger)
        for one, person in register.items():
            if person.merged_into is not None and one not in self.merged:
                self._record(entry, SubjectsMerged, person.merged_into, one, person.merger)
        if not self.pending:
            raise SETTLED("persons")

    def _record(
        self,
        entry: Entry,
        kind: type[SubjectsMerged | SubjectsSplit],
        kept: Id,
        absorbed: Id,
        because: Id | None,
    ) -> None:
        assert because is not None  # noqa: S101 - who was ever merged knows the event
        self.record(entry, kind(kept=kept, absorbed=absorbed, because=because))


def settle_subjects(desk: Desk, entry: Entry, project: Id, persons: Iterable[Id]) -> Receipt:
    """Have a project count people of the register as the register has them now.

    Raises `not_found` for somebody who is not in the register, or in another operator's, and
    `subject.settled` where the project counts all of them so already.
    """
    subjects = _subjects(desk, desk.load(Project, project, "project"))
    subjects.settle(entry, _registered(desk, persons))
    return desk.save(entry, subjects)


def _subjects(desk: Desk, project: Project) -> Subjects:
    id = derived_id(KIND, project.id)
    try:
        return desk.load(Subjects, id)
    except NotFound:
        return Subjects(id, project.scope)


def _registered(desk: Desk, persons: Iterable[Id]) -> dict[Id, Participant]:
    """Return people, and those into whom they were merged, and those into whom these were."""
    found: dict[Id, Participant] = {}
    for each in persons:
        one: Id | None = each
        while one is not None and one not in found:
            person: Participant = desk.load_any("person", one, "persons")
            found[one], one = person, person.merged_into
    return found


def way(merged: Mapping[Id, Id], subject: Id) -> list[Id]:
    """Return a subject and all under whom it was counted by and by: it counts as the last.

    A circle, which no register tells and a forged ledger might, is gone round once.
    """
    found = {subject: None}
    while (subject := merged.get(subject, subject)) not in found:
        found[subject] = None
    return list(found)


def counted_as(merged: Mapping[Id, Id]) -> dict[Id, Id]:
    """Return as whom each absorbed subject is counted, from the links one by one."""
    return {absorbed: way(merged, absorbed)[-1] for absorbed in merged}
