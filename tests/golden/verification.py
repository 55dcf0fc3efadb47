"""Samples of checks of the register."""

from domain.verification import RegisterInfoVerified
from tests.golden import PERSON, PROJECT, WORKER, sample, with_corrections

SAMPLES = with_corrections(
    sample(
        "register_verification",
        RegisterInfoVerified(
            kind="register_verification",
            person=PERSON,
            method="phone",
            outcome="changed",
            worker=WORKER,
        ),
        project=PROJECT,
        ledger=PROJECT,
    )
)
