"""Streams loaded and folded, against the same rows fetched and validated with pydantic."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import BaseModel, Field, Json, TypeAdapter, create_model

from bench.rig import Rig, line, rig, say, show
from bench.streams import EVENTS, write_pathways
from domain.authority import Actor
from domain.log import LoadRequest
from domain.pathway.aggregate import PATHWAY
from domain.records import Fact
from eventstore.pool import Pool
from eventstore.store import EventStore
from workers import heap

STREAMS = 100
ROUNDS = 31
"""Short ones and many, so that whatever else the machine does falls on both sides alike."""

_QUERY = """select version, command_id, type, schema_version, occurred_at, recorded_at,
convert_from(public, 'UTF8') as public from events where stream_id = $1 order by version"""


class _Public(BaseModel):
    actor: Actor
    digest: str


class _Event(BaseModel):
    version: int
    command_id: str
    type: str
    schema_version: int
    occurred_at: datetime
    recorded_at: datetime


def union(of: Sequence[type[Fact]] = PATHWAY.facts) -> TypeAdapter[Any]:
    """One validator for the rows of every event with one of these facts, as typed as what is folded."""
    facts: Any = reduce(or_, dict.fromkeys(of))
    fact: Any = (Annotated[facts, Field(discriminator="kind")], ...)
    public = create_model("AnyPublic", __base__=_Public, fact=fact)
    json: Any = (Json[public], ...)
    return TypeAdapter(create_model("AnyEvent", __base__=_Event, public=json))


async def _validated(pool: Pool, adapter: TypeAdapter[Any], streams: list[str]) -> float:
    start = time.perf_counter()
    for stream in streams:
        events = [adapter.validate_python(dict(row)) for row in await pool.fetch(_QUERY, stream)]
        assert len(events) == EVENTS
    return len(streams) / (time.perf_counter() - start)


async def _folded(store: EventStore, streams: list[str]) -> float:
    start = time.perf_counter()
    for stream in streams:
        answer = await store.load(LoadRequest(stream=stream))
        state = PATHWAY.fold(PATHWAY.new(), stream, answer.events)
        assert state.version == EVENTS
    return len(streams) / (time.perf_counter() - start)


async def replay_stream(rig: Rig) -> dict[str, object]:
    """Streams per second."""
    streams = await write_pathways(rig.store, STREAMS)
    adapter = union()
    heap.settle()  # as a worker does; both sides gain
    values, references, ratios = [], [], []
    for number in range(ROUNDS + 1):
        reference, value = await _validated(rig.pool, adapter, streams), await _folded(rig.store, streams)
        if number:
            references.append(reference)
            values.append(value)
            ratios.append(value / reference)
    value, reference = statistics.median(values), statistics.median(references)
    say(f"replay_stream: {value:.0f} streams/s, fetched and validated {reference:.0f}")
    note = f"{EVENTS} events each, loaded and folded; reference: fetched, and validated with a pydantic union"
    return line("replay_stream", "streams/s", value, reference, statistics.median(ratios), note)


async def _main() -> None:
    async with rig() as own:
        show(await replay_stream(own))


if __name__ == "__main__":
    asyncio.run(_main())
