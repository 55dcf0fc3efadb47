"""Dates in an order in which things do not happen: agreements after the work, targets after it.

Which step comes before which is data. What was never done is no matter of order; completeness
lists it (`projections.completeness`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from domain.case_facts import (
    CaseAssessed,
    CaseEvaluated,
    ServiceAgreementSigned,
    ServicePlanAdopted,
)
from domain.clock import civil_date
from domain.event import topic_of
from domain.group_facts import GroupAgreementAdopted, GroupPlanApproved
from domain.identity import Id
from domain.subject import way
from projections.engine.view import Row
from projections.finding import Figure, Finding, FindingSubject, ordered
from projections.signals.work import Work


class Dated(NamedTuple):
    """A step, or a piece of work, of one stream: its day and its event."""

    day: date
    event: Id


class Order(NamedTuple):
    """`before` should not lie after the first of `then`; types of steps, or kinds of work."""

    code: str
    before: str
    then: str


ORDERS = (
    Order("agreement_after_session", topic_of(ServiceAgreementSigned), "case_session"),
    Order("plan_before_assessment", topic_of(CaseAssessed), topic_of(ServicePlanAdopted)),
    Order("evaluated_before_plan", topic_of(ServicePlanAdopted), topic_of(CaseEvaluated)),
    Order("group_plan_after_session", topic_of(GroupPlanApproved), "group_session"),
    Order("group_rules_after_session", topic_of(GroupAgreementAdopted), "group_session"),
    Order("aid_before_verification", "home_verification", "relief_delivery"),
)


def out_of_order(work: Work) -> Iterator[Finding]:
    """Find streams of which a step lies after what it should precede, and plans approved late."""
    for stream, said in _steps(work).items():
        for order in ORDERS:
            first, then = said.get(order.before, []), said.get(order.then, [])
            if first and then and min(first).day > min(then).day:
                yield _late(stream, order, min(first), min(then))
    for row in work.held:
        if row["late_approval"]:
            yield Finding(
                code="plan_approved_late",
                about=(FindingSubject(kind="activity", id=row["activity"]),),
                details={"title": row["title"] or "", "day": row["day"].isoformat()},
                events=(row["event"],),
            )


def _steps(work: Work) -> dict[Id, dict[str, list[Dated]]]:
    """Return, for each stream, the days of its steps by type and of its work by kind."""
    found: dict[Id, dict[str, list[Dated]]] = {}
    for event, row in work.written.items():
        if event not in work.voided:
            of_stream = found.setdefault(row["stream"], {})
            of_stream.setdefault(row["type"], []).append(Dated(row["day"], event))
    for row in work.works:
        of_stream = found.setdefault(row["stream"], {})
        of_stream.setdefault(row["kind"], []).append(Dated(row["day"], row["event"]))
    return found


def _late(stream: Id, order: Order, first: Dated, then: Dated) -> Finding:
    return Finding(
        code=order.code,
        about=(FindingSubject(kind="stream", id=stream),),
        details={"day": first.day.isoformat(), "earlier": then.day.isoformat()},
        figures=(Figure(name="days", value=(first.day - then.day).days, unit="天"),),
        events=ordered((first.event, then.event)),
    )


def after_death(work: Work) -> Iterator[Finding]:
    """Find services to people who had died by then, as was learned later.

    A service is refused once the death is on record; a death that is recorded later is not. It may
    be on the record into which theirs was merged: then the finding names both. Work with the
    bereaved names them as served, and not the dead: nothing has to be set aside.
    """
    for row in work.works:
        for somebody in row["people"].split():
            records = [one for one in way(work.merged, somebody) if one in work.deaths]
            died = min((work.deaths[one] for one in records), default=None)
            if died is not None and died < row["day"]:
                both = dict.fromkeys((somebody, *records))
                yield Finding(
                    code="served_after_death",
                    about=tuple(FindingSubject(kind="person", id=one) for one in both),
                    details={"day": row["day"].isoformat(), "died": died.isoformat()},
                    figures=(Figure(name="days", value=(row["day"] - died).days, unit="天"),),
                    events=(row["event"],),
                )


def targets_after_work(work: Work) -> Iterator[Finding]:
    """Find targets that were written down, or changed, after deliveries that they measure."""
    came: dict[Id, list[Row]] = {}
    for row in work.contributions:
        came.setdefault(row["indicator"], []).append(row)
    last: dict[tuple[Id, str], Row] = {}
    for target in sorted(work.targets, key=lambda row: (row["position"], row["target"])):
        key = (target["indicator"], target["per"])
        before = last.get(key)
        last[key] = target
        if before is None or _due(before) != _due(target):
            yield from _after(work, target, before, came.get(target["indicator"], []))


def _after(work: Work, target: Row, before: Row | None, came: list[Row]) -> Iterator[Finding]:
    """Compare a target with all that its figure counts, and not from the day it is said to hold.

    A month's target measures whole months; others all that was ever done.
    """
    written, holds = civil_date(target["recorded_at"]), target["effective_from"]
    since = holds.replace(day=1) if target["per"] == "month" else date.min
    measured = {row["event"]: row["day"] for row in came if row["day"] >= since}
    earlier = {event for event, day in measured.items() if day < written}
    if not earlier:
        return
    details: dict[str, str | int] = {
        "indicator": work.codes.get(target["indicator"], ""),
        "written": written.isoformat(),
        "first": min(measured.values()).isoformat(),
    }
    targets = [target["target"]]
    if before is not None:
        details |= {"was": _due(before), "now": _due(target)}
        targets.append(before["target"])
    yield Finding(
        code="target_after_work" if before is None else "target_changed_after_work",
        about=(FindingSubject(kind="indicator", id=target["indicator"]),),
        details=details,
        figures=(
            Figure(name="before", value=len(earlier), unit="条"),
            Figure(name="all", value=len(measured), unit="条"),
        ),
        events=ordered((*targets, *earlier)),
    )


def _due(target: Row) -> str:
    """Return what a target asks for, in its own words or as a number or a range."""
    if target["form"] == "words":
        return str(target["words"])
    low, high, unit = target["low"], target["high"], target["unit"] or ""
    return f"{low}{unit}" if low == high else f"{low}–{high}{unit}"
