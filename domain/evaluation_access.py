"""Who evaluates, whether they may, and until when: commission, declarations and accesses.

An evaluator is independent of the operator, has declared that no conflict of interest stands in
the way, and sees the project only while an access lasts (people.md, third-party evaluators).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from domain.bounds import Register
from domain.event import Facts, fact
from domain.identity import Id
from domain.principal import ENDED, Principal
from domain.refusals import Conflict, Forbidden, NotFound, refusal

Kind = Literal["midterm", "final"]
"""中期评估, 末期评估."""
Party = Literal["professional", "financial", "purchaser", "community", "overseer"]
"""Who gives scores: 专业评估, 财务评估, 购买方, 村居, 监督方."""

LONGEST = timedelta(days=180)
"""No access lasts longer; one may be granted again."""

NO_EVALUATORS = refusal("evaluation.no_evaluators")
OWN_OPERATOR = refusal("evaluation.own_operator")
OWN_STAFF = refusal("evaluation.own_staff")
MORE_REACH = refusal("evaluation.more_reach", Forbidden)
NOT_COMMISSIONED = refusal("evaluation.not_commissioned", NotFound)
NO_DECLARATION = refusal("evaluation.no_declaration")
CONFLICT = refusal("evaluation.conflict", Forbidden)
EXPIRY_PAST = refusal("evaluation.expiry_past")
EXPIRY_FAR = refusal("evaluation.expiry_far")
CONFLICT_STANDS = refusal("evaluation.conflict_stands", Conflict)
NO_ACCESS = refusal("evaluation.no_access", Conflict)
NOT_ITS_EVALUATOR = refusal("evaluation.not_its_evaluator", Forbidden)


@fact()
class EvaluationCommissioned(
    Facts, frozen=True, kw_only=True, tag="evaluation.EvaluationCommissioned@1"
):
    """委托评估: an independent organisation looks at a project as it was on record at `as_of`.

    `evaluators` are persons of the organisation, by pseudonymous ids. The operator may appeal
    for `appeal_days` days after a report.
    """

    kind: Kind
    organisation: Id
    name: str
    uscc: Register
    evaluators: tuple[Id, ...]
    as_of: datetime
    appeal_days: int = 15


@fact()
class InterestDeclared(Facts, frozen=True, kw_only=True, tag="evaluation.InterestDeclared@1"):
    """利益关系声明: an evaluator has a conflict of interest, and which, or has none.

    A conflict stands for the whole of the evaluation, whatever is declared after it.
    """

    evaluator: Id
    conflict: bool
    relation: str | None = None


@fact()
class EvaluatorAccessGranted(
    Facts, frozen=True, kw_only=True, tag="evaluation.EvaluatorAccessGranted@1"
):
    """An evaluator may read the project's ledger until the moment `expires`.

    Scores may be given for the `parties` named; for all where none is.
    """

    evaluator: Id
    expires: datetime
    parties: tuple[Party, ...] = ()


@fact()
class EvaluatorAccessEnded(
    Facts, frozen=True, kw_only=True, tag="evaluation.EvaluatorAccessEnded@1"
):
    """An access is taken back before its time."""

    evaluator: Id
    reason: str


@fact()
class CommissionWithdrawn(Facts, frozen=True, kw_only=True, tag="evaluation.CommissionWithdrawn@1"):
    """A commission put on record by mistake is taken back before anything came of it.

    With it end the `accesses` of the evaluators named. Afterwards an evaluation only runs its
    course: nobody takes one back whose findings they fear.
    """

    reason: str
    accesses: tuple[Id, ...] = ()


ABOUT_ACCESS = (
    EvaluationCommissioned,
    InterestDeclared,
    EvaluatorAccessGranted,
    EvaluatorAccessEnded,
    CommissionWithdrawn,
)
"""What is on record of an evaluation before anybody evaluates; all else is work."""


class Access(msgspec.Struct):
    """One evaluator's standing."""

    conflict: bool | None = None
    expires: datetime | None = None
    parties: tuple[Party, ...] = ()


class Accesses:
    """The evaluators of one evaluation, and what each may."""

    def __init__(self) -> None:
        self.known: dict[Id, Access] = {}

    def apply(self, facts: Facts) -> None:
        """Take what was decided into the register."""
        match facts:
            case EvaluationCommissioned():
                self.known = {evaluator: Access() for evaluator in facts.evaluators}
            case InterestDeclared():
                access = self.known[facts.evaluator]
                access.conflict = bool(access.conflict) or facts.conflict
            case EvaluatorAccessGranted():
                access = self.known[facts.evaluator]
                access.expires, access.parties = facts.expires, facts.parties
            case EvaluatorAccessEnded():
                self.known[facts.evaluator].expires = None

    def named(self, evaluator: Id) -> Access:
        """Return an evaluator's standing; refuses whoever was not commissioned."""
        if evaluator not in self.known:
            raise NOT_COMMISSIONED("evaluator")
        return self.known[evaluator]

    def check_declaring(self, facts: InterestDeclared) -> None:
        """Refuse to declare away a conflict: that would let back in whoever it keeps out."""
        if self.named(facts.evaluator).conflict and not facts.conflict:
            raise CONFLICT_STANDS("conflict")

    def check_granting(self, facts: EvaluatorAccessGranted, now: datetime) -> None:
        """Refuse access without a declaration, against a conflict, or to a time out of bounds."""
        access = self.named(facts.evaluator)
        if access.conflict is None:
            raise NO_DECLARATION("evaluator")
        if access.conflict:
            raise CONFLICT("evaluator")
        if facts.expires <= now:
            raise EXPIRY_PAST("expires")
        if facts.expires > now + LONGEST:
            raise EXPIRY_FAR("expires", days=LONGEST.days)

    def check_ending(self, evaluator: Id) -> None:
        """Refuse to end what was not granted."""
        if self.named(evaluator).expires is None:
            raise NO_ACCESS("evaluator")

    def end(self, evaluators: tuple[Id, ...]) -> None:
        """Let accesses end with their evaluation."""
        for evaluator in evaluators:
            self.known[evaluator].expires = None

    def conflicted(self) -> frozenset[Id]:
        """Return the evaluators with a conflict of interest."""
        return frozenset(one for one, access in self.known.items() if access.conflict)

    def living(self, now: datetime) -> tuple[Id, ...]:
        """Return the evaluators whose access has not ended yet."""
        return tuple(
            evaluator
            for evaluator, access in self.known.items()
            if access.expires is not None and now < access.expires
        )

    def check_acting(self, who: Principal, evaluation: Id, now: datetime) -> Access:
        """Refuse acts of anybody but an evaluator with a living access and no conflict."""
        access = self.known.get(who.actor)
        if who.role != "evaluator" or who.evaluation != evaluation or access is None:
            raise NOT_ITS_EVALUATOR("role")
        if access.conflict:
            raise CONFLICT("evaluator")
        if access.expires is None or now >= access.expires:
            raise ENDED("Authorization")
        return access
