"""The one order: dense, nothing skipped, nothing twice, whoever leads and whatever happens to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from domain.merkle import root_of, verify_consistency, verify_inclusion
from domain.note import Checkpoint, Note
from eventstore.errors import StoreAway
from eventstore.log import Log, LogEntry, TornLog
from eventstore.notary import LogTampered, Notary
from eventstore.pool import Pool
from eventstore.store import EventStore
from tests.eventstore.making import append, event
from tests.eventstore.notarising import leading, marked, sealed

_BY_HAND = """insert into events (stream_id, version, event_id, command_id, command_seq, type, schema_version,
occurred_at, recorded_at, public, leaf_hash)
values ($1, 1, gen_random_uuid(), 'c', 0, 't', 1, now(), now(), '{}', sha256(random()::text::bytea))"""


async def write(store: EventStore, streams: int, events: int) -> None:
    async def one(stream: str) -> None:
        for version in range(events):
            await store.append(append(stream, version, f"c{version}"))

    await asyncio.gather(*(one(f"pathway:{number}") for number in range(streams)))


def is_dense(entries: list[LogEntry]) -> bool:
    return [entry.leaf_index for entry in entries] == list(range(len(entries)))


@asynccontextmanager
async def tampering(pool: Pool) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection for which no trigger fires, as an operator of the database can have one."""
    async with pool.acquire() as connection:
        for table in ("events", "log", "subtrees", "checkpoints"):
            await connection.execute(f"alter table {table} disable trigger user")
        yield connection  # type: ignore[misc]


async def test_every_event_gets_one_place_and_each_stream_keeps_its_order(store: EventStore, pool: Pool) -> None:
    async with leading(pool) as notary:
        writing = asyncio.create_task(write(store, 12, 30))
        while not writing.done():
            await notary.seal()
        await writing
        while await notary.seal():
            pass
        assert notary.size == 360
    entries = await Log(pool).entries(0, 1000)
    assert is_dense(entries)
    for number in range(12):
        versions = [entry.version for entry in entries if entry.stream == f"pathway:{number}"]
        assert versions == list(range(1, 31))


async def test_nothing_is_passed_over_while_a_transaction_is_held_open(
    store: EventStore, pool: Pool, database_url: str
) -> None:
    await store.append(append("pathway:before"))
    slow = await asyncpg.connect(database_url)
    transaction = slow.transaction()
    await transaction.start()
    # It has its place in the order from here on, and commits after those that come later.
    await slow.execute(_BY_HAND, "pathway:slow")
    for number in range(5):
        await store.append(append(f"pathway:{number}"))
    assert [entry.stream for entry in await sealed(pool)] == ["pathway:before"]
    assert await Log(pool).unsealed() == 5
    await transaction.commit()
    await slow.close()
    streams = [entry.stream for entry in await sealed(pool)]
    assert streams == ["pathway:before", "pathway:slow", *(f"pathway:{number}" for number in range(5))]


async def test_only_one_notary_leads(pool: Pool) -> None:
    async with leading(pool):
        other = Notary(pool, marked)
        assert not await other.lead()
        with pytest.raises(RuntimeError, match="leads"):
            await other.seal()
    async with leading(pool):
        pass


async def test_who_lost_its_connection_writes_no_more_and_the_next_goes_on(store: EventStore, pool: Pool) -> None:
    await write(store, 3, 3)
    lost = Notary(pool, marked)
    assert await lost.lead()
    await lost.seal()
    async with pool.acquire() as connection:
        await connection.execute(
            """select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
            and database = (select oid from pg_database where datname = current_database())"""
        )
    await write(store, 6, 3)
    with pytest.raises(StoreAway):
        await lost.seal()
    entries = await sealed(pool)
    assert is_dense(entries)
    assert len({entry.position for entry in entries}) == len(entries) == 18
    await lost.resign()


async def test_what_a_crash_took_from_the_log_is_found_again_in_the_same_order(store: EventStore, pool: Pool) -> None:
    await write(store, 10, 10)
    before = await sealed(pool)
    async with tampering(pool) as connection:
        await connection.execute("delete from checkpoints")
        await connection.execute("delete from log where leaf_index >= 37")
    assert await sealed(pool) == before


async def test_a_checkpoint_says_what_the_leaves_say(store: EventStore, pool: Pool) -> None:
    log = Log(pool)
    async with leading(pool) as notary:
        for round in range(3):
            await store.append(append(f"pathway:{round}", 0, "c", *[event()] * (200 + round)))
            assert await notary.seal() == 200 + round
            assert notary.unsigned == 200 + round
            row = await notary.sign()
            assert notary.unsigned == 0
            checkpoint = Checkpoint.parse(Note.parse(row.note).text)
            leaves = [entry.leaf_hash for entry in await log.entries(0, 1000)]
            assert checkpoint == Checkpoint(await log.origin(), len(leaves), root_of(leaves))
            assert await log.last_checkpoint() == row
            assert await log.root(row.size) == row.root


