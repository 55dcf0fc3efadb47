"""Referral (转介): handing a client on, with consent, and with what came of it.

Proposed, consented to, sent, then accepted or declined, and the outcome. A case may have several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from domain.case_facts import CaseStep
from domain.case_rules import AFTER_CLOSING, OPEN, rule
from domain.event import fact
from domain.identity import Id
from domain.private import CaseworkWords
from domain.refusals import Conflict, NotFound, refusal

if TYPE_CHECKING:
    from domain.case import Case
    from domain.entry import Entry

NO_SUCH_REFERRAL = refusal("case.no_such_referral", NotFound)
WITHOUT_CONSENT = refusal("case.referral_without_consent")
OUT_OF_ORDER = refusal("case.referral_out_of_order", Conflict)


class ReferralStep(CaseStep, frozen=True, kw_only=True):
    """Base of what follows a proposal; `referral` is the id of the proposal's event."""

    referral: Id


@fact()
class ReferralProposed(CaseStep, frozen=True, kw_only=True, tag="case.ReferralProposed@1"):
    """To which organisation, for one service or for the whole case."""

    to: str
    extent: Literal["service", "whole_case"] = "service"
    reason: CaseworkWords | None = None


@fact()
class ReferralConsented(ReferralStep, frozen=True, kw_only=True, tag="case.ReferralConsented@1"):
    """The client, or a guardian, agrees."""

    by: Literal["client", "guardian"] = "client"


@fact()
class ReferralSent(ReferralStep, frozen=True, kw_only=True, tag="case.ReferralSent@1"):
    """The papers went to the organisation."""


@fact()
class ReferralAccepted(ReferralStep, frozen=True, kw_only=True, tag="case.ReferralAccepted@1"):
    """The organisation takes it on."""


@fact()
class ReferralDeclined(ReferralStep, frozen=True, kw_only=True, tag="case.ReferralDeclined@1"):
    """The organisation does not."""

    reason: str
    note: CaseworkWords | None = None


@fact()
class ReferralOutcomeReceived(
    ReferralStep, frozen=True, kw_only=True, tag="case.ReferralOutcomeReceived@1"
):
    """What came of it."""

    outcome: Literal["served", "not_served", "returned", "unknown"]
    note: CaseworkWords | None = None


COMES_AFTER: dict[type[ReferralStep], type[CaseStep]] = {
    ReferralConsented: ReferralProposed,
    ReferralSent: ReferralConsented,
    ReferralAccepted: ReferralSent,
    ReferralDeclined: ReferralSent,
    ReferralOutcomeReceived: ReferralAccepted,
}
"""Each step of a referral → the one that must be its last so far."""


@rule(ReferralProposed, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def propose(case: Case, _entry: Entry, facts: ReferralProposed) -> CaseStep:
    """A referral may be proposed as long as the file is not archived."""
    return case.standing_after(facts)


@rule(ReferralConsented, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
@rule(ReferralSent, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
@rule(ReferralDeclined, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
@rule(ReferralOutcomeReceived, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def go_on(case: Case, _entry: Entry, facts: ReferralStep) -> CaseStep:
    """Take the next step of a referral."""
    check_order(case, facts)
    return case.standing_after(facts)


@rule(ReferralAccepted, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def accept(case: Case, _entry: Entry, facts: ReferralAccepted) -> CaseStep:
    """A case that is handed on whole stands as referred."""
    check_order(case, facts)
    whole = case.referrals[facts.referral].proposed.extent == "whole_case"
    return case.standing_after(facts, referred=whole or case.stands.referred)


def check_order(case: Case, facts: ReferralStep) -> None:
    """Refuse an unknown referral, one sent without consent, and steps out of order."""
    if facts.referral not in case.referrals:
        raise NO_SUCH_REFERRAL("referral")
    last = case.referrals[facts.referral].last
    if type(facts) is ReferralSent and last is ReferralProposed:
        raise WITHOUT_CONSENT("referral")
    if last is not COMES_AFTER[type(facts)]:
        raise OUT_OF_ORDER("referral")
