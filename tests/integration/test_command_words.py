"""Commands say in both languages what they did or cannot do, to whoever typed them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.http import Running
from tests.typed import Typing


@pytest.fixture(autouse=True)
def here(api: Running, house_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are typed where this house's keys lie."""
    monkeypatch.setenv("SHILU_HOME", str(api.built.keys.parent))
    monkeypatch.setenv("SHILU_DATABASE_URL", house_url)


def test_the_only_key_is_not_retired_and_both_languages_say_what_to_do(
    api: Running, typed: Typing
) -> None:
    assert api.built.ring.keys
    ended = typed("keys", "retire")
    assert ended.code == 1
    said = ended.err
    assert "只有这一把签名密钥" in said
    assert "shilu keys rotate" in said
    assert "cannot be retired" in said


@pytest.mark.parametrize(
    ("words", "headings"),
    [
        (("tasks", "list"), ("任务", "task", "提出时间", "asked at")),
        (("tokens", "list"), ("令牌编号", "token", "签发时间", "made at")),
        (("views", "list"), ("视图", "view", "待处理", "parked")),
    ],
)
def test_a_list_is_headed_in_both_languages(
    words: tuple[str, ...], headings: tuple[str, ...], typed: Typing
) -> None:
    ended = typed(*words)
    assert (ended.code, [each for each in headings if each not in ended.out]) == (0, [])


def test_a_drawn_receipt_says_where_it_lies_and_how_it_is_checked(
    api: Running, tmp_path: Path, typed: Typing
) -> None:
    event = api.done("/visits", visit(api))["events"][0]
    with api.built.signer() as signer:
        signer.sign()
    ended = typed("receipt", event, "--qr", str(tmp_path / "code.svg"))
    said = ended.out
    assert ended.code == 0, ended.err
    assert said.count(str(tmp_path / "code.svg")) == 2
    assert "二维码" in said
    assert "shilu verify-receipt" in said


def visit(api: Running) -> dict[str, object]:
    seen = {"role": "resident", "source": "counted"}
    kind = {"station": api.station, "kind": "home_service", "minutes": 40}
    return {**kind, "attendance": [seen]}


def test_a_moment_that_is_none_is_explained_as_it_is_typed(
    api: Running, tmp_path: Path, typed: Typing
) -> None:
    words = ("bundle", api.station, "--out", str(tmp_path / "x"), "--at", "soon")
    ended = typed(*words)
    said = ended.err
    assert ended.code == 2
    assert "--at" in said
    assert "+08:00" in said
    assert "%2B" not in said, "a command line is no address"
