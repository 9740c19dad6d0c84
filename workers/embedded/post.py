"""The relay of the embedded stack: takes every mail and keeps it in the local mailbox. Nothing leaves the machine."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from workers.embedded.process import remembered_port
from workers.mailbox import folder_of, keep, make

_ADDRESS = "127.0.0.1"


class LocalPost:
    """An SMTP server on the loopback address, in the loop of whoever starts it."""

    def __init__(self, state: Path) -> None:
        self._folder = folder_of(state)
        self._port_file = state / "mailbox.port"
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"{_ADDRESS}:{self._port}"

    async def start(self) -> None:
        """Listen, on the port of the last time if it is free."""
        # Its lines would tell who is written to.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        make(self._folder)
        self._port = await remembered_port(self._port_file, self._port)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(_Keeper(self._folder), hostname="localhost", ident="Jalon", loop=loop), _ADDRESS, self._port
        )
        self._port_file.write_text(f"{self._port}\n", "utf-8")

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            self._server = None


class _Keeper:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep the mail, then say so."""
        await asyncio.to_thread(keep, self._folder, envelope.original_content)
        return "250 kept"
