"""Erasing the words about somebody who is not on record: donors, those who signed, strangers.

Such words are sealed under an id that the record keeps beside them (`own_words.owner_of`), which
a donor may bear on several gifts. Its stream begins with the request that they be erased, so it is
on record before any key is destroyed, and whoever is given that id can never be registered under
it. Who is registered, and staff, are erased by commands of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from domain.aggregate import Aggregate
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id
from domain.private import private_fields
from domain.reading import NO_SUCH_FIELD
from domain.refusals import Conflict, Forbidden, NotFound, refusal

ON_RECORD = refusal("unregistered.on_record", Conflict)
ERASED = refusal("unregistered.erased", Conflict)
ELSEWHERE = refusal("unregistered.elsewhere", Forbidden)


@fact()
class WordsErasureRequested(
    Facts, frozen=True, kw_only=True, tag="unregistered.WordsErasureRequested@1"
):
    """Somebody asked that their words be erased (PIPL, article 47); `field` of `record` has some.

    All that is sealed under the same id goes with it, in whatever record it stands.
    """

    record: Id
    field: str
    by: Literal["person", "guardian", "operator"]
    reason: str


@fact()
class WordsErasureCompleted(
    Facts, frozen=True, kw_only=True, tag="unregistered.WordsErasureCompleted@1"
):
    """The keys of the id are destroyed; counts, hashes and proofs stay as they were."""

    request: Id


class Unregistered(Aggregate):
    """An id that is nobody's on record, once the words under it are to be erased."""

    kind = "unregistered"
    lasting = (WordsErasureRequested, WordsErasureCompleted)
    request: Id
    erased = False

    def evolve(self, event: AnyEvent) -> None:
        """Keep how far it has come."""
        match event.facts:
            case WordsErasureRequested():
                self.request = event.id
            case WordsErasureCompleted():
                self.erased = True


def request_words_erasure(
    desk: Desk,
    entry: Entry,
    event: AnyEvent,
    asked: WordsErasureRequested,
    whole: Desk,
    elsewhere: Callable[[Id], bool],
) -> Receipt:
    """Record that the words under the id of a field's owner are to be erased.

    `whole` sees all of the operator: who is on record at another station is on record.
    `elsewhere` says whether words under an id stand where whoever asks does not see them.

    Refused: a field that is not there, and words of somebody who is on record, whom their own
    erasure erases; of who wrote the record, too, who need not be; words that stand elsewhere too.
    """
    found = dict(private_fields(event.facts)).get(asked.field)
    if found is None:
        raise NO_SUCH_FIELD("field")
    _check_unregistered(whole, found.person)
    if elsewhere(found.person):
        raise ELSEWHERE("field")
    if found.person in (event.actor, event.on_behalf_of):
        raise ON_RECORD("field")
    scope = Scope(operator=event.operator, station=event.station, demonstration=event.demonstration)
    return desk.save(entry, Unregistered.start(entry, scope, asked, id=found.person))


def complete_words_erasure(desk: Desk, entry: Entry, owner: Id) -> Receipt:
    """Record that the keys are destroyed."""
    found = desk.load(Unregistered, owner, "owner")
    if found.erased:
        raise ERASED("owner")
    found.record(entry, WordsErasureCompleted(request=found.request))
    return desk.save(entry, found)


def _check_unregistered(desk: Desk, owner: Id) -> None:
    try:
        found = desk.load_stream(owner, "field")
    except NotFound:
        return
    raise (ERASED if isinstance(found, Unregistered) else ON_RECORD)("field")
