"""A register with awards for the tests of the public pages: one for each module."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from tests.engine.harness import engine
from tests.public.published import Published, published


@pytest.fixture(scope="module")
async def register(
    temporal_client: Client, module_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Published]:
    """Awards on a real log that a real notary signed."""
    folder: Path = tmp_path_factory.mktemp("register")
    async with engine(temporal_client, module_database_url) as made, published(made, folder) as found:
        yield found
