"""Verification and replay of a large log, against fetching it and the least that must be done to each event.

``python -m bench.verify [--events N]`` starts a server of its own and prints one JSON object per line.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from pydantic import TypeAdapter

from bench.bundle import bundle_pathway
from bench.million import EVENTS, Million, large
from bench.replay import union
from bench.rig import REPOSITORY, Rig, line, rig, say, show
from domain.aggregates import AGGREGATES, aggregate_of
from domain.ledger import leaf_hash
from domain.merkle import verify_consistency, verify_inclusion
from domain.pathway.aggregate import PATHWAY
from domain.verifying.histories import retell, stored_events
from eventstore.log import Log
from eventstore.pool import Pool
from eventstore.verifying import questions
from eventstore.verifying.snapshot import PAGE
from workers import heap
from workers.verifying import verify

LIMIT_MIB = 300
RECHECKED = 300
"""Streams whose histories are asked again."""

REPLAYED, ROUNDS = 60_000, 5
PROOFS = 200

_STREAM = """select l.leaf_index, e.version, e.command_id, e.type, e.schema_version, e.occurred_at, e.recorded_at,
convert_from(e.public, 'UTF8') as public from log l join events e using (position)
where l.leaf_index >= $1 and l.leaf_index < $2 order by l.leaf_index"""


async def measure(pool: Pool, url: str, made: Million) -> AsyncIterator[dict[str, object]]:
    """All figures of a large log."""
    yield await verify_1m(pool, made)
    yield await verify_rss(url)
    yield await recheck(pool, made)
    yield await replay_1m(pool, made)
    for result in await proofs(pool, made):
        yield result


# --- verification ---------------------------------------------------------------------------------------------------


async def verify_1m(pool: Pool, made: Million) -> dict[str, object]:
    """Events verified per second, rules apart."""
    references, values = [], []
    for _ in range(2):
        references.append(await _hashed(pool))
        start = time.perf_counter()
        found = await verify(pool, rules=False)
        values.append(made.events / (time.perf_counter() - start))
        assert found.ok, found.faults
        assert found.sealed == made.events
    # The better of two on each side: whatever else the machine does can only make either slower.
    value, reference = max(values), max(references)
    say(f"verify_1m: {value:.0f} events/s, fetched and hashed {reference:.0f}")
    note = (
        f"{made.events} events, all but the rules; reference: fetched in the same order, {PAGE} at a time, and hashed"
    )
    return line("verify_1m", "events/s", value, reference, value / reference, note)


async def _hashed(pool: Pool) -> float:
    """Events per second, fetched in the sealed order, each leaf hash computed and compared."""
    start, events = time.perf_counter(), 0
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        for name, value in questions.IN_ORDER.items():
            await connection.execute("select set_config($1, $2, true)", name, value)
        cursor = await connection.cursor(questions.PLACED)
        while rows := await cursor.fetch(PAGE):
            events += len(rows)
            for row in rows:
                leaf = leaf_hash(
                    stream=row[4],
                    version=row[5],
                    event_id=row[6],
                    command_id=row[7],
                    command_seq=row[8],
                    type=row[9],
                    schema_version=row[10],
                    occurred_at=row[11],
                    recorded_at=row[12],
                    public=row[13],
                )
                assert leaf == row[14]
    return events / (time.perf_counter() - start)


async def verify_rss(url: str) -> dict[str, object]:
    """What ``jalon audit verify`` holds in memory at most."""
    kib = await asyncio.to_thread(_child, url)
    mib = kib / 1024
    say(f"verify_rss_mib: {mib:.0f} MiB")
    note = f"largest resident memory of jalon audit verify --no-rules; at most {LIMIT_MIB}"
    return line("verify_rss_mib", "MiB", mib, None, mib / LIMIT_MIB, note)


# A process that was forked counts its parent's memory as its own: a small one stands between.
_BETWEEN = """import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
print(json.dumps([done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.stdout.decode()]))"""


def _child(url: str) -> int:
    """Run the command; its largest resident memory in KiB."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JALON_")}
    environment = {**kept, "JALON_DATABASE_URL": url, "JALON_STATE": "/nonexistent"}
    command = [sys.executable, "-m", "interfaces.cli.main", "audit", "verify", "--no-rules", "--json"]
    answer = subprocess.run(
        [sys.executable, "-c", _BETWEEN, *command], cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, check=True
    )
    code, kib, out = json.loads(answer.stdout)
    assert (code, json.loads(out)["ok"]) == (0, True), out
    return int(kib)


