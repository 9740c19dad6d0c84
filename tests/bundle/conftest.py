"""The log of which every test here takes away a bundle."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from eventstore.pool import open_pool
from eventstore.reading import Reading
from tests.bundle.evidence import Evidence, play
from tests.conftest import fresh_database
from tests.eventstore.making import keyring
from workers.embedded.postgres import EmbeddedPostgres
from workers.notary_key import KeyFile


@pytest.fixture(scope="session")
async def evidence(
    postgres: EmbeddedPostgres,
    admin: asyncpg.Pool[asyncpg.Record],
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Evidence]:
    """Two pathways, a session and a sitting, signed by two keys one after the other."""
    folder: Path = tmp_path_factory.mktemp("evidence")
    async with fresh_database(postgres, admin, migrated_template) as url:
        pool = await open_pool(url)
        made = Evidence(url, pool, Reading(pool), keyring(pool), KeyFile(folder / "notary.key"))
        try:
            await play(made)
            yield made
        finally:
            await pool.close()
