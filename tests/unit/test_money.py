"""Money on pages: kept in 分, told and asked for in 元."""

from __future__ import annotations

import msgspec
import pytest

from api.pages.money import Money, fen_of, with_money
from domain.donation import DonationReceived
from domain.need_aid import AidDelivered
from domain.policy import GivingPolicy, PolicyAdopted
from tests.golden import samples, slices


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("800", 80_000),
        ("800.5", 80_050),
        ("0.05", 5),
        ("1,414.50", 141_450),
        ("1，414", 141_400),
        ("1,000,000", 100_000_000),
        ("9999999999.99", 999_999_999_999),
    ],
)
def test_what_is_typed_in_yuan_is_kept_in_fen(text: str, fen: int) -> None:
    assert fen_of(text) == fen


@pytest.mark.parametrize(
    "text",
    ["", "八百", "-1", "1.234", "1.", ".5", "1e3", "9" * 11, "٣", "3,5", "1，5", "12,34", ",5"],
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert fen_of(text) is None


@pytest.mark.parametrize("fen", [0, 5, 100, 141_450, 10**12 - 1])
def test_what_a_form_shows_is_read_back(fen: int) -> None:
    assert fen_of(Money(fen).yuan) == fen
    assert fen_of(str(Money(fen))) == fen


def test_a_quantity_of_money_is_money_and_one_of_goods_is_not() -> None:
    line = {"supply": "x", "name": "救助金", "quantity": 30_000, "value": 30_000}
    told = with_money(AidDelivered, {"lines": [line | {"unit": "分"}, line | {"unit": "袋"}]})
    money, goods = told["lines"]
    assert (money["quantity"], money["value"]) == (Money(30_000), Money(30_000))
    assert "unit" not in money
    assert (goods["quantity"], goods["unit"]) == (30_000, "袋")


def test_money_in_facts_and_inside_their_lines_is_told_as_such() -> None:
    """Of every kind of record: a number is money where its type says so, and stays else."""
    money = {
        name
        for of in slices()
        for each in samples(of)
        for name, value in with_money(type(each.facts), msgspec.to_builtins(each.facts)).items()
        if isinstance(value, Money)
    }
    assert {"budget", "cash", "value"} <= money
    assert not money & {"minutes", "quantity", "planned", "total"}
    terms = {"@type": GivingPolicy.__struct_config__.tag, "separate_from": 50_000, "version": 1}
    adopted = with_money(PolicyAdopted, {"terms": terms})
    assert adopted["terms"] == {**terms, "separate_from": Money(50_000)}
    (received,) = (
        each.facts
        for of in slices()
        for each in samples(of)
        if isinstance(each.facts, DonationReceived) and each.facts.goods
    )
    told = with_money(DonationReceived, msgspec.to_builtins(received))
    assert [line["value"] for line in told["goods"]] == [
        Money(line.value) for line in received.goods
    ]
    assert [line["quantity"] for line in told["goods"]] == [
        line.quantity for line in received.goods
    ]
