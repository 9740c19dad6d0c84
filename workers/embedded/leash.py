"""Become another program that ends when its parent does.

A script on its own, run as ``python -I -S leash.py PARENT SIGNAL UID GID COMMAND…``: it imports nothing of ours,
because an unprivileged account may not be able to read our files once it has given up root. ``-`` as UID keeps the
account.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
ORPHANED = 75


def main(arguments: list[str]) -> None:
    """Drop to the account, tie the process to its parent, then execute the command. Never returns."""
    parent, death_signal, uid, gid, *command = arguments
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        # After the change of account: the kernel forgets this wish when credentials change.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent):
        # The parent died before the wish was made, so nobody would ever end us.
        sys.exit(ORPHANED)
    # What the programs write is for their own account only.
    os.umask(0o077)
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
