"""What was read of somebody stands beside them, with who read it and why."""

from __future__ import annotations

from domain.identity import derived_id
from domain.reading import FileOpened, NumberSearched, Reading, SensitiveFieldViewed
from projections.reading import READING, readings
from tests.folding import told
from tests.station import SCOPE, MemoryDesk, entry

ELDER, RECORD = derived_id("elder"), derived_id("record")


def rows(*facts: SensitiveFieldViewed | NumberSearched | FileOpened) -> list[dict[str, object]]:
    desk = MemoryDesk()
    for each in facts:
        written = entry()
        desk.save(written, Reading.start(written, SCOPE, each))
    return told((readings,), desk.log).rows(READING, order=("read",))


def test_words_and_searches_are_told_with_whom_they_were_of() -> None:
    viewed = SensitiveFieldViewed(person=ELDER, record=RECORD, field="note", reason="准备家访")
    number, words = rows(viewed, NumberSearched(person=ELDER))
    assert (words["person"], words["record"], words["field"]) == (ELDER, RECORD, "note")
    assert (words["read"], words["reason"], number["read"]) == ("words", "准备家访", "number")
    assert (number["person"], number["record"], number["reason"]) == (ELDER, None, None)
    assert words["reader"] == number["reader"] is not None


def test_what_was_read_of_nobody_stands_beside_nobody() -> None:
    file = FileOpened(attachment=derived_id("attachment"), sha256="5a" * 32)
    assert rows(NumberSearched(), file) == []
