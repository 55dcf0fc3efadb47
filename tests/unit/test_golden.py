"""What was once written stays readable, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.event import topic_of
from domain.journal.codec import decode, encode
from tests import golden

STORED = sorted(golden.FILES.glob("*/*.json"))
# Before any test decodes: the decoder knows the kinds that were registered when first asked for.
KINDS = {of: golden.kinds(of) for of in golden.slices()}


@pytest.mark.parametrize("path", STORED, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_what_was_written_is_read_and_would_be_written_the_same(path: Path) -> None:
    stored, written = path.read_bytes(), f"{path.parent.name}.{path.stem.partition('+')[0]}"
    event = decode(stored)
    topic = topic_of(type(event.facts))
    assert topic.partition("@")[0] == written.partition("@")[0]
    if topic == written:  # else it is of an older schema, and is upcast
        assert encode(event) == stored


@pytest.mark.parametrize("of", KINDS)
def test_every_kind_of_facts_of_a_slice_has_its_golden_file(of: str) -> None:
    missing = {topic for topic in KINDS[of] if not golden.file_of(topic).exists()}
    further = {path for path, _ in golden.files_of(of) if not path.exists()}
    assert missing | further == set(), "run python -m tests.golden"
