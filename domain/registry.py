"""The register (登记): what can be recorded about a person, each fact with the day from which.

Only here are people known; everywhere else they are pseudonymous ids (events.md, BC2). Names,
numbers, addresses and whatever tells of somebody's health are sealed under that person's key.
What a person's record allows is in `person.py`, the commands in `registering.py` and
`identifying.py`.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from domain.age import Birth
from domain.counting import PriorityGroup
from domain.event import Facts, Reason, fact
from domain.identity import Id
from domain.private import ContactWords, HealthWords, IdentityWords

Sex = Literal["male", "female", "unknown"]
FoundBy = Literal["self", "referral", "visit", "community_list", "activity", "import"]
"""How the station came to know of somebody."""
DocumentType = Literal[
    "id_card",  # 居民身份证
    "residence_permit",  # 港澳台居民居住证, of the same 18-digit form
    "passport", "foreigner_card", "household_book", "birth_certificate", "disability_certificate",
    "other",
]  # fmt: skip
Contact = Literal["mobile", "landline", "wechat", "address"]
ContactOf = Literal["self", "family", "guardian", "carer", "neighbour", "emergency"]
Residence = Literal["resident", "seasonal", "registered_elsewhere"]
"""常住, 候鸟, 户籍不在."""
GroupBasis = Literal["certificate", "community_list", "assessment", "household_book", "statement"]
GroupEnd = Literal["no_longer_applies", "entry_error"]
RiskTier = Literal["high", "key", "general"]
ConsentPurpose = Literal["service", "health", "sharing", "location", "publicity", "evaluation"]
"""The last: to be telephoned by a third-party evaluator (评估电话抽查)."""
ConsentForm = Literal["written", "oral", "online"]
LegalBasis = Literal["statutory_duty", "vital_interest", "contract", "public_emergency"]
"""What stands in for a consent (PIPL, article 13)."""


class Details(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who somebody is. `community` is the village or community (村, 社区) where they live."""

    name: IdentityWords | None = None
    sex: Sex = "unknown"
    birth: Birth
    community: str


@fact()
class PersonRegistered(Facts, frozen=True, kw_only=True, tag="registry.PersonRegistered@1"):
    """Somebody enters the register (建档)."""

    details: Details
    found_by: FoundBy = "visit"


@fact()
class PersonDetailsCorrected(
    Facts, frozen=True, kw_only=True, tag="registry.PersonDetailsCorrected@1"
):
    """The details were written down wrong (写错了), and why we know."""

    before: Details
    after: Details
    reason: Reason


@fact()
class PersonDetailsChanged(Facts, frozen=True, kw_only=True, tag="registry.PersonDetailsChanged@1"):
    """The details are others since `begins` (情况变了): a new name, a move within the area."""

    before: Details
    after: Details
    begins: date


@fact()
class IdentityDocumentRecorded(
    Facts, frozen=True, kw_only=True, tag="registry.IdentityDocumentRecorded@1"
):
    """A document was shown. `digest` is the keyed hash by which its number is searched.

    `checked` says that the number itself was found right, which only an 18-digit one can be.
    """

    document: DocumentType
    number: IdentityWords
    digest: str
    checked: bool = False


@fact()
class ContactPointChanged(Facts, frozen=True, kw_only=True, tag="registry.ContactPointChanged@1"):
    """How somebody is reached, and whose telephone or address it is; no value: no longer."""

    contact: Contact
    of: ContactOf = "self"
    value: ContactWords | None = None


def without_place(stored: dict[str, Any]) -> dict[str, Any]:
    """Leave out where somebody lived, which the first schema of a residence had in the open.

    It stays in the bytes that were stored, and no record, view or page is made of it any more.
    """
    return {name: value for name, value in stored.items() if name != "place"}


@fact(corrections=True, upcasters={1: without_place})
class ResidencePeriodRecorded(
    Facts, frozen=True, kw_only=True, tag="registry.ResidencePeriodRecorded@2"
):
    """Where somebody lives from one day to another, both included; seasonal guests come back.

    The place is unset in what was stored before it was sealed.
    """

    place: ContactWords | None = None
    residence: Residence
    begins: date
    ends: date | None = None


@fact()
class PriorityGroupJoined(Facts, frozen=True, kw_only=True, tag="registry.PriorityGroupJoined@1"):
    """They belong to a priority group (重点人群) from `begins` on, by some document."""

    group: PriorityGroup
    basis: GroupBasis
    begins: date
    document: IdentityWords | None = None


