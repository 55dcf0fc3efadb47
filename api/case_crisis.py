"""Crises of a case over HTTP: flagged, acted on, cleared, reported."""

from __future__ import annotations

from typing import Literal

from api.case_step import PERSON, Seal, StepIn, take
from api.commands import Code, Commanding, ReceiptOut, Text, Uuid, Words, example
from api.routing import routes
from domain import case_crisis_facts
from domain.case_facts import CaseStep

router = routes("cases")


class CrisisIn(StepIn):
    """危机: what kind, and what was seen."""

    type: Literal["suicide", "violence", "abuse", "neglect", "other"]
    signs: Words | None = None

    model_config = example({"type": "neglect"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_crisis_facts.CrisisFlagged(type=self.type, signs=seal(self.signs))


@router.post("/cases/{case}/crises", status_code=201)
def flag_crisis(case: Uuid, sent: CrisisIn, command: Commanding) -> ReceiptOut:
    """Flag a crisis; the first event of the answer names it. Somebody acts within 24 hours."""
    return take(case, sent, command)


class CrisisActionIn(StepIn):
    """What was done about a crisis."""

    crisis: Uuid
    action: Code
    note: Words | None = None

    model_config = example({"crisis": PERSON, "action": "home_visit", "note": "入户并联系家属"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_crisis_facts.CrisisActionTaken(
            crisis=self.crisis, action=self.action, note=seal(self.note)
        )


@router.post("/cases/{case}/crisis-actions", status_code=201)
def act_on_crisis(case: Uuid, sent: CrisisActionIn, command: Commanding) -> ReceiptOut:
    """Record what was done about a crisis."""
    return take(case, sent, command)


class CrisisClearanceIn(StepIn):
    """The danger of a crisis has passed."""

    crisis: Uuid
    note: Words | None = None

    model_config = example({"crisis": PERSON})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_crisis_facts.CrisisCleared(crisis=self.crisis, note=seal(self.note))


@router.post("/cases/{case}/crisis-clearances", status_code=201)
def clear_crisis(case: Uuid, sent: CrisisClearanceIn, command: Commanding) -> ReceiptOut:
    """Clear a crisis."""
    return take(case, sent, command)


class MandatoryReportIn(StepIn):
    """强制报告: to which authority."""

    authority: Text
    crisis: Uuid | None = None
    reference: Text | None = None
    note: Words | None = None

    model_config = example({"authority": "派出所"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_crisis_facts.MandatoryReportMade(
            authority=self.authority,
            crisis=self.crisis,
            reference=self.reference,
            note=seal(self.note),
        )


@router.post("/cases/{case}/mandatory-reports", status_code=201)
def report(case: Uuid, sent: MandatoryReportIn, command: Commanding) -> ReceiptOut:
    """Record a report that the law demands."""
    return take(case, sent, command)
