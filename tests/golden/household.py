"""Samples of what is recorded about households."""

from domain.event import AnyEvent, Facts
from domain.household import (
    HardshipAssessed,
    HouseholdDissolved,
    HouseholdFormed,
    HouseholdHeadChanged,
    MemberAdded,
    MemberLeft,
)
from domain.identity import derived_id
from tests.golden import DAY, PERSON, sample, sealed, with_corrections

OTHER = derived_id("golden", "other person")


def household(facts: Facts) -> AnyEvent:
    """Return an event of a household, in its station's ledger."""
    return sample("household", facts)


SAMPLES = [
    household(
        HouseholdFormed(
            community="丹州社区", head=PERSON, begins=DAY, address=sealed("address", "contact")
        )
    ),
    household(MemberAdded(person=OTHER, role="grandchild", begins=DAY, shared_custody=True)),
    household(MemberLeft(person=OTHER, ends=DAY, reason="died")),
    household(HouseholdHeadChanged(head=OTHER, before=PERSON, begins=DAY)),
    *with_corrections(
        household(
            HardshipAssessed(
                kinds=("minimum_living", "illness"),
                begins=DAY,
                income_band="under_1000",
                valid_to=DAY,
            )
        )
    ),
    household(HouseholdDissolved(last_day=DAY, reason="全家搬迁")),
]
