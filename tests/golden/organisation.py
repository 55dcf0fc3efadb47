"""Samples of what is recorded about operators."""

from domain.event import AnyEvent, Facts
from domain.organisation import (
    OperatorNameAliasAdded,
    OperatorRegistered,
    OperatorResumed,
    OperatorSuspended,
    StaffRegisterBegun,
)
from tests.golden import OPERATOR, sample


def operator(facts: Facts) -> AnyEvent:
    """Return an event of an operator, whose ledger is its own."""
    return sample("operator", facts, stream=OPERATOR, station=None, ledger=OPERATOR)


SAMPLES = [
    operator(OperatorRegistered(name="慧灵", uscc="91110000600037341L", demonstration=True)),
    operator(OperatorNameAliasAdded(alias="甘肃慧灵")),
    operator(OperatorSuspended(reason="停业整顿")),
    operator(OperatorResumed(reason="整顿完成")),
    operator(StaffRegisterBegun()),
]
