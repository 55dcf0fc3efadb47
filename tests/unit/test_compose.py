"""What `deploy/compose.yaml` and the image say of Shilu is so: commands, settings, files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.cli import command_names
from deploy.commands.migrate import FIRST_TOKEN
from deploy.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
IMAGE = (DEPLOY / "Dockerfile").read_text("utf-8")
OURS = {name: each for name, each in COMPOSE["services"].items() if name != "postgres"}


def test_each_process_of_a_house_is_there_and_waits_for_the_migration() -> None:
    assert set(OURS) == {"migrate", "api", "follow", "work", "clock", "sign"}
    for name, each in OURS.items():
        waits = each["depends_on"]
        if name == "migrate":
            assert (waits["postgres"]["condition"], each["restart"]) == ("service_healthy", "no")
        else:
            assert waits["migrate"]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("name", OURS)
def test_what_a_service_runs_is_a_command(name: str) -> None:
    assert OURS[name]["command"] == [name]
    assert name in command_names()


def test_settings_are_settings() -> None:
    known = {f"SHILU_{name}".upper() for name in Settings.model_fields}
    for name, each in OURS.items():
        assert set(each["environment"]) <= known, name
        assert "SHILU_DATABASE_URL" in each["environment"]
    assert set(re.findall(r"(SHILU_[A-Z_]+)=", IMAGE)) <= known


def test_all_processes_share_one_home_where_the_image_has_it() -> None:
    (home,) = set(re.findall(r"SHILU_HOME=(\S+)", IMAGE))
    assert {volume for each in OURS.values() for volume in each["volumes"]} == {f"home:{home}"}
    assert f"VOLUME {home}" in IMAGE
    assert f"{home}/{FIRST_TOKEN}" in (ROOT / "docs" / "production.md").read_text("utf-8")


def test_nothing_is_reachable_from_another_machine() -> None:
    ports = [port for each in COMPOSE["services"].values() for port in each.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_a_proxy_in_front_is_believed_wherever_on_the_network_it_comes_from() -> None:
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]
    trusted = OURS["api"]["environment"]["SHILU_TRUSTED_PROXIES"]
    assert trusted == network["subnet"]
    usual = re.sub(r"\$\{\w+:-(.+)\}", r"\1", trusted)
    assert Settings(trusted_proxies=usual).trusted_proxies == usual


def test_the_image_takes_all_that_is_installed_and_nothing_is_ignored_of_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found = project["tool"]["setuptools"]["packages"]["find"]["include"]
    folders = {name.removesuffix("*") for name in found}
    files = {"pyproject.toml", "uv.lock", project["project"]["readme"], "LICENSE", "Makefile"}
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", IMAGE, re.MULTILINE)
        for name in line.split()
    }
    assert copied == folders | files | {"api/assets"}
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == folders | files


def test_the_image_is_installed_as_make_does_it() -> None:
    uv = re.findall(r"'(uv>=[^']+)'", IMAGE)
    assert uv == re.findall(r"'(uv>=[^']+)'", (ROOT / "Makefile").read_text("utf-8"))[:1]
    assert "--locked" in IMAGE
    assert {each.split()[0] for each in re.findall(r"^FROM (.+)$", IMAGE, re.MULTILINE)} == {
        "debian:bookworm-slim"
    }


def test_versions_are_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (image,) = {each["image"] for each in OURS.values()}
    assert image == f"shilu:${{SHILU_VERSION:-{project['version']}}}"


def test_the_file_with_the_password_goes_into_no_image_and_no_commit() -> None:
    assert "SHILU_DATABASE_PASSWORD" in (ROOT / "docs" / "production.md").read_text("utf-8")
    assert (ROOT / ".dockerignore").read_text("utf-8").splitlines()[-1] == "**/.env"
    assert ".env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
