"""Referrals of a case over HTTP, step by step."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.case_step import PERSON, Seal, StepIn, take
from api.commands import Code, Commanding, ReceiptOut, Text, Uuid, Words, example
from api.routing import routes
from domain import case_referral_facts
from domain.case_facts import CaseStep
from domain.refusals import INVALID

router = routes("cases")
NOTED = ("declined", "outcome")
"""The steps of a referral of which words are kept."""


class ReferralIn(StepIn):
    """转介: to whom, for one service or for the whole case."""

    to: Text
    extent: Literal["service", "whole_case"] = "service"
    reason: Words | None = None

    model_config = example({"to": "区养老院", "extent": "whole_case"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_referral_facts.ReferralProposed(
            to=self.to, extent=self.extent, reason=seal(self.reason)
        )


@router.post("/cases/{case}/referrals", status_code=201)
def propose_referral(case: Uuid, sent: ReferralIn, command: Commanding) -> ReceiptOut:
    """Propose a referral; the first event of the answer names it."""
    return take(case, sent, command)


class ReferralStepIn(StepIn):
    """The next step of a referral: consent, sending, the answer, what came of it."""

    referral: Uuid
    step: Literal["consented", "sent", "accepted", "declined", "outcome"]
    consent_by: Literal["client", "guardian"] = "client"
    reason: Code | None = Field(None, description="why it was declined")
    outcome: Literal["served", "not_served", "returned", "unknown"] = "unknown"
    note: Words | None = None

    model_config = example({"referral": PERSON, "step": "consented"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts. Raises `invalid`: of most steps no words are kept, nor taken."""
        if self.note is not None and self.step not in NOTED:
            raise INVALID("note", reason="not_kept")
        match self.step:
            case "consented":
                return case_referral_facts.ReferralConsented(
                    referral=self.referral, by=self.consent_by
                )
            case "sent":
                return case_referral_facts.ReferralSent(referral=self.referral)
            case "accepted":
                return case_referral_facts.ReferralAccepted(referral=self.referral)
            case "declined":
                if self.reason is None:
                    raise INVALID("reason", reason="missing")
                return case_referral_facts.ReferralDeclined(
                    referral=self.referral, reason=self.reason, note=seal(self.note)
                )
            case "outcome":
                return case_referral_facts.ReferralOutcomeReceived(
                    referral=self.referral, outcome=self.outcome, note=seal(self.note)
                )


@router.post("/cases/{case}/referral-steps", status_code=201)
def go_on_with_referral(case: Uuid, sent: ReferralStepIn, command: Commanding) -> ReceiptOut:
    """Take the next step of a referral."""
    return take(case, sent, command)
