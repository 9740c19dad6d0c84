"""A register with awards for the tests of the public pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from temporalio.client import Client

from tests.conftest import fresh_database
from tests.engine.harness import engine
from tests.public.published import Published, published
from workers.embedded.postgres import EmbeddedPostgres


@pytest.fixture(scope="package")
async def register(
    temporal_client: Client,
    postgres: EmbeddedPostgres,
    admin: asyncpg.Pool[asyncpg.Record],
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Published]:
    """Awards on a real log that a real notary signed. A test that changes something changes it back."""
    folder: Path = tmp_path_factory.mktemp("register")
    async with (
        fresh_database(postgres, admin, migrated_template) as url,
        engine(temporal_client, url) as made,
        published(made, folder) as found,
    ):
        yield found
