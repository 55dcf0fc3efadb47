"""Whom an evaluator may telephone: those who agreed to just that, and who are still there.

The dead, the erased and who was registered twice are not called.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from domain.identity import Id
from projections.engine.ask import Answers
from projections.person import CONSENT, PERSON

PURPOSE = "evaluation"


def callable_on(answers: Answers, persons: Collection[Id], day: date) -> set[Id]:
    """Return those of some persons who may be called on a day; on a consent's last day nobody."""
    wanted = sorted(persons)
    consents = answers.rows(CONSENT, where={"person": wanted, "purpose": PURPOSE})
    agreed = {row["person"] for row in consents if row["begins"] <= day < row["ends"]}
    return {
        row["person"]
        for row in answers.rows(PERSON, where={"person": sorted(agreed)})
        if row["alive_until"] > day and row["erasure"] == "none" and row["merged_into"] is None
    }
