"""Which account PostgreSQL runs under: ours, or an unprivileged one when we are root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from workers.trouble import StackError

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A system account to give up root for."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may pass through ``folder`` and all its parents."""
        return self._succeeds(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)])

    def can_run(self, program: Path) -> bool:
        """Whether ``program --version`` works under the account."""
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, command: list[str]) -> bool:
        # Trying is the only answer that also counts access lists and mounts without execution.
        try:
            ran = subprocess.run(  # noqa: S603
                command, user=self.uid, group=self.gid, extra_groups=[], cwd="/", capture_output=True, check=False
            )
        except PermissionError:
            return False
        return ran.returncode == 0


def unprivileged() -> Account | None:
    """The account to drop to, or None when we are not root. StackError when root finds none."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise StackError("stack.failed.no_account", names=", ".join(CANDIDATES))


def owner_of(folder: Path) -> Account | None:
    """The account that owns ``folder``, or None when that is root."""
    status = folder.stat()
    if status.st_uid == 0:
        return None
    return Account(str(status.st_uid), status.st_uid, status.st_gid)
