"""Samples of erasing words about who is not on record."""

from domain.event import AnyEvent, Facts
from domain.identity import derived_id
from domain.unregistered import WordsErasureCompleted, WordsErasureRequested
from tests.golden import sample

OWNER, RECORD, REQUEST = (
    derived_id("golden", name) for name in ("donor", "pledge", "erasure of a donor")
)


def unregistered(facts: Facts) -> AnyEvent:
    """Return an event about the words of a donor."""
    return sample("unregistered", facts, stream=OWNER)


SAMPLES = [
    unregistered(
        WordsErasureRequested(record=RECORD, field="donor", by="person", reason="own_wish")
    ),
    unregistered(WordsErasureCompleted(request=REQUEST)),
]
