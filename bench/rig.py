"""Real servers for the benches, started in a folder of their own and stopped at the end; workers as processes."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from domain.authority import Actor, Role
from eventstore.keyring import Keyring
from eventstore.keys import Keys
from eventstore.masters import Masters
from eventstore.migrate import migrate
from eventstore.pool import Pool, open_pool
from eventstore.reading import Reading
from eventstore.store import EventStore
from interfaces.gateway import Gateway
from workers.codec import sealing
from workers.embedded.postgres import EmbeddedPostgres
from workers.embedded.process import Child
from workers.embedded.temporal import EmbeddedTemporal
from workers.publishing import publish_bundled

REPOSITORY = Path(__file__).parents[1]
OPERATOR = Actor(id="operator:bench", role=Role.ADMINISTRATOR)
KEY = b"b" * 32


def line(name: str, unit: str, value: float, reference: float | None, ratio: float, note: str) -> dict[str, object]:
    """One result. Where ``reference`` is None the target is a bound, and ``ratio`` is the value's share of it."""
    return {
        "name": name,
        "unit": unit,
        "value": round(value, 2 if value < 100 else 0),
        "reference": None if reference is None else round(reference, 2 if reference < 100 else 0),
        "ratio": round(ratio, 2),
        "note": note,
    }


def show(result: dict[str, object]) -> None:
    """Print one result as a line of JSON."""
    print(json.dumps(result), flush=True)


def say(text: str) -> None:
    """Tell whoever watches what goes on, away from the results."""
    print(text, file=sys.stderr, flush=True)


@dataclass
class Rig:
    """The servers, and what talks to them; ``bare`` does so without encryption."""

    folder: Path
    postgres: EmbeddedPostgres
    temporal: EmbeddedTemporal
    client: Client
    bare: Client
    keys: Keys
    pool: Pool
    reading: Reading
    store: EventStore

    @property
    def gateway(self) -> Gateway:
        """A door that acts as the bench's own operator."""
        return Gateway(self.client, self.reading, Keyring(self.keys), OPERATOR)

    @asynccontextmanager
    async def process(self, module: str) -> AsyncIterator[Child]:
        """``python -m module`` on these servers."""
        child = process(module, self.folder, self.postgres.url(), self.temporal.address)
        child.start()
        try:
            yield child
        finally:
            await child.stop()


def process(module: str, folder: Path, database_url: str, temporal_address: str) -> Child:
    """``python -m module``, not yet started, on these servers and with no other setting of the environment."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("JALON_")}
    return Child(
        module,
        [sys.executable, "-m", module],
        folder / "logs" / f"{module}.log",
        environment={
            **inherited,
            "JALON_STATE": str(folder / "state"),
            "JALON_DATABASE_URL": database_url,
            "JALON_TEMPORAL_ADDRESS": temporal_address,
            "JALON_SEALING_KEY": base64.b64encode(KEY).decode(),
            "JALON_LOG": "warning",
        },
        folder=REPOSITORY,
    )


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="jalon-bench-"))
    folder.chmod(0o711)  # PostgreSQL's account has to pass through it
    (folder / "state").mkdir()
    return folder


@asynccontextmanager
async def rig() -> AsyncIterator[Rig]:
    """PostgreSQL with its default durability and a Temporal server in memory."""
    folder = _folder()
    try:
        async with AsyncExitStack() as stack:
            postgres = await stack.enter_async_context(EmbeddedPostgres(folder / "postgres"))
            temporal = await stack.enter_async_context(EmbeddedTemporal(folder / "temporal", persisted=False))
            await asyncio.to_thread(migrate, postgres.url())
            pool = await open_pool(postgres.url(), max_size=16)
            stack.push_async_callback(pool.close)
            keys = Keys(pool, Masters.local(KEY))
            bare = await Client.connect(temporal.address, data_converter=pydantic_data_converter)
            reading, store = Reading(pool), EventStore(pool)
            stack.push_async_callback(store.close)
            await publish_bundled(reading)
            yield Rig(folder, postgres, temporal, sealing(bare, keys), bare, keys, pool, reading, store)
    finally:
        shutil.rmtree(folder)


async def at_once(number: int, jobs: list[Callable[[], Awaitable[object]]]) -> float:
    """Run ``jobs``, ``number`` at a time; the seconds that it took."""
    start = time.perf_counter()
    remaining = iter(jobs)

    async def work() -> None:
        for job in remaining:
            await job()

    await asyncio.gather(*(work() for _ in range(number)))
    return time.perf_counter() - start
