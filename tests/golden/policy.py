"""Samples of operators' policies."""

from datetime import date

from domain.identity import derived_id
from domain.policy import (
    ActivityPolicy,
    AttachmentPolicy,
    CaseFilePolicy,
    GivingPolicy,
    PolicyAdopted,
    RecordingPolicy,
    VisitPolicy,
)
from tests.golden import OPERATOR, sample

SAMPLES = [
    sample(
        "policy",
        PolicyAdopted(
            terms=terms,
            begins=date(2018, 11, 1),
            reason="机构制度修订",
            document=derived_id("golden", "document"),
        ),
        station=None,
        ledger=OPERATOR,
    )
    for terms in (
        GivingPolicy(version=1, verified_days=14, separate_from=30_000),
        ActivityPolicy(version=2, plan_first=False, plan_for=("outing",), agreements_for=()),
        AttachmentPolicy(version=3, limit=1_048_576, types=("image/png",)),
        RecordingPolicy(version=4, reason_after=1, approval_after=14),
        VisitPolicy(version=5, high=3, key=15, general=60),
        CaseFilePolicy(version=6, years=15),
    )
]
