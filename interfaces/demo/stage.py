"""The servers of the demonstration: real PostgreSQL, Temporal's time-skipping server, a worker in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.authority import Actor, Role
from eventstore.histories import Histories
from eventstore.keyring import Keyring
from eventstore.keys import Keys
from eventstore.pool import open_pool
from eventstore.reading import Reading
from interfaces.demo.clock import PlayedClock, PlayedStore
from interfaces.gateway import Gateway
from workers import shutdown
from workers.codec import sealing
from workers.embedded.found import find_stack
from workers.embedded.stack import Stack
from workers.embedded.temporal import TestServer
from workers.exporter import Exporter
from workers.issuing import make_issuing
from workers.mail import make_mailer
from workers.publishing import publish_bundled
from workers.settings import Settings, masters
from workers.trouble import StackError
from workers.worker import make_worker

CONNECTIONS = 16


@dataclass(frozen=True)
class Stage:
    """Where the demonstration is played."""

    gateway: Gateway
    reading: Reading
    clock: PlayedClock
    settings: Settings


@asynccontextmanager
async def open_stage(settings: Settings) -> AsyncIterator[Stage]:
    """Start the servers in ``<state>/demo``, empty, as other commands find them there; stop them at the end.

    Raises:
        StackError: when a demonstration already runs there, or a server does not come up.
    """
    settings = replace(
        settings,
        state=settings.state / "demo",
        database_url=None,
        sealing_key=None,
        previous_sealing_key=None,
        notary_key=None,
        witnesses=(),
        tsa_url=None,
        smtp_url=None,
        issuer_key=None,
        seal_p12=None,
        seal_pkcs11=None,
        public_url=None,
        public_listen=None,
    )
    if find_stack(settings.state) is not None:
        raise StackError("stack.failed.locked", state=str(settings.state))
    async with AsyncExitStack() as stack:
        environment = await stack.enter_async_context(TestServer(settings.state))
        address = environment.client.service_client.config.target_host
        servers = Stack(replace(settings, temporal_address=address), worker=None, fresh=True)
        info = (await stack.enter_async_context(servers)).info
        pool = await open_pool(info.database_url, max_size=CONNECTIONS)
        stack.push_async_callback(pool.close)
        clock = PlayedClock(environment)
        await clock.get_current_time()
        reading, store = Reading(pool), PlayedStore(pool, clock)
        stack.push_async_callback(store.close)
        await publish_bundled(reading)
        keys = Keys(pool, masters(settings))
        client = sealing(environment.client, keys)
        exporter = Exporter(client, Histories(pool))
        # This Temporal forgets everything when it ends.
        stack.push_async_callback(exporter.export, timedelta(0))
        mailer = make_mailer(settings, reading, keys)
        issuing = make_issuing(settings, reading, keys)
        await stack.enter_async_context(make_worker(client, store, reading, mailer, issuing))
        await stack.enter_async_context(shutdown.beside(exporter.keep_exporting()))
        actor = Actor(id="operator:demo", role=Role.ADMINISTRATOR)
        gateway = Gateway(client, reading, Keyring(keys), actor)
        yield Stage(gateway, reading, clock, settings)
