"""Reading the whole log: one order, nothing skipped, nothing twice; and pages of one stream."""

from __future__ import annotations

import asyncio

import asyncpg

from domain.log import LoadRequest
from eventstore.pool import Pool
from eventstore.store import START, Cursor, EventStore, LogEntry
from tests.eventstore.making import append, event


async def read_to_the_end(store: EventStore, after: Cursor = START, limit: int = 7) -> list[LogEntry]:
    found: list[LogEntry] = []
    while page := await store.read_all(after, limit):
        found += page
        after = page[-1].cursor
    return found


async def test_a_reader_skips_nothing_while_a_transaction_is_held_open(store: EventStore, database_url: str) -> None:
    await store.append(append("pathway:before"))
    slow = await asyncpg.connect(database_url)
    transaction = slow.transaction()
    await transaction.start()
    # It has its place in the order from here on, and commits after those that come later.
    await slow.execute(
        """insert into events (stream_id, version, event_id, command_id, command_seq, type, schema_version,
        occurred_at, recorded_at, public, leaf_hash)
        values ('pathway:slow', 1, gen_random_uuid(), 'c', 0, 't', 1, now(), now(), '{}', '')"""
    )
    for number in range(5):
        await store.append(append(f"pathway:{number}"))
    during = await read_to_the_end(store)
    assert [entry.stream for entry in during] == ["pathway:before"]
    await transaction.commit()
    await slow.close()
    after = await read_to_the_end(store, during[-1].cursor)
    assert [entry.stream for entry in after] == ["pathway:slow", *(f"pathway:{number}" for number in range(5))]


async def test_a_reader_beside_writers_sees_every_event_once_and_each_stream_in_order(store: EventStore) -> None:
    streams = [f"pathway:{number}" for number in range(12)]

    async def write(stream: str) -> None:
        for version in range(0, 30, 2):
            await store.append(append(stream, version, f"c{version}", event(), event()))

    seen: list[LogEntry] = []
    writing = asyncio.gather(*map(write, streams))
    while not writing.done():
        seen += await read_to_the_end(store, seen[-1].cursor if seen else START)
    await writing
    seen += await read_to_the_end(store, seen[-1].cursor)
    for stream in streams:
        assert [entry.version for entry in seen if entry.stream == stream] == list(range(1, 31))
    assert [entry.cursor for entry in seen] == sorted(entry.cursor for entry in seen)


async def test_a_stream_is_loaded_in_pages_of_about_so_many_bytes(store: EventStore) -> None:
    events = [event("x" * 1000) for _ in range(10)]
    await store.append(append("pathway:1", 0, "c1", *events))
    first = await store.load(LoadRequest(stream="pathway:1", max_bytes=3500))
    assert (len(first.events), first.more) == (3, True)
    rest = await store.load(LoadRequest(stream="pathway:1", after_version=3))
    assert ([found.version for found in rest.events], rest.more) == (list(range(4, 11)), False)


async def test_a_page_holds_at_least_one_event(store: EventStore) -> None:
    await store.append(append("pathway:1", 0, "c1", event("x" * 1000), event()))
    answer = await store.load(LoadRequest(stream="pathway:1", max_bytes=1))
    assert (len(answer.events), answer.more) == (1, True)


async def test_a_stream_longer_than_a_page_of_rows_is_loaded_whole(store: EventStore) -> None:
    await store.append(append("pathway:1", 0, "c1", *([event()] * 1203)))
    versions: list[int] = []
    more = True
    while more:
        answer = await store.load(LoadRequest(stream="pathway:1", after_version=versions[-1] if versions else 0))
        versions += [found.version for found in answer.events]
        more = answer.more
    assert versions == list(range(1, 1204))


async def test_an_unknown_stream_is_empty(store: EventStore, pool: Pool) -> None:
    assert await store.load(LoadRequest(stream="pathway:none")) == await store.load(
        LoadRequest(stream="pathway:none", after_version=9)
    )
    assert (await store.load(LoadRequest(stream="pathway:none"))).events == ()
