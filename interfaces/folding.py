"""The state of an aggregate, folded from its stream: what screens show beyond the read models."""

from __future__ import annotations

from typing import Any

from domain.aggregate import Standing
from domain.aggregates import aggregate_of
from domain.log import LoadRequest, StoredEvent
from domain.records import Recorded
from eventstore.store import EventStore


async def stored_events(store: EventStore, stream: str) -> list[StoredEvent]:
    """All events of a stream, in order."""
    events: list[StoredEvent] = []
    more = True
    while more:
        page = await store.load(LoadRequest(stream=stream, after_version=len(events)))
        events.extend(page.events)
        more = page.more
    return events


async def state_of(store: EventStore, stream: str) -> Standing:
    """Where ``stream`` stands now. The schemes it is pinned to must be known to this process."""
    aggregate: Any = aggregate_of(stream)
    state: Standing = aggregate.fold(aggregate.new(), stream, await stored_events(store, stream))
    return state


async def records_of(store: EventStore, stream: str) -> list[Recorded]:
    """The events of ``stream`` as facts of today's shape."""
    aggregate = aggregate_of(stream)
    return [aggregate.read(stream, event)[0] for event in await stored_events(store, stream)]
