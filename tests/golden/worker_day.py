"""Samples of workers' days."""

from domain.clock import at
from domain.identity import derived_id
from domain.worker_day import (
    PossibleDuplicateDetected,
    SharedTimeDetected,
    ShortOverlapDetected,
    WorkerEngaged,
    WorkerFreed,
)
from tests.golden import DAY, OPERATOR, PERSON, WORKER, sample

OF_OPERATOR = {"station": None, "ledger": OPERATOR}
RECORD, OTHER = derived_id("golden", "record"), derived_id("golden", "other record")

SAMPLES = [
    sample(
        "worker_day",
        WorkerEngaged(
            worker=WORKER,
            record=RECORD,
            place=derived_id("golden", "home"),
            start=at(DAY, 9),
            end=at(DAY, 9, 40),
        ),
        **OF_OPERATOR,
    ),
    sample(
        "worker_day",
        WorkerEngaged(
            worker=WORKER,
            record=RECORD,
            place=derived_id("golden", "home"),
            start=at(DAY, 9),
            end=at(DAY, 9, 40),
            kind="home_service",
            persons=(PERSON,),
        ),
        **OF_OPERATOR,
    ),
    sample(
        "worker_day",
        PossibleDuplicateDetected(worker=WORKER, record=RECORD, other=OTHER),
        **OF_OPERATOR,
    ),
    sample(
        "worker_day", ShortOverlapDetected(worker=WORKER, record=RECORD, other=OTHER), **OF_OPERATOR
    ),
    sample(
        "worker_day", SharedTimeDetected(worker=WORKER, record=RECORD, other=OTHER), **OF_OPERATOR
    ),
    sample(
        "worker_day",
        WorkerEngaged(
            worker=WORKER,
            record=RECORD,
            place=derived_id("golden", "home"),
            start=at(DAY, 9),
            end=at(DAY, 9),
            kind="home_service",
            persons=(PERSON,),
            dated=True,
        ),
        **OF_OPERATOR,
    ),
    sample("worker_day", WorkerFreed(worker=WORKER, record=RECORD), **OF_OPERATOR),
]
