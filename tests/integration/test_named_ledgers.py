"""Whoever hands records over names a project by its key and a station by its name."""

from __future__ import annotations

import pytest
import typer

from deploy.commands.bundle import ledger_of
from domain.identity import Id
from tests.integration.counted import contract
from tests.integration.http import Running


def second_station(api: Running, name: str, region: str = "620102002") -> Id:
    api.as_role("administrator")
    station = {
        "operator": api.operator,
        "name": name,
        "region_code": region,
        "purchaser": "示例街道办事处",
        "overseer": "示例区民政局",
    }
    stream: Id = api.done("/stations", station)["stream"]
    return stream


def test_a_project_goes_by_its_key_a_station_by_its_name_and_both_by_their_ids(
    api: Running,
) -> None:
    project = contract(api)
    slug = api.get(f"/projects/{project}")["slug"]
    assert ledger_of(api.built, slug) == project
    assert ledger_of(api.built, "示例街道社工站") == api.station
    assert ledger_of(api.built, " 示例街道 社工站") == api.station
    assert ledger_of(api.built, project) == project
    assert ledger_of(api.built, api.station) == api.station


def test_of_two_stations_of_one_name_each_is_named_by_its_id(
    api: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    other = second_station(api, "示例街道社工站")
    with pytest.raises(typer.Exit) as refused:
        ledger_of(api.built, "示例街道社工站")
    assert refused.value.exit_code == 2
    told = capsys.readouterr().err
    assert "more than one" in told
    assert api.station in told
    assert other in told


def test_what_is_nobodys_name_is_refused(api: Running, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        ledger_of(api.built, "没有这个站")
    assert "no such project or station" in capsys.readouterr().err
