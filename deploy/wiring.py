"""Everything wired by hand in one place: who gets which pool, key, clock and view."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from deploy.database import NoDatabaseError, answering, database_url
from deploy.migrate import missing
from deploy.settings import Settings
from domain.clock import Clock, SystemClock
from domain.export import NO_KEYS
from domain.journal import keyring
from domain.journal.attachments import AttachmentStore, FolderStore
from domain.journal.checkpoints import Checkpoints
from domain.journal.connections import Pool
from domain.journal.demonstrations import Demonstrations
from domain.journal.feed import Feed
from domain.journal.keyring import KeyRing, SigningKeysError
from domain.journal.past import PastJournal
from domain.journal.recorder import JournalRecorder
from domain.journal.records import Records
from domain.journal.signed import Memory
from domain.journal.signer import Signer
from domain.journal.stamping import Stamper
from domain.journal.tasks import TaskRegister
from domain.journal.tokens import CHANNEL as TOKENS_ENDED
from domain.journal.tokens import Tokens
from domain.journal.vault import MasterKey, Vault
from domain.journal.witnesses import Cosigner, Witness
from domain.slices import register_all
from projections.catalogue import VIEWS
from projections.engine.ask import Asking
from projections.engine.follow import Follower
from projections.engine.past import Past
from projections.engine.watch import Watch
from workers.bundle import Press

if TYPE_CHECKING:  # only `shilu api` needs the web framework, which takes long to load
    from api.services import Services

POOL_SIZE = 16
POOL_SECONDS = 10.0
"""How long a database is waited for when a process starts, and one's turn where all are in use.

Whoever asks while the database is gone hears of it sooner (`domain.journal.connections`).
"""


@dataclass
class House:
    """The built parts of one process."""

    url: str = field(repr=False)  # it may hold a password
    pool: Pool
    journal: JournalRecorder
    vault: Vault
    records: Records
    clock: Clock
    attachments: AttachmentStore
    exports: Path
    keys: Path

    def connect(self) -> psycopg.Connection:
        """Return a connection of its own, of the owner: to make views, and to sign."""
        return psycopg.connect(self.url)

    @contextmanager
    def services(self) -> Iterator[Services]:
        """Return what the API is given."""
        from api.services import Services  # noqa: PLC0415 - see above

        tokens = Tokens(self.pool)
        watch = Watch(lambda: _connected_as_app(self.url), VIEWS, {TOKENS_ENDED: tokens.forget})
        try:
            yield Services(
                records=self.records,
                journal=self.journal,
                checkpoints=self.checkpoints,
                vault=self.vault,
                tokens=tokens,
                demonstrations=Demonstrations(self.pool),
                feed=Feed(self.pool),
                asking=self.asking,
                past=Past(PastJournal(self.pool), VIEWS),
                watch=watch,
                clock=self.clock,
                outages=(psycopg.OperationalError,),
                unfit=(psycopg.DataError,),
                attachments=self.attachments,
                register=TaskRegister(self.pool),
                exports=self.exports,
            )
        finally:
            watch.close()

    @property
    def signing(self) -> Path:
        """Where the signing keys lie, and what was signed with them."""
        return self.keys / "signing"

    @property
    def ring(self) -> KeyRing:
        """The keys that sign; the first is made when nothing was ever signed.

        Raises `SigningKeysError`. New keys beside old checkpoints would begin a log that no
        evaluator has ever heard of.
        """
        if not keyring.are_in(self.signing) and self.checkpoints.any():
            raise SigningKeysError("signing_keys.elsewhere", path=self.signing)
        return keyring.load_or_create(self.signing)

    @property
    def checkpoints(self) -> Checkpoints:
        """What was signed, and the proofs from it."""
        return Checkpoints(self.pool, self.journal)

    @contextmanager
    def signer(self) -> Iterator[Signer]:
        """Return whoever signs what the ledgers have come to. Raises `SigningKeysError`."""
        _ = self.ring  # the memory lies in the folder of the keys
        memory = Memory(self.signing / "signed.sqlite3")
        try:
            yield Signer(self.connect, self.journal, lambda: self.ring, memory, self.clock)
        finally:
            memory.close()

    @contextmanager
    def press(self) -> Iterator[Press]:
        """Return what bundles are made with.

        Raises `export.no_keys` where something was signed and the keys that did it lie elsewhere:
        new ones would sign in the name of nobody.
        """
        if not keyring.are_in(self.signing) and self.checkpoints.any():
            raise NO_KEYS("keys")
        with self.signer() as signer:
            yield Press(
                self.journal, self.checkpoints, self.ring, signer, self.vault, self.attachments
            )

    def stamper(self, url: str) -> Stamper:
        """Return whoever asks a timestamp authority."""
        return Stamper(self.connect, url)

    def cosigner(self, witness: Witness) -> Cosigner:
        """Return whoever asks a witness."""
        return Cosigner(self.connect, self.checkpoints, witness)

    @property
    def asking(self) -> Asking:
        """Return the way to ask the live tables."""
        return Asking(self.pool, VIEWS)

    def catch_up(self) -> None:
        """Bring the views to the journal's end, beside whoever follows it."""
        follower = self.follower()
        follower.prepare()
        while follower.step():
            pass
        follower.close()

    def follower(self) -> Follower:
        """Return the follower of all views."""
        return Follower(self.journal, self.connect, VIEWS)


