"""What is said about receipts: each reason of the verifier in Chinese, and nothing for nobody."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.pages.language import LANGUAGES
from deploy.commands.verify_receipt import in_words
from deploy.findings import reasons, why_in, words_of

JOURNAL = Path(__file__).parents[2] / "domain" / "journal"
WRITTEN = "".join(
    (JOURNAL / name).read_text("utf-8") for name in ("verify.py", "receipt.py", "timestamp.py")
)
SYSTEM = map(os.strerror, (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EFBIG))


def test_every_reason_is_said_in_chinese_and_every_words_are_a_reasons() -> None:
    raised = re.findall(r'Unsound\(f?"([^"]+)"\)', WRITTEN)
    given = [why for why in raised if not why.startswith("policy, line")]
    assert [why for why in given if not re.search(r"[一-鿿]", why_in(why, "zh"))] == []
    system = set(SYSTEM)
    assert [why for why in reasons() if why not in WRITTEN and why not in system] == []
    assert "第 3 行" in why_in("policy, line 3: a group that cannot be", "zh")


@pytest.mark.parametrize("when", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_was_signed_and_is_none_is_told_as_it_stands(when: str) -> None:
    record: dict[str, Any] = {"kind": "visit.HomeVisitRecorded@1", "event": "x", "written": when}
    record |= {"occurred": {"precision": "instant", "start": when}}
    place = {"origin": "log/x", "entry": 1, "entries": 1, "demonstration": False}
    told = {"holds": True, **place, "record": record}
    for language in LANGUAGES:
        assert "\n".join(in_words(told, language)).count(when) == 2


def test_both_languages_say_the_same_with_the_same_values() -> None:
    for code, words in words_of("verify-receipt").items():
        chinese, english = (re.findall(r"{(\w+)}", words[each]) for each in ("zh", "en"))
        assert {*chinese} == {*english}, code


def test_whoever_serves_no_pages_needs_no_web_framework() -> None:
    """Least of all who checks what was handed over, on a machine of their own."""
    asked = (
        "import sys, importlib; from deploy.cli import command_names\n"
        "for name, module in command_names().items():\n"
        "    name in {'api', 'bench'} or importlib.import_module(module)\n"
        "    if 'fastapi' in sys.modules: sys.exit(name)"
    )
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
