"""Samples of casework."""

from datetime import date

from domain.case_claim import OpenTogether
from domain.case_crisis_facts import (
    CrisisActionTaken,
    CrisisCleared,
    CrisisFlagged,
    MandatoryReportMade,
)
from domain.case_elsewhere import CaseMarked, CaseUnmarked, OpenElsewhere
from domain.case_facts import (
    AssessedDimension,
    CaseArchived,
    CaseAssessed,
    CaseClosed,
    CaseCollateralContactMade,
    CaseEnquiryReceived,
    CaseEvaluated,
    CaseInterventionStarted,
    CaseNumberAssigned,
    CaseOpened,
    CaseReassigned,
    CaseRejected,
    CaseReopened,
    CaseRestated,
    CaseResumed,
    CaseReviewHeld,
    CaseSessionHeld,
    CaseStanding,
    CaseSupervised,
    CaseSuspended,
    FollowUpDone,
    GoalAttainment,
    GoalProgressRecorded,
    PlanGoal,
    Score,
    ServiceAgreementSigned,
    ServicePlanAdopted,
    ServicePlanRevised,
)
from domain.case_referral_facts import (
    ReferralAccepted,
    ReferralConsented,
    ReferralDeclined,
    ReferralOutcomeReceived,
    ReferralProposed,
    ReferralSent,
)
from domain.clock import at
from domain.counting import Allocation, Attendance
from domain.identity import derived_id
from domain.private import Private
from tests.golden import DAY, OPERATOR, PERSON, PROJECT, WORKER, sample, sealed, with_corrections

EVENT, COLLEAGUE = derived_id("golden", "earlier"), derived_id("golden", "colleague")
STANDING = CaseStanding(
    stage="intervening",
    case_type="loneliness",
    worker=WORKER,
    level="key",
    client=PERSON,
    household=derived_id("golden", "household"),
    audience="elderly",
    number="ELD-C001",
    opened=date(2018, 8, 1),
    closed=date(2018, 10, 20),
    plan_due=date(2018, 12, 1),
    reviewed=date(2018, 10, 1),
    suspended=True,
    referred=True,
    in_crisis=True,
)
IN_PROJECT = {"project": PROJECT, "ledger": PROJECT}
COUNTED = (Allocation(indicator=derived_id("golden", "indicator"), measure="cases"),)
GOALS = (
    PlanGoal(
        number=1,
        measure="UCLA-20",
        due=date(2018, 12, 1),
        baseline=52,
        target=40,
        words=sealed("goals.0.words", "casework"),
    ),
)
SCORES = (Score(instrument="UCLA-20", value=52, out_of=80),)


def words(field: str) -> Private:
    """Return words about the client."""
    return sealed(field, "casework")


