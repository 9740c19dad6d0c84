"""Real servers for the tests: one PostgreSQL, one Temporal, one time-skipping Temporal for a whole run.

They start when a test first asks for them, on free ports, in a folder of their own, so that several runs can go on at
once; they end with the run. Every test that asks for ``database_url`` gets a database of its own, already migrated.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from hypothesis import settings
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from eventstore.migrate import migrate
from workers.embedded.postgres import EmbeddedPostgres
from workers.embedded.temporal import EmbeddedTemporal, TestServer

TEMPLATE = "migrated"

# The same examples in every run, however slow the machine is: a test is no bench.
settings.register_profile("jalon", deadline=None, derandomize=True)
settings.load_profile("jalon")

# Tests that run in several processes are told the width of somebody's terminal; what is printed must not depend on it.
os.environ.pop("COLUMNS", None)


@pytest.fixture(scope="session")
def servers_dir() -> Iterator[Path]:
    """A folder for the servers of this run. Not pytest's own: PostgreSQL's account could not pass through it."""
    folder = Path(tempfile.mkdtemp(prefix="jalon-tests-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def postgres(servers_dir: Path) -> AsyncIterator[EmbeddedPostgres]:
    """The PostgreSQL server of this run; it does not wait for the disk."""
    async with EmbeddedPostgres(servers_dir / "postgres", durable=False) as server:
        yield server


@pytest.fixture(scope="session")
async def admin(postgres: EmbeddedPostgres) -> AsyncIterator[asyncpg.Pool[asyncpg.Record]]:
    """Connections that create and drop databases."""
    async with asyncpg.create_pool(postgres.url("postgres"), min_size=0, max_size=2) as pool:
        yield pool


@pytest.fixture(scope="session")
async def migrated_template(postgres: EmbeddedPostgres, admin: asyncpg.Pool[asyncpg.Record]) -> str:
    """The name of a database with every migration applied, from which the others are copied."""
    await admin.execute(f"CREATE DATABASE {TEMPLATE}")
    await asyncio.to_thread(migrate, postgres.url(TEMPLATE))
    await admin.execute(f"ALTER DATABASE {TEMPLATE} ALLOW_CONNECTIONS false")
    return TEMPLATE


@asynccontextmanager
async def fresh_database(
    postgres: EmbeddedPostgres, admin: asyncpg.Pool[asyncpg.Record], template: str
) -> AsyncIterator[str]:
    """The address of a new copy of ``template``, dropped at the end whoever still holds it."""
    name = f"test_{uuid.uuid4().hex}"
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield postgres.url(name)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database_url(
    postgres: EmbeddedPostgres, admin: asyncpg.Pool[asyncpg.Record], migrated_template: str
) -> AsyncIterator[str]:
    """A fresh migrated database for one test."""
    async with fresh_database(postgres, admin, migrated_template) as url:
        yield url


@pytest.fixture(scope="module")
async def module_database_url(
    postgres: EmbeddedPostgres, admin: asyncpg.Pool[asyncpg.Record], migrated_template: str
) -> AsyncIterator[str]:
    """A fresh migrated database for all tests of a module."""
    async with fresh_database(postgres, admin, migrated_template) as url:
        yield url


@pytest.fixture
async def empty_database_url(postgres: EmbeddedPostgres, admin: asyncpg.Pool[asyncpg.Record]) -> AsyncIterator[str]:
    """A fresh database without any migration."""
    async with fresh_database(postgres, admin, "template0") as url:
        yield url


@pytest.fixture(scope="session")
async def temporal(servers_dir: Path) -> AsyncIterator[EmbeddedTemporal]:
    """The real Temporal server of this run, in memory. Tests that share it use task queues of their own."""
    async with EmbeddedTemporal(servers_dir / "temporal", persisted=False) as server:
        yield server


@pytest.fixture(scope="session")
async def temporal_client(temporal: EmbeddedTemporal) -> Client:
    """A client of the real server that speaks pydantic."""
    return await Client.connect(temporal.address, data_converter=pydantic_data_converter)


@pytest.fixture(scope="session")
async def time_skipping(servers_dir: Path) -> AsyncIterator[WorkflowEnvironment]:
    """The time-skipping server of this run: one clock for all workflows of all tests that use it."""
    async with TestServer(servers_dir / "time-skipping") as environment:
        yield environment


@pytest.fixture
async def own_time_skipping(tmp_path: Path) -> AsyncIterator[WorkflowEnvironment]:
    """A time-skipping server for one test alone, for those that move the clock far."""
    async with TestServer(tmp_path / "time-skipping") as environment:
        yield environment
