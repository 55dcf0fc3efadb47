"""Has witnesses see what is signed, so that nobody can be shown a ledger of their own.

A witness keeps the last head of each ledger and cosigns only one that continues it (C2SP
tlog-witness, tlog-cosignature). An installation that showed its purchaser one history and its
evaluator another would need the witnesses' help for it. Signing waits for none of them.
"""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import psycopg
import structlog
from psycopg import Connection

from domain.identity import Id
from domain.journal.alone import alone
from domain.journal.checkpoints import Checkpoints, Kept, latest_of_all
from domain.journal.posting import Answer, Unreachable, post
from domain.journal.verify import COSIGNATURE, NUMBER, Key, Note, Unsound

SECONDS, LONGEST = 5.0, 600.0
LOCK = 0x5749544E << 32  # "WITN", and the id of the witness's key
SIZE = "text/x.tlog.size"
OTHER_LINES = {"log", "group", "quorum"}

log = structlog.get_logger("shilu.witness")


class Refused(Exception):
    """A checkpoint is not cosigned; its words are a code, and `seen` the size that was told."""

    def __init__(self, why: str, seen: int = 0) -> None:
        super().__init__(why)
        self.seen = seen


REASONS = {
    400: "malformed",
    403: "signature-unknown",
    404: "origin-unknown",
    409: "root-differs",
    422: "proof-refused",
}
"""What a witness's status says of what it was sent."""
ANOTHER_HISTORY = {"root-differs", "proof-refused", "witness-has-seen-more"}
"""Reasons that say that the witness has cosigned another history: nothing more is signed."""
SERIOUS = ANOTHER_HISTORY | {"entries-lost"}
"""Reasons that say that a history was changed, here or there."""


@dataclass(frozen=True)
class Witness:
    """Somebody who cosigns: a name for people, a public key, where checkpoints are sent."""

    name: str
    key: Key
    url: str


def read_witnesses(policy: bytes) -> tuple[Witness, ...]:
    """Read the `witness NAME VKEY URL` lines of a policy (C2SP tlog-policy). Raises `Unsound`.

    Its other lines say whom a verifier trusts; here they are passed over.
    """
    found: dict[str, Witness] = {}
    for line in policy.decode(errors="replace").split("\n"):
        match line.split():
            case ["witness", name, key, url] if url.startswith(("http://", "https://")):
                if name in found:
                    raise Unsound(f"two witnesses named {name}")
                found[name] = Witness(name, Key.read(key, COSIGNATURE), url.rstrip("/"))
            case [word, *_] if word not in OTHER_LINES and not word.startswith("#"):
                raise Unsound("not a line of a policy that names witnesses and their addresses")
    if not found:
        raise Unsound("no witness is named")
    return tuple(found.values())


