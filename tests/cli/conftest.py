"""The stack that the tests of the commands share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from activities.issuing import Issuing
from activities.mailing import Mailer, MailSettings
from documents.mail.message import address_of
from documents.seal import make_test_key
from domain.authority import Actor, Role
from eventstore.keyring import Keyring
from eventstore.keys import Keys
from eventstore.masters import Masters
from eventstore.pool import open_pool
from eventstore.reading import Reading
from eventstore.store import EventStore
from interfaces.gateway import Gateway
from tests.by_hand import by_hand
from tests.cli.office import ENVIRONMENT, KEY, Office
from workers.codec import sealing
from workers.embedded.post import LocalPost
from workers.embedded.temporal import TestServer
from workers.issuing import make_issuing
from workers.mail import LOCAL_SENDER, relay_of
from workers.publishing import publish_bundled
from workers.settings import load
from workers.worker import make_worker


@asynccontextmanager
async def mailing(wanted: bool, folder: Path, reading: Reading, keys: Keys) -> AsyncIterator[Mailer | None]:
    """What sends the notices of the office to its local mailbox, in the modules that want it."""
    if not wanted:
        yield None
        return
    post = LocalPost(folder)
    await post.start()
    relay = relay_of(f"smtp://{post.address}", 1000)
    mailer = Mailer(reading, Keyring(keys), MailSettings(relay=relay, sender=address_of(LOCAL_SENDER), local=True))
    yield mailer
    await mailer.close()
    await post.stop()


def _sealing(folder: Path) -> dict[str, str]:
    make_test_key(folder / "office.p12")
    return {"JALON_SEAL_P12": str(folder / "office.p12"), "JALON_PUBLIC_URL": "https://certificats.example.org"}


def certifier(request: pytest.FixtureRequest, reading: Reading, keys: Keys) -> Issuing | None:
    """What makes the certificates of the office, in the modules that want them."""
    return make_issuing(load(), reading, keys) if getattr(request.module, "CERTIFICATES", False) else None


@pytest.fixture(scope="module")
async def office(
    request: pytest.FixtureRequest, module_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """Real servers, a worker, and the environment in which ``jalon`` finds them; one clock for a whole module.

    New streams take the versions of the schemes without a conduct, in which a test can do one thing at a time. A module
    that says ``MAILS = True`` has its notices sent to the local mailbox, one that says ``CERTIFICATES = True`` has its
    certificates made, with keys of its own.
    """
    folder: Path = tmp_path_factory.mktemp("office")
    pool = await open_pool(module_database_url)
    async with TestServer(folder / "time-skipping") as environment:
        keys = Keys(pool, Masters.local(KEY))
        client = sealing(environment.client, keys)
        reading, store = Reading(pool), EventStore(pool)
        await publish_bundled(reading)
        for scheme in by_hand().values():
            await reading.publish_scheme(scheme)
        gateway = Gateway(client, reading, Keyring(keys), Actor(id="operator:test", role=Role.ADMINISTRATOR))
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {
                **ENVIRONMENT,
                "JALON_DATABASE_URL": module_database_url,
                "JALON_TEMPORAL_ADDRESS": client.service_client.config.target_host,
                "JALON_STATE": str(folder),
                **(_sealing(folder) if getattr(request.module, "CERTIFICATES", False) else {}),
            }.items():
                patch.setenv(name, value)
            patch.setattr("interfaces.gateway.bundled", by_hand)
            async with (
                mailing(getattr(request.module, "MAILS", False), folder, reading, keys) as mailer,
                make_worker(client, store, reading, mailer, certifier(request, reading, keys)),
            ):
                yield Office(gateway, environment)
        await store.close()
    await pool.close()
