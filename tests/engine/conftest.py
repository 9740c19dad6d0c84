"""Engines for the tests: on the full server, and on the time-skipping one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from tests.engine.harness import Engine, engine


@pytest.fixture
async def live(temporal_client: Client, database_url: str) -> AsyncIterator[Engine]:
    """An engine on the full server with a running worker."""
    async with engine(temporal_client, database_url) as made, made.worker():
        yield made


@pytest.fixture
async def workless(temporal_client: Client, database_url: str) -> AsyncIterator[Engine]:
    """An engine on the full server without a worker yet."""
    async with engine(temporal_client, database_url) as made:
        yield made


@pytest.fixture
async def skipping(own_time_skipping: WorkflowEnvironment, database_url: str) -> AsyncIterator[Engine]:
    """An engine whose clock the test moves; without a worker yet."""
    async with engine(own_time_skipping.client, database_url) as made:
        yield made
