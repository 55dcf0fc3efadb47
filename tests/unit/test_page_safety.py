"""What keeps the pages safe: forms of one's own, and a limit on guessing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import Request

from api.pages.safety import TRIES, WINDOW, Tries, own_forms
from domain.clock import at
from tests.station import TODAY, refused


def form(**headers: str) -> Request:
    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": named})


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", ""])
def test_a_form_of_another_site_is_refused(origin: str) -> None:
    with refused("page.foreign_form"):
        own_forms(form(host="shilu.example", origin=origin))


def test_a_form_of_our_own_is_taken() -> None:
    own_forms(form(host="shilu.example", origin="https://shilu.example"))


def test_who_guesses_too_often_waits_until_the_window_has_passed() -> None:
    tries, now = Tries(), at(TODAY)
    for _ in range(TRIES):
        tries.check("192.0.2.1", now)
        tries.failed("192.0.2.1", now)
    with refused("page.too_many_tries"):
        tries.check("192.0.2.1", now)
    tries.check("192.0.2.2", now)
    tries.check("192.0.2.1", now + WINDOW + timedelta(seconds=1))
