"""Publishing schemes and keeping up with those that others publish."""

from __future__ import annotations

import asyncio

from domain.scheme import library
from domain.scheme.model import Scheme
from eventstore.errors import StoreAway
from eventstore.reading import Reading
from schemes.files import bundled
from workers import logs

EVERY_SECONDS = 2.0

log = logs.get_logger("schemes")


async def publish_bundled(reading: Reading) -> None:
    """Publish the schemes that come with Jalon, as far as they are not, and learn all that are published."""
    for scheme in bundled().values():
        await reading.publish_scheme(scheme)
    await learn_published(reading)


async def learn_published(reading: Reading) -> None:
    """Learn every published scheme that this process does not know."""
    for hash in await reading.published_hashes():
        if not library.knows(hash):
            content = await reading.scheme_content(hash)
            scheme = Scheme.model_validate_json(content)
            if scheme.hash != hash:
                # A later version of the model reads old bytes differently: what was published must stay what it says.
                raise ValueError(f"scheme {hash} reads as {scheme.hash}")
            library.learn(scheme)
            log.info("scheme learnt", scheme=scheme.id, scheme_version=scheme.version)


async def keep_learning(reading: Reading) -> None:
    """Learn what is published from now on, for ever."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await learn_published(reading)
        except StoreAway:
            log.warning("database away, schemes not refreshed")
