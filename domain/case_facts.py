"""What is recorded of a case (个案): the words of casework, and the facts of its main life.

Every step carries `standing`: where the case stands once the step is taken. Whoever reads the
journal sees stage, worker and client of a case from its last step alone, and needs no other.
The stages are those of MZ/T 094-2017, with 跟进 after them (events.md, BC4). A `reason` is a
short code; what there is to say about the person goes into sealed words.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

import msgspec

from domain.bounds import Reference, Signed, Title, Within
from domain.counting import Counted, IndividualWork
from domain.event import Facts, fact
from domain.identity import Id
from domain.private import CaseworkWords

Stage = Literal[
    "received",  # 接询
    "rejected",  # 不予接案
    "accepted",  # 接案
    "assessed",  # 预估
    "planned",  # 计划
    "intervening",  # 介入
    "evaluated",  # 评估
    "closed",  # 结案
    "following_up",  # 跟进
    "archived",  # 归档
    "withdrawn",  # its opening was declared void
]
Level = Literal["general", "key", "urgent"]
"""一般, 重点, 紧急."""
Source = Literal["self", "referral", "found_by_visit"]
Dimension = Literal[
    "physical", "psychological", "social", "environmental", "strengths", "risks"
]  # 生理, 心理, 社会, 环境, 优势, 风险
Method = Literal["office", "home", "telephone", "online", "elsewhere"]
Closure = Literal[
    "goals_met",  # 目标达成
    "withdrew",  # 服务对象退出
    "referred",  # 转介
    "lost_contact",  # 失联
    "died",  # 去世
    "moved_away",  # 迁出
    "other",
]


class CaseStanding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a case stands after a step: all that a caseload shows of it.

    The case serves `client`, or a whole `household`; `case_type` is the operator's short code of
    the problem; `audience` the population it counts to; `worker` is the primary worker.
    `opened`, `closed`, `plan_due` and `reviewed` are civil dates.
    """

    stage: Stage
    case_type: Title
    worker: Id
    level: Level = "general"
    client: Id | None = None
    household: Id | None = None
    audience: Title | None = None
    number: Reference | None = None
    opened: date | None = None
    closed: date | None = None
    plan_due: date | None = None
    reviewed: date | None = None
    suspended: bool = False
    referred: bool = False
    in_crisis: bool = False
    closure: Closure | None = None


class CaseStep(Facts, frozen=True, kw_only=True):
    """Base of the steps of a case. Whoever asks for a step leaves `standing` out."""

    happens: ClassVar[bool] = True
    standing: CaseStanding | None = None


