"""A sample is the same for whoever draws it, of exact size, and fair to every stratum."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.sampling import (
    Member,
    Method,
    allocate,
    commitment,
    draw,
    population_hash,
    seed_of,
)

PAGE = (Path(__file__).parents[2] / "docs" / "sampling.md").read_text("utf-8")

ids = st.uuids().map(str)
populations = st.dictionaries(ids, st.sampled_from(["a", "b", "丙", "d;e"]), min_size=1).map(
    lambda found: [Member(id=id, stratum=stratum) for id, stratum in found.items()]
)
methods = st.builds(
    Method,
    by=st.sampled_from(["each", "share", "total"]),
    amount=st.integers(1, 100),
    minimum=st.integers(0, 5),
)
seeds = st.binary(min_size=32, max_size=32)


@given(populations, methods, seeds, st.randoms())
def test_drawing_again_in_any_order_gives_the_same(
    population: list[Member], method: Method, seed: bytes, random: Any
) -> None:
    shuffled = population.copy()
    random.shuffle(shuffled)
    strata = allocate(population, method)
    assert allocate(shuffled, method) == strata
    assert draw(shuffled, strata, seed) == draw(population, strata, seed)
    assert population_hash(shuffled) == population_hash(population)


@given(populations, methods, seeds)
def test_the_size_is_exact_and_each_stratum_gives_what_it_owes(
    population: list[Member], method: Method, seed: bytes
) -> None:
    strata = allocate(population, method)
    sample = draw(population, strata, seed)
    of = {member.id: member.stratum for member in population}
    assert len(set(sample)) == len(sample) == sum(stratum.drawn for stratum in strata)
    assert Counter(of[id] for id in sample) == {
        stratum.name: stratum.drawn for stratum in strata if stratum.drawn
    }
    least = {
        stratum.name: min(method.amount if method.by == "each" else method.minimum, stratum.size)
        for stratum in strata
    }
    assert all(least[stratum.name] <= stratum.drawn <= stratum.size for stratum in strata)
    if method.by != "each":
        n = len(population)
        share = -(-n * method.amount // 100) if method.by == "share" else method.amount
        assert len(sample) == max(min(n, share), sum(least.values()))


@given(populations, st.integers(1, 100), seeds)
def test_every_stratum_is_represented(population: list[Member], amount: int, seed: bytes) -> None:
    strata = allocate(population, Method(by="share", amount=amount))
    of = {member.id: member.stratum for member in population}
    sample = draw(population, strata, seed)
    assert {of[id] for id in sample} == {member.stratum for member in population}


@given(populations, seeds, seeds, seeds)
def test_the_seed_needs_both_sides_and_the_ledger(
    population: list[Member], one: bytes, other: bytes, nonce: bytes
) -> None:
    if one != other:
        assert seed_of(one, one, nonce) != seed_of(other, one, nonce)
        assert seed_of(one, one, nonce) != seed_of(one, other, nonce)
        assert seed_of(one, nonce, one) != seed_of(one, nonce, other)
        assert commitment(one) != commitment(other)


def test_each_record_of_a_stratum_is_drawn_about_equally_often() -> None:
    population = [Member(id=f"00000000-0000-7000-8000-{n:012d}") for n in range(10)]
    strata = allocate(population, Method(by="total", amount=3))
    times = Counter(
        id for n in range(2000) for id in draw(population, strata, n.to_bytes(32, "big"))
    )
    # 600 expected each; five standard deviations are about 100.
    assert all(500 < times[member.id] < 700 for member in population)


def vector() -> dict[str, str]:
    return dict(re.findall(r"^\| ([a-z ]+) \| (.+) \|$", PAGE, re.MULTILINE))


def test_the_pages_test_vector_and_its_few_lines_hold() -> None:
    ids = [f"00000000-0000-7000-8000-{n:012d}" for n in range(10)]
    population = [
        Member(id=id, stratum="kind=home_visit" if n < 6 else "kind=phone_contact")
        for n, id in enumerate(ids)
    ]
    root, contribution, nonce = b"\1" * 32, b"\2" * 32, b"\3" * 32
    strata = allocate(population, Method(by="share", amount=40))
    seed = seed_of(root, contribution, nonce)
    drawn = draw(population, strata, seed)
    assert vector() == {
        "commitment": f"`{commitment(nonce)}`",
        "seed": f"`{seed.hex()}`",
        "population hash": f"`{population_hash(population)}`",
        "drawn": ", ".join(f"`…{id[-4:]}`" for id in drawn),
    }
    found = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    lines: dict[str, Any] = {}
    exec(found[1], lines)  # noqa: S102 - the page's own lines, run as they stand
    members = [(member.id, member.stratum) for member in population]
    wanted = {stratum.name: stratum.drawn for stratum in strata}
    assert tuple(lines["draw"](members, wanted, root, contribution, nonce)) == drawn
