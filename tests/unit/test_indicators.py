"""What indicators and their targets may say, which deliveries they take, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from domain.case_facts import CaseClosed, CaseOpened, CaseStanding
from domain.contract import (
    amend_contract,
    declare_status,
    define_goal,
    retire_indicator,
    set_target,
)
from domain.counting import Allocation, Attendance, Counted, Measure, Occurrence, contributions
from domain.evidence_file import AttachmentStored, store_attachment
from domain.identity import Id, derived_id, new_id
from domain.indicators import (
    GoalDefined,
    IndicatorStatusDeclared,
    IndicatorTargetSet,
    Target,
    indicator_id,
)
from domain.project import ContractAmended, Project
from domain.verification import RegisterInfoVerified
from tests.contracts import FIRST, SIGNED, contracted, defined
from tests.doors import visit
from tests.station import SCOPE, MemoryDesk, entry, refused

EVIDENCE = derived_id("a scan")
CLIENT, HOUSEHOLD = derived_id("client"), derived_id("household")


def target(indicator: Id, **more: Any) -> IndicatorTargetSet:
    given: dict[str, Any] = {
        "per": "project",
        "target": Target(value=88, unit="次"),
        "effective_from": FIRST,
        "source": "合同附件一",
    }
    return IndicatorTargetSet(indicator=indicator, **given | more)


def takers(desk: MemoryDesk, project: Id, facts: Counted) -> list[str]:
    found = desk.load(Project, project)
    return [found.indicators.defined[each.indicator].code for each in found.allocate(facts)]


def test_goals_and_indicators_have_codes_of_their_own() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    define_goal(desk, entry(SIGNED), project, GoalDefined(code="3", title="老年人服务"))
    with refused("indicator.goal_twice", "code"):
        define_goal(desk, entry(SIGNED), project, GoalDefined(code="3", title="另一目标"))
    with refused("indicator.goal_unknown", "goal"):
        defined(desk, project, goal="4")
    defined(desk, project, goal="3")
    with refused("indicator.code_twice", "code"):
        defined(desk, project, goal="3")


def test_a_retired_code_is_not_used_again_and_takes_nothing_more() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = defined(desk, project)
    assert takers(desk, project, visit()) == ["B05.times"]
    with refused("entry.reason_too_short", "reason"):
        retire_indicator(desk, entry(), project, made, "错")
    retire_indicator(desk, entry(), project, made, "合同第四条取消")
    assert takers(desk, project, visit()) == []
    with refused("indicator.retired", "indicator"):
        retire_indicator(desk, entry(), project, made, "合同第四条取消")
    with refused("indicator.retired", "indicator"):
        set_target(desk, entry(), project, target(made))
    with refused("indicator.code_twice", "code"):
        defined(desk, project)


def test_an_unknown_indicator_is_refused() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    with refused("indicator.unknown", "indicator"):
        set_target(desk, entry(), project, target(derived_id("nowhere")))
    with refused("indicator.unknown", "in_scope"):
        changed = ContractAmended(clause="四", document="协议", in_scope=(derived_id("nowhere"),))
        amend_contract(desk, entry(), project, changed)


@pytest.mark.parametrize(
    ("measure", "unit", "code"),
    [
        ("times", "人次", "indicator.unit_not_of_measure"),
        ("organisations", "次", "indicator.unit_not_of_measure"),
        ("person_times", None, "indicator.no_unit"),
    ],
)
def test_an_indicator_is_in_a_unit_of_its_measure(
    measure: Measure, unit: str | None, code: str
) -> None:
    with refused(code, "unit"):
        desk = MemoryDesk()
        defined(desk, contracted(desk), measure=measure, unit=unit)


def test_a_target_is_in_the_unit_of_its_indicator() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = defined(desk, project)
    with refused("indicator.unit_not_of_measure", "target.unit"):
        in_people = Target(value=88, unit="人次")
        set_target(desk, entry(SIGNED), project, target(made, target=in_people))
    with refused("indicator.unit_mismatch", "target.unit"):
        in_events = Target(value=88, unit="场")
        set_target(desk, entry(SIGNED), project, target(made, target=in_events))
    with refused("indicator.no_unit", "target.unit"):
        set_target(desk, entry(SIGNED), project, target(made, target=Target(value=88)))


def test_one_organisation_and_fourteen_activities_never_stand_in_one_indicator() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    organisations: dict[str, Any] = {"measure": "organisations", "unit": "个"}
    with refused("indicator.kind_not_of_measure", "kinds"):
        defined(desk, project, "B19", kinds=("organisation_activity",), **organisations)
    made = defined(desk, project, "B19", kinds=("organisation_formed",), **organisations)
    with refused("indicator.unit_not_of_measure", "target.unit"):
        fourteen = Target(value=14, unit="次")
        set_target(desk, entry(SIGNED), project, target(made, target=fourteen))


@pytest.mark.parametrize(
    ("measure", "unit", "kind", "other"),
    [
        ("cases", "个", "case_closed", "case_session"),
        ("groups", "个", "group_closed", "group_session"),
        ("reports", "份", "needs_report", "needs_contact"),
        ("activities", "场", "festival", "group_session"),
        ("leaders", "位", "community_leader", "training"),
    ],
)
def test_what_is_not_one_of_the_things_counted_is_never_counted_as_one(
    measure: Measure, unit: str, kind: str, other: str
) -> None:
    """Rule 4: three sessions of a case are not three cases."""
    desk = MemoryDesk()
    project = contracted(desk)
    with refused("indicator.kind_not_of_measure", "kinds"):
        defined(desk, project, "A01", measure=measure, unit=unit, kinds=(kind, other))
    defined(desk, project, "A01", measure=measure, unit=unit, kinds=(kind,))


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        (Target(unit="次"), "indicator.target_form"),
        (Target(low=3, unit="次"), "indicator.target_form"),
        (Target(value=3, low=3, high=4, unit="次"), "indicator.target_form"),
        (Target(value=3, text="定期", unit="次"), "indicator.target_form"),
        (Target(value=3, high=4, unit="次"), "indicator.target_form"),
        (Target(low=4, high=3, unit="次"), "indicator.target_impossible"),
        (Target(value=-1, unit="次"), "indicator.target_impossible"),
    ],
)
def test_a_target_is_a_number_or_a_range_or_words(stated: Target, code: str) -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = defined(desk, project)
    with refused(code, "target"):
        set_target(desk, entry(SIGNED), project, target(made, target=stated))


def test_ranges_words_and_monthly_targets_stand_side_by_side() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = defined(desk, project)
    stated = {
        "project": Target(low=3, high=4, unit="次"),
        "month": Target(value=10, unit="次"),
        "midterm": Target(text="持续进行"),
    }
    for per, value in stated.items():
        set_target(desk, entry(SIGNED), project, target(made, per=per, target=value))
    kept = desk.load(Project, project).indicators.targets
    assert {per: value for (_, per), value in kept.items()} == stated


def test_nothing_is_due_by_a_mid_term_that_the_contract_does_not_name() -> None:
    desk = MemoryDesk()
    project = contracted(desk, midterm=None)
    made = defined(desk, project)
    with refused("indicator.unknown", "indicator"):
        set_target(desk, entry(), project, target(derived_id("nowhere"), per="midterm"))
    with refused("project.no_midterm", "per"):
        set_target(desk, entry(SIGNED), project, target(made, per="midterm"))


def test_before_the_start_a_target_may_change_after_it_only_by_amendment() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = defined(desk, project)
    set_target(desk, entry(SIGNED), project, target(made))
    fewer = Target(value=60, unit="次")
    set_target(desk, entry(SIGNED), project, target(made, target=fewer))
    with refused("indicator.target_without_amendment", "amendment"):
        set_target(desk, entry(), project, target(made))
    with refused("project.amendment_unknown", "amendment"):
        set_target(desk, entry(), project, target(made, amendment=new_id()))
    clause = ContractAmended(clause="第四条", document="补充协议一")
    amendment = amend_contract(desk, entry(), project, clause).events[0]
    set_target(desk, entry(), project, target(made, amendment=amendment))
    assert desk.load(Project, project).indicators.targets[made, "project"].value == 88


def test_backdating_does_not_get_a_target_changed() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = defined(desk, project)
    set_target(desk, entry(SIGNED), project, target(made))
    backdated = entry(SIGNED, now=entry().now)
    with refused("indicator.target_without_amendment", "amendment"):
        set_target(desk, backdated, project, target(made, target=Target(value=60, unit="次")))


def test_a_mistyped_target_is_corrected_with_evidence_and_says_so() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = defined(desk, project)
    set_target(desk, entry(SIGNED), project, target(made))
    corrected = target(made, target=Target(value=80, unit="次"), correction=True)
    with refused("indicator.target_without_evidence", "evidence"):
        set_target(desk, entry(), project, corrected)
    with refused("not_found", "evidence.0"):
        set_target(desk, entry(evidence=(EVIDENCE,)), project, corrected)
    with refused("not_found", "evidence.0"):
        set_target(desk, entry(evidence=(project,)), project, corrected)
    scan = AttachmentStored(sha256="ab" * 32, size=9, mime="image/jpeg")
    store_attachment(desk, entry(), SCOPE, scan, id=EVIDENCE)
    set_target(desk, entry(evidence=(EVIDENCE,)), project, corrected)
    kept = desk.facts(project)[-1]
    assert isinstance(kept, IndicatorTargetSet)
    assert kept.correction


def test_what_no_goal_names_gets_a_target_only_by_amendment() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = defined(desk, project, in_scope=False)
    with refused("indicator.target_out_of_scope", "indicator"):
        set_target(desk, entry(), project, target(made))
    (outside,) = desk.load(Project, project).allocate(visit())
    assert not outside.in_scope
    clause = ContractAmended(clause="第五条", document="补充协议一", in_scope=(made,))
    amend_contract(desk, entry(), project, clause)
    set_target(desk, entry(), project, target(made))
    (inside,) = desk.load(Project, project).allocate(visit())
    assert inside.in_scope


def test_a_filter_looks_at_kind_audience_and_variant() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    defined(desk, project, "any", kinds=("group_session", "activity"))
    defined(desk, project, "elderly", kinds=("group_session",), audiences=("elderly",))
    defined(desk, project, "outing", kinds=("group_session",), variants=("outing",))
    defined(desk, project, "nothing", kinds=())

    def session(**more: Any) -> Counted:
        return Occurrence(kind="group_session", **more)

    assert takers(desk, project, session()) == ["any"]
    assert takers(desk, project, session(audience="elderly")) == ["any", "elderly"]
    assert takers(desk, project, session(audience="disabled", variant="outing")) == [
        "any",
        "outing",
    ]
    assert takers(desk, project, Occurrence(kind="case_session", audience="elderly")) == []


def test_within_an_exclusive_set_the_indicator_defined_first_takes_it_alone() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    lines = {"kinds": ("group_session",), "exclusive_set": "B:times"}
    defined(desk, project, "B07.times", variants=("outing",), **lines)
    defined(desk, project, "B08.times", **lines)
    defined(desk, project, "A03", kinds=("group_session",))
    outing = Occurrence(kind="group_session", variant="outing")
    assert takers(desk, project, outing) == ["B07.times", "A03"]
    assert takers(desk, project, Occurrence(kind="group_session")) == ["B08.times", "A03"]


def test_population_groups_filter_those_present_and_only_where_somebody_is() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    with refused("indicator.groups_not_known", "groups"):
        cases: dict[str, Any] = {"measure": "cases", "unit": "个", "kinds": ("case_opened",)}
        defined(desk, project, "A01", groups=("living_alone",), **cases)
    defined(desk, project, groups=("living_alone",))
    alone = Attendance(groups=("living_alone",))
    other = Attendance(groups=("disabled",))
    (allocation,) = desk.load(Project, project).allocate(visit())
    assert contributions(visit(attendance=(alone, other)), allocation) == (("", 1),)
    assert contributions(visit(attendance=(other,)), allocation) == ()


@pytest.mark.parametrize(
    ("measure", "counted"),
    [
        ("cases", (("", 1),)),
        ("persons", ((CLIENT, 1),)),
        ("leaders", ((CLIENT, 1),)),
        ("households", ()),
    ],
)
def test_what_lists_no_attendance_counts_whom_it_is_about(
    measure: Measure, counted: tuple[tuple[str, int], ...]
) -> None:
    checked = RegisterInfoVerified(
        kind="register_verification", person=CLIENT, method="phone", outcome="confirmed"
    )
    assert contributions(checked, Allocation(indicator=CLIENT, measure=measure)) == counted


def test_a_familys_case_is_about_no_one_person() -> None:
    family = CaseStanding(
        stage="accepted", case_type="family", worker=derived_id("worker"), household=HOUSEHOLD
    )
    alone = msgspec.structs.replace(family, household=None, client=CLIENT)
    persons = Allocation(indicator=EVIDENCE, measure="persons")
    for standing, counted in ((family, ()), (alone, ((CLIENT, 1),))):
        opened = CaseOpened(kind="case_opened", standing=standing)
        closed = CaseClosed(kind="case_closed", closure="goals_met", standing=standing)
        assert contributions(opened, persons) == contributions(closed, persons) == counted


def test_a_qualitative_indicator_is_declared_and_a_counted_one_is_not() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    counted = defined(desk, project)
    declared = defined(desk, project, "A13", unit=None, qualitative=True)

    def status(indicator: Id, **more: Any) -> IndicatorStatusDeclared:
        given: dict[str, Any] = {"status": "done", "text": "已完成"}
        return IndicatorStatusDeclared(indicator=indicator, **given | more)

    with refused("indicator.not_qualitative", "indicator"):
        declare_status(desk, entry(), project, status(counted, evidence=(EVIDENCE,)))
    with refused("indicator.status_without_evidence", "evidence"):
        declare_status(desk, entry(), project, status(declared))
    with refused("indicator.unknown", "indicator"):
        declare_status(desk, entry(), project, status(indicator_id(project, "A99")))
    declare_status(desk, entry(), project, status(declared, evidence=(EVIDENCE,)))
    declare_status(desk, entry(evidence=(EVIDENCE,)), project, status(declared))
    declare_status(desk, entry(), project, status(declared, status="not_done", text="未完成"))
    assert isinstance(desk.facts(project)[-1], IndicatorStatusDeclared)


def test_a_target_holds_from_the_day_it_names() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = defined(desk, project)
    set_target(desk, entry(), project, target(made, effective_from=date(2018, 9, 1)))
    kept = desk.facts(project)[-1]
    assert isinstance(kept, IndicatorTargetSet)
    assert kept.effective_from == date(2018, 9, 1)