@dataclass
class Cosigner:
    """Asks one witness about the newest checkpoint of every ledger."""

    connect: Callable[[], Connection]
    checkpoints: Checkpoints
    witness: Witness
    _settled: dict[Id, tuple[int, int]] = field(default_factory=dict)
    """Which checkpoint, by era and size, it has cosigned or refused."""
    _sizes: dict[tuple[Id, int], int] = field(default_factory=dict)
    """Which size it has seen of a ledger's era; it tells where it is not known."""

    def run(self, stop: threading.Event) -> None:
        """Ask again and again until told to stop; when nobody answers, ever less often."""
        pause = SECONDS
        while not stop.wait(pause):
            try:
                self.gather(stop)
                pause = SECONDS
            except Unreachable as error:
                pause = min(2 * pause, LONGEST)
                log.warning(
                    "witness gone", witness=self.witness.name, why=error.why, again_in=pause
                )
            except psycopg.OperationalError as error:
                log.warning("database unreachable", error=type(error).__name__)

    def gather(self, stop: threading.Event | None = None) -> int:
        """Have what is newly signed cosigned, and return how much was.

        What the witness refuses is logged and asked again with the ledger's next checkpoint. Where
        it has seen another history, it is asked again each time: there will be no next checkpoint
        before it has cosigned this one or a person has decided. Raises `Unreachable`.
        """
        lock = LOCK | int.from_bytes(self.witness.key.id, "big")
        gathered = 0
        with alone(self.connect, lock) as connection:
            for kept in latest_of_all(connection) if connection is not None else ():
                if stop is not None and stop.is_set():
                    break
                if connection is not None and not self._is_settled(kept):
                    gathered += self._settle(connection, kept)
        return gathered

    def _is_settled(self, kept: Kept) -> bool:
        place, key = (kept.era, kept.size), self.witness.key
        if self._settled.get(kept.ledger) != place:
            if (key.name, key.id) not in [each[:2] for each in Note.read(kept.note).signatures]:
                return False
            self._settled[kept.ledger] = place
        return True

    def _settle(self, connection: Connection, kept: Kept) -> bool:
        refused = None
        try:
            _keep(connection, kept, self._cosignature(kept))
            _withdraw(connection, kept, self.witness)
        except (Refused, Unsound) as error:
            refused = str(error)
            level = logging.CRITICAL if refused in SERIOUS else logging.WARNING
            log.log(
                level, "not cosigned", witness=self.witness.name, ledger=kept.ledger, why=refused
            )
            if isinstance(error, Refused) and refused in ANOTHER_HISTORY:
                _alarm(connection, kept, self.witness, error)
                return False
        self._settled[kept.ledger] = (kept.era, kept.size)
        return refused is None

    def _cosignature(self, kept: Kept) -> bytes:
        """Return the witness's line. Raises `Refused`, `Unsound`, `Unreachable`."""
        place = (kept.ledger, kept.era)
        old = self._sizes.get(place, 0)
        answer = self._submit(kept, old)
        if answer.status == 409 and answer.kind == SIZE:
            old = _told(answer, kept.size)
            answer = self._submit(kept, old)
        if answer.status in REASONS:
            raise Refused(REASONS[answer.status], old)
        if answer.status != 200:
            raise Unreachable(f"status {answer.status}")
        line = _line_of(self.witness.key, kept.note, answer.body)
        self._sizes[place] = kept.size
        return line

    def _submit(self, kept: Kept, old: int) -> Answer:
        try:
            proof = self.checkpoints.tree(kept.ledger, kept.size).consistency(old) if old else []
        except LookupError:
            raise Refused("entries-lost") from None
        lines = [f"old {old}", *(base64.b64encode(each).decode() for each in proof), "", ""]
        body = "\n".join(lines).encode() + kept.note
        return post(f"{self.witness.url}/add-checkpoint", body, "text/plain; charset=utf-8")


def _told(answer: Answer, size: int) -> int:
    """Return the size that a witness says it has seen.

    Raises `Refused` where that is more than is signed here: then events were lost, or somebody
    else signs with our key.
    """
    text = answer.body.decode("ascii", "replace").removesuffix("\n")
    if not NUMBER.fullmatch(text):
        raise Refused("malformed-size")
    if int(text) > size:
        raise Refused("witness-has-seen-more", int(text))
    return int(text)


def _line_of(key: Key, note: bytes, answer: bytes) -> bytes:
    """Return the line of an answer that a key has truly signed, and none of its others."""
    read = Note.read(note + answer)
    if key not in read.signers([key]):
        raise Unsound("no cosignature by the witness's key")
    name, id, signature = next(each for each in read.signatures if each[:2] == (key.name, key.id))
    return f"\u2014 {name} {base64.b64encode(id + signature).decode()}\n".encode()


def heed_only(connection: Connection, named: Iterable[str]) -> None:
    """Withdraw the alarms of witnesses that are not named any more: nobody asks them again."""
    connection.execute("DELETE FROM witness_alarm WHERE NOT witness = ANY(%s)", (list(named),))


def _alarm(connection: Connection, kept: Kept, witness: Witness, refused: Refused) -> None:
    """Have nothing more signed: see `Signer`."""
    connection.execute(
        "INSERT INTO witness_alarm (ledger, era, witness, code, seen) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (ledger, era, witness) DO UPDATE"
        " SET code = excluded.code, seen = greatest(witness_alarm.seen, excluded.seen)",
        (kept.ledger, kept.era, witness.name, str(refused), refused.seen),
    )


def _withdraw(connection: Connection, kept: Kept, witness: Witness) -> None:
    connection.execute(
        "DELETE FROM witness_alarm WHERE ledger = %s AND era = %s AND witness = %s",
        (kept.ledger, kept.era, witness.name),
    )


def _keep(connection: Connection, kept: Kept, line: bytes) -> None:
    connection.execute(
        "UPDATE checkpoint SET note = note || %s, cosignatures = cosignatures + 1"
        " WHERE ledger = %s AND era = %s AND size = %s",
        (line, kept.ledger, kept.era, kept.size),
    )
