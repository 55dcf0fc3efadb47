"""Samples of what is recorded about stations."""

from domain.event import AnyEvent, Facts
from domain.identity import derived_id
from domain.station import (
    PolicyAdopted,
    ServiceAreaChanged,
    StationClosed,
    StationEstablished,
    StationReopened,
    StationTransferredToOperator,
    SubStationClosed,
    SubStationOpened,
)
from tests.golden import DAY, OPERATOR, STATION, sample

BRANCH, DOCUMENT, SUCCESSOR = (
    derived_id("golden", name) for name in ("branch", "document", "successor")
)


def station(facts: Facts) -> AnyEvent:
    """Return an event of a station, whose ledger is its own."""
    return sample("station", facts, stream=STATION)


SAMPLES = [
    station(
        StationEstablished(
            name="福源社工站",
            region_code="620102",
            purchaser="街道办事处",
            overseer="区民政局",
            predecessor=SUCCESSOR,
        )
    ),
    station(SubStationOpened(sub_station=BRANCH, name="丹州社工室", community="丹州社区")),
    station(SubStationClosed(sub_station=BRANCH, reason="场地收回")),
    station(ServiceAreaChanged(communities=("丹州社区", "海罗村"))),
    station(PolicyAdopted(policy="档案管理", policy_version=2, document=DOCUMENT)),
    station(
        StationTransferredToOperator(
            new_operator=OPERATOR, successor=SUCCESSOR, begins=DAY, handover=("个案 12 个", "钥匙")
        )
    ),
    station(StationClosed(last_day=DAY, reason="合同到期")),
    station(StationReopened(reason="合同续签")),
]
