"""Durable appends while the notary seals them, and how long an event waits for its place.

``python -m bench.sealed`` starts servers of its own and prints one JSON object per line.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from bisect import bisect_left
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from bench import append
from bench.rig import Rig, line, rig, say, show
from eventstore.log import CHANNEL, Log

PRODUCERS = 32
SECONDS = 4.0
LIMIT_MS = 50

_LEAVES = """select e.stream_id, e.version, l.leaf_index from events e join log l using (position)
where starts_with(e.stream_id, $1)"""


@asynccontextmanager
async def _notary(rig: Rig) -> AsyncIterator[None]:
    """The notary as a process, at work."""
    async with rig.process("workers.notary"):
        await rig.store.append(append.request(f"bench-{uuid4().hex}", 1, datetime.now(UTC)))
        await _all_sealed(rig)
        yield


async def _all_sealed(rig: Rig) -> None:
    """Wait until every event has its place. TimeoutError when one does not get it."""
    log, events = Log(rig.pool), await rig.pool.fetchval("select count(*) from events")
    async with asyncio.timeout(30):
        async for entries in log.follow(max(0, await log.size() - 1)):
            if entries[-1].leaf_index + 1 >= events:
                return


async def measure(rig: Rig) -> AsyncIterator[dict[str, object]]:
    """The lines ``append_sealed_1``, ``append_sealed_8``, ``append_sealed_32`` and ``seal_lag_p99_ms``."""
    async with _notary(rig):
        async for result in append.measure(rig.postgres.url(), name="append_sealed"):
            await _all_sealed(rig)
            yield result
        yield await _lag(rig)


async def _lag(rig: Rig) -> dict[str, object]:
    """From an append's return to the moment when whoever listens hears that the event has its place."""
    heard: list[tuple[int, float]] = []

    def hear(_connection: Any, _pid: int, _channel: str, leaf: object) -> None:
        heard.append((int(str(leaf)), time.perf_counter()))

    run = f"lag-{uuid4().hex}-"
    async with rig.pool.acquire() as listener:
        await listener.add_listener(CHANNEL, hear)
        returned = await _produce(rig, run)
        await _all_sealed(rig)
        await listener.remove_listener(CHANNEL, hear)
    leaves = [leaf for leaf, _ in heard]
    lags = sorted(
        max(0.0, heard[bisect_left(leaves, row["leaf_index"])][1] - returned[row["stream_id"], row["version"]])
        for row in await rig.pool.fetch(_LEAVES, run)
    )
    assert len(lags) == len(returned)
    p99 = lags[int(len(lags) * 0.99)] * 1000
    say(f"seal_lag: median {statistics.median(lags) * 1000:.1f} ms, p99 {p99:.1f}, worst {lags[-1] * 1000:.1f}")
    note = f"{PRODUCERS} producers, {len(lags) / SECONDS:.0f} events/s; from an append's return; at most {LIMIT_MS}"
    return line("seal_lag_p99_ms", "ms", p99, None, p99 / LIMIT_MS, note)


async def _produce(rig: Rig, run: str) -> dict[tuple[str, int], float]:
    """Append for a while, each producer to a stream of its own; when each event's append returned."""
    returned: dict[tuple[str, int], float] = {}
    until = time.perf_counter() + SECONDS

    async def produce(stream: str) -> None:
        version = 0
        while time.perf_counter() < until:
            version += 1
            await rig.store.append(append.request(stream, version, datetime.now(UTC)))
            returned[stream, version] = time.perf_counter()

    await asyncio.gather(*(produce(f"{run}{number}") for number in range(PRODUCERS)))
    return returned


async def _main() -> None:
    async with rig() as own:
        async for result in measure(own):
            show(result)


if __name__ == "__main__":
    asyncio.run(_main())
