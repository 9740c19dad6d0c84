"""One moment of the database, read in pages while it goes on being written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from eventstore.errors import away, is_away
from eventstore.pool import Pool, PoolConnection

PAGE = 500
"""Rows fetched together: what a socket holds while the page before is judged."""


class Unanswered(RuntimeError):
    """PostgreSQL refused a question: a table, a column or a function is not what it should be. No values are told."""


class Snapshot:
    """Reads what was there when it was opened. One question at a time."""

    def __init__(self, connection: PoolConnection) -> None:
        self._connection = connection

    async def fetch(self, query: str, *arguments: object) -> list[Any]:
        """The rows of ``query``.

        Raises:
            Unanswered, StoreAway.
        """
        async with self._asking():
            return await self._connection.fetch(query, *arguments)

    async def pages(self, query: str, *arguments: object, size: int = PAGE) -> AsyncIterator[list[Any]]:
        """The rows of ``query``, ``size`` at a time; the next ones are on their way while these are judged.

        To be read to the end before another question is asked.

        Raises:
            Unanswered, StoreAway.
        """
        async with self._asking():
            cursor = await self._connection.cursor(query, *arguments)
            coming = asyncio.ensure_future(cursor.fetch(size))
            try:
                while rows := await coming:
                    coming = asyncio.ensure_future(cursor.fetch(size))
                    # Lets the question leave before the rows are judged, which keeps the loop busy.
                    await asyncio.sleep(0)
                    yield rows
            finally:
                await asyncio.wait([coming])

    @asynccontextmanager
    async def settings(self, **values: str) -> AsyncIterator[None]:
        """Settings of the session, for some questions."""
        before = {name: await self._connection.fetchval("select current_setting($1)", name) for name in values}
        for name, value in values.items():
            await self._connection.execute("select set_config($1, $2, true)", name, value)
        yield
        for name, value in before.items():
            await self._connection.execute("select set_config($1, $2, true)", name, value)

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """A savepoint: a question that is refused does not end the snapshot."""
        try:
            async with self._connection.transaction():
                yield
        except Exception as error:
            if is_away(error):
                raise away(error) from error
            if isinstance(error, asyncpg.PostgresError):
                raise Unanswered(type(error).__name__) from error
            raise


@asynccontextmanager
async def snapshot(pool: Pool) -> AsyncIterator[Snapshot]:
    """What the database holds now, and nothing that comes later; writers are not held up.

    Raises:
        StoreAway: PostgreSQL cannot be reached.
    """
    try:
        async with pool.acquire() as connection:
            transaction = connection.transaction(isolation="repeatable_read", readonly=True)
            await transaction.start()
            try:
                # It writes nothing, so nobody waits for it; judging may take longer than the usual patience.
                await connection.execute("set local idle_in_transaction_session_timeout = 0")
                yield Snapshot(connection)
            finally:
                await transaction.rollback()
    except Exception as error:
        if is_away(error):
            raise away(error) from error
        raise
