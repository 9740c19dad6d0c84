"""Connections to PostgreSQL, all set the same way."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import asyncpg

from eventstore.errors import away, is_away

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]
    PoolConnection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    _Base = asyncpg.Connection[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    PoolConnection = asyncpg.pool.PoolConnectionProxy
    _Base = asyncpg.Connection

SETTINGS = {
    "application_name": "jalon",
    "timezone": "UTC",
    # A transaction left open holds back every reader of the log, which stops below the oldest one.
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "30s",
    # The statements are few, short and always the same: planning or compiling them again costs more than running them,
    # and on tables that were never analysed the planner would choose to read the whole of a table that grows.
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
}


class _Connection(_Base):
    """A connection that is handed back as it is: nobody here leaves locks, listeners or settings behind."""

    def get_reset_query(self) -> str:
        return ""


def _as_text(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"not for a read model: {type(value).__name__}")


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_as_text)


async def _set_codecs(connection: Any) -> None:
    await connection.set_type_codec("jsonb", encoder=_to_json, decoder=json.loads, schema="pg_catalog")


async def open_pool(database_url: str, *, min_size: int = 1, max_size: int = 10) -> Pool:
    """A pool of connections to ``database_url`` (``postgresql://…``, a socket folder as ``?host=``).

    Raises:
        StoreAway: when PostgreSQL cannot be reached.
        asyncpg.PostgresError: when it refuses (unknown database, wrong password).
    """
    try:
        return await asyncpg.create_pool(
            database_url,
            min_size=min_size,
            max_size=max_size,
            connection_class=_Connection,
            server_settings=SETTINGS,
            init=_set_codecs,
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        if is_away(error):
            raise away(error) from error
        raise


def is_gone(connection: PoolConnection) -> bool:
    """Whether nothing can be asked over this connection any more."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool took it back when the server closed it, and a connection taken back answers nothing.
        return True


async def discard(pool: Pool, connection: PoolConnection) -> None:
    """End a connection for good, and with it whatever it was doing or holding."""
    if not is_gone(connection):
        connection.terminate()
    await pool.release(connection)


async def fetch(pool: Pool, query: str, *arguments: object) -> list[asyncpg.Record]:
    """The rows of ``query``.

    Raises:
        StoreAway: when PostgreSQL cannot be reached or goes away meanwhile.
    """
    try:
        return await pool.fetch(query, *arguments)
    except Exception as error:
        if is_away(error):
            raise away(error) from error
        raise
