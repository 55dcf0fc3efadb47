"""Who may take a ledger away, and what is written down before it goes."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from domain.entry import Entry
from domain.export import Export, ExportMade, ExportTerms, Extent, record_export
from domain.identity import Id, derived_id
from domain.organisation import OperatorRegistered, establish_station, register_operator
from domain.principal import Principal, Role
from domain.station import StationEstablished
from tests.contracts import contracted
from tests.station import OPERATOR, STATION, MemoryDesk, entry, refused

OTHER = derived_id("station", "other")
PLACE = StationEstablished(
    name="示例街道社工站",
    region_code="620102001",
    purchaser="示例街道办事处",
    overseer="示例区民政局",
)
OPENING = ExportTerms(
    columns=("health", "casework", "health"),
    purpose="evaluation",
    reason="中期评估抽查档案",
    attachments=True,
)


@pytest.fixture
def desk() -> MemoryDesk:
    """An operator with two stations and a project of one of them."""
    desk = MemoryDesk(Principal(actor=derived_id("admin"), role="administrator"))
    facts = OperatorRegistered(name="示例社会工作服务中心", uscc="91110000600037341L")
    register_operator(desk, entry(principal=desk.principal), facts, id=OPERATOR)
    for number, station in enumerate((STATION, OTHER)):
        place = replace(PLACE, name=f"{PLACE.name}{number}")
        establish_station(desk, entry(), OPERATOR, place, id=station)
    return desk


def taking(desk: MemoryDesk, role: Role = "operator_manager", **scope: Any) -> Entry:
    """Go on as somebody who wants to take a ledger away."""
    desk.principal = Principal(actor=derived_id(role), role=role, **{"operator": OPERATOR, **scope})
    return entry(principal=desk.principal)


def extent(ledger: Id, rows: int = 3) -> Extent:
    return Extent(ledger=ledger, rows=rows, position=7)


def test_each_ledger_keeps_who_took_it_and_how_much(desk: MemoryDesk) -> None:
    project = contracted(desk)
    e = taking(desk)
    receipt = record_export(desk, e, [extent(project), extent(STATION, 2)], OPENING)
    first, second = desk.log[-2:]
    assert receipt.events == (first.id, second.id)
    assert (first.ledger, second.ledger) == (project, STATION)
    assert (first.actor, first.role) == (desk.principal.actor, "operator_manager")
    assert first.facts == ExportMade(
        rows=3,
        position=7,
        watermark=first.stream,
        columns=("casework", "health"),
        purpose="evaluation",
        reason="中期评估抽查档案",
        attachments=True,
    )
    assert (second.facts.rows, second.facts.watermark) == (2, first.stream)


def test_nothing_is_opened_unless_it_is_asked_for(desk: MemoryDesk) -> None:
    record_export(desk, taking(desk), [extent(STATION)], ExportTerms())
    (made,) = (each for each in desk.facts() if isinstance(each, ExportMade))
    assert (made.columns, made.purpose, made.attachments) == ((), None, False)
    files = ExportTerms(purpose="evaluation", reason="中期评估抽查档案", attachments=True)
    record_export(desk, taking(desk), [extent(STATION)], files)
    assert desk.log[-1].facts.columns == ()


@pytest.mark.parametrize("role", ["worker", "supervisor"])
def test_who_sees_parts_takes_nothing_away(desk: MemoryDesk, role: Role) -> None:
    with refused("export.not_whole", "ledgers"):
        record_export(desk, taking(desk, role), [extent(STATION)], ExportTerms())


@pytest.mark.parametrize("role", ["administrator", "project_lead", "evaluator"])
def test_only_the_operators_manager_has_fields_opened(desk: MemoryDesk, role: Role) -> None:
    record_export(desk, taking(desk, role), [extent(STATION)], ExportTerms())
    with refused("export.not_opened", "purpose"):
        record_export(desk, taking(desk, role), [extent(STATION)], OPENING)


def test_a_head_takes_the_own_station_and_a_project_of_that_station_alone(
    desk: MemoryDesk,
) -> None:
    own, shared, unnamed = (
        contracted(desk, key=key, stations=stations)
        for key, stations in (("own", (STATION,)), ("shared", (STATION, OTHER)), ("unnamed", ()))
    )
    for ledger in (STATION, own, unnamed):
        record_export(
            desk, taking(desk, "station_head", stations=(STATION,)), [extent(ledger)], ExportTerms()
        )
    for ledger in (shared, OPERATOR):
        e = taking(desk, "station_head", stations=(STATION,))
        with refused("export.not_whole", "ledgers"):
            record_export(desk, e, [extent(ledger)], ExportTerms())
    with refused("not_found", "ledgers"):
        record_export(desk, e, [extent(OTHER)], ExportTerms())


def test_an_evaluator_takes_the_ledger_of_the_evaluation_though_reading_only(
    desk: MemoryDesk,
) -> None:
    project = contracted(desk)
    scope = {"ledger": project, "evaluation": derived_id("evaluation")}
    record_export(desk, taking(desk, "evaluator", **scope), [extent(project)], ExportTerms())
    assert desk.log[-1].role == "evaluator"
    with refused("not_found", "ledgers"):
        record_export(desk, taking(desk, "evaluator", **scope), [extent(STATION)], ExportTerms())


def test_another_operators_ledger_and_what_is_no_ledger_are_not_there(desk: MemoryDesk) -> None:
    e = taking(desk)
    made = record_export(desk, e, [extent(STATION)], ExportTerms())
    with refused("not_found", "ledgers"):
        record_export(desk, e, [extent(made.stream)], ExportTerms())
    e = taking(desk, operator=derived_id("operator", "other"))
    with refused("not_found", "ledgers"):
        record_export(desk, e, [extent(STATION)], ExportTerms())


def test_one_bundle_is_of_one_operator(desk: MemoryDesk) -> None:
    other = derived_id("operator", "other")
    facts = OperatorRegistered(name="另一家中心", uscc="91110000802100433B")
    e = taking(desk, "administrator", operator=None)
    register_operator(desk, e, facts, id=other)
    with refused("export.two_operators", "ledgers"):
        record_export(desk, e, [extent(OPERATOR), extent(other)], ExportTerms())


def test_nothing_is_taken_of_what_was_not_there_yet(desk: MemoryDesk) -> None:
    with refused("export.nothing_recorded", "known_at"):
        record_export(desk, taking(desk), [extent(STATION, 0)], ExportTerms())


@pytest.mark.parametrize(
    ("terms", "code", "field"),
    [
        (ExportTerms(attachments=True), "export.no_purpose", "purpose"),
        (ExportTerms(reason="中期评估抽查档案"), "export.no_purpose", "purpose"),
        (ExportTerms(columns=("health",)), "export.no_purpose", "purpose"),
        (ExportTerms(purpose="handover", reason=" 移交  "), "entry.reason_too_short", "reason"),
    ],
)
def test_opening_needs_a_purpose_and_a_reason(
    desk: MemoryDesk, terms: ExportTerms, code: str, field: str
) -> None:
    before = len(desk.log)
    with refused(code, field):
        record_export(desk, taking(desk), [extent(STATION)], terms)
    assert len(desk.log) == before


def test_an_export_is_a_stream_of_its_own(desk: MemoryDesk) -> None:
    made = record_export(desk, taking(desk), [extent(STATION)], ExportTerms())
    assert desk.load(Export, made.stream).version == 1