@fact()
class PriorityGroupLeft(Facts, frozen=True, kw_only=True, tag="registry.PriorityGroupLeft@1"):
    """They belonged to the group until `ends`, that day included; by `entry_error`, never."""

    group: PriorityGroup
    begins: date
    ends: date
    reason: GroupEnd = "no_longer_applies"


@fact(corrections=True)
class HealthFactRecorded(Facts, frozen=True, kw_only=True, tag="registry.HealthFactRecorded@1"):
    """Something about somebody's health, all of it sealed."""

    health: HealthWords


@fact()
class RiskTierSet(Facts, frozen=True, kw_only=True, tag="registry.RiskTierSet@1"):
    """How closely somebody is to be looked after, and when that is looked at again."""

    tier: RiskTier
    assessed_by: Id
    next_review: date | None = None


@fact()
class ConsentGiven(Facts, frozen=True, kw_only=True, tag="registry.ConsentGiven@1"):
    """They agreed, for one purpose; for a child under 14 the guardian, who is named, did."""

    purpose: ConsentPurpose
    form: ConsentForm
    begins: date
    valid_to: date | None = None
    guardian: IdentityWords | None = None
    guardian_person: Id | None = None

    @property
    def by_guardian(self) -> bool:
        """Whether a guardian gave it."""
        return self.guardian is not None or self.guardian_person is not None


@fact()
class ConsentWithdrawn(Facts, frozen=True, kw_only=True, tag="registry.ConsentWithdrawn@1"):
    """They agree no longer; what was done before stays lawful."""

    purpose: ConsentPurpose
    ends: date


@fact()
class LegalBasisRecorded(Facts, frozen=True, kw_only=True, tag="registry.LegalBasisRecorded@1"):
    """Personal data is processed for a purpose without consent, and by what right."""

    purpose: ConsentPurpose
    basis: LegalBasis
    source: str
    begins: date
    valid_to: date | None = None


@fact()
class HouseholdJoined(Facts, frozen=True, kw_only=True, tag="registry.HouseholdJoined@1"):
    """They live in this household from `begins` on; written together with the household's event.

    `home` is the household in which they are counted from then on: the first, for a child of two.
    """

    household: Id
    begins: date
    shared_custody: bool = False
    home: Id | None = None


@fact()
class HouseholdLeft(Facts, frozen=True, kw_only=True, tag="registry.HouseholdLeft@1"):
    """They lived in it until `ends`; `home` is where they are counted after that, if anywhere.

    `mistaken` says that they never did: it was an error of entry.
    """

    household: Id
    ends: date
    home: Id | None = None
    mistaken: bool = False


@fact()
class PersonDied(Facts, frozen=True, kw_only=True, tag="registry.PersonDied@1"):
    """They died; from that day they are in no denominator."""

    died: date
    source: str


@fact()
class DeathRetracted(Facts, frozen=True, kw_only=True, tag="registry.DeathRetracted@1"):
    """They are alive: the death was recorded wrongly."""

    reason: Reason


@fact()
class PersonMovedAway(Facts, frozen=True, kw_only=True, tag="registry.PersonMovedAway@1"):
    """They live elsewhere since `moved`."""

    moved: date
    destination: ContactWords | None = None


@fact()
class PersonMovedBack(Facts, frozen=True, kw_only=True, tag="registry.PersonMovedBack@1"):
    """They live here again since `returned`, after they had `moved`, or had not moved after all.

    They were away in between, not on either of the two days. `moved` is read from their record; it
    is unset in what was stored before it was kept.
    """

    returned: date
    moved: date | None = None


@fact()
class PersonsMerged(Facts, frozen=True, kw_only=True, tag="registry.PersonsMerged@1"):
    """One person was registered twice: `kept` goes on, `absorbed` stays readable and takes no more.

    It is written on the streams of both.
    """

    kept: Id
    absorbed: Id
    reason: Reason


@fact()
class PersonsSplit(Facts, frozen=True, kw_only=True, tag="registry.PersonsSplit@1"):
    """They are two people after all. It is written on the streams of both."""

    kept: Id
    absorbed: Id
    reason: Reason


@fact()
class ErasureRequested(Facts, frozen=True, kw_only=True, tag="registry.ErasureRequested@1"):
    """Somebody asked that the person's data be erased (PIPL, article 47); nothing more is added."""

    by: Literal["person", "guardian", "operator"]
    reason: str


@fact()
class ErasureCompleted(Facts, frozen=True, kw_only=True, tag="registry.ErasureCompleted@1"):
    """The person's keys are destroyed; counts, hashes and proofs stay as they were."""

    request: Id
