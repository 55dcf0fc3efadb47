"""How a command is carried out: decided again where another was faster, and told what failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder
from msgspec.structs import replace

from domain.counting import Attendance
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.identity import Id
from domain.journal.entries import Appended, CommandKey
from domain.journal.records import ATTEMPTS, Records
from domain.journal.request import ConnectedAnew
from domain.principal import Principal
from domain.visit import HomeServiceDelivered, record_visit
from tests.station import SCOPE, entry, principal, refused


class Journal(POPOApplicationRecorder):
    """A journal in memory that meets with something at the first appends."""

    era = 0

    def __init__(self, *meets: Exception) -> None:
        super().__init__()
        self.meets = list(meets)
        self.keys: list[CommandKey] = []

    def append(self, events: Sequence[StoredEvent], key: CommandKey, *_: Any) -> Appended:
        if self.meets:
            raise self.meets.pop()
        self.keys.append(key)
        return Appended(range(1, len(events) + 1))

    def written_by(self, *_: Any) -> None:
        """Nothing was written by any command before."""


class Sealer:
    """Gives fingerprints that are easily told."""

    def fingerprint(self, asked: bytes) -> bytes:
        return b"keyed " + asked

    def digest(self, text: str, purpose: str = "") -> str:
        return f"{purpose} {text}"


class Office:
    """Where services are recorded; `decided` counts how often that was decided on."""

    def __init__(self, *meets: Exception) -> None:
        journal: Any = Journal(*meets)
        sealer: Any = Sealer()
        self.journal = journal
        self.records = Records(journal, sealer)
        self.decided = 0

    def carry_out(
        self, who: Principal | None = None, expected: tuple[Id, int] | None = None
    ) -> Receipt:
        how = entry(principal=who or principal())
        return self.records.carry_out(
            how.principal, how, self._deciding(how), fingerprint=b"asked", expected=expected
        )

    def _deciding(self, how: Entry) -> Callable[[Desk], Receipt]:
        facts = HomeServiceDelivered(kind="home_service", minutes=40, attendance=(Attendance(),))

        def decide(desk: Desk) -> Receipt:
            self.decided += 1
            return record_visit(desk, how, SCOPE, facts)

        return decide


def test_who_was_overtaken_decides_again_a_few_times_and_is_told_then() -> None:
    often = Office(*[IntegrityError()] * (ATTEMPTS - 1))
    assert often.carry_out().position
    assert often.decided == ATTEMPTS
    always = Office(*[IntegrityError()] * ATTEMPTS)
    with refused("stale_version"):
        always.carry_out()
    assert always.decided == ATTEMPTS


def test_who_names_the_version_they_saw_is_told_at_once() -> None:
    office = Office(IntegrityError())
    with refused("stale_version"):
        office.carry_out(expected=("seen", 1))
    assert office.decided == 1
    anew = Office(ConnectedAnew())
    assert anew.carry_out(expected=("seen", 1)).position, "nobody else was faster"
    assert anew.decided == 2


@pytest.mark.parametrize(
    ("met", "code"), [(psycopg.DataError(), "invalid"), (psycopg.OperationalError(), "unavailable")]
)
def test_what_the_database_cannot_keep_and_that_it_is_away_are_told_apart(
    met: Exception, code: str
) -> None:
    office = Office(met)
    with refused(code):
        office.carry_out()
    assert office.decided == 1


def test_a_command_is_kept_under_its_operator_and_its_keyed_fingerprint() -> None:
    office = Office()
    office.carry_out()
    (key,) = office.journal.keys
    assert (key.operator, key.fingerprint) == (SCOPE.operator, b"keyed asked")


def test_who_belongs_to_no_operator_has_commands_of_their_own() -> None:
    office = Office()
    administrator = replace(principal("administrator"), operator=None)
    office.carry_out(administrator)
    (key,) = office.journal.keys
    assert key.operator == administrator.actor
