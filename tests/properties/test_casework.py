"""Whatever is done to a case or a group, and set right, in whatever order: the invariants stay.

Steps are taken at random; what the rules refuse is refused, and what they let through must leave
the claim, the sessions, the counted records and the view in agreement.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.case import Case
from domain.case_claim import WHAT, key
from domain.case_commands import close_case, hold_session, open_case, reopen_case, take_step
from domain.case_crisis_facts import CrisisFlagged
from domain.case_facts import (
    CaseClosed,
    CaseReopened,
    CaseResumed,
    CaseSessionHeld,
    CaseStanding,
    CaseSuspended,
    FollowUpDone,
)
from domain.case_rules import OPEN
from domain.claim import holder_of
from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Counted
from domain.event import Reason
from domain.group import Group
from domain.group_commands import close_group, enrol_member, leave_group
from domain.group_facts import (
    PHASES,
    GroupClosed,
    GroupOpened,
    GroupSessionHeld,
    GroupStanding,
    MemberEnrolled,
    MemberLeft,
)
from domain.group_history import BEFORE_SESSIONS
from domain.identity import Id, derived_id
from domain.refusals import ShiluError
from projections.case import CASE, WORK, caseload
from projections.group import GROUP, HELD, groups
from tests.casework import (
    ARCHIVED,
    ASSESSED,
    CLOSED,
    EVALUATED,
    LOST,
    PLANNED,
    CaseworkDesk,
    days,
    opening,
    session,
)
from tests.folding import told
from tests.groupwork import MEMBERS, GroupworkDesk, came, enrolled, held
from tests.neighbours import OneIndicator
from tests.station import SCOPE, MemoryDesk, entry

REASON = Reason(code="other", text="随机的更正")
PROJECT = derived_id("project")
IN_PROJECT = replace(SCOPE, project=PROJECT)
NOW = at(days(80))
DAY = st.integers(-3, 70)
CASE_STEPS = (
    ASSESSED, PLANNED, EVALUATED, ARCHIVED, CaseSuspended(reason="away"),
    CaseResumed(reason="back"), FollowUpDone(status="stable"), CrisisFlagged(type="other"),
)  # fmt: skip
CASE_DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            ["open", "step", "step", "step", "session", "session", "close", "lost", "reopen",
             "correct", "void", "void", "reinstate"]
        ),
        DAY,
        st.integers(0, 20),
    ),
    min_size=12,
    max_size=40,
)  # fmt: skip

CLOSINGS = st.lists(
    st.tuples(st.sampled_from(["lost", "reopen", "void", "reinstate"]), st.integers(0, 5)),
    min_size=15,
    max_size=30,
)


def when(day: int) -> Any:
    return entry(days(day), now=NOW, late_reason="补录", approved_by=MEMBERS[0])


def set_right(desk: MemoryDesk, stream: Id, deed: str, day: int, pick: int) -> None:
    """Correct, void or reinstate some record of the stream."""
    records = list(desk.load_stream(stream).records)
    if not records:
        return
    target = records[pick % len(records)]
    match deed:
        case "correct":
            occurred = entry(days(day)).occurred
            correct_record(desk, when(70), stream, target, {}, REASON, occurred)
        case "void":
            void_record(desk, when(70), stream, target, REASON)
        case "reinstate":
            reinstate_record(desk, when(70), stream, target, REASON)


def do_to_case(desk: CaseworkDesk, case: Id, deed: str, day: int, pick: int) -> None:
    match deed:
        case "open":
            open_case(desk, when(day), IN_PROJECT, opening())
        case "step":
            take_step(desk, when(day), case, CASE_STEPS[pick % len(CASE_STEPS)])
        case "session":
            hold_session(desk, when(day), case, session(minutes=pick + 1))
        case "close":
            close_case(desk, when(day), case, CLOSED)
        case "lost":
            close_case(desk, when(day), case, LOST)
        case "reopen":
            reopen_case(desk, when(day), case, CaseReopened(reason="again"))
        case _:
            set_right(desk, case, deed, day, pick)


@given(CASE_DEEDS)
@settings(deadline=None, max_examples=60)
def test_a_case_keeps_its_invariants_whatever_is_done(deeds: list[tuple[str, int, int]]) -> None:
    desk = CaseworkDesk()
    desk.neighbours["project", PROJECT] = OneIndicator()
    case = open_case(desk, when(0), IN_PROJECT, opening()).stream
    for deed, day, pick in deeds:
        before = len(desk.log)
        try:
            do_to_case(desk, case, deed, day, pick)
        except ShiluError:
            assert len(desk.log) == before, "what is refused records nothing"
    check_cases(desk)


@given(CLOSINGS)
@settings(deadline=None, max_examples=100)
def test_a_case_that_closed_counts_once_whatever_becomes_of_its_closings(
    deeds: list[tuple[str, int]],
) -> None:
    desk = CaseworkDesk()
    desk.neighbours["project", PROJECT] = OneIndicator()
    case = open_case(desk, when(0), IN_PROJECT, opening()).stream
    for deed, pick in deeds:
        with suppress(ShiluError):
            do_to_case(desk, case, deed, 1, pick)
    check_cases(desk)


def check_cases(desk: CaseworkDesk) -> None:
    cases = [desk.load(Case, stream) for stream, events in desk.streams.items()
             if events[0].stream_type == "case"]  # fmt: skip
    answers = told((caseload,), desk.log)
    holder = holder_of(desk, WHAT, key(cases[0]))
    assert [case.id for case in cases if case.stands.stage in OPEN] == [holder] * (
        holder is not None
    )
    for case in cases:
        (row,) = answers.rows(CASE, where={"case_id": case.id})
        assert {name: row[name] for name in CaseStanding.__struct_fields__} == {
            name: getattr(case.stands, name) for name in CaseStanding.__struct_fields__
        }
        sessions = case.effective(CaseSessionHeld)
        work = answers.rows(WORK, where={"case_id": case.id})
        minutes = sum(one.facts.minutes for one in sessions)
        assert sum(one["minutes"] for one in work) == minutes
        for one in sessions:
            assert any(span.covers(one.occurred.day) for span in case.open_spans)
        if case.stands.stage in OPEN:
            assert case.stands.closed is None
        if case.stands.stage == "withdrawn":
            assert case.effective(Counted) == []
        if case.stands.stage in ("closed", "following_up", "archived"):
            assert case.effective(CaseClosed)
        closings = case.effective(CaseClosed)
        counted = [each for one in closings for each in one.facts.allocations]
        assert len(counted) == bool(closings), "closed once, however often"


GROUP_DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            ["join", "leave", "session", "session", "session", "close", "end",
             "correct", "void", "void", "reinstate"]
        ),
        DAY,
        st.integers(0, 20),
    ),
    min_size=12,
    max_size=40,
)  # fmt: skip


def do_to_group(desk: GroupworkDesk, group: Id, deed: str, day: int, pick: int) -> None:
    member = MEMBERS[pick % len(MEMBERS)]
    match deed:
        case "join":
            enrol_member(desk, when(day), group, MemberEnrolled(member=member))
        case "leave":
            leave_group(desk, when(day), group, MemberLeft(member=member, reason="moved"))
        case "session":
            more = {"now": NOW, "late_reason": "补录", "approved_by": MEMBERS[0]}
            phase = PHASES[min(pick % 7, 4)]
            who = came(member)
            held(desk, group, pick % 7, day, phase=phase, attendance=who, entry=more)
        case "close":
            close_group(desk, when(day), group, minimum=2)
        case "end":
            close_group(desk, when(day), group, completed=False, reason="venue_lost")
        case _:
            set_right(desk, group, deed, day, pick)


@given(GROUP_DEEDS)
@settings(deadline=None, max_examples=60)
def test_a_group_keeps_its_invariants_whatever_is_done(deeds: list[tuple[str, int, int]]) -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    for deed, day, pick in deeds:
        before = len(desk.log)
        try:
            do_to_group(desk, group, deed, day, pick)
        except ShiluError:
            assert len(desk.log) == before, "what is refused records nothing"
    check_group(desk, desk.load(Group, group))


def check_group(desk: GroupworkDesk, group: Group) -> None:
    sessions = group.effective(GroupSessionHeld)
    numbers = [one.facts.number for one in sessions]
    assert len(numbers) == len(set(numbers))
    phases = [
        PHASES.index(one.facts.phase) for one in sorted(sessions, key=lambda s: s.facts.number)
    ]
    assert phases == sorted(phases)
    opened = [one.occurred for one in group.effective(GroupOpened)]
    first = min((one.occurred for one in sessions), key=lambda when: when.start, default=None)
    assert opened == [first] * (first is not None)
    assert group.stands.stage not in (BEFORE_SESSIONS if opened else ("running",))
    closed = group.effective(GroupClosed)
    assert len(closed) == (group.stands.stage == "closed")
    for one in closed:
        assert not one.facts.completed or len(sessions) >= one.facts.minimum
        assert all(each.occurred.day <= one.occurred.day for each in sessions)
    answers = told((groups,), desk.log)
    (row,) = answers.rows(GROUP)
    assert {name: row[name] for name in GroupStanding.__struct_fields__} == {
        name: getattr(group.stands, name) for name in GroupStanding.__struct_fields__
    }
    assert sum(work["held"] for work in answers.rows(HELD)) == len(sessions)
