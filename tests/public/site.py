"""The pages as a process of their own, before a database that can be taken away."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx

from bench.rig import KEY
from tests.engine.certifying import BASE
from tests.engine.harness import eventually
from workers.embedded.process import free_port

BROWSER = Path("/usr/bin/chromium")


class Wire:
    """What stands between the pages and PostgreSQL, and can be cut."""

    def __init__(self, url: str) -> None:
        self._there = urlsplit(url)
        self._open: set[asyncio.StreamWriter] = set()
        self.url = ""

    async def __aenter__(self) -> Wire:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        credentials = self._there.netloc.rpartition("@")[0]
        self.url = urlunsplit(self._there._replace(netloc=f"{credentials}@127.0.0.1:{port}"))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()

    def cut(self) -> None:
        """Nobody gets through any more, and whoever was through is cut off."""
        self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._there.hostname, self._there.port)
        ends = {writer, back}
        self._open |= ends
        with suppress(ConnectionError):
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        self._open -= ends


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while part := await source.read(65_536):
        target.write(part)
        await target.drain()
    target.close()


@dataclass
class Site:
    """The process and its address. ``state``: where it keeps its export."""

    process: asyncio.subprocess.Process
    address: str
    state: Path
    wire: Wire

    def memory(self) -> int:
        """The most memory (bytes) that the process has had so far."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@asynccontextmanager
async def site(database_url: str, keys: Path, state: Path) -> AsyncIterator[Site]:
    """The pages of this database, once they answer and have exported themselves."""
    port = free_port()
    async with Wire(database_url) as wire:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JALON_")}
        environment |= {
            "JALON_STATE": str(state),
            "JALON_DATABASE_URL": wire.url,
            "JALON_SEALING_KEY": base64.b64encode(KEY).decode(),
            "JALON_ISSUER_KEY": str(keys / "issuer.key"),
            "JALON_SEAL_P12": str(keys / "seal.p12"),
            "JALON_PUBLIC_URL": BASE,
            "JALON_PUBLIC_LISTEN": f"127.0.0.1:{port}",
        }
        with (state / "public.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "interfaces.public.serving"), env=environment, stdout=log, stderr=log
            )
        made = Site(process, f"http://127.0.0.1:{port}", state, wire)
        try:
            await eventually(lambda: _answers(made), "the pages answer")
            yield made
        finally:
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 30) == 0, (state / "public.log").read_text()


async def _answers(made: Site) -> bool:
    assert made.process.returncode is None, (made.state / "public.log").read_text()
    try:
        async with httpx.AsyncClient() as client:
            healthy = (await client.get(f"{made.address}/health")).status_code == 200
    except httpx.TransportError:
        return False
    return healthy and (made.state / "public" / "export.json").exists()