async def recheck(pool: Pool, made: Million) -> dict[str, object]:
    """Events per second whose orders are asked of the rules again; the fold alone beside it."""
    histories: list[tuple[str, list[tuple[Any, ...]]]] = []
    for stream in made.pathways[:: max(1, len(made.pathways) // RECHECKED)][:RECHECKED]:
        histories.append((stream, [tuple(row) for row in await pool.fetch(questions.HISTORY, stream)]))
    events = sum(len(rows) for _, rows in histories)
    start = time.perf_counter()
    for stream, rows in histories:
        assert not retell(stream, rows).faults
    value = events / (time.perf_counter() - start)
    start = time.perf_counter()
    for stream, rows in histories:
        PATHWAY.fold(PATHWAY.new(), stream, stored_events(rows))
    reference = events / (time.perf_counter() - start)
    say(f"recheck: {value:.0f} events/s, folded {reference:.0f}")
    note = f"{len(histories)} pathways; every order decided again and compared; reference: the fold alone"
    return line("recheck", "events/s", value, reference, value / reference, note)


# --- replay ---------------------------------------------------------------------------------------------------------


async def replay_1m(pool: Pool, made: Million) -> dict[str, object]:
    """Typed events per second in the sealed order."""
    adapter = union([fact for aggregate in AGGREGATES.values() for fact in aggregate.facts])
    heap.settle()  # as a worker does; both sides gain
    chance, values, references, ratios = random.Random(made.events), [], [], []
    for number in range(ROUNDS + 1):
        first = chance.randrange(max(1, made.events - REPLAYED))
        sides: list[Callable[[], Awaitable[float]]] = [
            lambda first=first: _validated(pool, adapter, first),  # type: ignore[misc]
            lambda first=first: _read(pool, first),  # type: ignore[misc]
        ]
        # Whoever comes second finds the rows in memory: each side comes first in turn.
        rates = [0.0, 0.0]
        for side in (0, 1) if number % 2 else (1, 0):
            rates[side] = await sides[side]()
        if number:
            references.append(rates[0])
            values.append(rates[1])
            ratios.append(rates[1] / rates[0])
    value, reference = statistics.median(values), statistics.median(references)
    say(f"replay_1m: {value:.0f} events/s, fetched and validated {reference:.0f}")
    note = f"{ROUNDS} stretches of {REPLAYED} leaves; reference: fetched, and validated with a pydantic union"
    return line("replay_1m", "events/s", value, reference, statistics.median(ratios), note)


async def _validated(pool: Pool, adapter: TypeAdapter[Any], first: int) -> float:
    start, events = time.perf_counter(), 0
    for at in range(first, first + REPLAYED, PAGE):
        rows = await pool.fetch(_STREAM, at, at + PAGE)
        events += len([adapter.validate_python(dict(row)) for row in rows])
    return events / (time.perf_counter() - start)


async def _read(pool: Pool, first: int) -> float:
    log, start, events = Log(pool), time.perf_counter(), 0
    for at in range(first, first + REPLAYED, PAGE):
        for entry in await log.entries(at, PAGE):
            aggregate_of(entry.stream).read(entry.stream, entry)  # type: ignore[arg-type]
            events += 1
    return events / (time.perf_counter() - start)


# --- proofs ---------------------------------------------------------------------------------------------------------


async def proofs(pool: Pool, made: Million) -> list[dict[str, object]]:
    """How large proofs are, and how long they take to make and to verify."""
    log, chance = Log(pool), random.Random(made.events)
    checkpoints = await log.checkpoints()
    last = checkpoints[-1]
    indexes = [chance.randrange(last.size) for _ in range(PROOFS)]
    leaves = {entry.leaf_index: entry.leaf_hash for entry in await log.at(indexes)}
    start = time.perf_counter()
    paths = [await log.inclusion(index, last.size) for index in indexes]
    making = (time.perf_counter() - start) / PROOFS
    start = time.perf_counter()
    for index, steps in zip(indexes, paths, strict=True):
        assert verify_inclusion(index, last.size, leaves[index], steps, last.root)
    verifying = (time.perf_counter() - start) / PROOFS
    start = time.perf_counter()
    for steps in paths:
        for step in steps:
            hashlib.sha256(b"\x01" + step + step).digest()
    hashing = (time.perf_counter() - start) / PROOFS
    largest = max(len(steps) for steps in paths) * 32
    growth = 0
    for before in checkpoints[:-1]:
        steps = await log.consistency(before.size, last.size)
        assert verify_consistency(before.size, last.size, before.root, last.root, steps)
        growth = max(growth, len(steps) * 32)
    bound = (last.size - 1).bit_length() * 32
    note = f"of {last.size} events; at most"
    return [
        line("proof_inclusion_bytes", "bytes", largest, None, largest / bound, f"largest of {PROOFS}, {note} {bound}"),
        line("proof_consistency_bytes", "bytes", growth, None, growth / (bound + 32), f"largest, {note} {bound + 32}"),
        line(
            "proof_make_ms", "ms", making * 1e3, None, making / 0.01, "one of inclusion, from the database; at most 10"
        ),
        line("proof_verify_us", "us", verifying * 1e6, hashing * 1e6, verifying / hashing, "reference: its hashes"),
    ]


# --- alone ----------------------------------------------------------------------------------------------------------


async def figures(own: Rig, events: int = EVENTS) -> AsyncIterator[dict[str, object]]:
    """All of this, on a log made for it."""
    async with large(own.postgres, events) as (pool, made):
        async for result in measure(pool, own.postgres.url("million"), made):
            yield result
        yield await bundle_pathway(pool, made.pathways)


async def _main(events: int) -> None:
    async with rig() as own:
        async for result in figures(own, events):
            show(result)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    asyncio.run(_main(parser.parse_args().events))
