"""Signals over HTTP: of a project or a station, by kind, by days, with the asker's thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.clock import SHANGHAI
from domain.identity import new_id
from tests.integration.http import Running, running

BEGAN = (datetime.now(SHANGHAI) - timedelta(days=5)).replace(hour=9, minute=0, second=0)
NOTE = "情绪平稳，愿意聊家常"


@pytest.fixture(scope="module")
def api(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(module_house_url, tmp_path_factory.mktemp("home")) as it:
        it.settle()
        for number in range(3):
            started = BEGAN + timedelta(hours=number)
            it.done("/visits", visit(it, started))
        yield it


def visit(api: Running, started: datetime) -> dict[str, Any]:
    return {
        "station": api.station,
        "kind": "home_visit",
        "minutes": 40,
        "workers": [api.worker],
        "attendance": [{"role": "client"}],
        "occurred": {"start": started.isoformat()},
        "late_reason": "平板没有网络",
    }


def test_late_records_of_a_station_are_told_with_thresholds_and_events(api: Running) -> None:
    told = api.get(f"/stations/{api.station}/signals")
    assert told["records"] == 3
    assert told["lag_days"]["4-7"] == 3
    assert told["thresholds"]["late_days"] == 3
    (lag,) = [one for one in told["findings"] if one["code"] == "record_lag"]
    assert lag["about"] == [{"kind": "staff", "id": api.worker}]
    assert len(lag["events"]) == 3
    assert set(lag["words"]) == {"zh", "en"}


def test_kinds_days_and_thresholds_are_the_askers(api: Running) -> None:
    path = f"/stations/{api.station}/signals"
    assert api.get(path, kind="sums")["findings"] == []
    assert api.get(path, kind="lag", late_days=6)["findings"] == []
    assert api.get(path, late_days=6)["thresholds"]["late_days"] == 6
    before = (BEGAN - timedelta(days=1)).date().isoformat()
    assert api.get(path, to=before)["records"] == 0
    wrong = api.client.get(f"/api/v1{path}", params={"kind": "fraud"})
    assert wrong.status_code == 422
    assert wrong.json()["code"] == "invalid"
    never = api.client.get(f"/api/v1{path}", params={"cutoff": "0001-01-01"})
    assert (never.status_code, never.json()["field"]) == (422, "cutoff.0")


def test_what_is_out_of_scope_is_as_if_it_were_not_there(api: Running) -> None:
    for path in (f"/projects/{new_id()}/signals", f"/stations/{new_id()}/signals"):
        assert api.client.get(f"/api/v1{path}").status_code == 404
    api.as_role("operator_manager", operator=new_id())
    assert api.client.get(f"/api/v1/stations/{api.station}/signals").status_code == 404
    api.as_role("worker")
