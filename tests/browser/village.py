"""A village whose worker has a phone, with a network and without."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import Page

from api.app import create_app
from deploy.wiring import House
from domain.identity import Id, new_id
from domain.journal.tokens import Tokens
from domain.principal import Principal
from domain.visit import HomeServiceDelivered
from projections.engine.fold import read
from projections.engine.view import Record
from tests.browser.serving import serving

FORM = "/recording/home_service"


class Village:
    """A station's server that can be out of reach, and two colleagues with a phone."""

    def __init__(self, built: House, station: Id, operator: Id) -> None:
        self.built, self.station = built, station
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        people = [Principal(actor=new_id(), role="worker", operator=operator) for _ in range(2)]
        self.tokens = [Tokens(built.pool).issue(each, "browser") for each in people]

    @contextmanager
    def network(self) -> Iterator[None]:
        """Serve for as long as this lasts; before and after nobody answers."""
        with self.built.services() as parts:
            app = create_app(parts)
            config = uvicorn.Config(
                app, host="127.0.0.1", port=self.port, log_config=None, access_log=False
            )
            with serving(config):
                yield

    @property
    def services(self) -> list[Record[HomeServiceDelivered]]:
        """What is on record of home services."""
        rows = map(read, self.built.journal.read_ledger(self.station))
        return [row for row in rows if isinstance(row.facts, HomeServiceDelivered)]


def sign_in(page: Page, village: Village, who: int = 0) -> None:
    page.goto(village.url)
    page.get_by_label("访问令牌").fill(village.tokens[who])
    page.locator("main button").click()
    page.wait_for_url(f"{village.url}/")


def until(page: Page, said: str) -> None:
    """Wait until a script says so, also where it has to ask first."""
    deadline = time.monotonic() + 10
    while not page.evaluate(said):
        assert time.monotonic() < deadline, said
        page.wait_for_timeout(50)


def at_hand(page: Page, village: Village) -> None:
    """Open the form once with a network, until it is kept for when there is none."""
    page.goto(village.url + FORM)
    until(page, "caches.open('forms').then(forms => forms.keys()).then(all => all.length > 5)")
    until(page, "navigator.serviceWorker.controller !== null")
