"""An operator's own policies over HTTP: adopt the next version, read all there were."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from pydantic import Field

from api.commands import CommandIn, Commanding, ReceiptOut, Text, Uuid, example
from api.questions import AskedNow
from api.routing import routes
from domain import policy
from domain.catalogue import check_kinds
from domain.organisation import OperatorOrg, scope_of_operator
from domain.policy import (
    FILE_TYPES,
    MOST_BYTES,
    ActivityPolicy,
    AttachmentPolicy,
    CaseFilePolicy,
    GivingPolicy,
    RecordingPolicy,
    VisitPolicy,
)
from domain.refusals import INVALID
from domain.stored_bytes import MEBIBYTE

router = routes("policies")
Kinds = Annotated[tuple[Text, ...], Field(max_length=100)]
Days = Annotated[int, Field(ge=1, le=366)]


class AdoptedIn(CommandIn):
    """From which day a version is in force, why, and the document in which it is written."""

    begins: date
    reason: Text
    document: Uuid | None = None

    def adopt(self, command: Commanding, operator: str, terms: policy.AnyTerms) -> ReceiptOut:
        """Adopt these terms."""
        facts = policy.PolicyAdopted(
            terms=terms, begins=self.begins, reason=self.reason, document=self.document
        )
        return command.carry_out(
            self,
            lambda desk, entry: policy.adopt_policy(
                desk, entry, scope_of_operator(desk, operator), facts
            ),
            on=policy.policy_id(operator, type(terms)),
        )


class GivingIn(AdoptedIn):
    """For how many days a verification holds, and from which value, in 分, three people answer."""

    verified_days: Annotated[int, Field(ge=1, le=366)]
    separate_from: Annotated[int, Field(ge=1, le=10**12, description="in 分")]

    model_config = example(
        {
            "begins": "2999-01-01",
            "reason": "机构制度修订",
            "verified_days": 14,
            "separate_from": 30000,
        }
    )


@router.post("/operators/{operator}/policies/giving", status_code=201)
def adopt_giving_policy(operator: Uuid, sent: GivingIn, command: Commanding) -> ReceiptOut:
    """Adopt what the operator demands of giving."""
    terms = GivingPolicy(verified_days=sent.verified_days, separate_from=sent.separate_from)
    return sent.adopt(command, operator, terms)


class ActivitiesIn(AdoptedIn):
    """Whether a plan comes first, and which kinds need one, or agreements; null: the usual ones."""

    plan_first: bool = True
    plan_for: Kinds | None = None
    agreements_for: Kinds | None = None

    model_config = example(
        {"begins": "2999-01-01", "reason": "机构制度修订", "agreements_for": ["outing"]}
    )


@router.post("/operators/{operator}/policies/activities", status_code=201)
def adopt_activity_policy(operator: Uuid, sent: ActivitiesIn, command: Commanding) -> ReceiptOut:
    """Adopt what the operator demands of activities."""
    check_kinds(sent.plan_for or (), "plan_for")
    check_kinds(sent.agreements_for or (), "agreements_for")
    terms = ActivityPolicy(
        plan_first=sent.plan_first, plan_for=sent.plan_for, agreements_for=sent.agreements_for
    )
    return sent.adopt(command, operator, terms)


class AttachmentsIn(AdoptedIn):
    """How large a file may be, in bytes, and of which types."""

    limit: Annotated[int, Field(ge=MEBIBYTE, le=MOST_BYTES)] = MOST_BYTES
    types: Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)] = FILE_TYPES

    model_config = example(
        {"begins": "2999-01-01", "reason": "存储空间有限", "limit": 10 * MEBIBYTE}
    )


@router.post("/operators/{operator}/policies/attachments", status_code=201)
def adopt_attachment_policy(operator: Uuid, sent: AttachmentsIn, command: Commanding) -> ReceiptOut:
    """Adopt which files the operator takes. Raises `invalid` for types that nobody takes."""
    if not set(sent.types) <= set(FILE_TYPES):
        raise INVALID("types", reason="one_of", known=", ".join(FILE_TYPES))
    return sent.adopt(command, operator, AttachmentPolicy(limit=sent.limit, types=sent.types))


class RecordingIn(AdoptedIn):
    """After how many days writing late needs a reason, and after how many an approval."""

    reason_after: Annotated[int, Field(ge=0, le=366)]
    approval_after: Annotated[int, Field(ge=0, le=3660)]

    model_config = example(
        {"begins": "2999-01-01", "reason": "机构制度修订", "reason_after": 1, "approval_after": 14}
    )


@router.post("/operators/{operator}/policies/recording", status_code=201)
def adopt_recording_policy(operator: Uuid, sent: RecordingIn, command: Commanding) -> ReceiptOut:
    """Adopt what the operator demands of writing late."""
    terms = RecordingPolicy(reason_after=sent.reason_after, approval_after=sent.approval_after)
    return sent.adopt(command, operator, terms)


class VisitsIn(AdoptedIn):
    """Within how many days somebody of each tier of risk is visited again."""

    high: Days
    key: Days
    general: Days

    model_config = example(
        {"begins": "2999-01-01", "reason": "机构制度修订", "high": 3, "key": 15, "general": 60}
    )


@router.post("/operators/{operator}/policies/visits", status_code=201)
def adopt_visit_policy(operator: Uuid, sent: VisitsIn, command: Commanding) -> ReceiptOut:
    """Adopt how often the operator visits people of each tier; plans made before stay."""
    terms = VisitPolicy(high=sent.high, key=sent.key, general=sent.general)
    return sent.adopt(command, operator, terms)


class CaseFilesIn(AdoptedIn):
    """For how many years after its closing a case's file is kept."""

    years: Annotated[int, Field(ge=1, le=100)]

    model_config = example({"begins": "2999-01-01", "reason": "机构制度修订", "years": 15})


@router.post("/operators/{operator}/policies/case-files", status_code=201)
def adopt_case_file_policy(operator: Uuid, sent: CaseFilesIn, command: Commanding) -> ReceiptOut:
    """Adopt how long the operator keeps the files of cases; those archived before stay."""
    return sent.adopt(command, operator, CaseFilePolicy(years=sent.years))


@router.get("/operators/{operator}/policies")
def read_policies(operator: Uuid, asked: AskedNow, day: date | None = None) -> list[dict[str, Any]]:
    """Read each policy: the terms in force on a day, and every version that was adopted."""
    desk = asked.parts.records.desk(asked.principal)
    desk.load(OperatorOrg, operator, "operator")
    return [
        {
            "policy": kind.__struct_config__.tag,
            "stream": policy.policy_id(operator, kind),
            "in_force": _plain(policy.in_force(desk, operator, kind, day or asked.today)),
            "adopted": [
                {
                    "begins": one.begins.isoformat(),
                    "reason": one.reason,
                    "document": one.document,
                    "terms": _plain(one.terms),
                }
                for one in policy.versions(desk, operator, kind)
            ],
        }
        for kind in policy.POLICIES
    ]


def _plain(terms: policy.AnyTerms) -> dict[str, Any]:
    return {name: getattr(terms, name) for name in msgspec.structs.asdict(terms)}
