"""Where the public pages of a stack are: a port that is chosen once and stays, for it is printed on certificates."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

from workers.trouble import SettingsError

PORT_FILE = "public.port"
HOST = "127.0.0.1"
EXPORT = "public"
"""The copy of what is published, in the state directory: a link to a folder beside it."""


def public_port(state: Path) -> int:
    """The port of the public pages of the stack in ``state``: the same for good, chosen free the first time.

    Raises:
        SettingsError: the file that remembers it holds something else.
    """
    file = state / PORT_FILE
    if not file.exists():
        _remember(file, _free_port())
    try:
        port = int(file.read_text("ascii"))
    except (OSError, ValueError):
        port = 0
    if not 0 < port < 65_536:
        raise SettingsError("stack.settings.public_port", file=str(file.absolute()))
    return port


def forget_export(state: Path) -> None:
    """Remove the copy of what is published."""
    (state / EXPORT).unlink(missing_ok=True)
    for folder in state.glob(f".{EXPORT}-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _remember(file: Path, port: int) -> None:
    """Write the port, whole, unless another process has just written one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_text(f"{port}\n", "ascii")
    try:
        os.link(draft, file)
    except FileExistsError:
        return
    finally:
        draft.unlink()
