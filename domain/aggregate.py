"""What every aggregate shares: its scope, recording, and the three ways to set a record right.

There is no edit and no deletion. `correct`, `void` and `reinstate` write an event that carries
the effective facts on both sides; the original stays as it was (events.md, "Corrections").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, ClassVar, Self

import msgspec

from domain.bounds import check_bounds, check_code, check_id, check_text
from domain.counting import Allocation, Counted, Occurrence, check_attendance, check_place
from domain.entry import Entry, Scope, check_captured, check_possible, check_why
from domain.event import (
    CORRECTIONS,
    PAPER,
    AnyEvent,
    Correction,
    Effective,
    Event,
    Facts,
    Reason,
)
from domain.identity import Id, new_id
from domain.refusals import Conflict, NotFound, refusal

NO_SUCH_RECORD = refusal("record.not_found", NotFound)
ALREADY_VOID = refusal("record.already_void", Conflict)
NOT_VOID = refusal("record.not_void", Conflict)
NOTHING_CHANGED = refusal("record.nothing_changed")
OTHER_KIND = refusal("record.other_kind")

AGGREGATES: dict[str, type[Aggregate]] = {}
"""Stream type → class."""


class Written(msgspec.Struct):
    """What is now held to be true of one correctable record, what supports it, and who wrote it.

    Of what was copied from paper, nobody did.
    """

    effective: Effective[Any]
    void: bool = False
    evidence: tuple[Id, ...] = ()
    by: Id | None = None


class Aggregate:
    """A thing with a history. Subclasses set `kind` and evolve their state from events."""

    kind: ClassVar[str]
    by_readers: ClassVar[bool] = False
    """Whether it only notes what somebody took away to read: then even those leave it who may
    write nothing."""
    work: ClassVar[tuple[type[Facts], ...]] = (Counted,)
    """What is no more done at a station that has closed or been handed over."""
    lasting: ClassVar[tuple[type[Facts], ...]] = ()
    """What is written even while the operator is suspended."""
    first_day: date
    """The earliest day that any of its events is of."""

    def __init__(self, id: Id, scope: Scope) -> None:
        self.id = id
        self.scope = scope
        self.version = 0
        self.records: dict[Id, Written] = {}
        self.pending: list[AnyEvent] = []

    def __init_subclass__(cls) -> None:
        if "kind" in vars(cls):  # what an aggregate is built upon has none of its own
            AGGREGATES[cls.kind] = cls

    @classmethod
    def start(cls, entry: Entry, scope: Scope, facts: Facts, *, id: Id | None = None) -> Self:
        """Make a new stream whose first event is `facts`."""
        started = cls(id or new_id(), scope)
        started.record(entry, facts)
        return started

    def record(self, entry: Entry, facts: Facts, *, event: Id | None = None) -> AnyEvent:
        """Decide that `facts` are so: write them down as this stream's next event.

        The first event of a command takes the entry's event id, so that a device can name it.
        Nothing can have happened in the future: a date that is planned stands in the facts. What
        was written late is told as it is saved, by the operator's own policy (`recording`).
        """
        check_possible(entry.occurred, entry.now)
        _check_envelope(entry)
        _check_facts(facts)
        made = self._enveloped(entry, facts, event or (new_id() if self.pending else entry.event))
        self.apply(made)
        self.pending.append(made)
        return made

    def _enveloped(self, entry: Entry, facts: Facts, id: Id) -> AnyEvent:
        """Return facts as this stream's next event: where it belongs, and how it is written."""
        return Event(
            id=id,
            stream=self.id,
            stream_type=self.kind,
            version=self.version + 1,
            operator=self.scope.operator,
            station=self.scope.station,
            ledger=self.scope.ledger,
            project=self.scope.project,
            occurred=entry.occurred,
            captured_at=entry.captured_at or entry.now,
            actor=entry.principal.actor,
            role=entry.principal.role,
            on_behalf_of=entry.on_behalf_of,
            device=entry.device,
            channel=entry.channel,
            basis=entry.basis,
            evidence=entry.evidence,
            late_reason=entry.late_reason,
            approved_by=entry.approved_by,
            demonstration=self.scope.demonstration,
            command=entry.command,
            correlation=entry.correlation,
            causation=entry.causation,
            facts=facts,
        )

    def apply(self, event: AnyEvent) -> None:
        """Take one event into the state."""
        facts = event.facts
        if isinstance(facts, Correction):
            self._apply_correction(event, facts)
        elif type(facts) in CORRECTIONS:
            effective = Effective(occurred=event.occurred, facts=facts)
            by = None if event.channel in PAPER else event.actor
            self.records[event.id] = Written(effective, evidence=event.evidence, by=by)
        self.evolve(event)
        day = event.occurred.day
        self.first_day = min(self.first_day, day) if self.version else day
        self.version = event.version

    def evolve(self, event: AnyEvent) -> None:
        """Change the state that is this kind's own; nothing unless overridden."""

    @property
    def operators(self) -> frozenset[Id]:
        """The operators of whom a decision of this may speak: its own, unless overridden."""
        return frozenset({self.scope.operator})

    def collect_events(self) -> Sequence[AnyEvent]:
        """Hand over what was decided and not yet saved (the library's protocol)."""
        collected, self.pending = self.pending, []
        return collected

    def effective(self, kind: type[Facts]) -> list[Effective[Any]]:
        """Return the records of a kind as they stand: corrected, without void ones, in order."""
        return [
            written.effective
            for written in self.records.values()
            if not written.void and isinstance(written.effective.facts, kind)
        ]

    def standing(self, target: Id) -> Effective[Any]:
        """Return what a correctable record says now, void or not."""
        return self._written(target).effective

    def correct(self, entry: Entry, target: Id, after: Effective[Any], reason: Reason) -> AnyEvent:
        """Replace what a record says. Raises `record.*` refusals, and the kind's own."""
        written = self._living(target)
        if type(after.facts) is not type(written.effective.facts):
            raise OTHER_KIND("facts")
        if after == written.effective:
            raise NOTHING_CHANGED("facts")
        check_possible(after.occurred, entry.now)
        check_reason(reason)
        _check_countable(after.facts)
        self.check_change(entry, target, written.effective, after)
        kind = CORRECTIONS[type(after.facts)][0]
        made = kind(target=target, reason=reason, before=written.effective, after=after)
        return self._set_right(entry, written, made)

    def void(self, entry: Entry, target: Id, reason: Reason) -> AnyEvent:
        """Declare a record void: it leaves every figure and stays in the trail."""
        written = self._living(target)
        check_reason(reason)
        self.check_change(entry, target, written.effective, None)
        kind = CORRECTIONS[type(written.effective.facts)][1]
        made = kind(target=target, reason=reason, before=written.effective)
        return self._set_right(entry, written, made)

    def reinstate(self, entry: Entry, target: Id, reason: Reason) -> AnyEvent:
        """Take a voiding back."""
        written = self._written(target)
        if not written.void:
            raise NOT_VOID("target")
        check_reason(reason)
        self.check_change(entry, target, None, written.effective)
        kind = CORRECTIONS[type(written.effective.facts)][2]
        made = kind(target=target, reason=reason, after=written.effective)
        return self._set_right(entry, written, made)

    def _set_right(self, entry: Entry, written: Written, made: Correction) -> AnyEvent:
        """Write a correction down with what a view sees nowhere else: all that supports the record,
        and who wrote it, where it names nobody who did the work."""
        evidence = _supported(written, entry.evidence)
        if made.after is not None and not getattr(made.after.facts, "workers", True):
            made = msgspec.structs.replace(made, written_by=written.by)
        return self.record(msgspec.structs.replace(entry, evidence=evidence), made)

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Refuse a correction that breaks an invariant of this kind; nothing unless overridden.

        `before` None means a reinstatement, `after` None a voiding.
        """

    def of_day(self, facts: Any, before: Any, day: date) -> Any:
        """Return what a record says once it is moved to another day, given what it said `before`.

        What the aggregate itself put in as of that day is put in anew. As given unless overridden.
        """
        return facts

    def check_references(
        self, desk: Any, entry: Entry, before: Effective[Any] | None, after: Effective[Any]
    ) -> None:
        """Refuse a corrected or reinstated record that speaks of what is not there for it.

        `desk` is the `domain.desk.Desk`; what a new record of this kind is held to beyond its own
        stream, it is held to here. `before` None means a reinstatement. Nothing unless overridden.
        """

    def counted_beside(self, target: Id) -> tuple[Allocation, ...]:
        """Return where the stream's other records count what this one tells of as well.

        A case that was closed twice is one case. None unless overridden.
        """
        return ()

    def consequences(self, desk: Any, entry: Entry, made: AnyEvent) -> tuple[Aggregate, ...]:
        """Decide what else changes with a correction, and return the aggregates to save beside it.

        `made` is the correction, voiding or reinstatement; `desk` the `domain.desk.Desk` at which
        it is made. Goods that a void delivery handed out go back into the stock here, in the same
        transaction. Nothing unless overridden.
        """
        return ()

    def _written(self, target: Id) -> Written:
        if target not in self.records:
            raise NO_SUCH_RECORD("target")
        return self.records[target]

    def _living(self, target: Id) -> Written:
        written = self._written(target)
        if written.void:
            raise ALREADY_VOID("target")
        return written

    def _apply_correction(self, event: AnyEvent, facts: Correction) -> None:
        written = self.records[facts.target]
        written.void = facts.after is None
        written.evidence = _supported(written, event.evidence)
        if facts.after is not None:
            written.effective = facts.after


LONGEST_DEVICE = 64
"""Characters of a device's code."""


