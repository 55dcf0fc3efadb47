"""What is recorded of a crisis (危机) in a case, and of a mandatory report (events.md, BC4)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from domain.bounds import Reference
from domain.case_facts import CaseStep
from domain.event import fact
from domain.identity import Id
from domain.private import CaseworkWords


@fact()
class CrisisFlagged(CaseStep, frozen=True, kw_only=True, tag="case.CrisisFlagged@1"):
    """危机: its event's id names the crisis. `act_by` is 24 hours on, filled in by the rule."""

    type: Literal["suicide", "violence", "abuse", "neglect", "other"]
    signs: CaseworkWords | None = None
    act_by: datetime | None = None


@fact()
class CrisisActionTaken(CaseStep, frozen=True, kw_only=True, tag="case.CrisisActionTaken@1"):
    """What was done about a crisis."""

    described: ClassVar = ("action",)
    crisis: Id
    action: str
    note: CaseworkWords | None = None


@fact()
class CrisisCleared(CaseStep, frozen=True, kw_only=True, tag="case.CrisisCleared@1"):
    """The danger has passed."""

    crisis: Id
    note: CaseworkWords | None = None


@fact()
class MandatoryReportMade(CaseStep, frozen=True, kw_only=True, tag="case.MandatoryReportMade@1"):
    """强制报告 to an authority; made at the time at which the event occurred."""

    authority: str
    crisis: Id | None = None
    reference: Reference | None = None
    note: CaseworkWords | None = None
