"""What is recorded of a referral (转介), step by step (events.md, BC4)."""

from __future__ import annotations

from typing import Literal

from domain.case_facts import CaseStep
from domain.event import fact
from domain.identity import Id
from domain.private import CaseworkWords


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
