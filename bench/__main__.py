"""Every figure, on servers of its own: ``python -m bench``. Results on stdout, one JSON object per line."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator

from bench import append, cached, engine, replay, sealed
from bench.rig import Rig, rig, say, show
from workers import shutdown

TARGETS = {
    "append_1": (">=", 0.75),
    "append_8": (">=", 1.0),
    "append_32": (">=", 1.5),
    "append_sealed_1": (">=", 0.75),
    "append_sealed_8": (">=", 1.0),
    "append_sealed_32": (">=", 1.4),
    "seal_lag_p99_ms": ("<=", 1.0),
    "replay_stream": (">=", 0.8),
    "pathway_commands": (">=", 0.6),
    "bulk_start": (">=", 0.5),
    "cached_pathway_kib": ("<=", 1.0),
    "history_events_per_command": ("<=", 1.0),
}
"""What the ratio of each figure must reach."""


async def figures(own: Rig) -> AsyncIterator[dict[str, object]]:
    """All figures, those of the log first, while nothing else runs."""
    async for result in append.measure(own.postgres.url()):
        yield result
    async for result in sealed.measure(own):
        yield result
    yield await replay.replay_stream(own)
    async for result in engine.measure(own):
        yield result
    yield await cached.cached_pathway_kib(own)
    yield await cached.history_events_per_command(own)


async def _main(stop: asyncio.Event) -> None:
    start, missed = time.monotonic(), []
    async with rig() as own:
        async for result in figures(own):
            show(result)
            sense, target = TARGETS[str(result["name"])]
            ratio = float(str(result["ratio"]))
            if ratio < target if sense == ">=" else ratio > target:
                missed.append(f"{result['name']}: ratio {ratio}, should be {sense} {target}")
            if stop.is_set():
                break
    say(f"{time.monotonic() - start:.0f} s; " + ("every target reached" if not missed else "; ".join(missed)))


if __name__ == "__main__":
    sys.exit(shutdown.run(_main))
