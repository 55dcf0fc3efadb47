"""What others are told of an alert, and the port by which they are."""

from __future__ import annotations

from datetime import date
from typing import Protocol

import msgspec

from domain.alert import Level, Way
from domain.identity import Id
from domain.principal import Role


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of an alert: ids, codes and days, and nothing that tells of a person.

    `notice` is the same however often it is sent; `event` raised or escalated the alert.
    """

    notice: Id
    alert: Id
    event: Id
    rule: str
    level: Level
    due: date
    subject_type: str
    subject: Id
    operator: Id
    station: Id | None
    project: Id | None
    worker: Id | None
    roles: tuple[Role, ...]
    staff: tuple[Id, ...]
    demonstration: bool


class Notifier(Protocol):
    """A way to tell somebody."""

    @property
    def way(self) -> Way:
        """Which way it is."""
        ...

    @property
    def recipient(self) -> Id:
        """Who is told."""
        ...

    def tell(self, notice: Notice) -> None:
        """Return once they have taken it. Raises `alert.not_taken`."""
        ...
