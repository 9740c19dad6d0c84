"""Migrations: each once, in order, whoever asks and however often."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from eventstore.migrate import MigrationFailed, migrate


async def test_all_migrations_are_applied_once_and_in_order(empty_database_url: str) -> None:
    first = await asyncio.to_thread(migrate, empty_database_url)
    assert first == sorted(first) != []
    assert await asyncio.to_thread(migrate, empty_database_url) == []


async def test_two_processes_may_migrate_at_once(empty_database_url: str) -> None:
    done = await asyncio.gather(*(asyncio.to_thread(migrate, empty_database_url) for _ in range(3)))
    assert sorted(len(applied) for applied in done)[:2] == [0, 0]
    connection = await asyncpg.connect(empty_database_url)
    assert await connection.fetchval("select count(*) from events") == 0
    await connection.close()


async def test_a_database_that_does_not_exist_is_named(empty_database_url: str) -> None:
    missing = empty_database_url.replace("test_", "absent_")
    with pytest.raises(MigrationFailed, match=r"absent_.*does not exist"):
        await asyncio.to_thread(migrate, missing)


async def test_a_server_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(MigrationFailed, match="refused"):
        await asyncio.to_thread(migrate, "postgresql://nobody@127.0.0.1:1/none")
