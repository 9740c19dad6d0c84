"""``python -m interfaces.public.serving``: the public pages as a process, with or without a database.

It answers from the database while there is one, keeps an export of what it publishes in the state directory, and
answers from that while the database is away.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import asyncpg
import uvicorn

from eventstore.errors import StoreAway
from eventstore.keyring import Keyring
from eventstore.keys import Keys
from eventstore.masters import KeyringError
from eventstore.pool import Pool, open_pool
from eventstore.reading import Reading
from interfaces.public.app import make_app
from interfaces.public.connections import Connection
from interfaces.public.examining import Examiner
from interfaces.public.export import NotOurs, write_export
from interfaces.public.folder import Folder
from interfaces.public.live import Live
from interfaces.public.source import Chosen, PublicKeys
from interfaces.public.twin import Twin
from workers import heap, logs, shutdown
from workers.issuing import base_address, find_issuer, issuer_file
from workers.public_place import EXPORT, HOST, public_port
from workers.settings import Settings, load, masters, resolve_database
from workers.trouble import Trouble, Unreachable

CONNECTIONS = 4
CONNECT_SECONDS = 3.0
LOOK_SECONDS, EXPORT_SECONDS = 3.0, 300.0
"""Between two looks for something new to export, and between two exports of which nothing is new but the hour."""
AT_ONCE = 256
"""Requests that are answered at the same time."""

log = logs.get_logger("public")


class Database:
    """The database as a source, found and opened when it is first asked; while it is away, each question says so."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._base = base_address(settings)
        self._opening = asyncio.Lock()
        self._opened: tuple[Pool, Live] | None = None

    async def live(self) -> Live:
        """The source itself. Raises StoreAway; SettingsError when the issuer's key cannot be read."""
        async with self._opening:
            if self._opened is None:
                self._opened = await self._open()
            return self._opened[1]

    async def _open(self) -> tuple[Pool, Live]:
        if not issuer_file(self._settings).exists():
            # It is made by whoever signs: one made here would sign nothing.
            raise StoreAway("there is no issuer yet")
        issuer = await asyncio.to_thread(find_issuer, self._settings)
        try:
            url = resolve_database(self._settings)
            pool = await asyncio.wait_for(open_pool(url, max_size=CONNECTIONS), CONNECT_SECONDS)
        except (Unreachable, TimeoutError, asyncpg.PostgresError) as error:
            raise StoreAway(f"PostgreSQL is away ({type(error).__name__})") from error
        keyring = Keyring(Keys(pool, masters(self._settings)))
        return pool, Live(Reading(pool), keyring, issuer, self._base)

    async def close(self) -> None:
        """Let the connections go."""
        if self._opened is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._opened[0].close(), CONNECT_SECONDS)
            self._opened = None

    async def award(self, number: str, mac: str) -> Twin | None:
        """See :class:`Source`."""
        return await (await self.live()).award(number, mac)

    async def called(self, number: str) -> Twin | None:
        """See :class:`Source`."""
        return await (await self.live()).called(number)

    async def proof(self, number: str, mac: str) -> bytes | None:
        """See :class:`Source`."""
        return await (await self.live()).proof(number, mac)

    async def status_list(self, scheme: str, year: int) -> bytes | None:
        """See :class:`Source`."""
        return await (await self.live()).status_list(scheme, year)

    async def did(self) -> bytes:
        """See :class:`Source`."""
        return await (await self.live()).did()

    async def keys(self) -> PublicKeys:
        """See :class:`Source`."""
        return await (await self.live()).keys()

    async def as_of(self) -> datetime | None:
        """See :class:`Source`."""
        return await (await self.live()).as_of()


class Place(NamedTuple):
    """Where to listen."""

    host: str
    port: int


def place_of(settings: Settings) -> Place:
    """Where the settings have the pages listen: at an address of their own, or at the port of the state directory."""
    if settings.public_listen is None:
        return Place(HOST, public_port(settings.state))
    host, _, port = settings.public_listen.rpartition(":")
    return Place(host.strip("[]"), int(port))


class _Server(uvicorn.Server):
    """Ends when we say so: the library's own way with signals ends the process by the signal."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to us."""
        yield


async def serve(
    settings: Settings,
    stop: asyncio.Event,
    *,
    source: Path | None = None,
    place: Place | None = None,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve until ``stop``: from the database and the export in the state directory, or from the export ``source``.

    ``ready`` is told the address once there is somebody to answer.

    Raises:
        SettingsError: a setting is missing or wrong. Trouble: the address cannot be listened at.
    """
    where = place or place_of(settings)
    folder = source or settings.state.expanduser().absolute() / EXPORT
    database = Database(settings) if source is None else None
    sources = Chosen(database, lambda: Folder.open(folder))
    config = uvicorn.Config(
        make_app(sources, Examiner()),
        http=Connection,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=AT_ONCE,
        timeout_graceful_shutdown=5,
    )
    server = _Server(config)
    listening = _listening(where)
    try:
        heap.settle()
        work = [keep_exporting(database, folder)] if database is not None else []
        async with shutdown.beside(*work):
            ready(f"http://{_shown(where.host)}:{listening.getsockname()[1]}/")
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            server.should_exit = True
            await serving
    finally:
        listening.close()
        if database is not None:
            await database.close()


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _listening(where: Place) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
        return socket.create_server((where.host, where.port), family=family)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Trouble("public.command.not_listening", host=where.host, port=where.port, reason=reason) from None


async def keep_exporting(database: Database, place: Path) -> None:
    """Keep the export at ``place`` up with the database, for ever: after each change, and now and then in any case."""
    seen: dict[str, int] | None = None
    written, said = 0.0, ""
    while True:
        began = time.monotonic()
        try:
            live = await database.live()
            versions = await live.versions()
            if versions != seen or time.monotonic() - written > EXPORT_SECONDS:
                made = await write_export(live, place)
                seen, written, said = versions, time.monotonic(), ""
                log.info("exported", total=made.awards, done=made.made)
        except (StoreAway, OSError, NotOurs, KeyringError, Trouble, asyncpg.PostgresError) as error:
            if said != type(error).__name__:
                said = type(error).__name__
                log.warning("not_exported", error=said)
        # What takes long is done less often: the pages come first.
        await asyncio.sleep(max(LOOK_SECONDS, 10 * (time.monotonic() - began)))


def main() -> int:
    """Serve with the settings of the environment."""
    settings = load()
    logs.configure(level=settings.log_level, engine=False)

    async def entry(stop: asyncio.Event) -> None:
        await serve(settings, stop, ready=lambda address: log.info("public_pages", address=address))

    return shutdown.run(entry)


if __name__ == "__main__":
    sys.exit(main())
