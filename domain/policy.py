"""An operator's own policies, in the place of the defaults, and which was in force on a day.

They say what it demands of giving, activities and writing late, which files it takes, how often it
visits, and how long it keeps the files of cases. Each is adopted in versions, from a day on that
has not passed, so that nothing decided before is decided otherwise. A command goes by the version
in force on the day on which the thing happened; what nobody adopted is version 0, whose terms are
the defaults here.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeVar

import msgspec

from domain.aggregate import Aggregate
from domain.bounds import AtMost, InFen, Title, Within
from domain.desk import Desk, Receipt
from domain.entry import APPROVAL_AFTER_DAYS, Entry, Scope
from domain.event import LATE_AFTER_DAYS, AnyEvent, Facts, fact
from domain.identity import Id, derived_id
from domain.refusals import NotFound, refusal
from domain.stored_bytes import MEBIBYTE

BEGINS_IN_PAST = refusal("policy.begins_in_past")
BEGINS_BEFORE_LAST = refusal("policy.begins_before_last")
NOTHING_CHANGED = refusal("policy.nothing_changed")
OTHER_VERSION = refusal("policy.other_version")

Kinds = Annotated[tuple[Title, ...], AtMost(100)]


class Terms(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="policy", tag=True
):
    """What a policy says, in its `version`; 0 are the defaults."""

    version: int = 0


class GivingPolicy(Terms, frozen=True, kw_only=True, tag="giving"):
    """What an operator demands of giving.

    A verification holds for `verified_days`; from a value of `separate_from` 分 on, or of no
    known value, one person verifies, another approves and a third delivers.
    """

    verified_days: Annotated[int, Within(1, 366)] = 30
    separate_from: Annotated[int, Within(1, 10**12), InFen()] = 50_000


class ActivityPolicy(Terms, frozen=True, kw_only=True, tag="activities"):
    """What an operator demands of activities.

    With `plan_first`, what needs a plan and has none that was approved is refused; else it is
    recorded and shows as approved late. `plan_for` are the kinds that need a plan, and
    `agreements_for` those that need safety agreements; None: as the catalogue has it.
    """

    plan_first: bool = True
    plan_for: Kinds | None = None
    agreements_for: Kinds | None = None

    def demands_plan(self, kind: str, usual: bool) -> bool:
        """Say whether a kind needs an approved plan; `usual` is what the catalogue says."""
        return usual if self.plan_for is None else kind in self.plan_for

    def demands_agreements(self, kind: str, usual: bool) -> bool:
        """Say whether a kind needs safety agreements; `usual` is what the catalogue says."""
        return usual if self.agreements_for is None else kind in self.agreements_for


MOST_BYTES = 25 * MEBIBYTE
"""What is taken at once at most, whatever an operator says."""
FILE_TYPES = (
    "image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf", "audio/mpeg",
    "audio/mp4", "audio/amr", "video/mp4", "text/html",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)  # fmt: skip
"""What can be taken at all."""


class AttachmentPolicy(Terms, frozen=True, kw_only=True, tag="attachments"):
    """What an operator takes: so many bytes at most, of these types."""

    limit: Annotated[int, Within(MEBIBYTE, MOST_BYTES)] = MOST_BYTES
    types: Kinds = FILE_TYPES


Days = Annotated[int, Within(1, 366)]


class RecordingPolicy(Terms, frozen=True, kw_only=True, tag="recording"):
    """How long an operator's records may wait before they are written down.

    What is written more than `reason_after` days after it happened says why, and beyond
    `approval_after` days somebody approved it (events.md, late entry). Days are civil days.
    """

    reason_after: Annotated[int, Within(0, 366)] = LATE_AFTER_DAYS
    approval_after: Annotated[int, Within(0, 3660)] = APPROVAL_AFTER_DAYS


class VisitPolicy(Terms, frozen=True, kw_only=True, tag="visits"):
    """Within how many days somebody of each tier of risk is visited again (rules, AL-04)."""

    high: Days = 7
    key: Days = 31
    general: Days = 92


class CaseFilePolicy(Terms, frozen=True, kw_only=True, tag="case_files"):
    """For how many years after its closing a case's file is kept, where nobody names a day."""

    years: Annotated[int, Within(1, 100)] = 10


