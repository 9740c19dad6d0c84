"""An event store on a fresh database, and short ways to make appends."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from eventstore.pool import Pool, open_pool
from eventstore.reading import Reading
from eventstore.store import EventStore


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """Connections to this test's database."""
    pool = await open_pool(database_url)
    yield pool
    await pool.close()


@pytest.fixture
async def store(pool: Pool) -> AsyncIterator[EventStore]:
    """The event store on this test's database."""
    store = EventStore(pool)
    yield store
    await store.close()


@pytest.fixture
def reading(pool: Pool) -> Reading:
    """The queries on this test's database."""
    return Reading(pool)
