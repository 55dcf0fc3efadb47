"""Who is who: identity documents, people registered twice, and people erased.

A document number belongs to one person of an operator. That is held by a claim under the
number's keyed hash, saved together with the person's event (see `claim.py`), and so is searched
by the same hash. A document is never demanded: infants and many of the old have none.
"""

from __future__ import annotations

from datetime import date

from domain.claim import UniqueClaim, claim, release
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.id_number import birth_in, normal_number
from domain.identity import Id, new_id
from domain.person import Person
from domain.private import Private
from domain.refusals import Conflict, refusal
from domain.registry import (
    DocumentType,
    ErasureRequested,
    IdentityDocumentRecorded,
    PersonsMerged,
    PersonsSplit,
)

NUMBER_MISSING = refusal("registry.number_missing")
NUMBER_INVALID = refusal("registry.id_number_invalid")
BIRTH_DIFFERS = refusal("registry.id_birth_differs")
NUMBER_TAKEN = refusal("registry.id_number_taken", Conflict)
SAME_PERSON = refusal("registry.same_person")

CLAIM = "id_number"
EIGHTEEN_DIGITS: frozenset[DocumentType] = frozenset({"id_card", "residence_permit"})


def record_identity_document(
    desk: Desk, entry: Entry, person: Id, document: DocumentType, number: str
) -> Receipt:
    """Record a document by its number, which is kept sealed; it takes the place of an older one.

    Refused: an 18-digit number that does not check or whose date of birth is not the registered
    one, a number that somebody else of the operator has.
    """
    found = desk.load(Person, person, "person")
    plain = normal_number(number)
    if not plain:
        raise NUMBER_MISSING("number")
    checked = document in EIGHTEEN_DIGITS
    if checked:
        _check_number(plain, found)
    before, digest = found.documents.get(document), desk.digest(plain)
    sealed = Private(person=person, purpose="identity", text=plain)
    recorded = IdentityDocumentRecorded(
        document=document, number=sealed, digest=digest, checked=checked
    )
    found.note(entry, recorded)
    claims = [_claimed(desk, entry, found, digest)]
    if before is not None and before not in found.documents.values():
        claims.append(_released(desk, entry, found, before))
    return desk.save(entry, found, *claims)


def merge_persons(desk: Desk, entry: Entry, facts: PersonsMerged) -> Receipt:
    """Say that two records are of one person: `kept` goes on, `absorbed` takes no more.

    The numbers that the absorbed record had are free again, to be recorded on the kept one.
    """
    kept, absorbed = _both(desk, facts.kept, facts.absorbed)
    absorbed.merge(entry, facts)
    kept.merge(entry, facts, event=new_id())
    freed = [_released(desk, entry, absorbed, digest) for digest in _digests(absorbed)]
    return desk.save(entry, absorbed, kept, *freed)


def split_persons(desk: Desk, entry: Entry, facts: PersonsSplit) -> Receipt:
    """Say that they are two people after all; the absorbed record goes on with its numbers."""
    kept, absorbed = _both(desk, facts.kept, facts.absorbed)
    absorbed.split(entry, facts)
    kept.split(entry, facts, event=new_id())
    again = [_claimed(desk, entry, absorbed, digest) for digest in _digests(absorbed)]
    return desk.save(entry, absorbed, kept, *again)


def request_erasure(desk: Desk, entry: Entry, person: Id, facts: ErasureRequested) -> Receipt:
    """Record that a person is to be erased; from then on nothing more is added about them.

    Whoever drives the erasure destroys the keys next (`Vault.destroy`, which may be repeated) with
    this event's id, then calls `complete_erasure`.
    """
    found = desk.load(Person, person, "person")
    found.request_erasure(entry, facts)
    return desk.save(entry, found)


def complete_erasure(desk: Desk, entry: Entry, person: Id) -> Receipt:
    """Record that the keys are destroyed; the person's document numbers are free again."""
    found = desk.load(Person, person, "person")
    digests = _digests(found) if found.merged_into is None else []
    found.complete_erasure(entry)
    return desk.save(entry, found, *(_released(desk, entry, found, digest) for digest in digests))


def _check_number(plain: str, person: Person) -> None:
    birth: date | None = birth_in(plain)
    if birth is None:
        raise NUMBER_INVALID("number")
    if not person.details.birth.agrees_with(birth):
        raise BIRTH_DIFFERS("number")


def _digests(person: Person) -> list[str]:
    return list(dict.fromkeys(person.documents.values()))


def _claimed(desk: Desk, entry: Entry, person: Person, digest: str) -> UniqueClaim:
    scope = Scope(operator=person.scope.operator, demonstration=person.scope.demonstration)
    key = (person.scope.operator, digest)
    return claim(desk, entry, scope, CLAIM, key, person.id, NUMBER_TAKEN("number"))


def _released(desk: Desk, entry: Entry, person: Person, digest: str) -> UniqueClaim:
    return release(desk, entry, CLAIM, (person.scope.operator, digest), person.id)


def _both(desk: Desk, kept: Id, absorbed: Id) -> tuple[Person, Person]:
    if kept == absorbed:
        raise SAME_PERSON("absorbed")
    return desk.load(Person, kept, "kept"), desk.load(Person, absorbed, "absorbed")
