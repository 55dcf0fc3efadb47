"""Samples of alert rules."""

from domain.alert import Threshold
from domain.alert_rule import RuleChanged
from tests.golden import OPERATOR, sample

SAMPLES = [
    sample(
        "alert_rule",
        RuleChanged(
            rule="AL-01",
            version=1,
            thresholds=(Threshold(name="days", value=10),),
            reason="机构制度修订",
        ),
        station=None,
        ledger=OPERATOR,
    ),
]
