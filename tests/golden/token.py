"""Samples of decisions about access tokens."""

from datetime import datetime

from domain.clock import SHANGHAI
from domain.token import TokenEnded, TokenIssued, TokenReplaced
from tests.golden import STATION, WORKER, sample

FIRST, SECOND = "0123456789abcdef", "fedcba9876543210"
SAMPLES = [
    sample(
        "token",
        TokenIssued(
            token=FIRST,
            holder=WORKER,
            role="worker",
            stations=(STATION,),
            until=datetime(2018, 12, 31, 18, 0, tzinfo=SHANGHAI),
        ),
        role="operator_manager",
    ),
    sample(
        "token",
        TokenReplaced(token=FIRST, by=SECOND),
        role="operator_manager",
    ),
    sample("token", TokenEnded(token=SECOND), role="administrator"),
]
