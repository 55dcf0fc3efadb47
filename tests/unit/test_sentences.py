"""What people are told is read from catalogues that do not contradict each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.sentences import words_in


def test_a_code_of_which_two_catalogues_tell_is_refused(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text('["case.closed"]\nzh = "已结案"\nen = "closed"\n')
    assert words_in(tmp_path) == {"case.closed": {"zh": "已结案", "en": "closed"}}
    (tmp_path / "group.toml").write_text('["case.closed"]\nzh = "结束"\nen = "over"\n')
    with pytest.raises(ValueError, match=r"group\.toml .*case\.closed"):
        words_in(tmp_path)
