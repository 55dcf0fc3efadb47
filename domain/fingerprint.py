"""Which sealed words are the same, told without telling the words.

Casework notes that repeat word for word are something an evaluator asks about, and sealed words
cannot be compared: each is encrypted afresh. So a fingerprint is made when they are written, a
keyed hash (HMAC-SHA256) over the words without spacing and punctuation, shortened to 64 bits.

What it reveals: whoever reads the journal sees that two notes of one operator say the same, and
nothing else; between operators nothing can be compared. Only who holds the master key can try a
guess against it. Names, numbers and addresses get none, since few are possible and each could be
tried, but an address that alone tells a door (`domain.door`); nor do words so short that many write
them by chance.

Words that anybody may read need no key: what an activity is said to have been is compared by a
plain hash, made by whoever follows the events.

A fingerprint of sealed words stands in the event and outlives the person's key: after an erasure
it still says "the same as that other note", and only the holder of the master key could test a
guess of the whole text.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from unicodedata import normalize

from domain.identity import Id
from domain.private import Private

MARKED = frozenset({"casework", "health"})
"""Purposes whose words are compared."""
SHORTEST = 6
"""Letters and digits that words must have to be told apart from what anybody would write."""
SHORTEST_OPEN = 10
"""The same of open words, where titles and catchwords recur: ten letters say what was done."""
HEX_DIGITS = 16

Digest = Callable[[str, str], str]
"""The vault's keyed hash of a text for a purpose, in hex."""


def fingerprint(field: Private, operator: Id, digest: Digest) -> str | None:
    """Return the fingerprint of words that are to be sealed; None where none is made."""
    words = normal_words(field.text or "")
    if field.purpose not in MARKED or len(words) < SHORTEST:
        return None
    return digest(words, f"words of {operator}")[:HEX_DIGITS]


def open_fingerprint(words: str) -> str | None:
    """Return a hash of words that were never sealed; None of those that many write by chance."""
    normal = normal_words(words)
    if len(normal) < SHORTEST_OPEN:
        return None
    return sha256(f"open words: {normal}".encode()).hexdigest()[:HEX_DIGITS]


def normal_words(text: str) -> str:
    """Return a text's letters and digits alone, as they compare: 全角 as 半角, case as small."""
    return "".join(each for each in normalize("NFKC", text).casefold() if each.isalnum())
