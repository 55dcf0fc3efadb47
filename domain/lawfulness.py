"""By what right a person's data is processed: consents and legal bases, purpose by purpose.

Sensitive data needs a consent or a legal basis on record (events.md, BC2; PIPL, articles 13, 28,
29). For a child under 14 only a guardian can consent (article 31); without that, nothing but
danger to life or health lets anybody write.
"""

from __future__ import annotations

from datetime import date

import msgspec

from domain.registry import ConsentGiven, ConsentPurpose, ConsentWithdrawn, LegalBasisRecorded


class Ground(msgspec.Struct):
    """One consent or legal basis, and the days on which it holds, both included."""

    given: ConsentGiven | LegalBasisRecorded
    ends: date | None

    def holds_on(self, day: date) -> bool:
        """Say whether it holds on a day."""
        return self.given.begins <= day and (self.ends is None or day <= self.ends)

    def suffices(self, guarded: bool) -> bool:
        """Say whether it is enough, for somebody under a guardian or not."""
        if isinstance(self.given, ConsentGiven):
            return self.given.by_guardian or not guarded
        return self.given.basis == "vital_interest" or not guarded


class Lawfulness:
    """The grounds on record for one person."""

    def __init__(self) -> None:
        self.grounds: list[Ground] = []

    def take(self, facts: ConsentGiven | ConsentWithdrawn | LegalBasisRecorded) -> None:
        """Keep a consent or basis, or end the consents that were withdrawn."""
        if not isinstance(facts, ConsentWithdrawn):
            self.grounds.append(Ground(facts, facts.valid_to))
            return
        for ground in self.consents(facts.purpose, facts.ends):
            ground.ends = facts.ends

    def consents(self, purpose: ConsentPurpose, day: date) -> list[Ground]:
        """Return the consents to a purpose that hold on a day."""
        return [
            ground
            for ground in self.grounds
            if isinstance(ground.given, ConsentGiven)
            and ground.given.purpose == purpose
            and ground.holds_on(day)
        ]

    def covers(self, purpose: ConsentPurpose, day: date, *, guarded: bool) -> bool:
        """Say whether data may be processed for a purpose on a day."""
        return any(
            ground.given.purpose == purpose and ground.holds_on(day) and ground.suffices(guarded)
            for ground in self.grounds
        )