def _supported(written: Written, more: tuple[Id, ...]) -> tuple[Id, ...]:
    return tuple(dict.fromkeys((*written.evidence, *more)))


def _check_envelope(entry: Entry) -> None:
    """Refuse what a writer supplies beside the facts and what cannot be kept."""
    if entry.captured_at is not None:
        check_captured(entry.captured_at, entry.now)
    if entry.device is not None:
        check_code(entry.device, "device", LONGEST_DEVICE)
    if entry.late_reason is not None:
        check_text(entry.late_reason, "late_reason")
    for field, id in (("on_behalf_of", entry.on_behalf_of), ("approved_by", entry.approved_by)):
        if id is not None:
            check_id(id, field)
    for number, id in enumerate(entry.evidence):
        check_id(id, f"evidence.{number}")


def _check_facts(facts: Facts) -> None:
    """Refuse facts out of their bounds; of a correction, what is to hold from now on."""
    if not isinstance(facts, Correction):
        check_bounds(facts)
        _check_countable(facts)
        check_place(facts)
        return
    check_bounds(facts.reason, "reason")
    if facts.after is not None:
        check_bounds(facts.after.facts, "facts")
        check_place(facts.after.facts, (facts.before or facts.after).facts)


def _check_countable(facts: Facts) -> None:
    if isinstance(facts, Occurrence):
        check_attendance(facts.attendance)


def check_reason(reason: Reason) -> None:
    """Refuse a reason of fewer than 5 characters."""
    check_why(reason.text, "reason.text")


def evolve_all(aggregate: Aggregate | None, events: Iterable[AnyEvent]) -> Aggregate | None:
    """Rebuild an aggregate from its events: the library's projector function for all kinds."""
    for event in events:
        if aggregate is None:
            scope = Scope(
                operator=event.operator,
                station=event.station,
                project=event.project,
                demonstration=event.demonstration,
            )
            aggregate = AGGREGATES[event.stream_type](event.stream, scope)
        aggregate.apply(event)
    return aggregate
