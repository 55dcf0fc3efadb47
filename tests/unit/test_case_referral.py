"""A client is handed on with consent, step by step."""

from __future__ import annotations

from domain.case_commands import open_case, receive_enquiry, take_step
from domain.case_facts import CaseStep
from domain.case_referral_facts import (
    ReferralAccepted,
    ReferralConsented,
    ReferralDeclined,
    ReferralOutcomeReceived,
    ReferralProposed,
    ReferralSent,
)
from domain.identity import Id, derived_id
from tests.casework import (
    ENQUIRY,
    CaseworkDesk,
    case_at_work,
    closed_case,
    days,
    only,
    opening,
    standing,
)
from tests.station import SCOPE, entry, refused

NURSING = ReferralProposed(to="区养老院", extent="whole_case")


def proposed(desk: CaseworkDesk, facts: ReferralProposed = NURSING) -> tuple[Id, Id]:
    case = case_at_work(desk)
    return case, only(take_step(desk, entry(days(8)), case, facts))


def steps(desk: CaseworkDesk, case: Id, *taken: CaseStep) -> None:
    for step in taken:
        take_step(desk, entry(days(9)), case, step)


def test_a_whole_case_that_was_accepted_stands_as_referred() -> None:
    desk = CaseworkDesk()
    case, it = proposed(desk)
    steps(desk, case, ReferralConsented(referral=it), ReferralSent(referral=it))
    assert not standing(desk, case).referred
    steps(desk, case, ReferralAccepted(referral=it))
    assert standing(desk, case).referred
    steps(desk, case, ReferralOutcomeReceived(referral=it, outcome="served"))


def test_what_was_handed_on_whole_as_an_enquiry_stands_so_as_a_case() -> None:
    desk = CaseworkDesk()
    case = receive_enquiry(desk, entry(), SCOPE, ENQUIRY).stream
    it = only(take_step(desk, entry(), case, NURSING))
    steps(desk, case, ReferralConsented(referral=it), ReferralSent(referral=it))
    steps(desk, case, ReferralAccepted(referral=it))
    open_case(desk, entry(days(10)), SCOPE, opening(), enquiry=case)
    assert standing(desk, case).referred


def test_a_single_service_leaves_the_case_where_it_is() -> None:
    desk = CaseworkDesk()
    case, it = proposed(desk, ReferralProposed(to="区医院"))
    steps(desk, case, ReferralConsented(referral=it), ReferralSent(referral=it))
    steps(desk, case, ReferralAccepted(referral=it))
    assert not standing(desk, case).referred


def test_nothing_is_sent_without_consent() -> None:
    desk = CaseworkDesk()
    case, it = proposed(desk)
    with refused("case.referral_without_consent", "referral"):
        steps(desk, case, ReferralSent(referral=it))


def test_no_answer_comes_before_it_was_sent() -> None:
    desk = CaseworkDesk()
    case, it = proposed(desk)
    for early in (
        ReferralAccepted(referral=it),
        ReferralDeclined(referral=it, reason="full"),
        ReferralOutcomeReceived(referral=it, outcome="served"),
    ):
        with refused("case.referral_out_of_order", "referral"):
            steps(desk, case, early)


def test_what_was_declined_is_over() -> None:
    desk = CaseworkDesk()
    case, it = proposed(desk)
    steps(desk, case, ReferralConsented(referral=it), ReferralSent(referral=it))
    steps(desk, case, ReferralDeclined(referral=it, reason="full"))
    with refused("case.referral_out_of_order"):
        steps(desk, case, ReferralAccepted(referral=it))
    with refused("case.referral_out_of_order"):
        steps(desk, case, ReferralConsented(referral=it))


def test_an_unknown_referral_is_refused() -> None:
    desk = CaseworkDesk()
    case, _ = proposed(desk)
    with refused("case.no_such_referral", "referral"):
        steps(desk, case, ReferralConsented(referral=derived_id("no referral")))


def test_the_outcome_may_come_after_the_case_was_closed() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    it = only(take_step(desk, entry(days(32)), case, NURSING))
    for step in (
        ReferralConsented(referral=it),
        ReferralSent(referral=it),
        ReferralAccepted(referral=it),
        ReferralOutcomeReceived(referral=it, outcome="served"),
    ):
        take_step(desk, entry(days(33)), case, step)
    assert standing(desk, case).stage == "closed"