async def test_proofs_are_made_from_what_is_kept(store: EventStore, pool: Pool) -> None:
    log = Log(pool)
    async with leading(pool) as notary:
        for number, count in enumerate((1, 255, 256, 300)):
            await store.append(append(f"pathway:{number}", 0, "c", *[event()] * count))
            await notary.seal()
            await notary.sign()
    entries = await log.entries(0, 1000)
    last = await log.last_checkpoint()
    assert last is not None
    for index in (0, 1, 255, 256, 511, 700, last.size - 1):
        path = await log.inclusion(index, last.size)
        assert verify_inclusion(index, last.size, entries[index].leaf_hash, path, last.root)
        assert await log.index_of(entries[index].event_id) == index
    for row in await log.checkpoints():
        path = await log.consistency(row.size, last.size)
        assert verify_consistency(row.size, last.size, row.root, last.root, path)
    assert await pool.fetchval("select count(*) from subtrees") == last.size // 256


async def test_a_successor_finds_the_subtrees_that_were_not_kept_yet(store: EventStore, pool: Pool) -> None:
    async with leading(pool) as notary:
        await store.append(append("pathway:1", 0, "c", *[event()] * 700))
        await notary.seal()
    await sealed(pool)
    assert await pool.fetchval("select count(*) from subtrees") == 2


async def test_nothing_is_signed_on_top_of_a_log_that_was_changed(store: EventStore, pool: Pool) -> None:
    await write(store, 4, 4)
    await sealed(pool)
    async with tampering(pool) as connection:
        await connection.execute("update log set leaf_hash = sha256('other') where leaf_index = 3")
    with pytest.raises(LogTampered):
        await Notary(pool, marked).lead()
    async with leading_when_mended(pool):
        pass


@asynccontextmanager
async def leading_when_mended(pool: Pool) -> AsyncIterator[Notary]:
    """The lead is free after it was refused."""
    async with tampering(pool) as connection:
        await connection.execute(
            "update log l set leaf_hash = e.leaf_hash from events e where e.position = l.position and l.leaf_index = 3"
        )
    async with leading(pool) as notary:
        yield notary


async def test_nothing_is_sealed_on_top_of_a_log_that_was_cut(store: EventStore, pool: Pool) -> None:
    await write(store, 4, 4)
    await sealed(pool)
    async with tampering(pool) as connection:
        await connection.execute("delete from log where leaf_index >= 10")
    with pytest.raises((LogTampered, TornLog)):
        await Notary(pool, marked).lead()


async def test_a_log_brought_to_another_cluster_keeps_its_order_and_goes_on(store: EventStore, pool: Pool) -> None:
    await write(store, 3, 3)
    before = await sealed(pool)
    await write(store, 5, 3)
    async with tampering(pool) as connection:
        # What a dump leaves behind: another cluster's name, and transaction ids far beyond this one's.
        await connection.execute("alter table epochs disable trigger user")
        await connection.execute("update epochs set cluster = 'elsewhere'")
        await connection.execute("update events set xid = (xid::text::bigint + 1000000)::text::xid8")
    after = await sealed(pool)
    assert after[: len(before)] == [entry for entry in after if entry.leaf_index < len(before)]
    assert is_dense(after)
    assert len(after) == 15
    await write(store, 6, 3)
    again = await sealed(pool)
    assert is_dense(again)
    assert len({entry.position for entry in again}) == len(again) == 18
    assert await pool.fetchval("select max(epoch) from epochs") == 2


async def test_a_follower_sees_every_entry_once_in_order(store: EventStore, pool: Pool) -> None:
    seen: list[LogEntry] = []

    async def follow() -> None:
        async for entries in Log(pool).follow(limit=7):
            seen.extend(entries)
            if len(seen) == 100:
                return

    async with leading(pool) as notary, asyncio.timeout(20):
        following = asyncio.create_task(follow())
        writing = asyncio.create_task(write(store, 10, 10))
        while not following.done():
            await notary.seal()
            await asyncio.sleep(0)
        await writing
    assert is_dense(seen)


async def test_the_tables_of_the_notary_are_never_changed(store: EventStore, pool: Pool) -> None:
    await write(store, 1, 1)
    await sealed(pool)
    for table in ("log", "subtrees", "checkpoints", "notary_keys", "epochs", "log_origin"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await pool.execute(f"delete from {table}")
        with pytest.raises(asyncpg.RestrictViolationError):
            await pool.execute(f"truncate {table}")
