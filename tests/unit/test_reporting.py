"""Closed periods and claimed figures: what may be said, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.allocation import allocate_delivery, deallocate_delivery
from domain.contract import amend_contract, declare_status, set_target
from domain.corrections import void_record
from domain.event import Reason
from domain.group_commands import enrol_member, plan_group
from domain.group_facts import GroupPlanned, MemberEnrolled
from domain.identity import Id, derived_id, new_id
from domain.indicators import IndicatorStatusDeclared, IndicatorTargetSet, Placement, Target
from domain.period import (
    ClaimCount,
    ClaimReconciled,
    Count,
    CountedFigure,
    FigureClaimed,
    ReportSubmitted,
)
from domain.project import ContractAmended, Project
from domain.refusals import ShiluError
from domain.reporting import (
    claim_figure,
    close_period,
    reconcile_claim,
    reopen_period,
    submit_report,
)
from domain.visit import record_visit
from tests.contracts import contracted, defined, within
from tests.doors import visit
from tests.groupwork import STANDING, came, days, held, loaded
from tests.register import ELDER, register
from tests.station import TODAY, WORKER, MemoryDesk, entry, refused

FIRST, LAST = date(2018, 9, 1), date(2018, 9, 30)
HASH = "ab" * 32
SUPERVISOR = derived_id("supervisor")
WHY = Reason(code="entry_error", text="场次录入错误")
APPROVED: dict[str, Any] = {"approved_by": SUPERVISOR}


def closed(desk: MemoryDesk) -> str:
    project = contracted(desk)
    close_period(desk, entry(**APPROVED), project, FIRST, LAST, 41, HASH, 3)
    return project


def test_a_closed_period_takes_work_only_with_approval() -> None:
    desk = MemoryDesk()
    project = closed(desk)
    with refused("period.closed", "approved_by"):
        record_visit(desk, entry(LAST), within(project), visit())
    record_visit(desk, entry(LAST, **APPROVED), within(project), visit())
    record_visit(desk, entry(date(2018, 10, 1)), within(project), visit())


def test_deciding_about_a_delivery_of_a_closed_period_needs_approval() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    home, besides = defined(desk, project), defined(desk, project, "A08", kinds=())
    made = record_visit(desk, entry(LAST), within(project), visit())
    close_period(desk, entry(**APPROVED), project, FIRST, LAST, 41, HASH, 3)
    where = {"stream": made.stream, "event": made.events[0], "reason": "督导核实后计入"}
    with refused("period.closed", "approved_by"):
        allocate_delivery(desk, entry(), project, indicator=besides, **where)
    with refused("period.closed", "approved_by"):
        deallocate_delivery(desk, entry(), project, indicator=home, **where)
    allocate_delivery(desk, entry(**APPROVED), project, indicator=besides, **where)
    deallocate_delivery(desk, entry(**APPROVED), project, indicator=home, **where)


def test_an_opening_leaves_a_closed_period_only_with_approval() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    register(desk, ELDER)
    plan = GroupPlanned(standing=STANDING, aims=("use",))
    group = plan_group(desk, entry(days(-80)), within(project), plan).stream
    enrol_member(desk, entry(days(-80)), group, MemberEnrolled(member=ELDER))
    held(desk, group, 2, -40, attendance=came(ELDER))
    close_period(desk, entry(**APPROVED), project, FIRST, LAST, 41, HASH, 3)
    with refused("period.closed", "approved_by"):
        held(desk, group, 1, -60, attendance=came(ELDER))
    held(desk, group, 1, -60, attendance=came(ELDER), entry=APPROVED)
    assert loaded(desk, group).stands.opened == days(-60)
    with refused("period.closed", "approved_by"):
        void_record(desk, entry(), group, first_of(desk, group), WHY)


def first_of(desk: MemoryDesk, group: Id) -> Id:
    first = loaded(desk, group).first_session()
    assert first is not None
    return first[0]


def test_a_status_of_a_closed_period_needs_approval() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    open_all_year = defined(desk, project, "A12", measure="times", qualitative=True)
    close_period(desk, entry(**APPROVED), project, FIRST, LAST, 41, HASH, 3)
    facts = IndicatorStatusDeclared(indicator=open_all_year, status="ongoing", text="常规开放")
    with refused("period.closed", "approved_by"):
        declare_status(desk, entry(LAST), project, facts)
    declare_status(desk, entry(LAST, **APPROVED), project, facts)
    declare_status(desk, entry(), project, facts)


@pytest.mark.parametrize("begins", [FIRST - timedelta(days=40), LAST])
def test_a_target_that_holds_in_a_closed_period_needs_approval(begins: date) -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    indicator = defined(desk, project)
    close_period(desk, entry(**APPROVED), project, FIRST, LAST, 41, HASH, 3)

    def target(day: date, **said: Any) -> None:
        facts = IndicatorTargetSet(
            indicator=indicator,
            per="month",
            target=Target(value=22, unit="次"),
            effective_from=day,
            source="合同第四条",
            amendment=amendment,
        )
        set_target(desk, entry(**said), project, facts)

    amended = ContractAmended(clause="第四条", document="补充协议一")
    amendment = amend_contract(desk, entry(), project, amended).events[0]
    with refused("period.closed", "approved_by"):
        target(begins)
    target(begins, **APPROVED)
    target(LAST + timedelta(days=1))


def test_a_period_is_closed_once_when_it_is_over_and_somebody_approves() -> None:
    desk = MemoryDesk()
    project = contracted(desk)

    def close(first: date = FIRST, last: date = LAST, hash: str = HASH, **more: Any) -> None:
        close_period(desk, entry(**(APPROVED | more)), project, first, last, 41, hash, 3)

    with refused("period.no_approver", "approved_by"):
        close(approved_by=None)
    with refused("period.backwards", "last"):
        close(first=LAST, last=FIRST)
    with refused("period.not_over", "last"):
        close(last=TODAY)
    for wrong in ("ab", "AB" * 32, "é" * 64):
        with refused("period.bad_hash", "hash"):
            close(hash=wrong)
    close()
    for first, last in ((FIRST, LAST), (date(2018, 8, 1), FIRST), (LAST, date(2018, 10, 2))):
        with refused("period.closed_twice", "first"):
            close(first, last)


def test_a_period_is_reopened_with_reason_and_approver() -> None:
    desk = MemoryDesk()
    project = closed(desk)
    with refused("period.not_closed", "first"):
        reopen_period(desk, entry(**APPROVED), project, FIRST, FIRST, "评估整改需要补录")
    with refused("period.no_approver", "approved_by"):
        reopen_period(desk, entry(), project, FIRST, LAST, "评估整改需要补录")
    with refused("entry.reason_too_short", "reason"):
        reopen_period(desk, entry(**APPROVED), project, FIRST, LAST, "补录")
    reopen_period(desk, entry(**APPROVED), project, FIRST, LAST, "评估整改需要补录")
    record_visit(desk, entry(LAST), within(project), visit())
    close_period(desk, entry(**APPROVED), project, FIRST, LAST, 44, "0123456789abcdef" * 4, 3)
    one_day = date(2018, 10, 1)
    close_period(desk, entry(**APPROVED), project, one_day, one_day, 45, HASH, 3)


def claimed(**more: Any) -> FigureClaimed:
    given: dict[str, Any] = {
        "report": "midterm",
        "line": "3.2.4-3",
        "value": 240,
        "unit": "人次",
        "author": WORKER,
        "text": "社工、志愿者、服务对象共计240人次",
    }
    return FigureClaimed(**given | more)


def test_a_claim_stands_with_its_author_unit_and_words_and_is_explained() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = claim_figure(desk, entry(), project, claimed(qualifier="余")).events[0]
    why = ClaimReconciled(claim=made, explanation="含志愿者和社工90人次")
    reconcile_claim(desk, entry(), project, why)
    assert desk.facts(project)[-1] == why
    assert desk.load(Project, project).periods.claims[made].value == 240


@pytest.mark.parametrize("unit", ["", " "])
def test_a_claim_without_unit_is_refused(unit: str) -> None:
    desk = MemoryDesk()
    with refused("figure.no_unit", "unit"):
        claim_figure(desk, entry(), contracted(desk), claimed(unit=unit))


def test_a_claim_of_nothing_and_of_an_unknown_indicator_are_refused() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    with refused("figure.of_nothing", "line"):
        claim_figure(desk, entry(), project, claimed(line=None))
    with refused("indicator.unknown", "indicator"):
        claim_figure(desk, entry(), project, claimed(indicator=derived_id("nowhere")))


def test_a_claim_of_an_indicator_is_in_its_unit() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    formed: dict[str, Any] = {"measure": "organisations", "kinds": ("organisation_formed",)}
    made = defined(desk, project, "B19.organisations", unit="个", **formed)
    said = claimed(line=None, indicator=made)
    with refused("indicator.unit_not_of_measure", "unit"):
        claim_figure(desk, entry(), project, replace(said, value=14, unit="次"))
    claim_figure(desk, entry(), project, replace(said, value=1, unit="个"))


@pytest.mark.parametrize("line", ["B08", "b16", "3.2.4-3"])
def test_a_figure_of_a_line_is_not_claimed_by_an_indicator_of_another(line: str) -> None:
    """Given an indicator on one line and one that no table prints, when a figure of another line
    is claimed with either, then it is refused and both are named; with its own line, or with no
    line, it is taken."""
    desk = MemoryDesk()
    project = contracted(desk)
    place = Placement(table="B", line="B16", column="times")
    printed = defined(desk, project, "B16.times", placement=place)
    unprinted = defined(desk, project, "9.times")
    for indicator, code, where in ((printed, "B16.times", "B16"), (unprinted, "9.times", "–")):
        said = claimed(line=line, indicator=indicator, unit="次")
        with pytest.raises(ShiluError) as caught:
            claim_figure(desk, entry(), project, said)
        assert (caught.value.code, caught.value.field) == ("figure.other_line", "indicator")
        assert caught.value.details == {"line": line, "named": code, "printed": where}
        claim_figure(desk, entry(), project, replace(said, line=None))
    claim_figure(desk, entry(), project, claimed(line="B16", indicator=printed, unit="次"))


@pytest.mark.parametrize("of_line", [True, False])
def test_a_figure_is_not_claimed_of_an_event_and_of_a_whole_at_once(of_line: bool) -> None:
    """Given a delivery and the indicator that took it, when one number is claimed of the delivery
    and of the indicator or a line, then it is refused; of the delivery alone it is taken."""
    desk = MemoryDesk()
    project = contracted(desk)
    indicator = defined(desk, project)
    event = record_visit(desk, entry(), within(project), visit()).events[0]
    said = claimed(line=None, event=event, unit="次")
    whole = replace(said, line="B05") if of_line else replace(said, indicator=indicator)
    with refused("figure.of_two_things", "event"):
        claim_figure(desk, entry(), project, whole)
    claim_figure(desk, entry(), project, said)


def test_explaining_an_unknown_claim_or_in_no_words_is_refused() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = claim_figure(desk, entry(), project, claimed()).events[0]
    with refused("figure.unknown", "claim"):
        nowhere = ClaimReconciled(claim=new_id(), explanation="含志愿者和社工90人次")
        reconcile_claim(desk, entry(), project, nowhere)
    with refused("entry.reason_too_short", "explanation"):
        reconcile_claim(desk, entry(), project, ClaimReconciled(claim=made, explanation="含"))


def counted(value: int) -> Count:
    return (CountedFigure(line="B16", value=value, unit="人次"),)


def explained(claim: Id, count: Count | None, **more: Any) -> ClaimReconciled:
    return ClaimReconciled(claim=claim, explanation="含志愿者和社工", counted=count, **more)


def submission(counts: dict[Id, Count] | None = None, **more: Any) -> ReportSubmitted:
    differing = counts or {}
    given: dict[str, Any] = {"report": "midterm", "day": LAST, "position": 41, "hash": HASH}
    given["differing"] = tuple(differing)
    given["counts"] = tuple(ClaimCount(claim=one, counted=of) for one, of in differing.items())
    return ReportSubmitted(**given | more)


def test_a_report_with_unexplained_differences_is_refused_and_they_are_named() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    known, open_one, agreeing = (
        claim_figure(desk, entry(), project, claimed(value=value)).events[0]
        for value in (240, 31, 88)
    )
    counts = {known: counted(150), open_one: counted(30)}
    reconcile_claim(desk, entry(), project, explained(known, counts[known]))
    with pytest.raises(ShiluError) as caught:
        submit_report(desk, entry(), project, submission(counts))
    assert (caught.value.code, caught.value.field) == ("report.unexplained", "claims")
    assert (caught.value.details["count"], caught.value.details["outdated"]) == (1, 0)
    assert caught.value.details["claims"] == open_one
    assert caught.value.details["figures"] == "3.2.4-3 31人次 (B16 30人次)"
    assert "31人次 (B16 30人次)" in caught.value.text("zh")
    assert agreeing not in caught.value.text("en")
    reconcile_claim(desk, entry(), project, explained(open_one, counts[open_one], day=LAST))
    submit_report(desk, entry(), project, submission(counts))
    assert desk.facts(project)[-1] == submission(counts)


@pytest.mark.parametrize("given", [counted(150), (), None])
def test_an_explanation_of_another_count_explains_nothing(given: Count | None) -> None:
    """240 was explained against 150; then most of them were void, and 96 are left."""
    desk = MemoryDesk()
    project = contracted(desk)
    made = claim_figure(desk, entry(), project, claimed()).events[0]
    reconcile_claim(desk, entry(), project, explained(made, given))
    with pytest.raises(ShiluError) as caught:
        submit_report(desk, entry(), project, submission({made: counted(96)}))
    assert (caught.value.code, caught.value.details["outdated"]) == ("report.unexplained", 1)
    with refused("report.unexplained", "claims"):
        submit_report(desk, entry(), project, submission(differing=(made,)))
    reconcile_claim(desk, entry(), project, explained(made, counted(96)))
    submit_report(desk, entry(), project, submission({made: counted(96)}))


def test_a_count_that_is_to_come_explains_nothing() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = claim_figure(desk, entry(), project, claimed()).events[0]
    with refused("report.not_over", "day"):
        tomorrow = TODAY + timedelta(days=1)
        reconcile_claim(desk, entry(), project, explained(made, counted(1), day=tomorrow))
    reconcile_claim(desk, entry(), project, explained(made, counted(1), day=TODAY))


@pytest.mark.parametrize("name", ["Midterm", "mid-term", "MID_TERM", "ｍｉｄｔｅｒｍ"])
def test_a_report_is_the_same_however_its_name_is_written(name: str) -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = claim_figure(desk, entry(), project, claimed()).events[0]
    with refused("report.unexplained", "claims"):
        submit_report(desk, entry(), project, submission({made: counted(150)}, report=name))
    with refused("report.has_figures", "no_figures"):
        submit_report(desk, entry(), project, submission(report=name, no_figures=True))


def test_a_report_of_no_claim_is_handed_in_only_by_who_says_that_no_figure_was_typed() -> None:
    """Under another name, the figures of the mid-term report would be held against nothing."""
    desk = MemoryDesk()
    project = contracted(desk)
    claim_figure(desk, entry(), project, claimed())
    with pytest.raises(ShiluError) as caught:
        submit_report(desk, entry(), project, submission(report="interim"))
    assert (caught.value.code, caught.value.field) == ("report.no_figures", "report")
    assert "midterm" in caught.value.text("zh")
    said = submission(report="interim", no_figures=True)
    submit_report(desk, entry(), project, said)
    assert desk.facts(project)[-1] == said


def test_a_report_is_handed_in_by_name_of_days_that_are_over_and_on_a_hash() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    with refused("report.unnamed", "report"):
        submit_report(desk, entry(), project, submission(report=" "))
    with refused("report.not_over", "day"):
        submit_report(desk, entry(), project, submission(day=date(2018, 10, 27)))
    with refused("period.bad_hash", "hash"):
        submit_report(desk, entry(), project, submission(hash="ab"))
    with refused("figure.unknown", "differing"):
        submit_report(desk, entry(), project, submission({new_id(): ()}))
    submit_report(desk, entry(), project, submission(day=TODAY, no_figures=True))
