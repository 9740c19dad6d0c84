"""Every figure, on servers of its own: ``python -m bench``. Results on stdout, one JSON object per line."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator

from bench import (
    append,
    cached,
    certificates,
    deposit,
    engine,
    gate,
    numbering,
    plan,
    proclaim,
    pv,
    replay,
    sealed,
    verify,
)
from bench.rig import Rig, rig, say, show
from workers import shutdown

TARGETS = {
    "gate": (">=", 0.25),
    "plan_300": ("<=", 1.0),
    "plan_300_seated": (">=", 1.0),
    "pv_pdf": (">=", 0.7),
    "certificates_pdf": (">=", 0.4),
    "credentials": (">=", 0.8),
    "deposit_200k": (">=", 0.5),
    "deposit_200k_rss_mib": ("<=", 1.0),
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
    "proclaim_2000": (">=", 0.5),
    "cached_pathway_kib": ("<=", 1.0),
    "history_events_per_command": ("<=", 1.0),
    "verify_1m": (">=", 0.7),
    "verify_rss_mib": ("<=", 1.0),
    "replay_1m": (">=", 0.85),
    "proof_inclusion_bytes": ("<=", 1.0),
    "proof_consistency_bytes": ("<=", 1.0),
    "proof_make_ms": ("<=", 1.0),
}
"""What the ratio of each figure must reach; the others are told, and bound by nothing."""


async def figures(own: Rig) -> AsyncIterator[dict[str, object]]:
    """All figures, those of the log first, while nothing else runs."""
    yield gate.gate()
    yield pv.pv_pdf()
    yield deposit.deposit_200k()
    yield deposit.deposit_200k_rss()
    for result in certificates.figures():
        yield result
    for result in plan.figures():
        yield result
    async for result in append.measure(own.postgres.url()):
        yield result
    async for result in sealed.measure(own):
        yield result
    yield await replay.replay_stream(own)
    async for result in engine.measure(own):
        yield result
    async for result in proclaim.measure(own):
        yield result
    async for result in numbering.measure(own):
        yield result
    yield await cached.cached_pathway_kib(own)
    yield await cached.history_events_per_command(own)
    async for result in verify.figures(own):
        yield result


async def _main(stop: asyncio.Event) -> None:
    start, missed = time.monotonic(), []
    async with rig() as own:
        async for result in figures(own):
            show(result)
            sense, target = TARGETS.get(str(result["name"]), (">=", 0.0))
            ratio = float(str(result["ratio"]))
            if ratio < target if sense == ">=" else ratio > target:
                missed.append(f"{result['name']}: ratio {ratio}, should be {sense} {target}")
            if stop.is_set():
                break
    say(f"{time.monotonic() - start:.0f} s; " + ("every target reached" if not missed else "; ".join(missed)))


if __name__ == "__main__":
    sys.exit(shutdown.run(_main))
