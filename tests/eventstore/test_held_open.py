"""A transaction held open while others commit: nobody who reads skips anything, and the wait is seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from eventstore.log import Log
from eventstore.notary import Notary
from eventstore.pool import Pool
from eventstore.store import EventStore
from tests.eventstore.making import append
from tests.eventstore.notarising import leading
from workers import notary_health
from workers.notary_health import Health, examine_notary, problems
from workers.settings import Settings

_EVENT = """insert into events (stream_id, version, event_id, command_id, command_seq, type, schema_version,
occurred_at, recorded_at, public, leaf_hash)
values ($1, 1, gen_random_uuid(), 'c', 0, 't', 1, now(), now(), '{}', sha256(random()::text::bytea))"""


@asynccontextmanager
async def held_open(url: str, *statement: object) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection whose transaction has begun to write and does not end before the block does."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(*statement)  # type: ignore[arg-type]
            yield connection
    finally:
        await connection.close()


async def seal_all(notary: Notary) -> None:
    while await notary.seal():
        pass


def names(health: Health) -> set[str]:
    return {problem.name for problem in problems(health)}


@pytest.mark.parametrize("statement", ["an event", "something else"])
async def test_a_follower_waits_for_the_transaction_and_then_sees_all_once(
    store: EventStore, pool: Pool, database_url: str, statement: str
) -> None:
    held = (_EVENT, "pathway:slow") if statement == "an event" else ("select pg_current_xact_id()",)
    expected = 12 if statement == "an event" else 11
    seen: list[str] = []

    async def follow() -> None:
        async for entries in Log(pool).follow(limit=3):
            seen.extend(entry.stream for entry in entries)
            if len(seen) >= expected:
                return

    async with leading(pool) as notary:
        following = asyncio.create_task(follow())
        await store.append(append("pathway:before"))
        await seal_all(notary)
        async with held_open(database_url, *held):
            for number in range(10):
                await store.append(append(f"pathway:{number}"))
                await seal_all(notary)
            assert notary.size == 1
            assert await Log(pool).unsealed() == 10
        await seal_all(notary)
        assert notary.size == expected
        await asyncio.wait_for(following, 20)
    assert len(set(seen)) == len(seen) == expected
    assert seen[0] == "pathway:before"
    assert [stream for stream in seen if stream[8:].isdigit()] == [f"pathway:{number}" for number in range(10)]


async def test_the_lag_grows_and_health_names_who_holds_everybody_up(
    store: EventStore, pool: Pool, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(state=tmp_path)
    async with leading(pool) as notary:
        async with held_open(database_url, _EVENT, "pathway:slow") as slow:
            await store.append(append("pathway:1"))
            await store.append(append("pathway:2"))
            await seal_all(notary)
            before = await examine_notary(pool, settings)
            assert (before.waiting, before.sealed) == (2, 0)
            assert before.oldest_transaction is not None
            assert before.oldest_transaction.pid == slow.get_server_pid()
            after = await examine_notary(pool, settings)
            assert after.oldest_transaction is not None
            assert after.lag > before.lag > 0
            assert after.oldest_transaction.seconds > before.oldest_transaction.seconds
            assert not any(name.endswith(("late", "held")) for name in names(after))
            monkeypatch.setattr(notary_health, "LATE_SECONDS", 0.0)
            assert any(name.endswith("late") for name in names(after))
            monkeypatch.setattr(notary_health, "LONG_SECONDS", 0.0)
            assert any(name.endswith("held") for name in names(after))
        await seal_all(notary)
        healed = await examine_notary(pool, settings)
        assert (healed.waiting, healed.lag, healed.sealed) == (0, 0.0, 3)
        assert not any(name.endswith(("late", "held")) for name in names(healed))
