"""Which database is saved, and which one is filled: the settings', a running stack's, or the state directory's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from workers.embedded.found import find_stack
from workers.embedded.postgres import EmbeddedPostgres
from workers.embedded.stack import Lock
from workers.settings import CONNECT_SECONDS, Settings, unreachable_postgres
from workers.trouble import SettingsError, Trouble


@asynccontextmanager
async def at_hand(settings: Settings) -> AsyncIterator[str]:
    """The database to save: the settings', that of the running stack, or the state directory's, started for as long.

    Raises:
        Trouble: there is none, or another process is about to start or stop it.
    """
    stack = find_stack(settings.state)
    if settings.database_url is not None:
        yield settings.database_url
    elif stack is not None:
        yield stack.database_url
    elif not (settings.state / "postgres.password").exists():
        raise SettingsError("stack.settings.no_stack", state=str(settings.state.absolute()))
    else:
        async with _embedded(settings.state) as server:
            yield server.url()


@asynccontextmanager
async def to_fill(settings: Settings) -> AsyncIterator[str]:
    """The database to restore into: the settings', or a new one in the state directory, where no stack may run.

    What a stack made there before anything happened is thrown away, and Temporal's store with it: what it remembers is
    of another log.

    Raises:
        Trouble: a stack runs, or the state directory's database holds facts.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    if find_stack(settings.state) is not None:
        raise Trouble("backup.stack_runs", state=str(settings.state.absolute()))
    async with _embedded(settings.state) as server:
        async with connected(server.url()) as connection:
            facts = "select exists(select from events) or exists(select from persons)"
            if await tables(connection) and await connection.fetchval(facts):
                raise Trouble("backup.not_empty")
        await server.empty()
        for left in settings.state.glob("temporal.db*"):
            left.unlink()
        yield server.url()


@asynccontextmanager
async def _embedded(state: Path) -> AsyncIterator[EmbeddedPostgres]:
    async with AsyncExitStack() as stack:
        server = EmbeddedPostgres(state)
        for folder in {server.state, server.home}:
            lock = Lock(folder)
            if not lock.take():
                raise Trouble("stack.failed.locked", state=str(server.state))
            stack.callback(lock.release)
        await stack.enter_async_context(server)
        yield server


@asynccontextmanager
async def connected(database_url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    """One connection. Unreachable when PostgreSQL does not let us in."""
    try:
        connection = await asyncpg.connect(database_url, timeout=CONNECT_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise unreachable_postgres(database_url, error) from error
    try:
        yield connection
    finally:
        await connection.close()


async def tables(connection: asyncpg.Connection[Any]) -> int:
    """How many tables the database has."""
    query = "select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
    return int(await connection.fetchval(query))
