"""Erases a person who asked for it: destroys the keys, then writes down that it is done.

The request is in the journal before anything is destroyed, and destroying may be repeated. So a
crash between any two steps is finished when the task is asked for again, which happens until it
is done. Whoever was registered twice is one person: the keys of the absorbed record go too.

Attachments are not touched: nothing on record tells whom a photograph or a sign-in sheet shows, and
the others on it need it. What people have to do about them is in docs/erasure.md.
"""

from __future__ import annotations

from domain.identifying import complete_erasure
from domain.person import ERASED, Person
from domain.refusals import ShiluError
from domain.registry import ErasureRequested
from workers.duty import Duty, Job, Workshop
from workers.merged import records_of


def erase(workshop: Workshop, job: Job) -> None:
    """Finish the erasure of one person, from whatever step it was left at."""
    (person,), operator = job.task.subjects, job.task.operator
    assert operator is not None  # noqa: S101 - events ask with their operator
    request = workshop.desk(operator).load(Person, person).erasure_request
    if request is None:
        return
    for one in records_of(workshop, person):
        workshop.vault.destroy(one, workshop.clock.now(), request, operator)
    try:
        workshop.carry_out(
            operator, lambda desk, entry: complete_erasure(desk, entry, person), causation=request
        )
    except ShiluError as refused:
        if refused.code != ERASED.code:
            raise


ERASE = Duty("erase_person", erase, on=(ErasureRequested,))
