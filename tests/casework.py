"""People to work with in tests of casework and groupwork: registered persons, and a case's life."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from domain.case import Case
from domain.case_commands import close_case, hold_session, open_case, take_step
from domain.case_facts import (
    AssessedDimension,
    CaseArchived,
    CaseAssessed,
    CaseClosed,
    CaseEnquiryReceived,
    CaseEvaluated,
    CaseOpened,
    CaseSessionHeld,
    CaseStanding,
    GoalAttainment,
    PlanGoal,
    ServicePlanAdopted,
)
from domain.counting import Attendance
from domain.desk import Receipt
from domain.event import Occurred
from domain.identity import Id, derived_id
from domain.private import private
from tests.contracts import contracted, defined
from tests.neighbours import Neighbour, Neighbourhood
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry

CLIENT, HOUSEHOLD = derived_id("client"), derived_id("household")
SUPERVISOR, COLLEAGUE = derived_id("supervisor"), derived_id("colleague")


class CaseworkDesk(Neighbourhood):
    """A desk that knows an elderly client who lives alone, and the household."""

    def __init__(self) -> None:
        super().__init__()
        self.client = Neighbour(household=HOUSEHOLD, groups=("living_alone",))
        self.neighbours |= {("person", CLIENT): self.client, ("household", HOUSEHOLD): Neighbour()}


class ContractedDesk(CaseworkDesk):
    """A desk with a client, and a project whose indicator counts the cases that were closed."""

    def __init__(self) -> None:
        super().__init__()
        self.project = contracted(self)
        self.closed = self.counting("A01")

    def counting(self, code: str, **more: Any) -> Id:
        """Define an indicator of cases closed."""
        given = {"measure": "cases", "unit": "个", "kinds": ("case_closed",), **more}
        return defined(self, self.project, code, **given)

    def load_any(self, kind: str, id: Id, field: str = "id") -> Any:
        """Return the project that was contracted here."""
        if kind == "project":
            return MemoryDesk.load_any(self, kind, id, field)
        return super().load_any(kind, id, field)


def days(number: int) -> date:
    """Return the day so many days after the opening."""
    return TODAY + timedelta(days=number)


def opening(**standing: Any) -> CaseOpened:
    """Return the opening of an elderly person's case."""
    given = {"stage": "accepted", "case_type": "loneliness", "worker": WORKER, "client": CLIENT}
    return CaseOpened(
        kind="case_opened", audience="elderly", standing=CaseStanding(**given | standing)
    )


def session(**facts: Any) -> CaseSessionHeld:
    """Return a session with the client at home."""
    given: dict[str, Any] = {
        "kind": "case_session",
        "minutes": 50,
        "method": "home",
        "attendance": (Attendance(person=CLIENT),),
        "content": private(CLIENT, "casework", "谈近况"),
    }
    return CaseSessionHeld(**given | facts)


def goal(number: int = 1, due: date | None = None) -> PlanGoal:
    """Return a goal that is measured in points, due after 60 days unless told otherwise."""
    return PlanGoal(number=number, measure="UCLA-20", due=due or days(60), baseline=52, target=40)


ASSESSED = CaseAssessed(dimensions=(AssessedDimension(dimension="social"),), tools=("UCLA-20",))
PLANNED = ServicePlanAdopted(goals=(goal(),), theory_model="task_centred")
EVALUATED = CaseEvaluated(attainment=(GoalAttainment(goal=1, attained="met"),), client_rating=5)
CLOSED = CaseClosed(kind="case_closed", closure="goals_met")
ENQUIRY = CaseEnquiryReceived(
    standing=CaseStanding(stage="received", case_type="loneliness", worker=WORKER, client=CLIENT),
    source="found_by_visit",
)
ARCHIVED = CaseArchived(box="A-07", retention_until=days(3653))
LOST = CaseClosed(
    kind="case_closed", closure="lost_contact", reason=private(CLIENT, "casework", "多次联系不上")
)


def assessed_case(desk: MemoryDesk) -> Id:
    """Open and assess a case on the first day."""
    case = open_case(desk, entry(), SCOPE, opening()).stream
    take_step(desk, entry(), case, ASSESSED)
    return case


def case_at_work(desk: MemoryDesk) -> Id:
    """Return a case with its plan adopted on the first day and a session a week later."""
    case = assessed_case(desk)
    take_step(desk, entry(), case, PLANNED)
    hold_session(desk, entry(days(7)), case, session())
    return case


def evaluated_case(desk: MemoryDesk) -> Id:
    """Return a case that was evaluated after 30 days."""
    case = case_at_work(desk)
    take_step(desk, entry(days(30)), case, EVALUATED)
    return case


def closed_case(desk: MemoryDesk) -> Id:
    """Return a case that was closed after 31 days."""
    case = evaluated_case(desk)
    close_case(desk, entry(days(31)), case, CLOSED)
    return case


def standing(desk: MemoryDesk, case: Id) -> CaseStanding:
    """Return where a case stands."""
    return desk.load(Case, case).stands


def only(receipt: Receipt) -> Id:
    """Return the id of a command's first event."""
    return receipt.events[0]


def on(day: date) -> Occurred:
    """Return a time on a day."""
    return entry(day).occurred