@contextmanager
def house(
    settings: Settings, clock: Clock | None = None, url: str | None = None
) -> Iterator[House]:
    """Build what a process needs, and take it down afterwards.

    Raises `MasterKeyError` when events exist and the master key does not, and `NoDatabaseError`
    when no database answers, or one that was not migrated.
    """
    register_all()
    where = url or database_url(settings)
    pool = Pool(
        where,
        min_size=1,
        max_size=POOL_SIZE,
        timeout=POOL_SECONDS,
        open=False,
        kwargs={"autocommit": True},
        configure=_as_app,
    )
    _check_ready(where)
    with answering():
        pool.open()
        pool.wait(POOL_SECONDS)  # closes it where it was in vain
    with pool:
        journal = JournalRecorder(pool, lambda: _connected_as_app(where))
        try:
            may_create = journal.max_notification_id() is None
            keys = settings.home / "keys"
            if may_create:
                for folder in (settings.home, keys):
                    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            master = MasterKey.load_or_create(keys / "master.key", may_create)
            vault = Vault(pool, master)
            records = Records(journal, vault)
            files = FolderStore(settings.home / "attachments")
            exports = settings.home / "exports"
            now = clock or SystemClock()
            yield House(where, pool, journal, vault, records, now, files, exports, keys)
        finally:
            journal.close()


def _as_app(connection: psycopg.Connection) -> None:
    """Hold a connection to what the API and the workers may do (migration 0018)."""
    connection.execute("SET ROLE shilu_app")


def _connected_as_app(url: str) -> psycopg.Connection:
    connection = psycopg.connect(url)
    try:
        _as_app(connection)
        connection.commit()
    except BaseException:
        connection.close()
        raise
    return connection


def _check_ready(url: str) -> None:
    """Look whether a database that answers can be worked with. Raises `NoDatabaseError`.

    A pool tells nobody why it cannot configure its connections: to wait for it would be to say,
    and only in the end, that none answers. One that does not answer yet is left to the pool.
    """
    try:
        with psycopg.connect(url) as connection:
            if lacking := missing(connection):
                raise NoDatabaseError("database.outdated", name=lacking[0], count=len(lacking))
            _as_app(connection)
            connection.execute("SELECT position FROM head")
    except psycopg.OperationalError:
        return
    except psycopg.DatabaseError as error:
        raise NoDatabaseError("database.not_ready") from error
