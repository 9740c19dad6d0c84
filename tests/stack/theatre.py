"""The demonstration's year on servers and a worker that can be killed while it is played."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from activities.contracts import Receipt
from domain.authority import Actor, Role
from eventstore.errors import StoreAway, is_away
from eventstore.keyring import Keyring
from eventstore.keys import Keys
from eventstore.pool import Pool, open_pool
from eventstore.reading import Reading
from interfaces.gateway import Gateway
from workers.codec import sealing
from workers.embedded.process import Identity, until
from workers.embedded.stack import Stack
from workers.embedded.temporal import TestServer
from workers.publishing import publish_bundled
from workers.recovery import Recovered, recover
from workers.settings import Settings, masters

Trouble = Callable[[], Awaitable[None]]


class PatientPool:
    """Connections to a PostgreSQL that may be restarting: what was asked is asked again."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    async def fetch(self, query: str, *arguments: object) -> Any:
        """The rows, once the server is there."""
        while True:
            try:
                return await self._pool.fetch(query, *arguments)
            except Exception as error:
                if not is_away(error):
                    raise
                await asyncio.sleep(0.1)


class StubbornGateway(Gateway):
    """Gives each order until it is answered, under one command id; in the middle of some of them, trouble comes."""

    troubles: dict[int, Trouble]
    given = 0

    def prepare(self, troubles: dict[int, Trouble]) -> None:
        """Have trouble begin while the order of that number (from 1) is under way."""
        self.troubles = troubles
        self._calm = asyncio.Event()
        self._calm.set()
        self._attempts: set[asyncio.Future[Receipt]] = set()
        self._troubled: list[asyncio.Task[None]] = []

    async def give(self, stream: str, command: Any, **options: Any) -> Receipt:
        """Give an order, again and again."""
        options["command_id"] = options.get("command_id") or str(uuid4())
        self.given += 1
        trouble = self.troubles.pop(self.given, None)
        while True:
            await self._calm.wait()
            attempt = asyncio.ensure_future(super().give(stream, command, **options))
            self._attempts.add(attempt)
            if trouble is not None:
                self._troubled.append(asyncio.ensure_future(trouble()))
                trouble = None
            try:
                await asyncio.wait({attempt})
            finally:
                self._attempts.discard(attempt)
            if not attempt.cancelled():
                error = attempt.exception()
                if not isinstance(error, StoreAway | RPCError | WorkflowUpdateRPCTimeoutOrCancelledError):
                    return attempt.result()
            await asyncio.sleep(0.1)

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Nobody speaks to Temporal meanwhile; orders under way are given again afterwards."""
        self._calm.clear()
        for attempt in self._attempts:
            attempt.cancel()
        try:
            yield
        finally:
            self._calm.set()

    async def calm(self) -> None:
        """Wait until every trouble that began is over."""
        while self._troubled:
            await self._troubled.pop()


@dataclass
class Theatre:
    """Servers, a worker process, and what a player needs; ``clock`` is itself."""

    folder: Path
    stack: Stack
    pool: Pool
    gateway: StubbornGateway
    environment: WorkflowEnvironment
    temporal: AsyncExitStack
    recovered: list[Recovered] = field(default_factory=list)

    @property
    def reading(self) -> Reading:
        """The read models."""
        return self.gateway.reading

    async def get_current_time(self) -> datetime:
        """The played time."""
        return await self.environment.get_current_time()

    async def sleep(self, duration: timedelta) -> None:
        """Let time pass, once everything stands again."""
        await self.gateway.calm()
        await self.environment.sleep(duration)

    # --- trouble ------------------------------------------------------------------------------------------------

    async def kill_worker(self) -> None:
        """SIGKILL; the stack starts another."""
        await self._kill("worker_pid")

    async def kill_postgres(self) -> None:
        """SIGKILL; the stack starts it again on what it had made durable."""
        await self._kill("postgres_pid")

    async def delete_temporal(self) -> None:
        """Temporal and all that it knew are gone; a new one is filled from the log."""
        async with self.gateway.hold():
            now = await self.get_current_time()
            await self.temporal.aclose()
            server = TestServer(self.folder / f"temporal-{uuid4()}")
            self.environment = await self.temporal.enter_async_context(server)
            await self.environment.sleep(now - await self.environment.get_current_time())
            self.gateway.client = sealing(self.environment.client, self.gateway.keyring.keys)
            address = self.environment.client.service_client.config.target_host
            self.stack.settings = replace(self.stack.settings, temporal_address=address)
            self.stack.info.write(self.stack.state)
            await self._kill("worker_pid")
            self.recovered.append(await recover(self.gateway.client, self.reading.pool, lambda done: None))

    async def _kill(self, part: str) -> None:
        pid = getattr(self.stack.info, part)
        os.kill(pid, signal.SIGKILL)
        assert await until(lambda: getattr(self.stack.info, part) not in (pid, None), 30), part


@asynccontextmanager
async def theatre(folder: Path, troubles: Callable[[Theatre], dict[int, Trouble]]) -> AsyncIterator[Theatre]:
    """A stack in ``folder`` with a Temporal whose clock can be moved."""
    async with AsyncExitStack() as exits:
        temporal = await exits.enter_async_context(AsyncExitStack())
        environment = await temporal.enter_async_context(TestServer(folder / "temporal"))
        address = environment.client.service_client.config.target_host
        settings = Settings(state=folder / "state", temporal_address=address, operator="test", log_level="warning")
        stack = await exits.enter_async_context(Stack(settings))
        keeping = asyncio.create_task(stack.keep_alive())
        exits.push_async_callback(_cancelled, keeping)
        pool = await open_pool(stack.info.database_url, max_size=16)
        exits.push_async_callback(pool.close)
        patient = cast(Pool, PatientPool(pool))
        reading, keys = Reading(patient), Keys(patient, masters(settings))
        await publish_bundled(reading)
        actor = Actor(id="operator:test", role=Role.ADMINISTRATOR)
        gateway = StubbornGateway(sealing(environment.client, keys), reading, Keyring(keys), actor)
        stage = Theatre(folder, stack, pool, gateway, environment, temporal)
        gateway.prepare(troubles(stage))
        yield stage


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
