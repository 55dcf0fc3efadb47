"""What may exist only once is held by one record at a time."""

from __future__ import annotations

from msgspec.structs import replace

from domain.claim import Claimed, Released, claim, claim_id, holder_of, release
from domain.identity import derived_id
from domain.refusals import Conflict, RefusalKind, ShiluError
from tests.station import OPERATOR, SCOPE, STATION, MemoryDesk, entry, refused

KEY = (STATION, "13", "family")
FIRST, SECOND = derived_id("first"), derived_id("second")
TAKEN = RefusalKind("stale_version", Conflict)


def taken() -> ShiluError:
    return TAKEN("person")


def test_the_first_holder_keeps_others_out_until_it_releases() -> None:
    desk = MemoryDesk()
    desk.save(entry(), claim(desk, entry(), SCOPE, "open_case", KEY, FIRST, taken()))
    assert holder_of(desk, "open_case", KEY) == FIRST
    with refused("stale_version", "person"):
        claim(desk, entry(), SCOPE, "open_case", KEY, SECOND, taken())
    desk.save(entry(), release(desk, entry(), "open_case", KEY, FIRST))
    assert holder_of(desk, "open_case", KEY) is None
    desk.save(entry(), claim(desk, entry(), SCOPE, "open_case", KEY, SECOND, taken()))
    assert desk.facts(claim_id("open_case", *KEY)) == [
        Claimed(what="open_case", holder=FIRST),
        Released(what="open_case", holder=FIRST),
        Claimed(what="open_case", holder=SECOND),
    ]


def test_other_keys_and_other_sorts_of_claim_are_free() -> None:
    desk = MemoryDesk()
    desk.save(entry(), claim(desk, entry(), SCOPE, "open_case", KEY, FIRST, taken()))
    assert holder_of(desk, "open_case", (*KEY[:2], "elderly")) is None
    assert holder_of(desk, "membership", KEY) is None


def test_claiming_what_one_holds_changes_nothing() -> None:
    desk = MemoryDesk()
    desk.save(entry(), claim(desk, entry(), SCOPE, "open_case", KEY, FIRST, taken()))
    again = claim(desk, entry(), SCOPE, "open_case", KEY, FIRST, taken())
    assert list(again.collect_events()) == []


def test_only_the_holder_releases() -> None:
    desk = MemoryDesk()
    with refused("claim.not_held"):
        release(desk, entry(), "open_case", KEY, FIRST)
    desk.save(entry(), claim(desk, entry(), SCOPE, "open_case", KEY, FIRST, taken()))
    with refused("claim.not_held"):
        release(desk, entry(), "open_case", KEY, SECOND)


def test_a_claim_belongs_to_no_project_and_never_takes_the_name_of_the_commands_event() -> None:
    desk, written = MemoryDesk(), entry()
    scope = replace(SCOPE, project=derived_id("project"))
    desk.save(written, claim(desk, written, scope, "open_case", KEY, FIRST, taken()))
    (event,) = desk.log
    assert (event.operator, event.ledger, event.project) == (OPERATOR, STATION, None)
    assert event.id != written.event
