"""One open station of a name in a region, under an operator: held by a claim.

The claim is taken and given up in the transaction that opens or ends the station (events.md, BC1).
Name and region are never corrected, so what is claimed stays the same as long as the station is.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from domain.claim import UniqueClaim, claim, holder_of, release
from domain.entry import Scope
from domain.refusals import Conflict, refusal

if TYPE_CHECKING:
    from domain.desk import Desk
    from domain.entry import Entry
    from domain.station import Station

WHAT = "station_name"

LEVELS = (6, 9, 12)
"""How many digits the code of a county, a township and a village has."""

NAME_TAKEN = refusal("station.name_taken", Conflict)
REGION_INVALID = refusal("station.region_invalid")


def settle_name(
    desk: Desk, entry: Entry, station: Station, field: str = "station"
) -> tuple[UniqueClaim, ...]:
    """Hold the name while the station is open, and not otherwise; save what this returns.

    Raises `station.name_taken` while another station of the operator holds it. A station from
    before names were held has nothing to give up, and holds its name once it is reopened.
    """
    key = _key(station)
    if station.open:
        scope = Scope(operator=station.scope.operator, demonstration=station.scope.demonstration)
        return (claim(desk, entry, scope, WHAT, key, station.id, NAME_TAKEN(field)),)
    if holder_of(desk, WHAT, key) == station.id:
        return (release(desk, entry, WHAT, key, station.id),)
    return ()


def plain_name(name: str) -> str:
    """Return what two spellings of one name have in common: width, spaces and case undone."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def plain_region(code: str) -> str:
    """Return what two spellings of one administrative division's code have in common.

    A county has 6 digits (GB/T 2260), a township 9 (GB/T 10114), a village 12; zeros in place of
    the lower levels say nothing more, so that 620102001000 is the township 620102001.
    """
    plain = "".join(unicodedata.normalize("NFKC", code).split())
    while len(plain) in LEVELS[1:] and plain.endswith("000"):
        plain = plain[:-3]
    return plain


def normal_region(code: str) -> str:
    """Return a code in its plain form. Raises `station.region_invalid`."""
    plain = plain_region(code)
    if len(plain) not in LEVELS or not (plain.isascii() and plain.isdigit()):
        raise REGION_INVALID("region_code")
    return plain


def _key(station: Station) -> tuple[str, ...]:
    facts = station.established
    return station.scope.operator, plain_region(facts.region_code), plain_name(facts.name)