AnyTerms = (
    GivingPolicy
    | ActivityPolicy
    | AttachmentPolicy
    | RecordingPolicy
    | VisitPolicy
    | CaseFilePolicy
)
POLICIES: tuple[type[AnyTerms], ...] = (
    GivingPolicy,
    ActivityPolicy,
    AttachmentPolicy,
    RecordingPolicy,
    VisitPolicy,
    CaseFilePolicy,
)
T = TypeVar("T", bound=Terms)


@fact()
class PolicyAdopted(Facts, frozen=True, kw_only=True, tag="policy.PolicyAdopted@1"):
    """From `begins` on the operator goes by these terms; `document` is where they are written."""

    terms: AnyTerms
    begins: date
    reason: Title
    document: Id | None = None


class HousePolicy(Aggregate):
    """One policy of one operator, with all its versions."""

    kind = "policy"

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.adopted: list[PolicyAdopted] = []

    def evolve(self, event: AnyEvent) -> None:
        """Keep every version."""
        match event.facts:
            case PolicyAdopted():
                self.adopted.append(event.facts)

    def on(self, day: date) -> AnyTerms | None:
        """Return the terms in force on a day; None before the first."""
        held = [one.terms for one in self.adopted if one.begins <= day]
        return held[-1] if held else None

    def adopt(self, entry: Entry, facts: PolicyAdopted) -> None:
        """Adopt the next version."""
        last = self.adopted[-1] if self.adopted else None
        if facts.begins < entry.today:
            raise BEGINS_IN_PAST("begins")
        if last is not None and facts.begins < last.begins:
            raise BEGINS_BEFORE_LAST("begins", day=last.begins.isoformat())
        before = type(facts.terms)() if last is None else last.terms
        terms = msgspec.structs.replace(facts.terms, version=before.version + 1)
        if msgspec.structs.replace(terms, version=before.version) == before:
            raise NOTHING_CHANGED("terms")
        self.record(entry, msgspec.structs.replace(facts, terms=terms))


def policy_id(operator: Id, kind: type[Terms]) -> Id:
    """Return the stream of an operator's policy."""
    return derived_id("policy", operator, str(kind.__struct_config__.tag))


def adopt_policy(desk: Desk, entry: Entry, scope: Scope, facts: PolicyAdopted) -> Receipt:
    """Adopt an operator's policy; its version is the next one.

    Refused: a day that has passed or lies before the last version's, terms that change nothing.
    """
    kind = type(facts.terms)
    found = _find(desk, scope.operator, kind)
    own = Scope(operator=scope.operator, demonstration=scope.demonstration)
    policy = found or HousePolicy(policy_id(scope.operator, kind), own)
    policy.adopt(entry, facts)
    return desk.save(entry, policy)


def in_force(desk: Desk, operator: Id, kind: type[T], day: date) -> T:
    """Return the terms by which something that happened on a day is decided."""
    found = _find(desk, operator, kind)
    terms = None if found is None else found.on(day)
    return terms if isinstance(terms, kind) else kind()


def check_version(desk: Desk, operator: Id, terms: T, day: date) -> None:
    """Refuse to move a record to a day on which another version held than it was decided by."""
    held = in_force(desk, operator, type(terms), day)
    if held.version != terms.version:
        raise OTHER_VERSION("occurred.start", policy=terms.version, other=held.version)


def versions(desk: Desk, operator: Id, kind: type[Terms]) -> list[PolicyAdopted]:
    """Return all versions that an operator has adopted of a policy, oldest first."""
    found = _find(desk, operator, kind)
    return [] if found is None else found.adopted


def _find(desk: Desk, operator: Id, kind: type[Terms]) -> HousePolicy | None:
    try:
        return desk.load(HousePolicy, policy_id(operator, kind))
    except NotFound:
        return None
