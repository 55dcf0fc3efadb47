"""Samples of visits, contacts and visit plans."""

from msgspec.structs import replace

from domain.counting import Allocation, Attendance
from domain.event import Reason
from domain.identity import derived_id
from domain.visit import (
    HomeServiceDelivered,
    HomeVisitAttempted,
    HomeVisitMade,
    PhoneContactMade,
)
from domain.visit_plan import (
    VisitPlanAdopted,
    VisitPlanEnded,
    VisitRescheduled,
    VisitScheduled,
    VisitSkipped,
)
from tests.golden import DAY, PERSON, PROJECT, WORKER, sample, sealed, with_corrections

OF_PROJECT = {"project": PROJECT, "ledger": PROJECT}
SEEN = (
    Attendance(person=PERSON, groups=("living_alone",), household=derived_id("golden", "home")),
)
COUNTS = (Allocation(indicator=derived_id("golden", "indicator"), measure="person_times"),)

ATTEMPTED = with_corrections(
    sample("visit", HomeVisitAttempted(person=PERSON, workers=(WORKER,), outcome="no_answer"))
)
VOIDED = ATTEMPTED[2]
CALLED = with_corrections(
    sample(
        "visit",
        PhoneContactMade(kind="phone_contact", attendance=SEEN, verified=True),
        **OF_PROJECT,
    )
)
AT_A_DOOR = [
    each
    for facts in (
        HomeVisitMade(kind="home_visit", address=sealed("address", "contact"), door="0a" * 8),
        HomeServiceDelivered(kind="home_service", address=sealed("address", "contact")),
        PhoneContactMade(kind="phone_contact", address=sealed("address", "contact")),
    )
    for each in with_corrections(sample("visit", facts, **OF_PROJECT))
]
DUPLICATE = Reason(
    code="duplicate", text="同一次走访重复录入", duplicate_of=derived_id("golden", "kept")
)

SAMPLES = [
    *with_corrections(
        sample(
            "visit",
            HomeVisitMade(
                kind="home_visit",
                audience="elderly",
                allocations=COUNTS,
                minutes=30,
                workers=(WORKER,),
                attendance=SEEN,
                purpose="health",
                household_size=2,
                condition=sealed("condition", "casework"),
            ),
            **OF_PROJECT,
        )
    ),
    *with_corrections(
        sample(
            "visit",
            HomeServiceDelivered(
                kind="home_service",
                minutes=40,
                workers=(WORKER,),
                attendance=SEEN,
                services=("housework",),
                note=sealed("note", "casework"),
            ),
            **OF_PROJECT,
        )
    ),
    *CALLED,
    replace(CALLED[1], facts=replace(CALLED[1].facts, written_by=WORKER)),
    *ATTEMPTED,
    *AT_A_DOOR,
    replace(VOIDED, facts=replace(VOIDED.facts, reason=DUPLICATE)),
    sample(
        "visit_plan",
        VisitPlanAdopted(person=PERSON, worker=WORKER, tier="key", every_days=31, begins=DAY),
    ),
    sample("visit_plan", VisitScheduled(person=PERSON, worker=WORKER, earliest=DAY, latest=DAY)),
    sample(
        "visit_plan",
        VisitRescheduled(person=PERSON, worker=WORKER, earliest=DAY, latest=DAY, reason="下雨"),
    ),
    sample("visit_plan", VisitSkipped(person=PERSON, worker=WORKER, reason="住院")),
    sample("visit_plan", VisitPlanEnded(person=PERSON, reason="迁出")),
]
