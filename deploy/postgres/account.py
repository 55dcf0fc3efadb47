"""Which operating-system account runs the server, since PostgreSQL must never run as root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.postgres.errors import EmbeddedPostgresError

# In order of preference: an account of our own, PostgreSQL's, the one that every system has.
CANDIDATES = ("shilu", "postgres", "nobody")

# Nothing of the caller's environment reaches the server: PGDATA, PGPORT and their like would
# change what it does.
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}


@dataclass(frozen=True)
class Account:
    """A user of the operating system; `foreign` when it is not the one we run as."""

    uid: int
    gid: int

    @property
    def foreign(self) -> bool:
        return self.uid != os.geteuid()

    def run(
        self, argv: Sequence[str], *, pass_fds: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a short program as this account and give its output back."""
        return subprocess.run(  # noqa: S603 - our own programs, no shell
            argv,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd="/",
            env=ENVIRONMENT,
            pass_fds=pass_fds,
            user=self.uid if self.foreign else None,
            group=self.gid if self.foreign else None,
            extra_groups=[] if self.foreign else None,
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether this account can walk down to the folder: tried, not computed from modes."""
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]).returncode == 0

    def own(self, path: Path) -> None:
        """Make this account the owner of one file or folder that we have just made."""
        if self.foreign:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def own_all(self, folder: Path) -> None:
        """Make this account the owner of a whole tree, following no links."""
        self.own(folder)
        for parent, folders, files in os.walk(folder):
            for name in (*folders, *files):
                self.own(Path(parent, name))


def server_account(data: Path) -> Account:
    """Ourselves; for root, the owner of the existing data or else the first candidate there is.

    Raises EmbeddedPostgresError when root finds none.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError("postgres.no_account", accounts=", ".join(CANDIDATES))
