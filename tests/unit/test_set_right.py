"""Which records can be set right, and that the page about it names each of them."""

from __future__ import annotations

import re
from pathlib import Path

from domain.event import CORRECTIONS, topic_of
from domain.slices import register_all

PAGE = Path(__file__).parents[2] / "docs" / "corrections.md"


def test_the_page_names_each_kind_that_can_be_set_right_and_no_other() -> None:
    register_all()
    named = re.findall(r"`([a-z_]+\.[A-Z][A-Za-z]+)`", PAGE.read_text("utf-8"))
    kinds = {topic_of(kind).partition("@")[0] for kind in CORRECTIONS}
    assert sorted(named) == sorted(kinds)