class Score(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an instrument gave, in its own whole points."""

    instrument: str
    value: Signed
    out_of: Signed | None = None


class AssessedDimension(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was found in one dimension of the client's situation."""

    dimension: Dimension
    finding: CaseworkWords | None = None


class PlanGoal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A goal of the plan: its number, how it is measured, from where to where, and by when."""

    number: int
    measure: str
    due: date
    baseline: Signed | None = None
    target: Signed | None = None
    words: CaseworkWords | None = None


class GoalAttainment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far one goal was reached in the end."""

    goal: int
    attained: Literal["met", "partly", "not_met"]
    value: Signed | None = None


@fact()
class CaseEnquiryReceived(CaseStep, frozen=True, kw_only=True, tag="case.CaseEnquiryReceived@1"):
    """接询: somebody asks, or is found. `standing` says who, about what, and who takes it."""

    standing: CaseStanding
    source: Source
    content: CaseworkWords | None = None


@fact()
class CaseRejected(CaseStep, frozen=True, kw_only=True, tag="case.CaseRejected@1"):
    """不予接案: no case is opened; `referred_to` names the organisation that can help."""

    reason: str
    referred_to: str | None = None
    note: CaseworkWords | None = None


@fact(corrections=True)
class CaseOpened(Counted, frozen=True, kw_only=True, tag="case.CaseOpened@1"):
    """接案: counted as a case opened. `kind` is `case_opened`.

    With a void opening the case is `withdrawn`.
    """

    standing: CaseStanding
    consent: Literal["written", "oral", "guardian", "legal_basis"] = "written"

    @property
    def whom(self) -> Id | None:
        """The client; None of a family's case."""
        return self.standing.client


@fact()
class CaseNumberAssigned(CaseStep, frozen=True, kw_only=True, tag="case.CaseNumberAssigned@1"):
    """The number of the file, by the operator's own rule."""

    number: Reference


@fact()
class ServiceAgreementSigned(
    CaseStep, frozen=True, kw_only=True, tag="case.ServiceAgreementSigned@1"
):
    """服务协议."""

    signed_by: Literal["client", "guardian", "family"] = "client"


@fact()
class CaseAssessed(CaseStep, frozen=True, kw_only=True, tag="case.CaseAssessed@1"):
    """预估: what was found, with which tools; the scores are the baseline."""

    dimensions: tuple[AssessedDimension, ...]
    tools: tuple[str, ...] = ()
    scores: tuple[Score, ...] = ()


@fact()
class ServicePlanAdopted(CaseStep, frozen=True, kw_only=True, tag="case.ServicePlanAdopted@1"):
    """服务计划书: the first version of the plan."""

    goals: tuple[PlanGoal, ...]
    theory_model: str | None = None
    version: int = 1


@fact()
class ServicePlanRevised(CaseStep, frozen=True, kw_only=True, tag="case.ServicePlanRevised@1"):
    """A later version of the plan, whole; the case is worked on again if it was evaluated."""

    goals: tuple[PlanGoal, ...]
    reason: str
    theory_model: str | None = None
    version: int = 0
    note: CaseworkWords | None = None


@fact()
class CaseInterventionStarted(
    CaseStep, frozen=True, kw_only=True, tag="case.CaseInterventionStarted@1"
):
    """介入: the work of the plan began, as a rule with the `session` recorded beside it."""

    happens: ClassVar = False
    session: Id | None = None


LONGEST_SESSION = 8 * 60
"""Minutes."""


@fact(corrections=True)
class CaseSessionHeld(IndividualWork, frozen=True, kw_only=True, tag="case.CaseSessionHeld@1"):
    """个案面谈: one service contact of a case. `kind` is `case_session`."""

    fixed: ClassVar = IndividualWork.fixed | {"audience"}
    narrower: ClassVar = {"minutes": Within(1, LONGEST_SESSION)}

    method: Method = "office"
    content: CaseworkWords | None = None
    next_step: CaseworkWords | None = None


@fact()
class CaseCollateralContactMade(
    CaseStep, frozen=True, kw_only=True, tag="case.CaseCollateralContactMade@1"
):
    """A contact about the client with somebody else; it is no contact with the client."""

    contacted: str
    method: Method = "telephone"
    content: CaseworkWords | None = None


@fact()
class GoalProgressRecorded(CaseStep, frozen=True, kw_only=True, tag="case.GoalProgressRecorded@1"):
    """Where one goal of the plan stands."""

    goal: int
    value: Signed | None = None
    note: CaseworkWords | None = None


@fact()
class CaseReviewHeld(CaseStep, frozen=True, kw_only=True, tag="case.CaseReviewHeld@1"):
    """个案回顾: what was decided; `level` where the review set another one."""

    decision: Literal["continue", "revise_plan", "close", "refer"]
    participants: tuple[Id, ...] = ()
    level: Level | None = None
    note: CaseworkWords | None = None


@fact()
class CaseSupervised(CaseStep, frozen=True, kw_only=True, tag="case.CaseSupervised@1"):
    """A supervisor, never the primary worker, looked at the case."""

    supervisor: Id
    advice: CaseworkWords | None = None


@fact()
class CaseReassigned(CaseStep, frozen=True, kw_only=True, tag="case.CaseReassigned@1"):
    """Another worker has the case from now on; `previous` had it until now."""

    worker: Id
    reason: str
    handover: CaseworkWords | None = None
    previous: Id | None = None


@fact()
class CaseSuspended(CaseStep, frozen=True, kw_only=True, tag="case.CaseSuspended@1"):
    """The work rests, and so do its reminders."""

    reason: str
    until: date | None = None
    note: CaseworkWords | None = None


@fact()
class CaseResumed(CaseStep, frozen=True, kw_only=True, tag="case.CaseResumed@1"):
    """The work goes on."""

    reason: str
    note: CaseworkWords | None = None


RATING = Within(1, 5)


@fact()
class CaseEvaluated(CaseStep, frozen=True, kw_only=True, tag="case.CaseEvaluated@1"):
    """评估: goals reached, the client's rating (1 to 5), scores to hold against the baseline."""

    attainment: tuple[GoalAttainment, ...] = ()
    client_rating: Annotated[int, RATING] | None = None
    scores: tuple[Score, ...] = ()
    summary: CaseworkWords | None = None


@fact(corrections=True)
class CaseClosed(Counted, frozen=True, kw_only=True, tag="case.CaseClosed@1"):
    """结案: counted as a case closed. `kind` is `case_closed`.

    `variant` is `evaluated` or `not_evaluated`, since a completed case is one closed with an
    evaluation (counting rule 5). With a void closure a closed case is open as it was before.
    """

    closure: Closure
    standing: CaseStanding | None = None
    reason: CaseworkWords | None = None
    summary: CaseworkWords | None = None

    @property
    def whom(self) -> Id | None:
        """The client; None of a family's case."""
        return None if self.standing is None else self.standing.client


@fact()
class FollowUpDone(CaseStep, frozen=True, kw_only=True, tag="case.FollowUpDone@1"):
    """跟进: the n-th follow-up after closing; `next_due` where another is planned."""

    status: Literal["improved", "stable", "worse", "unreachable"]
    number: int = 0
    next_due: date | None = None
    note: CaseworkWords | None = None


@fact()
class CaseReopened(CaseStep, frozen=True, kw_only=True, tag="case.CaseReopened@1"):
    """A closed case is worked on again."""

    reason: str
    note: CaseworkWords | None = None


@fact()
class CaseArchived(CaseStep, frozen=True, kw_only=True, tag="case.CaseArchived@1"):
    """归档: the file is in its box, and how long it is kept."""

    box: Reference
    retention_until: date


@fact()
class CaseRestated(CaseStep, frozen=True, kw_only=True, tag="case.CaseRestated@1"):
    """Where the case stands since its opening or closing was corrected; `record` names which."""

    happens: ClassVar = False
    record: Id
