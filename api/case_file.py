"""The keeping of a case over HTTP: number, agreement, who has it, rest, follow-up, archive."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from api.case_step import CASE_PATH, WORKER, Seal, StepIn, take
from api.commands import Code, CommandIn, Commanding, ReceiptOut, Text, Uuid, Words, example
from api.routing import routes
from domain import case_facts
from domain.case_commands import archive_case
from domain.case_facts import CaseStep

router = routes("cases")


class EnquiryRejectionIn(StepIn):
    """Why an enquiry does not become a case, and who can help."""

    reason: Code
    referred_to: Text | None = None
    note: Words | None = None

    model_config = example({"reason": "not_our_area", "referred_to": "区救助管理站"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_facts.CaseRejected(
            reason=self.reason, referred_to=self.referred_to, note=seal(self.note)
        )


@router.post("/cases/{case}/rejection", status_code=201)
def reject(case: Uuid, sent: EnquiryRejectionIn, command: Commanding) -> ReceiptOut:
    """Reject an enquiry."""
    return take(case, sent, command)


class NumberIn(StepIn):
    """The number of the file, by the operator's rule."""

    number: Text

    model_config = example({"number": "ELD-C001-20181026"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_facts.CaseNumberAssigned(number=self.number)


@router.post("/cases/{case}/number", status_code=201)
def assign_number(case: Uuid, sent: NumberIn, command: Commanding) -> ReceiptOut:
    """Number the file."""
    return take(case, sent, command)


class CaseAgreementIn(StepIn):
    """服务协议: who signed."""

    signed_by: Literal["client", "guardian", "family"] = "client"

    model_config = example({"signed_by": "client"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_facts.ServiceAgreementSigned(signed_by=self.signed_by)


@router.post("/cases/{case}/agreements", status_code=201)
def sign_agreement(case: Uuid, sent: CaseAgreementIn, command: Commanding) -> ReceiptOut:
    """Record that the service agreement was signed."""
    return take(case, sent, command)


class CollateralIn(StepIn):
    """A contact about the client with somebody else: a school, a hospital, a neighbour."""

    contacted: Code
    method: case_facts.Method = "telephone"
    content: Words | None = None

    model_config = example({"contacted": "school", "method": "telephone"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_facts.CaseCollateralContactMade(
            contacted=self.contacted, method=self.method, content=seal(self.content)
        )


@router.post("/cases/{case}/collateral-contacts", status_code=201)
def contact_others(case: Uuid, sent: CollateralIn, command: Commanding) -> ReceiptOut:
    """Record a collateral contact; it is no contact with the client."""
    return take(case, sent, command)


class HandoverIn(StepIn):
    """Who has the case from now on."""

    worker: Uuid
    reason: Code
    handover: Words | None = None

    model_config = example({"worker": WORKER, "reason": "leave"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_facts.CaseReassigned(
            worker=self.worker, reason=self.reason, handover=seal(self.handover)
        )


@router.post("/cases/{case}/handovers", status_code=201)
def hand_over(case: Uuid, sent: HandoverIn, command: Commanding) -> ReceiptOut:
    """Hand the case to another worker."""
    return take(case, sent, command)


class SuspensionIn(StepIn):
    """Why the case rests, and until when."""

    reason: Code
    until: date | None = None
    note: Words | None = None

    model_config = example({"reason": "away", "until": "2018-12-01", "note": "住院"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_facts.CaseSuspended(reason=self.reason, until=self.until, note=seal(self.note))


@router.post("/cases/{case}/suspension", status_code=201)
def suspend(case: Uuid, sent: SuspensionIn, command: Commanding) -> ReceiptOut:
    """Let the case rest."""
    return take(case, sent, command)


class ResumptionIn(StepIn):
    """Why the work goes on."""

    reason: Code
    note: Words | None = None

    model_config = example({"reason": "back"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_facts.CaseResumed(reason=self.reason, note=seal(self.note))


@router.post("/cases/{case}/resumption", status_code=201)
def resume(case: Uuid, sent: ResumptionIn, command: Commanding) -> ReceiptOut:
    """Go on with a case that rests."""
    return take(case, sent, command)


class CaseFollowUpIn(StepIn):
    """跟进 after the closing."""

    status: Literal["improved", "stable", "worse", "unreachable"]
    next_due: date | None = None
    note: Words | None = None

    model_config = example({"status": "stable", "next_due": "2019-02-26"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_facts.FollowUpDone(
            status=self.status, next_due=self.next_due, note=seal(self.note)
        )


@router.post("/cases/{case}/follow-ups", status_code=201)
def follow_up(case: Uuid, sent: CaseFollowUpIn, command: Commanding) -> ReceiptOut:
    """Record a follow-up."""
    return take(case, sent, command)


class ArchivingIn(CommandIn):
    """归档: in which box, kept until when; without a day, as the operator's policy says."""

    box: Text
    retention_until: date | None = Field(
        None, description="default: ten years after the closing, or what the operator has adopted"
    )

    model_config = example({"box": "A-07"})


@router.post("/cases/{case}/archiving", status_code=201)
def archive(case: Uuid, sent: ArchivingIn, command: Commanding) -> ReceiptOut:
    """Archive the file."""
    return command.carry_out(
        sent,
        lambda desk, entry: archive_case(desk, entry, case, sent.box, sent.retention_until),
        on=case,
        location=CASE_PATH,
    )
