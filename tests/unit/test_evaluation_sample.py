"""What is evaluated is frozen once; samples are settled unseen, shown at their hour, and kept."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from domain.clock import at
from domain.evaluating import draw_sample, freeze_snapshot, reveal_sample
from domain.evaluation_evidence import EvidenceRequested
from domain.evaluation_sample import Plan, SampleDrawn, SampleRevealed
from domain.identity import derived_id
from domain.journal.codec import encode
from domain.refusals import ShiluError
from domain.sampling import Member, Method, allocate, commitment, draw, seed_of
from tests.evaluations import (
    CONTRIBUTION,
    HOUR,
    NONCE,
    OTHER,
    PLAN,
    POPULATION,
    ROOT,
    SNAPSHOT,
    Evaluated,
)
from tests.station import TODAY, refused

OTHER_NONCE = "1a" * 32


def test_the_snapshot_is_frozen_once_after_the_cut_off() -> None:
    it = Evaluated().commissioned(as_of=at(TODAY, 12).astimezone(UTC))
    lead = it.as_role("project_lead")
    with pytest.raises(ShiluError) as early:
        freeze_snapshot(it.desk, lead, it.id, SNAPSHOT)
    assert early.value.code == "evaluation.cut_off_ahead"
    it.now = at(TODAY, 12)
    with refused("evaluation.cut_off_ahead", "as_of"):
        freeze_snapshot(it.desk, it.as_role("project_lead"), it.id, SNAPSHOT)
    assert "12:00:00+08:00" in early.value.text("zh")  # in civil time, however it was sent
    it.now = at(TODAY, 13)
    with refused("evaluation.nothing_recorded", "as_of"):
        freeze_snapshot(it.desk, it.as_role("project_lead"), it.id, None)
    with refused("forbidden", "role"):
        freeze_snapshot(it.desk, it.as_role("worker"), it.id, SNAPSHOT)
    freeze_snapshot(it.desk, it.as_role("project_lead"), it.id, SNAPSHOT)
    with refused("evaluation.frozen_twice", "id"):
        freeze_snapshot(it.desk, it.as_role("project_lead"), it.id, SNAPSHOT)


def test_an_evaluator_may_freeze_too_while_an_access_lasts() -> None:
    it = Evaluated().opened()
    with refused("access.ended", "Authorization"):
        freeze_snapshot(it.desk, it.as_evaluator(OTHER), it.id, SNAPSHOT)
    freeze_snapshot(it.desk, it.as_evaluator(), it.id, SNAPSHOT)
    assert it.found.samples.frozen == SNAPSHOT


def test_drawing_wants_a_frozen_snapshot() -> None:
    it = Evaluated().opened()
    with refused("evaluation.not_frozen", "id"):
        it.draw()


def test_a_settled_sample_shows_none_of_its_records() -> None:
    it = Evaluated().drawn()
    written = b"".join(encode(event) for event in it.desk.streams[it.id])
    assert NONCE.encode() not in written
    assert not any(member.id.encode() in written for member in POPULATION)
    drawn = it.found.samples.drawn[it.sample]
    assert [(each.name, each.drawn) for each in drawn.strata] == [
        ("kind=home_visit", 2),
        ("kind=phone", 2),
    ]


def test_a_sample_is_shown_from_its_hour_on_and_can_be_drawn_again_by_anybody() -> None:
    it = Evaluated().drawn()
    it.now = HOUR - timedelta(seconds=1)
    with refused("evaluation.not_visible_yet", "sample"):
        reveal_sample(it.desk, it.as_evaluator(), it.id, it.sample, NONCE, POPULATION)
    it.now = HOUR
    reveal_sample(it.desk, it.as_evaluator(), it.id, it.sample, NONCE, POPULATION)
    shown = it.desk.facts(it.id)[-1]
    assert isinstance(shown, SampleRevealed)
    seed = seed_of(*map(bytes.fromhex, (ROOT, CONTRIBUTION, NONCE)))
    assert shown.seed == seed.hex()
    assert it.records() == draw(POPULATION, allocate(POPULATION, PLAN.method), seed)
    with refused("evaluation.revealed_already", "sample"):
        reveal_sample(it.desk, it.as_evaluator(), it.id, it.sample, NONCE, POPULATION)


def test_only_the_nonce_that_was_committed_to_opens_a_sample() -> None:
    it = Evaluated().drawn()
    it.now = HOUR
    for nonce in (OTHER_NONCE, "nonsense", NONCE.upper()):
        with refused("evaluation.nonce_wrong", "nonce"):
            reveal_sample(it.desk, it.as_evaluator(), it.id, it.sample, nonce, POPULATION)
    with refused("evaluation.sample_unknown", "sample"):
        reveal_sample(it.desk, it.as_evaluator(), it.id, derived_id("x"), NONCE, POPULATION)
    with refused("evaluation.population_differs", "sample"):
        reveal_sample(it.desk, it.as_evaluator(), it.id, it.sample, NONCE, POPULATION[1:])


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=-1), timedelta(days=-30)])
def test_the_hour_of_a_sample_lies_ahead(ahead: timedelta) -> None:
    it = Evaluated().frozen()
    with refused("evaluation.hour_past", "visible_from"):
        it.draw(visible_from=it.now + ahead)
    it.draw(visible_from=it.now + timedelta(seconds=1))


def test_a_sample_does_not_change_and_drawing_again_keeps_both() -> None:
    it = Evaluated().revealed()
    first = it.records()
    with refused("evaluation.drawn_already", "plan.records"):
        it.draw(OTHER_NONCE)
    with refused("entry.reason_too_short", "reason"):
        it.draw(OTHER_NONCE, replaces=it.sample, reason="重抽")
    with refused("evaluation.commitment_used", "commitment"):
        it.draw(NONCE, replaces=it.sample, reason="首批样本中有误录的记录")
    with refused("evaluation.replaces_other", "replaces"):
        it.draw(OTHER_NONCE, replaces=derived_id("x"), reason="首批样本中有误录的记录")
    second = it.draw(OTHER_NONCE, replaces=it.sample, reason="首批样本中有误录的记录")
    kept = [facts for facts in it.desk.facts(it.id) if isinstance(facts, SampleDrawn)]
    assert [facts.replaces for facts in kept] == [None, it.sample]
    it.now += timedelta(hours=1)
    reveal_sample(it.desk, it.as_evaluator(), it.id, second, OTHER_NONCE, POPULATION)
    assert it.records() == first


def test_a_nonce_of_another_evaluation_is_no_secret() -> None:
    it = Evaluated().frozen()
    with refused("evaluation.commitment_used", "commitment"):
        it.draw(committed_elsewhere=True)


def test_records_of_another_kind_have_a_sample_of_their_own() -> None:
    it = Evaluated().drawn()
    cases = Plan(records="cases", method=Method(by="total", amount=1))
    it.draw(OTHER_NONCE, plan=cases)
    assert len(it.found.samples.drawn) == 2


def test_a_plan_must_draw_something_that_can_be_kept() -> None:
    it = Evaluated().frozen()
    with refused("evaluation.population_empty", "plan.records"):
        it.draw(population=())
    with refused("evaluation.bad_hash", "commitment"):
        draw_sample(
            it.desk,
            it.as_evaluator(),
            it.id,
            PLAN,
            POPULATION,
            commitment="0" * 63,
            contribution=CONTRIBUTION,
            visible_from=HOUR,
        )
    with refused("evaluation.nothing_drawn", "plan.method"):
        it.draw(plan=Plan(records="visits", method=Method(by="total", amount=0, minimum=0)))
    crowd = tuple(Member(id=derived_id("m", str(n))) for n in range(900))
    with refused("evaluation.sample_too_large", "plan.method"):
        it.draw(population=crowd, plan=Plan(records="visits", method=Method(by="share", amount=90)))
    split = tuple(Member(id=member.id, stratum=member.id) for member in crowd[:201])
    with refused("evaluation.too_many_strata", "plan.strata"):
        it.draw(population=split)


def test_the_largest_sample_fits_into_one_leaf() -> None:
    it = Evaluated().frozen()
    name = "kind=home_service_of_a_long_name;month=2018-10;worker={}"
    crowd = tuple(
        Member(id=derived_id("m", str(n)), stratum=name.format(derived_id("w", str(n % 200))))
        for n in range(1000)
    )
    it.sample = it.draw(
        population=crowd, plan=Plan(records="visits", method=Method(by="total", amount=800))
    )
    it.now = HOUR
    reveal_sample(it.desk, it.as_evaluator(), it.id, it.sample, NONCE, crowd)
    assert len(it.records()) == 800
    assert max(len(encode(event)) for event in it.desk.streams[it.id]) < 65_000


def test_nothing_names_a_drawn_record_before_the_hour() -> None:
    it = Evaluated().drawn()
    record = POPULATION[0].id
    with refused("evaluation.not_in_sample", "record"):
        it.review(record)
    with refused("evaluation.not_in_sample", "record"):
        it.step(EvidenceRequested(what="签到表", due=TODAY, record=record))
    with refused("evaluation.not_in_sample", "record"):
        it.raise_finding(record=record)
    with refused("evaluation.not_revealed", "sample"):
        it.call_list(derived_id("somebody"))


@pytest.mark.parametrize("commitment_of", [NONCE, OTHER_NONCE])
def test_a_commitment_binds_and_hides(commitment_of: str) -> None:
    committed = commitment(bytes.fromhex(commitment_of))
    assert commitment_of not in committed
    assert (committed == commitment(bytes.fromhex(NONCE))) == (commitment_of == NONCE)
