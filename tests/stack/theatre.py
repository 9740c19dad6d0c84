"""The demonstration's year on servers and a worker that can be killed while it is played."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
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
from tests.stack.relay import Relay, give_back
from workers.codec import sealing
from workers.embedded.process import Identity, until
from workers.embedded.stack import Stack
from workers.embedded.temporal import TestServer
from workers.publishing import publish_bundled
from workers.recovery import Recovered, recover
from workers.settings import Settings, masters

PASSING = (StoreAway, RPCError, WorkflowUpdateRPCTimeoutOrCancelledError)
"""What an order may meet while a server is away."""

Trouble = Callable[[], Coroutine[Any, Any, None]]


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

    def prepare(self, troubles: dict[int, Trouble]) -> None:
        """Have trouble begin while the order of that number (from 1), or one soon after it, is under way."""
        self.given = 0
        self._troubles = sorted(troubles.items(), key=lambda item: item[0])
        self._calm = asyncio.Event()
        self._calm.set()
        self._attempts: set[asyncio.Future[Receipt]] = set()
        self._troubled: list[asyncio.Task[None]] = []

    async def give(self, stream: str, command: Any, **options: Any) -> Receipt:
        """Give an order, again and again."""
        options["command_id"] = options.get("command_id") or str(uuid4())
        self.given += 1
        # The time-skipping server cannot be asked a second time to start a workflow together with its first order.
        ready = self._troubles and self.given >= self._troubles[0][0] and command["kind"] != "open"
        trouble = self._troubles.pop(0)[1] if ready else None
        while True:
            await self._calm.wait()
            attempt = asyncio.ensure_future(super().give(stream, command, **options))
            self._attempts.add(attempt)
            if trouble is not None:
                self._troubled.append(asyncio.create_task(trouble()))
                trouble = None
            await asyncio.wait({attempt})
            self._attempts.discard(attempt)
            if attempt.cancelled() or isinstance(attempt.exception(), PASSING):
                await asyncio.sleep(0.1)
            else:
                return attempt.result()

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
    gateway: StubbornGateway
    environment: WorkflowEnvironment
    temporal: AsyncExitStack
    relay: Relay
    server: str = "temporal"
    recovered: list[Recovered] = field(default_factory=list)
    _dead: set[str] = field(default_factory=set)
    _giving_back: list[asyncio.Task[None]] = field(default_factory=list)

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
        queues = self.relay.queues - self._dead
        await self._kill("worker_pid")
        self._dead |= queues
        self._giving_back += [asyncio.create_task(give_back(self.environment.client, queue)) for queue in queues]

    async def kill_notary(self) -> None:
        """SIGKILL; the stack starts another."""
        await self._kill("notary_pid")

    async def kill_postgres(self) -> None:
        """SIGKILL; the stack starts it again on what it had made durable."""
        await self._kill("postgres_pid")

    async def delete_temporal(self) -> None:
        """Temporal and all that it knew are gone; a new one is filled from the log. The worker lives through it."""
        async with self.gateway.hold():
            now = await self.get_current_time()
            self.relay.cut()
            await self.close()
            identity = Identity.read(self.folder / self.server / "test-server.pid")
            assert identity is not None
            os.kill(identity.pid, signal.SIGKILL)
            await self.temporal.aclose()
            self.server = f"{self.server}-again"
            self.environment = await self.temporal.enter_async_context(TestServer(self.folder / self.server))
            await self.environment.sleep(now - await self.environment.get_current_time())
            self.gateway.client = sealing(self.environment.client, self.gateway.keyring.keys)
            self.relay.target = address_of(self.environment)
            self.recovered.append(await recover(self.gateway.client, self.reading.pool, lambda done: None))

    async def delete_temporal_and_worker(self) -> None:
        """The same, and the worker killed in the same moment."""
        self._dead |= self.relay.queues
        await asyncio.gather(self._kill("worker_pid"), self.delete_temporal())

    async def close(self) -> None:
        """Let the dead rest."""
        for task in self._giving_back:
            await _cancelled(task)
        self._giving_back.clear()

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
        relay = await exits.enter_async_context(Relay().listening())
        relay.target = address_of(environment)
        settings = Settings(state=folder / "state", temporal_address=relay.address, operator="test")
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
        stage = Theatre(folder, stack, gateway, environment, temporal, relay)
        exits.push_async_callback(stage.close)
        gateway.prepare(troubles(stage))
        yield stage


def address_of(environment: WorkflowEnvironment) -> str:
    """``host:port`` of a time-skipping server."""
    return environment.client.service_client.config.target_host


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
