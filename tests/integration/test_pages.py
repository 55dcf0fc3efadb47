"""The pages' frame: signing in and out, both languages, headers, and nothing without a token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.pages.safety import TRIES
from api.pages.signin import local
from domain.clock import SHANGHAI
from domain.identity import new_id
from domain.refusals import KINDS
from tests.integration.evaluated import visited
from tests.integration.http import Running, running
from tests.integration.pages import ORIGIN, browser, routes, sign_in, token

WITHOUT_TOKEN = {"/api/v1/health", "/signin", "/signout", "/assets/{name}"}


@pytest.fixture
def api(house_url: str, tmp_path: Path) -> Iterator[Running]:
    with running(house_url, tmp_path / "home") as it:
        it.settle()
        it.follow()
        yield it


@pytest.fixture
def stranger(api: Running) -> Iterator[TestClient]:
    with browser(api) as client:
        yield client


@pytest.fixture
def reader(api: Running, stranger: TestClient) -> TestClient:
    sign_in(stranger, token(api))
    return stranger


def test_only_health_the_way_in_and_assets_answer_without_a_token(
    api: Running, stranger: TestClient
) -> None:
    app = api.client.app
    assert isinstance(app, FastAPI)
    asked = 0
    for method, path in routes(app):
        if path in WITHOUT_TOKEN:
            continue
        headers = {**ORIGIN, "Idempotency-Key": "k"}
        answer = stranger.request(method, re.sub(r"\{.*?\}", new_id(), path), headers=headers)
        way = answer.headers.get("location", "").partition("?")[0]
        expected = (401, "") if path.startswith("/api/") else (303, "/signin")
        assert (answer.status_code, way) == expected, f"{method} {path}"
        asked += 1
    assert asked > 20


def test_a_page_that_is_not_there_tells_a_stranger_nothing(stranger: TestClient) -> None:
    assert stranger.get("/nowhere").headers["location"] == "/signin?next=/nowhere"
    assert stranger.get("/records/nonsense").status_code == 303


def test_signing_in_leads_to_the_page_that_was_asked_for(
    api: Running, stranger: TestClient
) -> None:
    way = stranger.get("/records?show=late").headers["location"]
    assert way == "/signin?next=/records%3Fshow%3Dlate"
    assert 'value="/records?show=late"' in stranger.get(way).text
    answer = sign_in(stranger, token(api), "/records?show=late")
    assert (answer.status_code, answer.headers["location"]) == (303, "/records?show=late")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    assert stranger.get("/records?show=late").status_code == 200


def test_over_https_the_cookie_is_secure(api: Running) -> None:
    with TestClient(api.client.app, "https://testserver", follow_redirects=False) as client:
        answer = client.post(
            "/signin", data={"token": token(api)}, headers={"Origin": "https://testserver"}
        )
        assert "secure" in answer.headers["set-cookie"].lower()


def test_signing_out_forgets_the_token(reader: TestClient) -> None:
    assert reader.get("/").status_code == 200
    assert reader.post("/signout", headers=ORIGIN).headers["location"] == "/signin"
    assert reader.get("/").status_code == 303


def test_who_signed_in_stays_so_where_a_proxy_asks_for_a_password_of_its_own(
    reader: TestClient,
) -> None:
    assert reader.get("/", headers={"Authorization": "Basic c2hpbHU6eA=="}).status_code == 200


def test_a_wrong_token_says_so_and_guessing_is_slowed(
    api: Running, stranger: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(TRIES):
        answer = sign_in(stranger, "shilu_guess")
        assert answer.status_code == 401
        assert "令牌无效" in answer.text
        assert "set-cookie" not in answer.headers
    right = token(api)
    assert sign_in(stranger, right).status_code == 429
    later = api.built.clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(type(api.built.clock), "now", lambda self: later)
    assert sign_in(stranger, right).status_code == 303


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://evil.example"}, {"Referer": "http://evil.example/x"}]
)
def test_forms_of_other_sites_are_refused(
    api: Running, stranger: TestClient, headers: dict[str, str]
) -> None:
    answer = stranger.post("/signin", data={"token": token(api)}, headers=headers)
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "x", "", "/\tx"],
)
def test_signing_in_never_leads_elsewhere(address: str) -> None:
    assert local(address) == "/"


def test_every_page_carries_the_headers_that_keep_it_safe(reader: TestClient) -> None:
    for path in ("/", "/signin", "/records", f"/records/{new_id()}", "/nowhere"):
        answer = reader.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=", answer.text)


def test_pages_speak_chinese_first_and_english_where_asked(reader: TestClient) -> None:
    chinese = reader.get("/")
    assert '<html lang="zh-CN">' in chinese.text
    assert "最新记录" in chinese.text
    english = reader.get("/", headers={"Accept-Language": "fr, en;q=0.8, zh;q=0.3"})
    assert "Latest records" in english.text
    reader.get("/?lang=en")
    assert "Latest records" in reader.get("/", headers={"Accept-Language": "zh-CN"}).text
    assert "最新记录" in reader.get("/?lang=zh").text


def test_a_page_as_known_earlier_is_of_the_position_of_that_moment(
    api: Running, reader: TestClient
) -> None:
    visited(api)
    first, then = api.built.journal.max_notification_id(), api.built.clock.now().isoformat()
    visited(api)
    now = api.built.journal.max_notification_id()
    api.follow()
    for path in ("/", "/records", "/caseload", "/coverage"):
        assert f"数据截至第 {first} 条记录" in reader.get(path, params={"at": then}).text
        assert f"数据截至第 {now} 条记录" in reader.get(path).text


def test_a_moment_that_is_yet_to_come_is_refused_in_words(api: Running, reader: TestClient) -> None:
    event = visited(api)
    api.follow()
    said = {"zh": "还没有到", "en": "has not come yet"}
    tomorrow = (api.built.clock.now() + timedelta(days=1)).isoformat()
    for path in ("/", "/records", f"/records/{event}"):
        for moment in ("9999-12-31T23:59", tomorrow):
            for language, words in said.items():
                shown = reader.get(path, params={"at": moment, "lang": language})
                assert (shown.status_code, words in shown.text) == (422, True)


def test_the_minute_and_the_day_that_are_going_on_are_now(api: Running, reader: TestClient) -> None:
    visited(api)
    api.follow()
    now = api.built.clock.now().astimezone(SHANGHAI)
    for moment in (f"{now:%Y-%m-%dT%H:%M}", f"{now:%Y-%m-%d}T23:59"):
        shown = reader.get("/", params={"at": moment, "lang": "zh"})
        assert (shown.status_code, "今天" in shown.text) == (200, True)
        assert "时已知的情况" not in shown.text


def test_what_is_not_there_is_told_kindly_in_both_languages(reader: TestClient) -> None:
    for path in ("/nowhere", f"/records/{new_id()}", "/records/x", f"/records/{new_id()}/stored"):
        for language, words in (("zh", "没有找到"), ("en", "Not found")):
            answer = reader.get(path, params={"lang": language})
            assert answer.status_code == 404
            assert words in answer.text
    assert reader.get("/api/v1/nowhere").json()["code"] == "address.unknown"


def test_a_page_that_there_is_none_of_is_told_from_a_record(reader: TestClient) -> None:
    shown = reader.get("/nowhere", params={"lang": "zh"}).text
    assert KINDS["page.unknown"]().text("zh") in shown
    assert "这条记录" not in shown


def test_assets_are_cached_under_their_hash_and_nothing_else_is_served(
    stranger: TestClient,
) -> None:
    address = re.findall(r'href="(/assets/shilu\.css\?v=\w+)"', stranger.get("/signin").text)[0]
    styles = stranger.get(address)
    assert styles.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in styles.headers["cache-control"]
    assert stranger.get("/assets/shilu.css?v=old").headers["cache-control"] == "no-cache"
    known = {"If-None-Match": styles.headers["etag"]}
    assert stranger.get("/assets/shilu.css", headers=known).status_code == 304
    for name in ("package.json", "..%2f..%2fapp.py", "nothing.js"):
        assert stranger.get(f"/assets/{name}").status_code == 303
