"""A person's words are sealed under that person's key and nobody else's.

Words about one person under another's key would stay readable after the first was erased, and
vanish with the second.
"""

from __future__ import annotations

from domain.event import Facts
from domain.identity import Id
from domain.private import Private, seal_fields
from domain.refusals import refusal

OTHER_PERSON = refusal("own_words.other_person")


def check_own_words(owner: Id, facts: Facts) -> None:
    """Refuse facts with a private field of anybody but `owner`, naming the field."""

    def check(field: Private, _: Id, path: str) -> str:
        if field.person != owner:
            raise OTHER_PERSON(path)
        return ""

    seal_fields(facts, owner, check)
