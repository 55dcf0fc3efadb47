"""Samples of claims."""

from domain.claim import Claimed, Released
from tests.golden import OPERATOR, PERSON, sample

CLAIM = {"station": None, "ledger": OPERATOR}

SAMPLES = [
    sample("claim", Claimed(what="id_number", holder=PERSON), **CLAIM),
    sample("claim", Released(what="id_number", holder=PERSON), **CLAIM),
]
