"""Puts under the vault's key what was kept of commands before there was such a key.

What a command asked for was kept as a plain hash once: whoever reads the database could test their
guesses of the words in it, and the same command sent again was not known any more since hashes are
keyed. The keyed hash is made of the plain one, so the words themselves are not needed for it.

It may be broken off and begun again at any time: a keyed hash is told by its length, and each part
is written by itself, only where the plain hash still stands.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from domain.journal.vault import FINGERPRINT_SIZE

BATCH = 20_000
PLAIN = "SELECT ctid::text, fingerprint FROM command WHERE octet_length(fingerprint) <> %s"
# Where a row lies is quicker than its key: a million take half a minute. Should another lie there
# by then, it is left alone, or has the same plain hash.
KEYED = (
    "UPDATE command c SET fingerprint = n.keyed"
    " FROM unnest(%b::text[]::tid[], %b::bytea[], %b::bytea[]) AS n(place, plain, keyed)"
    " WHERE c.ctid = n.place AND c.fingerprint = n.plain"
)


def rekey(
    connection: psycopg.Connection, fingerprint: Callable[[bytes], bytes], batch: int = BATCH
) -> int:
    """Replace each plain hash by the vault's `fingerprint` of it; return how many there were.

    The connection is the owner's, since nobody else changes what is kept of commands, and commits
    by itself.
    """
    done = 0
    with connection.cursor("plain", withhold=True) as plain:
        plain.execute(PLAIN, (FINGERPRINT_SIZE,))
        while rows := plain.fetchmany(batch):
            places, hashes = map(list, zip(*rows, strict=True))
            keyed = [fingerprint(one) for one in hashes]
            with connection.transaction():
                connection.execute("SET LOCAL enable_hashjoin = off")
                connection.execute("SET LOCAL enable_mergejoin = off")
                done += connection.execute(KEYED, (places, hashes, keyed)).rowcount
    if done:
        connection.execute("VACUUM command")  # else the plain hashes lie in its pages for a while
    return done
