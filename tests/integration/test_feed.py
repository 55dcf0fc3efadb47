"""The event feed as it comes: a program goes on where its connection broke off."""

from __future__ import annotations

import re
from typing import Any

import pytest

from domain.journal.feed import Feed
from domain.journal.tokens import Tokens, id_of
from tests.integration.http import Running


def read(api: Running, monkeypatch: pytest.MonkeyPatch, mark: str, **asked: int) -> list[int]:
    """Read the stream until its token is taken back, and return the positions that came."""
    token = api.client.headers["Authorization"].removeprefix("Bearer ")
    elsewhere, page = Tokens(api.built.pool), Feed.page

    def ending(feed: Feed, *asked: Any) -> Any:
        elsewhere.revoke(id_of(token))
        return page(feed, *asked)

    monkeypatch.setattr("api.feed.POLL_SECONDS", 0.01)
    monkeypatch.setattr(Feed, "page", ending)
    answer = api.client.get("/api/v1/events/stream", params=asked, headers={"Last-Event-ID": mark})
    return [int(position) for position in re.findall(r"^id: (\d+)$", answer.text, re.MULTILINE)]


def test_a_stream_goes_on_after_the_last_event_that_came(
    api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = api.built.journal.max_notification_id() or 0
    assert head > 2
    assert read(api, monkeypatch, str(head - 2), after=head) == [head - 1, head]


@pytest.mark.parametrize("mark", ["²".encode("latin-1"), b"9" * 5_000, b"-1", b"x"])
def test_a_mark_that_no_event_of_the_stream_had_is_refused(api: Running, mark: bytes) -> None:
    answer = api.client.get("/api/v1/events/stream", headers={b"Last-Event-ID": mark})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "Last-Event-ID" in answer.text
