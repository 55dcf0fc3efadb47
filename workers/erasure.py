"""Erases those who asked for it: destroys the keys, then writes down that it is done.

The request is in the journal before anything is destroyed, and destroying may be repeated. So a
crash between any two steps is finished when the task is asked for again, which happens until it
is done. Whoever was registered twice is one person: the keys of the absorbed record go too.

Registered people, staff who left and whoever is not on record are asked for each in their own way;
what is done is the same.

Bundles that lie here with the person's words opened are withdrawn in the same task.

Attachments are not touched: nothing on record tells whom a photograph or a sign-in sheet shows, and
the others on it need it. What people have to do about them is in docs/erasure.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.identifying import complete_erasure
from domain.identity import Id
from domain.journal.opened import withdraw
from domain.person import ERASED, Person
from domain.refusals import ShiluError
from domain.registry import ErasureRequested
from domain.staff import ERASED as STAFF_ERASED
from domain.staff import StaffErasureRequested, StaffMember
from domain.staffing import complete_staff_erasure
from domain.unregistered import ERASED as WORDS_ERASED
from domain.unregistered import Unregistered, WordsErasureRequested, complete_words_erasure
from workers.duty import Duty, Job, Workshop
from workers.merged import records_of

DONE = frozenset({ERASED.code, STAFF_ERASED.code, WORDS_ERASED.code})
"""What is refused where another worker was first."""


def erase(workshop: Workshop, job: Job) -> None:
    """Finish the erasure of one person, from whatever step it was left at."""
    person, operator = _of(job)
    request = workshop.desk(operator).load(Person, person).erasure_request
    if request is not None:
        owners = records_of(workshop, person)
        _erase(workshop, operator, request, owners, _completing(complete_erasure, person))


def erase_staff(workshop: Workshop, job: Job) -> None:
    """Finish the erasure of somebody who worked here."""
    staff, operator = _of(job)
    request = workshop.desk(operator).load(StaffMember, staff).erasure_request
    if request is not None:
        completing = _completing(complete_staff_erasure, staff)
        _erase(workshop, operator, request, (staff,), completing)


def erase_words(workshop: Workshop, job: Job) -> None:
    """Finish the erasure of the words under an id that nobody has."""
    owner, operator = _of(job)
    request = workshop.desk(operator).load(Unregistered, owner).request
    completing = _completing(complete_words_erasure, owner)
    _erase(workshop, operator, request, (owner,), completing)


Completing = Callable[[Desk, Entry], Receipt]


def _of(job: Job) -> tuple[Id, Id]:
    (owner,), operator = job.task.subjects, job.task.operator
    assert operator is not None  # noqa: S101 - events ask with their operator
    return owner, operator


def _completing(complete: Callable[[Desk, Entry, Id], Receipt], owner: Id) -> Completing:
    return lambda desk, entry: complete(desk, entry, owner)


def _erase(
    workshop: Workshop, operator: Id, request: Id, owners: Iterable[Id], completing: Completing
) -> None:
    gone = tuple(owners)
    for one in gone:
        workshop.vault.destroy(one, workshop.clock.now(), request, operator)
    withdraw(workshop.exports, gone)
    try:
        workshop.carry_out(operator, completing, causation=request)
    except ShiluError as refused:
        if refused.code not in DONE:
            raise


ERASE = Duty("erase_person", erase, on=(ErasureRequested,))
ERASE_STAFF = Duty("erase_staff", erase_staff, on=(StaffErasureRequested,))
ERASE_WORDS = Duty("erase_words", erase_words, on=(WordsErasureRequested,))
