"""Samples of what is recorded about people."""

from domain.age import Birth
from domain.event import AnyEvent, Facts, Reason
from domain.identity import derived_id
from domain.registry import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactPointChanged,
    DeathRetracted,
    Details,
    ErasureCompleted,
    ErasureRequested,
    HealthFactRecorded,
    HouseholdJoined,
    HouseholdLeft,
    IdentityDocumentRecorded,
    LegalBasisRecorded,
    PersonDetailsChanged,
    PersonDetailsCorrected,
    PersonDied,
    PersonMovedAway,
    PersonMovedBack,
    PersonRegistered,
    PersonsMerged,
    PersonsSplit,
    PriorityGroupJoined,
    PriorityGroupLeft,
    ResidencePeriodRecorded,
    RiskTierSet,
)
from tests.golden import DAY, PERSON, WORKER, sample, sealed, with_corrections

OTHER, HOUSEHOLD, REQUEST = (
    derived_id("golden", name) for name in ("other person", "household", "erasure request")
)
REASON = Reason(code="entry_error", text="录入时看错了证件")
BORN = Birth(day=DAY.replace(year=1949))
DETAILS = Details(
    name=sealed("details.name"), sex="female", birth=BORN, community="丹州社区"
)  # fmt: skip
BY_YEAR = Details(birth=Birth(day=DAY.replace(1948, 1, 1), precision="year"), community="海罗村")


def person(facts: Facts) -> AnyEvent:
    """Return an event of a person, in their station's ledger."""
    return sample("person", facts, stream=PERSON)


SAMPLES = [
    person(PersonRegistered(details=DETAILS, found_by="community_list")),
    person(PersonDetailsCorrected(before=BY_YEAR, after=DETAILS, reason=REASON)),
    person(PersonDetailsChanged(before=BY_YEAR, after=DETAILS, begins=DAY)),
    person(
        IdentityDocumentRecorded(
            document="id_card", number=sealed("number"), digest="0a" * 32, checked=True
        )
    ),
    person(ContactPointChanged(contact="mobile", of="family", value=sealed("value", "contact"))),
    *with_corrections(
        person(
            ResidencePeriodRecorded(
                place=sealed("place", "contact"), residence="seasonal", begins=DAY, ends=DAY
            )
        )
    ),
    person(
        PriorityGroupJoined(
            group="living_alone", basis="certificate", begins=DAY, document=sealed("document")
        )
    ),
    person(PriorityGroupLeft(group="living_alone", begins=DAY, ends=DAY, reason="entry_error")),
    *with_corrections(person(HealthFactRecorded(health=sealed("health", "health")))),
    person(RiskTierSet(tier="high", assessed_by=WORKER, next_review=DAY)),
    person(
        ConsentGiven(
            purpose="service",
            form="written",
            begins=DAY,
            valid_to=DAY,
            guardian=sealed("guardian"),
            guardian_person=OTHER,
        )
    ),
    person(ConsentWithdrawn(purpose="service", ends=DAY)),
    person(
        LegalBasisRecorded(
            purpose="health",
            basis="statutory_duty",
            source="未成年人保护法",
            begins=DAY,
            valid_to=DAY,
        )
    ),
    person(HouseholdJoined(household=HOUSEHOLD, begins=DAY, shared_custody=True)),
    person(HouseholdLeft(household=HOUSEHOLD, ends=DAY)),
    person(PersonDied(died=DAY, source="居委会")),
    person(DeathRetracted(reason=REASON)),
    person(PersonMovedAway(moved=DAY, destination=sealed("destination", "contact"))),
    person(PersonMovedBack(returned=DAY)),
    person(PersonMovedBack(returned=DAY, moved=DAY)),
    person(PersonsMerged(kept=OTHER, absorbed=PERSON, reason=REASON)),
    person(PersonsSplit(kept=OTHER, absorbed=PERSON, reason=REASON)),
    person(ErasureRequested(by="guardian", reason="监护人申请")),
    person(ErasureCompleted(request=REQUEST)),
]
