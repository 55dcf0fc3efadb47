"""What is said about receipts: each reason of the verifier in Chinese, and nothing for nobody."""

from __future__ import annotations

import re
from pathlib import Path

from deploy.commands.verify_receipt import texts, why_in

JOURNAL = Path(__file__).parents[2] / "domain" / "journal"
OF_BUNDLES = ("not a manifest of", "its files are not", "its signatures are not by")
"""Reasons that concern bundles alone."""


def reasons() -> list[str]:
    written = "".join((JOURNAL / name).read_text("utf-8") for name in ("verify.py", "receipt.py"))
    found = re.findall(r'Unsound\(f?"([^"]+)"\)', written)
    ours = [each for each in found if not each.startswith(OF_BUNDLES)]
    return [each for each in ours if not each.startswith("policy, line")]


def test_every_reason_is_said_in_chinese_and_every_words_are_a_reasons() -> None:
    assert [why for why in reasons() if not re.search(r"[一-鿿]", why_in(why, "zh"))] == []
    assert [why for why in texts()["reasons"] if not any(why in each for each in reasons())] == []


def test_both_languages_say_the_same_with_the_same_values() -> None:
    chinese, english = texts()["zh"], texts()["en"]
    assert chinese.keys() == english.keys()
    for key, words in chinese.items():
        assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", english[key])), key
