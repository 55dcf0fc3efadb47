"""Samples of operators' policies."""

from datetime import date

from domain.identity import derived_id
from domain.policy import ActivityPolicy, AttachmentPolicy, GivingPolicy, PolicyAdopted
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
    )
]