SAMPLES = [
    *with_corrections(
        sample(
            "case",
            CaseOpened(
                kind="case_opened",
                audience="elderly",
                allocations=COUNTED,
                standing=STANDING,
                consent="guardian",
            ),
            **IN_PROJECT,
        )
    ),
    *with_corrections(
        sample(
            "case",
            CaseSessionHeld(
                kind="case_session",
                audience="elderly",
                minutes=50,
                place="home",
                workers=(WORKER,),
                attendance=(Attendance(person=PERSON, groups=("living_alone",)),),
                household=STANDING.household,
                method="home",
                content=words("content"),
                next_step=words("next_step"),
            ),
            **IN_PROJECT,
        )
    ),
    *with_corrections(
        sample(
            "case",
            CaseSessionHeld(kind="case_session", address=sealed("address", "contact")),
            **IN_PROJECT,
        )
    ),
    *with_corrections(
        sample(
            "case",
            CaseClosed(
                kind="case_closed",
                audience="elderly",
                variant="not_evaluated",
                allocations=COUNTED,
                closure="moved_away",
                standing=STANDING,
                reason=words("reason"),
                summary=words("summary"),
            ),
            **IN_PROJECT,
        )
    ),
    *(
        sample("case", facts, **IN_PROJECT)
        for facts in (
            CaseEnquiryReceived(
                standing=STANDING, source="found_by_visit", content=words("content")
            ),
            CaseRejected(standing=STANDING, reason="not_our_area", referred_to="区救助站"),
            CaseNumberAssigned(standing=STANDING, number="ELD-C001"),
            ServiceAgreementSigned(standing=STANDING, signed_by="guardian"),
            CaseAssessed(
                standing=STANDING,
                dimensions=(
                    AssessedDimension(dimension="social", finding=words("dimensions.0.finding")),
                ),
                tools=("UCLA-20",),
                scores=SCORES,
            ),
            ServicePlanAdopted(standing=STANDING, goals=GOALS, theory_model="task_centred"),
            ServicePlanRevised(
                standing=STANDING,
                goals=GOALS,
                reason="new_need",
                theory_model="task_centred",
                version=2,
            ),
            CaseInterventionStarted(standing=STANDING, session=EVENT),
            CaseCollateralContactMade(
                standing=STANDING, contacted="school", method="office", content=words("content")
            ),
            GoalProgressRecorded(standing=STANDING, goal=1, value=48, note=words("note")),
            CaseReviewHeld(
                standing=STANDING,
                decision="continue",
                participants=(WORKER,),
                level="key",
                note=words("note"),
            ),
            CaseSupervised(standing=STANDING, supervisor=COLLEAGUE, advice=words("advice")),
            CaseReassigned(
                standing=STANDING,
                worker=WORKER,
                reason="leave",
                handover=words("handover"),
                previous=COLLEAGUE,
            ),
            CaseSuspended(standing=STANDING, reason="hospital", until=date(2018, 11, 1)),
            CaseResumed(standing=STANDING, reason="home_again"),
            CaseEvaluated(
                standing=STANDING,
                attainment=(GoalAttainment(goal=1, attained="partly", value=45),),
                client_rating=4,
                scores=SCORES,
                summary=words("summary"),
            ),
            FollowUpDone(
                standing=STANDING,
                status="stable",
                number=1,
                next_due=date(2018, 11, 26),
                note=words("note"),
            ),
            CaseReopened(standing=STANDING, reason="needs_again"),
            CaseRestated(standing=STANDING, record=EVENT),
            CaseArchived(standing=STANDING, box="A-07", retention_until=date(2028, 10, 26)),
            CrisisFlagged(
                standing=STANDING, type="neglect", signs=words("signs"), act_by=at(DAY, 20)
            ),
            CrisisActionTaken(
                standing=STANDING, crisis=EVENT, action="home_visit", note=words("note")
            ),
            CrisisCleared(standing=STANDING, crisis=EVENT, note=words("note")),
            MandatoryReportMade(
                standing=STANDING,
                authority="police",
                crisis=EVENT,
                reference="2018-1026",
                note=words("note"),
            ),
            ReferralProposed(
                standing=STANDING, to="区养老院", extent="whole_case", reason=words("reason")
            ),
            ReferralConsented(standing=STANDING, referral=EVENT, by="guardian"),
            ReferralSent(standing=STANDING, referral=EVENT),
            ReferralAccepted(standing=STANDING, referral=EVENT),
            ReferralDeclined(standing=STANDING, referral=EVENT, reason="full"),
            ReferralOutcomeReceived(
                standing=STANDING, referral=EVENT, outcome="served", note=words("note")
            ),
        )
    ),
    sample("case", OpenElsewhere(record=EVENT, other=PERSON), **IN_PROJECT),
    sample("case", OpenTogether(record=EVENT, other=PERSON), **IN_PROJECT),
    *(
        sample("open_cases", facts, station=None, ledger=OPERATOR)
        for facts in (CaseMarked(mark=EVENT), CaseUnmarked(mark=EVENT))
    ),
]
