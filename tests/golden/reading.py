"""Samples of readings."""

from domain.identity import derived_id
from domain.reading import FileOpened, NumberSearched, SensitiveFieldViewed
from tests.golden import PERSON, sample

SAMPLES = [
    sample(
        "reading",
        SensitiveFieldViewed(
            person=PERSON,
            record=derived_id("golden", "record"),
            field="note",
            reason="准备下次家访",
        ),
    ),
    sample("reading", NumberSearched(person=PERSON)),
    sample(
        "reading",
        FileOpened(attachment=derived_id("golden", "attachment"), sha256="5a" * 32),
    ),
]
