"""Where the database lies, and who can reach it: folders of our own, never wider than needed.

    SHILU_HOME/postgres/     ours; 0700, or 0711 when root hands the server to another account
        data/                the server's, 0700
        socket/              the server's, 0700 (elsewhere when its path would be too long)
        password, lock       ours, 0600

Root may keep SHILU_HOME where the server's account cannot walk (below /root, say). Foreign
folders are never widened for it: the database then lies below /var/lib/shilu, and
SHILU_HOME/postgres is a link that leads there.
"""

import contextlib
import errno
import hashlib
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.postgres.account import Account, server_account
from deploy.postgres.errors import EmbeddedPostgresError

SHELTER = Path("/var/lib/shilu")
PORT = 5432
# sockaddr_un holds 108 bytes on Linux and 104 elsewhere, with the closing zero.
_LONGEST_SOCKET_PATH = 107 if sys.platform == "linux" else 103


@dataclass(frozen=True)
class Place:
    """The folder of one embedded database, and the account that runs its server."""

    folder: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def lock(self) -> Path:
        """Held by the server and all its processes for as long as the last of them lives."""
        return self.folder / "lock"

    @property
    def log(self) -> Path:
        """What the server says before its own log files (in data/log) are open."""
        return self.folder / "startup.log"

    @property
    def sockets(self) -> Path:
        """Where the server listens; always the same place for the same folder."""
        inside = self.folder / "socket"
        if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= _LONGEST_SOCKET_PATH:
            return inside
        return _runtime() / f"shilu-{os.geteuid()}-{_digest(self.folder)}"

    def open_sockets(self) -> Path:
        """Make the socket folder, private to the server's account, or refuse what is there.

        Raises EmbeddedPostgresError when someone else has put a folder or a link in its place.
        """
        sockets = self.sockets
        with contextlib.suppress(FileExistsError):
            sockets.mkdir(mode=0o700)
        found = sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), self.account.uid}:
            raise EmbeddedPostgresError("postgres.not_a_folder_of_ours", path=sockets)
        sockets.chmod(0o700)
        self.account.own(sockets)
        return sockets

    def password(self) -> str:
        """The database's password, made at first need; only our own account can read it."""
        path = self.folder / "password"
        if not path.exists():
            with writing_to(self.folder):
                self._make_password(path)
        return path.read_text().strip()

    def _make_password(self, path: Path) -> None:
        draft = self.folder / f"password.{secrets.token_hex(4)}"
        write_private(draft, secrets.token_urlsafe(32))
        # A link, not a rename: whoever comes second takes the first one's password.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()


def settle(home: Path, shelter: Path = SHELTER) -> Place:
    """Find or make the place of the database that belongs to this home.

    Raises EmbeddedPostgresError when the home is somebody else's, when the database it points to
    is gone, and when root has nobody to run the server.
    """
    make_ours(home)
    folder = home / "postgres"
    if folder.is_symlink() and not folder.exists():
        raise EmbeddedPostgresError("postgres.gone", path=folder, target=folder.readlink())
    account = server_account(folder / "data")
    if not folder.exists() and account.foreign and not account.can_enter(home):
        make_ours(shelter)
        make_ours(shelter / _digest(home))
        with contextlib.suppress(FileExistsError):
            folder.symlink_to(shelter / _digest(home))
    folder = folder.resolve()
    make_ours(folder)
    if account.foreign and not account.can_enter(folder):
        raise EmbeddedPostgresError("postgres.out_of_reach", path=folder, uid=account.uid)
    return Place(folder, account)


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner can read, and see it safe on the disk."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(fd)


def make_ours(folder: Path) -> None:
    """Make a folder that only we can look into or write to, or check that it is one already.

    Raises EmbeddedPostgresError when it is somebody else's, or none that can be written to.
    """
    with writing_to(folder):
        # Root lets others pass through (but not look around): the server's account must walk here.
        with contextlib.suppress(FileExistsError):
            folder.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        found = folder.stat()
        if not stat.S_ISDIR(found.st_mode):
            raise _os_error(errno.ENOTDIR)
        if found.st_uid != os.geteuid():
            raise EmbeddedPostgresError("postgres.of_another_user", path=folder, uid=found.st_uid)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise _os_error(errno.EACCES)
        if found.st_mode & 0o022:
            folder.chmod(stat.S_IMODE(found.st_mode) & ~0o022)


@contextlib.contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Write to a folder of ours. Raises EmbeddedPostgresError where the system refuses that."""
    try:
        yield
    except OSError as error:
        raise EmbeddedPostgresError(
            "postgres.no_folder", path=folder, why=error.strerror
        ) from error


def _os_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def _runtime() -> Path:
    uid = os.geteuid()
    private = Path("/run") if uid == 0 else Path(f"/run/user/{uid}")
    usable = private.is_dir() and private.stat().st_uid == uid and os.access(private, os.W_OK)
    # The last resort is shared but sticky; the folder in it is private, and its owner is checked.
    return private if usable else Path("/tmp")  # noqa: S108


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
