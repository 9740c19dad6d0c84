"""Durable appends against asyncpg inserting the same row alone, in the same cluster and the same run.

``python -m bench.append DATABASE_URL`` prints one JSON object per line. The database must be migrated; the benchmark
adds a table ``bench_rows`` and streams named ``bench-…`` to it, so give it one of its own.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg

from domain.ledger import canonical
from domain.log import AppendRequest, NewEvent, ViewRows
from domain.records import event_id
from eventstore.pool import SETTINGS, open_pool
from eventstore.store import EventStore

ROUNDS = 15
SECONDS = 0.4
"""How long each side of a round appends."""

PUBLIC = canonical({"actor": {"id": "bench", "role": "system"}, "fact": {"kind": "noted", "text": "x" * 430}}).decode()
_VIEW = ViewRows(main={})
_INSERT = """insert into bench_rows (stream_id, version, event_id, command_id, command_seq, type, schema_version,
occurred_at, recorded_at, public, leaf_hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"""

Producer = Callable[[Any], Awaitable[object]]
"""Appends what was made for it beforehand: making it is no part of what is measured."""


def request(stream: str, version: int, now: datetime) -> AppendRequest:
    """An append of one event of 500 bytes, without read models."""
    event = NewEvent(type="noted", schema_version=1, occurred_at=now, public=PUBLIC)
    return AppendRequest(
        aggregate="pathway",
        stream=stream,
        expected_version=version - 1,
        command_id=f"command-{version}",
        events=(event,),
        view=_VIEW,
    )


def _row(stream: str, version: int, now: datetime) -> tuple[object, ...]:
    id, leaf = event_id(stream, version), os.urandom(32)
    return (stream, version, id, f"command-{version}", 0, "noted", 1, now, now, PUBLIC.encode(), leaf)


Made = Callable[[str, int, datetime], object]


async def _rate(producers: list[Producer], made: Made, seconds: float, ahead: int) -> float:
    """Appends per second of ``producers`` working at once, each on a stream of its own, at most ``ahead`` each."""
    run, now = uuid4().hex, datetime.now(UTC)
    work = [
        [made(f"bench-{run}-{number}", version, now) for version in range(1, ahead + 1)]
        for number in range(len(producers))
    ]
    # What was made ahead is the benchmark's own: the collector shall not go through it again and again.
    gc.collect()
    gc.freeze()
    done = 0
    start = time.perf_counter()
    until = start + seconds

    async def produce(append: Producer, pieces: list[object]) -> None:
        nonlocal done
        for piece in pieces:
            await append(piece)
            done += 1
            if time.perf_counter() > until:
                return

    await asyncio.gather(*(produce(append, pieces) for append, pieces in zip(producers, work, strict=True)))
    seconds = time.perf_counter() - start
    gc.unfreeze()
    return done / seconds


def _alone(connection: asyncpg.Connection[asyncpg.Record]) -> Producer:
    async def append(row: Any) -> None:
        await connection.execute(_INSERT, *row)

    return append


def _ours(store: EventStore) -> Producer:
    async def append(request: Any) -> None:
        answer = await store.append(request)
        assert answer.outcome == "appended"

    return append


async def measure(
    database_url: str, rounds: int = ROUNDS, seconds: float = SECONDS, name: str = "append"
) -> AsyncIterator[dict[str, object]]:
    """The lines ``append_1``, ``append_8`` and ``append_32``: appends per second, medians of interleaved rounds."""
    async with await open_pool(database_url) as pool:
        await pool.execute("create table if not exists bench_rows (like events including all)")
        store = EventStore(pool)
        for producers in (1, 8, 32):
            yield {"name": f"{name}_{producers}", **await _compare(database_url, store, producers, rounds, seconds)}
        await store.close()


async def _compare(
    database_url: str, store: EventStore, producers: int, rounds: int, seconds: float
) -> dict[str, object]:
    connections = [await asyncpg.connect(database_url, server_settings=SETTINGS) for _ in range(producers)]
    alone = [_alone(connection) for connection in connections]
    ours = [_ours(store)] * producers
    # More than any machine appends in the time, so that neither side runs dry.
    ahead = int(40_000 * seconds / producers) + 100
    await _rate(alone, _row, 0.2, ahead)
    await _rate(ours, request, 0.2, ahead)
    reference, value, ratios = [], [], []
    for _ in range(rounds):
        reference.append(await _rate(alone, _row, seconds, ahead))
        value.append(await _rate(ours, request, seconds, ahead))
        ratios.append(value[-1] / reference[-1])
    for connection in connections:
        await connection.close()
    return {
        "unit": "events/s",
        "value": round(statistics.median(value)),
        "reference": round(statistics.median(reference)),
        "ratio": round(statistics.median(ratios), 2),
        "note": f"{producers} producers; reference: asyncpg, one row a transaction, a connection per producer",
    }


async def _print(database_url: str) -> None:
    async for line in measure(database_url):
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    asyncio.run(_print(sys.argv[1]))
