"""What every warning has."""

from __future__ import annotations

import re

from domain.identity import derived_id
from domain.slices import register_all
from domain.warning import Told, Warned, words


def test_every_warning_has_words_in_both_languages() -> None:
    register_all()
    codes = {kind.code for kind in Warned.__subclasses__()}
    assert set(words()) == codes
    for code in codes:
        told = Told(code=code, other=derived_id("other"))
        assert re.search(r"[一-鿿]", told.text("zh"))
        assert told.text("en").isascii()
