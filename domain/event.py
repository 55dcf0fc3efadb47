"""What an event is: facts, in an envelope that says when, where, by whom and how it is known.

Facts are written once and never changed. A correction, a voiding and a reinstatement are events
too; they carry the effective facts before and after, so that whoever folds events can take away
what was before and add what is after without knowing anything else.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, cast

import msgspec

from domain.bounds import Worded
from domain.clock import SHANGHAI, civil_date
from domain.identity import Id
from domain.principal import Role

Precision = Literal["instant", "day", "range", "month", "unknown"]
Channel = Literal["web", "mini-program", "tablet", "import", "paper-transcribed", "system"]
PAPER: frozenset[Channel] = frozenset({"import", "paper-transcribed"})
"""Channels by which somebody may write down what others did."""
Basis = Literal["observed", "client-reported", "counted", "estimated", "imported-aggregate"]
ReasonCode = Literal[
    "entry_error",  # 录入错误
    "information_updated",  # 信息更新
    "wrong_person",  # 人员认错
    "wrong_time",  # 时间错误
    "wrong_count",  # 人数更正
    "duplicate",  # 重复
    "returned_by_supervisor",  # 督导退回
    "evaluation_rectification",  # 评估整改
    "other",  # 其他
]


class Facts(msgspec.Struct, frozen=True, kw_only=True, tag_field="@type", omit_defaults=True):
    """Base of everything that can be recorded.

    A kind of facts names itself by its tag, `slice.Name@schema`, and is registered with `@fact`;
    the name is stable and never a Python path, so that code may move. `described` names the fields
    that tell in open words what was done, in which an evaluator looks for copies. No correction
    changes the fields that are `fixed`: they follow from others, or say what kind of record it is.
    What `happens` took place on its day, and is held to the rules of writing late; other facts hold
    from a day on that people name, or come with another record.
    """

    described: ClassVar[tuple[str, ...]] = ()
    happens: ClassVar[bool] = False
    fixed: ClassVar[frozenset[str]] = frozenset()


LATE_AFTER_DAYS = 3
"""After how many days something is written late where the operator sets nothing else."""
CIVIL_OFFSET = SHANGHAI.utcoffset(None)
F = TypeVar("F", bound=Facts)
FactsType = TypeVar("FactsType", bound=type[Facts])


class Occurred(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Business time (发生时间): when the thing itself took place, as precisely as is known."""

    start: datetime
    end: datetime | None = None
    precision: Precision = "instant"

    def __post_init__(self) -> None:
        # Stored in civil time, so that the date of `start` is the date people mean.
        if self.start.utcoffset() != CIVIL_OFFSET:
            msgspec.structs.force_setattr(self, "start", self.start.astimezone(SHANGHAI))

    @property
    def day(self) -> date:
        """The civil date (Asia/Shanghai) on which it took place or began."""
        return self.start.date()

    @property
    def latest(self) -> date:
        """The last civil date that it can mean: of a range its end, of a month the month's.

        Of an unknown time no span is stated, so that it is the date which is.
        """
        if self.precision not in ("month", "range"):
            return self.day
        last = civil_date(self.end or self.start)
        if self.precision == "range":
            return last
        return last.replace(day=monthrange(last.year, last.month)[1])

    @property
    def month(self) -> str:
        """The civil month, `YYYY-MM`."""
        return self.start.date().isoformat()[:7]


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a record was corrected, voided or reinstated.

    `duplicate_of` is the record that is kept, where one was voided as saying the same.
    """

    code: ReasonCode
    text: Annotated[str, Worded(most=500)]
    approved_by: Id | None = None
    duplicate_of: Id | None = None


class Effective(msgspec.Struct, Generic[F], frozen=True, kw_only=True):
    """What a record says at a moment: when the thing happened, and the facts."""

    occurred: Occurred
    facts: F


class Correction(Facts, frozen=True, kw_only=True):
    """Base of the three events that change what a record says: its target and the reason.

    It happens on the day on which somebody set the record right, whatever day the record is of.
    `written_by` is who had written the record down, of work of which it names no worker; not who
    copied it from paper. It is unset in what was stored before it was kept.
    """

    happens: ClassVar[bool] = True
    target: Id
    reason: Reason
    written_by: Id | None = None
    before: Effective[Any] | None = None
    after: Effective[Any] | None = None


def day_told(facts: Facts, occurred: Occurred) -> date:
    """Return the day from which it is reckoned how late something was written down.

    It is the last that the time can mean: who told of a month told of no day in it. Of a correction
    that moves a record of what happens back, the day that it says now, else a record of today could
    be moved to any day; a later day, or the same, was written in time or has its reason already.
    """
    if not isinstance(facts, Correction) or facts.before is None or facts.after is None:
        return occurred.latest
    day = facts.after.occurred.latest
    moved = facts.after.facts.happens and day < facts.before.occurred.latest
    return min(day, occurred.latest) if moved else occurred.latest


class Event(msgspec.Struct, Generic[F], frozen=True, kw_only=True, omit_defaults=True):
    """One event: the envelope (design: the journal) and its facts.

    `ledger` is the project's id, or the station's (the operator's) for what belongs to none.
    `late_after` is after how many days the operator's own policy calls a record late, in what was
    written a day later or more; None where the operator had set nothing, that is 3.
    """

    id: Id
    stream: Id
    stream_type: str
    version: int
    operator: Id
    station: Id | None = None
    ledger: Id
    project: Id | None = None
    occurred: Occurred
    captured_at: datetime
    actor: Id
    role: Role
    on_behalf_of: Id | None = None
    device: str | None = None
    channel: Channel = "web"
    basis: Basis = "observed"
    evidence: tuple[Id, ...] = ()
    late_reason: str | None = None
    late_after: int | None = None
    approved_by: Id | None = None
    demonstration: bool = False
    command: Id
    correlation: Id | None = None
    causation: Id | None = None
    facts: F

    @property
    def late_beyond(self) -> int:
        """The days beyond which what this tells of was written late (events.md, late entry)."""
        return LATE_AFTER_DAYS if self.late_after is None else self.late_after

    @property
    def originator_id(self) -> Id:
        """The stream, by the event-sourcing library's name."""
        return self.stream

    @property
    def originator_version(self) -> int:
        """The version, by the event-sourcing library's name."""
        return self.version

    @property
    def type(self) -> str:
        """The stable name of the kind of facts, without its schema version."""
        return name_of(type(self.facts))


AnyEvent = Event[Any]
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

FACTS: dict[str, type[Facts]] = {}
"""Stable name, without the schema → the class of today."""
UPCASTERS: dict[str, dict[int, Upcaster]] = {}
CORRECTIONS: dict[type[Facts], tuple[type[Correction], type[Correction], type[Correction]]] = {}


def topic_of(kind: type[Facts]) -> str:
    """Return name and schema as stored, `visit.HomeVisitMade@1`."""
    return str(kind.__struct_config__.tag)


def name_of(kind: type[Facts]) -> str:
    """Return the stable name without its schema, `visit.HomeVisitMade`."""
    return topic_of(kind).partition("@")[0]


def schema_of(kind: type[Facts]) -> int:
    """Return the schema version in which facts of this kind are written today."""
    return int(topic_of(kind).partition("@")[2])


def fact(
    *, corrections: bool = False, upcasters: dict[int, Upcaster] | None = None
) -> Callable[[FactsType], FactsType]:
    """Register a kind of facts.

    With `corrections`, the kinds `…Corrected`, `…Voided` and `…Reinstated` come with it.
    `upcasters[n]` turns stored facts of schema n (a dict without the tag) into those of n + 1.
    """

    def register(kind: FactsType) -> FactsType:
        _register(kind, upcasters or {})
        if corrections:
            effective = Effective[kind]  # type: ignore[valid-type]
            CORRECTIONS[kind] = (
                _correction(kind, "Corrected", before=effective, after=effective),
                _correction(kind, "Voided", before=effective),
                _correction(kind, "Reinstated", after=effective),
            )
        return kind

    return register


def _register(kind: type[Facts], upcasters: dict[int, Upcaster]) -> None:
    name = name_of(kind)
    if name in FACTS:
        raise ValueError(f"kind of facts registered twice: {name}")
    missing = set(range(1, schema_of(kind))) - set(upcasters)
    if missing:
        raise ValueError(f"{name} has no upcaster for schema {sorted(missing)}")
    FACTS[name] = kind
    UPCASTERS[name] = upcasters


def _correction(kind: type[Facts], suffix: str, **sides: Any) -> type[Correction]:
    made: Any = msgspec.defstruct(
        f"{kind.__name__}{suffix}",
        list(sides.items()),
        bases=(Correction,),
        module=kind.__module__,
        frozen=True,
        kw_only=True,
        tag=f"{name_of(kind)}{suffix}@{schema_of(kind)}",
    )
    _register(made, {version: _inside(step) for version, step in UPCASTERS[name_of(kind)].items()})
    return cast("type[Correction]", made)


def upcast_once(stored: dict[str, Any], step: Upcaster) -> dict[str, Any]:
    """Take stored facts, tag and all, one schema further."""
    name, _, schema = stored["@type"].partition("@")
    facts = step({field: value for field, value in stored.items() if field != "@type"})
    return {**facts, "@type": f"{name}@{int(schema) + 1}"}


def _inside(step: Upcaster) -> Upcaster:
    """Lift the upcaster of a kind to its corrections, which carry such facts on both sides."""

    def upcast(stored: dict[str, Any]) -> dict[str, Any]:
        for side in ("before", "after"):
            if stored.get(side) is not None:
                stored[side]["facts"] = upcast_once(stored[side]["facts"], step)
        return stored

    return upcast
