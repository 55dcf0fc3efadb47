"""Samples of groupwork."""

from datetime import date

from domain.counting import Allocation, Attendance
from domain.group_facts import (
    GroupAgreementAdopted,
    GroupClosed,
    GroupEvaluated,
    GroupGraduatedToCommunityOrg,
    GroupMeasure,
    GroupOpened,
    GroupPlanApproved,
    GroupPlanned,
    GroupRestated,
    GroupSessionCancelled,
    GroupSessionHeld,
    GroupStanding,
    MemberEnrolled,
    MemberLeft,
    MemberProgressRecorded,
    RecruitmentOpened,
)
from domain.identity import derived_id
from tests.golden import PERSON, PROJECT, WORKER, sample, sealed, with_corrections

EVENT, COLLEAGUE = derived_id("golden", "earlier"), derived_id("golden", "colleague")
STANDING = GroupStanding(
    stage="running",
    title="智能，不落伍",
    audience="elderly",
    leader=WORKER,
    sessions=5,
    size_min=8,
    size_max=15,
    variant="learning",
    co_leader=COLLEAGUE,
    planned=date(2018, 10, 1),
    opened=date(2018, 10, 12),
    closed=date(2018, 10, 26),
)
IN_PROJECT = {"project": PROJECT, "ledger": PROJECT}
GROUPS = (Allocation(indicator=derived_id("golden", "indicator"), measure="groups"),)

SAMPLES = [
    *with_corrections(
        sample(
            "group",
            GroupSessionHeld(
                kind="group_session",
                audience="elderly",
                variant="learning",
                minutes=90,
                place="便民大厅二楼",
                workers=(WORKER, COLLEAGUE),
                attendance=(
                    Attendance(person=PERSON, groups=("living_alone",)),
                    Attendance(person=COLLEAGUE, status="absent", source="roster"),
                ),
                number=2,
                phase="formation",
                leader=WORKER,
                co_leader=COLLEAGUE,
                enrolled=2,
                theme="smartphones",
            ),
            **IN_PROJECT,
        )
    ),
    *with_corrections(
        sample(
            "group",
            GroupOpened(
                kind="group_opened",
                audience="elderly",
                variant="learning",
                allocations=GROUPS,
                session=EVENT,
            ),
            **IN_PROJECT,
        )
    ),
    *with_corrections(
        sample(
            "group",
            GroupClosed(
                kind="group_unfinished",
                audience="elderly",
                variant="learning",
                allocations=GROUPS,
                standing=STANDING,
                minimum=5,
                held=4,
                enrolled=12,
                reason="venue_lost",
            ),
            **IN_PROJECT,
        )
    ),
    *with_corrections(sample("group", MemberEnrolled(member=PERSON, role="family"), **IN_PROJECT)),
    *(
        sample("group", facts, **IN_PROJECT)
        for facts in (
            GroupPlanned(standing=STANDING, aims=("use_of_smartphones",), theory="learning"),
            GroupPlanApproved(standing=STANDING),
            RecruitmentOpened(standing=STANDING, channels=("wechat",)),
            MemberLeft(member=PERSON, reason="moved", enrolment=EVENT),
            GroupAgreementAdopted(standing=STANDING, rules=("on_time",)),
            GroupSessionCancelled(
                standing=STANDING, number=3, reason="rain", planned_for=date(2018, 10, 26)
            ),
            MemberProgressRecorded(
                standing=STANDING,
                member=PERSON,
                number=2,
                score=4,
                progress=sealed("progress", "casework"),
            ),
            GroupEvaluated(
                standing=STANDING,
                measures=(GroupMeasure(instrument="skills", n=12, before=30, after=48),),
            ),
            GroupGraduatedToCommunityOrg(
                standing=STANDING, organisation=derived_id("golden", "organisation")
            ),
            GroupRestated(standing=STANDING, record=EVENT),
        )
    ),
]
