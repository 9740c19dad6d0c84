"""One lived year for all tests of verification, as a database from which each takes a copy to tamper with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from bench.cohort import Cohort
from eventstore.pool import open_pool
from tests.conftest import fresh_database
from tests.verifying.lived import write_year
from workers.embedded.postgres import EmbeddedPostgres
from workers.witness import Witness

YEAR = "lived_year"


@dataclass(frozen=True)
class Year:
    """The database to copy, the folder of the notary's key, and what was copied elsewhere."""

    database: str
    world: Cohort
    folder: Path
    witness: Witness


@pytest.fixture(scope="session")
async def year(
    postgres: EmbeddedPostgres,
    admin: asyncpg.Pool[asyncpg.Record],
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Year]:
    """A log of some 300 events, four checkpoints, their copies, and events that wait for their place."""
    folder = tmp_path_factory.mktemp("year")
    await admin.execute(f"CREATE DATABASE {YEAR} TEMPLATE {migrated_template}")
    pool = await open_pool(postgres.url(YEAR))
    world = await write_year(pool, folder, folder / "witness")
    await pool.close()
    await admin.execute(f"ALTER DATABASE {YEAR} ALLOW_CONNECTIONS false")
    yield Year(YEAR, world, folder, Witness(str(folder / "witness")))
    await asyncio.sleep(0)


@pytest.fixture
async def copy_url(postgres: EmbeddedPostgres, admin: asyncpg.Pool[asyncpg.Record], year: Year) -> AsyncIterator[str]:
    """A copy of the year for one test."""
    async with fresh_database(postgres, admin, year.database) as url:
        yield url
