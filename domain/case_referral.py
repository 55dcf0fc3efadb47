"""Referral (转介): handing a client on, with consent, and with what came of it.

Proposed, consented to, sent, then accepted or declined, and the outcome. A case may have several.
"""

from __future__ import annotations

from domain.case_facts import CaseStep
from domain.case_history import CaseHistory
from domain.case_referral_facts import (
    ReferralAccepted,
    ReferralConsented,
    ReferralDeclined,
    ReferralOutcomeReceived,
    ReferralProposed,
    ReferralSent,
    ReferralStep,
)
from domain.case_rules import AFTER_CLOSING, OPEN, rule
from domain.entry import Entry
from domain.refusals import Conflict, NotFound, refusal

NO_SUCH_REFERRAL = refusal("case.no_such_referral", NotFound)
WITHOUT_CONSENT = refusal("case.referral_without_consent")
OUT_OF_ORDER = refusal("case.referral_out_of_order", Conflict)


COMES_AFTER: dict[type[ReferralStep], type[CaseStep]] = {
    ReferralConsented: ReferralProposed,
    ReferralSent: ReferralConsented,
    ReferralAccepted: ReferralSent,
    ReferralDeclined: ReferralSent,
    ReferralOutcomeReceived: ReferralAccepted,
}
"""Each step of a referral → the one that must be its last so far."""


@rule(ReferralProposed, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def propose(case: CaseHistory, _entry: Entry, facts: ReferralProposed) -> CaseStep:
    """A referral may be proposed as long as the file is not archived."""
    return case.standing_after(facts)


@rule(ReferralConsented, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
@rule(ReferralSent, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
@rule(ReferralDeclined, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
@rule(ReferralOutcomeReceived, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def go_on(case: CaseHistory, _entry: Entry, facts: ReferralStep) -> CaseStep:
    """Take the next step of a referral."""
    check_order(case, facts)
    return case.standing_after(facts)


@rule(ReferralAccepted, "received", *OPEN, *AFTER_CLOSING, while_suspended=True)
def accept(case: CaseHistory, _entry: Entry, facts: ReferralAccepted) -> CaseStep:
    """A case that is handed on whole stands as referred."""
    check_order(case, facts)
    whole = case.referrals[facts.referral].proposed.extent == "whole_case"
    return case.standing_after(facts, referred=whole or case.stands.referred)


def check_order(case: CaseHistory, facts: ReferralStep) -> None:
    """Refuse an unknown referral, one sent without consent, and steps out of order."""
    if facts.referral not in case.referrals:
        raise NO_SUCH_REFERRAL("referral")
    last = case.referrals[facts.referral].last
    if type(facts) is ReferralSent and last is ReferralProposed:
        raise WITHOUT_CONSENT("referral")
    if last is not COMES_AFTER[type(facts)]:
        raise OUT_OF_ORDER("referral")
